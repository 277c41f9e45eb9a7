from array import array
from fractions import Fraction

import pytest

from pipeline.plan.scores import film_analysis, mean_loudness
from pipeline.plan.shots import Curve, Decoding, Shot, Timeline, Transition
from pipeline.plan.transitions import SIGNATURE_SIZE, FrameEvidence
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24))
DECODING = Decoding(0, Fraction(4), Fraction(4))


def evidence(count: int, *, cut: int | None = None, contrast: list[float] | None = None) -> FrameEvidence:
    """Frames of luma 100; with a cut, luma 200 from there on and a jump in movement at it."""
    first = cut if cut is not None else count
    brightness = [100.0] * first + [200.0] * (count - first)
    return FrameEvidence(
        brightness=array("f", contrast or brightness),
        contrast=array("f", contrast or [50.0] * count),
        motion=array("f", [100.0 if frame == cut else 2.0 for frame in range(count)]),
        sharpness=array("f", [300.0] * count),
        black=array("f", [0.25] * count),
        signatures=b"".join(bytes([int(level)]) * (SIGNATURE_SIZE[0] * SIGNATURE_SIZE[1]) for level in brightness),
        cut_frames=() if cut is None else (cut,),
    )


def test_each_shot_is_scored_by_its_own_frames_and_not_by_the_jump_into_it() -> None:
    analysis = film_analysis(evidence(96, cut=48), Timeline(RATE, 96), DECODING, loudness=None)
    assert analysis.transitions == (Transition("cut", 48, 48),)
    assert [scores.brightness for scores in analysis.scores] == [100.0, 200.0]
    assert [scores.motion for scores in analysis.scores] == [2.0, 2.0]
    assert [scores.black_fraction for scores in analysis.scores] == [0.25, 0.25]
    assert [scores.loudness_lufs for scores in analysis.scores] == [None, None]


def test_each_shot_has_the_loudness_of_its_own_sound() -> None:
    curve = Curve.of(Fraction(1, 10), (-20.0,) * 20 + (-40.0,) * 20)
    analysis = film_analysis(evidence(96, cut=48), Timeline(RATE, 96), DECODING, loudness=curve)
    assert [scores.loudness_lufs for scores in analysis.scores] == [-20.0, -40.0]


def test_a_shot_after_the_end_of_the_sound_has_no_loudness() -> None:
    curve = Curve.of(Fraction(1, 10), (-20.0,) * 15)
    analysis = film_analysis(evidence(96, cut=48), Timeline(RATE, 96), DECODING, loudness=curve)
    assert [scores.loudness_lufs for scores in analysis.scores] == [-20.0, None]


def test_loudness_is_the_mean_of_power_and_not_of_decibels() -> None:
    assert mean_loudness((-2000, -7000)) == pytest.approx(-23.01, abs=0.01)
    assert mean_loudness((-12000,)) == -70


def test_curves_have_a_value_each_half_second() -> None:
    analysis = film_analysis(evidence(90, cut=48), Timeline(RATE, 90), DECODING, loudness=None)
    assert analysis.brightness == Curve.of(Fraction(1, 2), (100.0,) * 4 + (200.0,) * 4)


def test_a_picture_that_is_held_fills_the_steps_in_which_no_other_starts() -> None:
    times = (Fraction(0), Fraction(1, 24), Fraction(2), Fraction(49, 24))
    timeline = Timeline.of_times(RATE, times)
    analysis = film_analysis(evidence(4, cut=2), timeline, DECODING, loudness=None)
    assert analysis.brightness.hundredths == (10000, 10000, 10000, 10000, 20000)


def test_a_film_that_is_one_long_fade_still_has_shots() -> None:
    rising = [0.0] * 4 + [4.0 * k for k in range(1, 45)]
    analysis = film_analysis(evidence(48, contrast=rising), Timeline(RATE, 48), DECODING, loudness=None)
    assert analysis.transitions == (Transition("fade", 4, 47),)
    assert analysis.shots == (Shot(0, 4), Shot(47, 48))
