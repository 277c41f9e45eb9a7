"""Every shot is as good as its rung asks, within bounds of quality and rate, whatever probes say."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.codecs import Codec
from pipeline.plan.crf_scales import CRF_SCALES
from pipeline.plan.ladder import PictureRendition
from pipeline.plan.quality import (
    Curves,
    Probe,
    RungQuality,
    ShotProbes,
    fit_curves,
    plan_qualities,
    target_on,
)

FPS = Fraction(24)
CRF_MIN, CRF_MAX = CRF_SCALES["h264"].finest, CRF_SCALES["h264"].coarsest
KEYFRAME = 48
SCALES = (0.325, 0.75)


def rendition(vmaf: float, *, average: int = 100_000, peak: int = 200_000, width: int = 1280) -> PictureRendition:
    return PictureRendition(width, width * 9 // 16, 1, average, peak, Fraction(vmaf))


def probes_of(curves: Curves, bits: float) -> tuple[Probe, ...]:
    """Return what exact probes of such a shot come to; `bits` are those of a large picture at CRF 25."""
    places = ((SCALES[0], 34), (SCALES[1], 27))
    return tuple(
        Probe(scale, Fraction(crf), curves.vmaf(scale, crf), 8 * size, size)
        for scale, crf in places
        for size in [bits * scale**1.5 * 2 ** (0.16 * (25 - crf))]
    )


def shot(curves: Curves, frames: int = 96, bits: float = 20_000) -> ShotProbes:
    return ShotProbes(frames, probes_of(curves, bits))


def planned(*shots: ShotProbes, to: PictureRendition, of: tuple[PictureRendition, ...] = ()) -> RungQuality:
    return plan_qualities(shots, (to, *of), share=1.0, fps=FPS, keyframe=KEYFRAME)[0]


shapes = st.builds(Curves, st.floats(47.5, 51), st.floats(17.5, 19), st.floats(4.5, 8))
any_probe = st.builds(
    Probe,
    st.sampled_from((0.2, *SCALES, 1.0)),
    st.integers(18, 38).map(Fraction),
    st.floats(0, 100),
    st.floats(1, 1e7),
    st.floats(1, 1e6),
)
any_shot = st.builds(ShotProbes, st.integers(1, 3000), st.lists(any_probe, min_size=1, max_size=4).map(tuple))
rungs = st.builds(
    lambda vmaf, average, times: rendition(vmaf, average=average, peak=int(average * times)),
    st.integers(1, 99),
    st.integers(24, 20_000),
    st.floats(1, 2),
)


@settings(deadline=None, max_examples=50)
@given(shapes)
def test_curves_are_found_again_from_what_probes_of_them_came_to(curves: Curves) -> None:
    found = fit_curves(probes_of(curves, 1000))
    for scale in (*SCALES, 0.5, 1.0):
        for crf in (22, 27, 32):
            assert found.vmaf(scale, crf) == pytest.approx(curves.vmaf(scale, crf), abs=1.5)


@settings(deadline=None, max_examples=50)
@given(shapes, st.floats(0.2, 1), st.floats(16, 38))
def test_crf_and_vmaf_are_two_sides_of_one_curve(curves: Curves, scale: float, crf: float) -> None:
    assert curves.crf(scale, curves.vmaf(scale, crf)) == pytest.approx(crf, abs=1e-6)
    assert curves.vmaf(scale, crf + 1) < curves.vmaf(scale, crf)


def test_an_easy_shot_takes_fewer_bits_than_a_hard_one_and_both_look_alike() -> None:
    easy, hard = Curves(53, 18.3, 6), Curves(47, 18.3, 6)
    found = planned(shot(easy), shot(hard), to=rendition(90))
    assert found.bounds == ("target", "target")
    assert found.crfs[0] > found.crfs[1]
    for curves, crf in zip((easy, hard), found.crfs, strict=True):
        assert curves.vmaf(1.0, float(crf)) == pytest.approx(89.5, abs=1)


@settings(deadline=None, max_examples=50)
@given(st.lists(any_shot, min_size=1, max_size=6), rungs)
def test_whatever_probes_say_quality_stays_within_its_bounds(shots: list[ShotProbes], rung: PictureRendition) -> None:
    found = planned(*shots, to=rung)
    assert all(CRF_MIN <= crf <= CRF_MAX and crf.denominator in (1, 2, 4) for crf in found.crfs)
    assert len(found.crfs) == len(found.bounds) == len(shots)
    assert 1 <= found.peak_kbps <= rung.peak_kbps and math.isfinite(found.average_kbps)


@settings(deadline=None, max_examples=50)
@given(st.lists(any_shot, min_size=1, max_size=6), rungs)
def test_a_rung_takes_no_more_than_its_average_and_peak_where_quality_may_still_fall(
    shots: list[ShotProbes], rung: PictureRendition
) -> None:
    found = planned(*shots, to=rung)
    if CRF_MAX not in found.crfs:
        assert found.average_kbps <= rung.average_kbps
        assert found.peak_kbps <= max(1, 2 * found.average_kbps * 1.05)


@settings(deadline=None, max_examples=50)
@given(st.lists(any_shot, min_size=1, max_size=4), st.integers(2, 98), st.integers(1, 40))
def test_a_higher_target_never_makes_a_shot_worse(shots: list[ShotProbes], low: int, more: int) -> None:
    free = {"average": 10**9, "peak": 2 * 10**9}
    lower, higher = (planned(*shots, to=rendition(vmaf, **free)) for vmaf in (low, min(99, low + more)))
    if "rate" not in (*lower.bounds, *higher.bounds):
        assert all(after <= before for before, after in zip(lower.crfs, higher.crfs, strict=True))


@settings(deadline=None, max_examples=50)
@given(st.lists(any_shot, min_size=1, max_size=4), st.integers(50, 98), st.integers(50, 5000))
def test_a_tighter_average_never_makes_a_film_take_more(shots: list[ShotProbes], vmaf: int, kbps: int) -> None:
    tight, wide = (planned(*shots, to=rendition(vmaf, average=average, peak=10**9)) for average in (kbps, 2 * kbps))
    assert tight.average_kbps <= wide.average_kbps * 1.1


@settings(deadline=None, max_examples=25)
@given(st.lists(any_shot, min_size=1, max_size=4), rungs)
def test_a_rung_of_every_second_picture_is_planned_as_that_of_a_film_with_half_as_many(
    shots: list[ShotProbes], rung: PictureRendition
) -> None:
    twice = [replace(one, frames=2 * one.frames) for one in shots]
    fast = plan_qualities(twice, [replace(rung, every=2)], share=1.0, fps=2 * FPS, keyframe=2 * KEYFRAME)
    assert fast == plan_qualities(shots, [rung], share=1.0, fps=FPS, keyframe=KEYFRAME)


def test_a_film_that_is_too_hard_for_its_rung_is_worse_everywhere_alike() -> None:
    shots = [Curves(52, 18.3, 6), Curves(48, 18.3, 6)]
    found = planned(*(shot(one) for one in shots), to=rendition(97, average=400, peak=800))
    assert found.average_kbps <= 400 and found.bounds == ("rate", "rate")
    vmafs = [one.vmaf(1.0, float(crf)) for one, crf in zip(shots, found.crfs, strict=True)]
    assert vmafs[0] == pytest.approx(vmafs[1], abs=1.5)


def test_one_shot_that_takes_far_more_than_the_others_is_held_at_twice_the_average() -> None:
    calm, storm = shot(Curves(50, 18.3, 6), 2400, 2_000), shot(Curves(50, 18.3, 6), 240, 80_000)
    found = planned(calm, calm, storm, to=rendition(90))
    assert found.bounds == ("target", "target", "rate")
    assert found.peak_kbps <= 2 * found.average_kbps


def test_what_no_crf_reaches_is_named() -> None:
    blurred = shot(Curves(50, 18.3, 12))
    small = rendition(90, width=416)
    assert planned(blurred, to=small, of=(rendition(90),)).bounds == ("finest",)
    assert planned(blurred, to=rendition(2)).bounds == ("coarsest",)


def test_equal_probes_give_equal_qualities_wherever_a_shot_stands() -> None:
    one, other = shot(Curves(52, 19, 6)), shot(Curves(48, 18, 9))
    there, back = planned(one, other, to=rendition(88)), planned(other, one, to=rendition(88))
    assert there.crfs == back.crfs[::-1]


@given(st.floats(5, 95), st.floats(0.2, 1), st.floats(0.3, 1))
def test_a_small_film_is_asked_for_more_since_its_rungs_lose_less_of_it(
    vmaf: float, scale: float, share: float
) -> None:
    assert target_on(vmaf, scale, 1.0) == vmaf
    if scale * share >= 0.2 and vmaf < Curves(49.3, 18.3, 6.2).vmaf(scale * share, 16):
        assert vmaf <= target_on(vmaf, scale, share) + 1e-9 <= 101


@pytest.mark.parametrize("codec", ["hevc", "av1"])
def test_another_encoder_is_asked_for_the_same_quality_in_its_own_crfs(codec: Codec) -> None:
    crfs, curves = CRF_SCALES[codec], Curves(49, 18, 6)
    probes = tuple(
        Probe(scale, crf, curves.vmaf(scale, crfs.as_x264(float(crf))), 8000, 1000)
        for scale, crf in (
            (SCALES[0], crfs.smallest_tried),
            (SCALES[1], crfs.other_tried),
        )
    )
    (found,) = plan_qualities(
        [ShotProbes(96, probes)], [rendition(90)], share=1.0, fps=FPS, keyframe=KEYFRAME, codec=codec
    )
    assert crfs.finest < found.crfs[0] < crfs.coarsest and found.bounds == ("target",)
    assert curves.vmaf(1.0, crfs.as_x264(float(found.crfs[0]))) == pytest.approx(90, abs=1)
    assert crfs.own(crfs.as_x264(33)) == pytest.approx(33)
