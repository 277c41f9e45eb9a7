"""A film gets the rungs that it fills, none enlarged, two at least, and each is scaled from a larger one."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.chunks import scale_ways
from pipeline.plan.ladder import choose_ladder, plan_ladder, share_of
from pipeline.presets import load_ladder, load_ladders
from pipeline.timebase import FrameRate

FILM = FrameRate(Fraction(24))
LANDSCAPE, FEED_AV1 = load_ladder("landscape"), load_ladder("feed-av1")
sizes = st.tuples(st.integers(1, 2200), st.integers(1, 2200)).map(lambda size: (2 * size[0], 2 * size[1]))
rates = st.sampled_from(
    [FrameRate(Fraction(fps)) for fps in ("12", "24", "25", "30", "48", "50", "60", "120", "60000/1001")]
)


def named(size: tuple[int, int], rate: FrameRate = FILM) -> list[tuple[tuple[int, int], int]]:
    return [(one.size, one.average_kbps) for one in plan_ladder(LANDSCAPE, size, rate).renditions]


def test_a_film_of_1080_lines_gets_every_rung() -> None:
    assert [(rung.width_px, rung.height_px, rung.average_kbps) for rung in LANDSCAPE.rungs] == [
        (*size, kbps) for size, kbps in named((1920, 1080))
    ]


def test_a_larger_film_gets_the_same() -> None:
    assert named((3840, 2160)) == named((1920, 1080))


def test_a_film_between_two_rungs_gets_top_rungs_of_its_own_size() -> None:
    top = [(size, kbps) for size, kbps in named((1600, 900)) if size == (1600, 900)]
    assert len(top) == 2 and all(3000 < kbps < 7800 for _, kbps in top)
    assert ((1280, 720), 3000) in named((1600, 900))


def test_a_wide_film_fills_the_boxes_across() -> None:
    assert named((1920, 804))[-1] == ((1920, 804), 7800)
    assert named((1920, 804))[1] == ((640, 268), 365)


def test_a_film_smaller_than_every_rung_has_two_bit_rates_of_its_own_size() -> None:
    small = named((160, 90))
    assert [size for size, _ in small] == [(160, 90)] * 2
    assert small[0][1] < small[1][1]


@pytest.mark.parametrize(
    ("size", "ladder"),
    [((1920, 1080), "landscape"), ((2048, 858), "landscape"), ((1080, 1920), "portrait"), ((1080, 1350), "feed"),
     ((1000, 1000), "square"), ((1440, 1080), "landscape")],
)  # fmt: skip
def test_the_ladder_of_the_nearest_shape_is_taken(size: tuple[int, int], ladder: str) -> None:
    assert choose_ladder(load_ladders(), size).id == ladder


@pytest.mark.parametrize(
    ("size", "share"), [((1920, 1080), 1), ((3840, 2160), 1), ((960, 400), 0.5), ((270, 540), 0.5), ((1920, 800), 1)]
)
def test_a_film_is_as_large_as_its_longer_share_of_the_largest_box(size: tuple[int, int], share: float) -> None:
    assert share_of(LANDSCAPE, size) == share


@given(sizes, rates)
def test_nothing_is_enlarged_and_players_can_always_choose(size: tuple[int, int], rate: FrameRate) -> None:
    for preset in load_ladders():
        planned = plan_ladder(preset, size, rate)
        assert len(planned.renditions) >= 2
        assert planned.rate.fps <= 60 and (rate.fps / planned.rate.fps).denominator == 1
        names = [one.name for one in planned.renditions]
        assert len(set(names)) == len(names)
        for one in planned.renditions:
            assert one.width_px <= size[0] and one.height_px <= size[1]
            assert one.width_px % 2 == one.height_px % 2 == 0
            assert one.average_kbps <= one.peak_kbps <= 2 * one.average_kbps + 2
        assert min(one.every for one in planned.renditions) == 1


@given(sizes, rates)
def test_every_rendition_comes_from_a_picture_that_has_all_it_shows(size: tuple[int, int], rate: FrameRate) -> None:
    planned = plan_ladder(LANDSCAPE, size, rate)
    ways = scale_ways(planned.renditions)
    for one in planned.renditions:
        across, down, every = *planned.largest, 1
        for step in ways[one]:
            assert step.width_px <= across and step.height_px <= down and step.every % every == 0
            across, down, every = step.width_px, step.height_px, step.every
        assert (across, down, every) == (*one.size, one.every)


@pytest.mark.parametrize(
    ("ladder", "size", "fps", "name", "wanted"),
    [
        ("landscape", (1920, 1080), "24", "i360-46", (640, 360)),
        ("landscape", (1920, 1080), "24000/1001", "i360-46", (640, 360)),
        ("landscape-fixed", (1280, 720), "60", "i360-46", (640, 360)),
        ("landscape-hevc", (1920, 1080), "25", "i360-45", (640, 360)),
        ("portrait-av1", (1080, 1920), "25", "i360-45", (360, 640)),
        ("feed-hevc", (1080, 1350), "25", "i432-45", (432, 540)),
        ("portrait", (1080, 1920), "30", "i360-46", (360, 640)),
        ("feed", (1080, 1350), "30", "i432-47", (432, 540)),
        # Twelve and a half pictures in a second have two and a half dense ones.
        ("landscape", (1920, 1080), "25/2", "i360-114", (640, 360)),
    ],
)
def test_dense_key_pictures_are_of_a_small_rung_and_take_an_eighth_of_it(
    ladder: str, size: tuple[int, int], fps: str, name: str, wanted: tuple[int, int]
) -> None:
    dense = plan_ladder(load_ladder(ladder), size, FrameRate.parse(fps)).key_pictures
    assert (dense.name, dense.size) == (name, wanted)


@given(sizes, rates)
def test_dense_key_pictures_are_as_large_as_a_rendition_and_come_from_the_drawn_picture(
    size: tuple[int, int], rate: FrameRate
) -> None:
    for preset in (LANDSCAPE, FEED_AV1):
        planned = plan_ladder(preset, size, rate)
        dense = planned.key_pictures
        assert dense.size in [one.size for one in planned.renditions] and dense not in planned.renditions
        assert planned.grid.keyframe % dense.every == 0
        ways = scale_ways((*planned.renditions, dense))
        assert {one: ways[one] for one in planned.renditions} == scale_ways(planned.renditions)
        last = ways[dense][-1] if ways[dense] else None
        told = (*planned.largest, 1) if last is None else (last.width_px, last.height_px, last.every)
        assert told == (*dense.size, dense.every)


@pytest.mark.parametrize(
    ("name", "segments"),
    [("landscape", 5), ("landscape-fixed", 5), ("landscape-hevc", 5), ("landscape-av1", 1), ("landscape-av1-fixed", 5)],
)
def test_a_codec_of_one_quality_for_each_encode_is_encoded_segment_by_segment(name: str, segments: int) -> None:
    ladder = plan_ladder(load_ladder(name), (1280, 720), FILM)
    assert ladder.grid.chunk == segments
    assert all((one.vmaf is None) == name.endswith("-fixed") for one in ladder.renditions)
    given = load_ladder("landscape-av1").model_copy(update={"rate_control": "fixed"})
    assert plan_ladder(given, (1280, 720), FILM).grid.chunk == 5, "rungs that name a quality which nobody asks for"
