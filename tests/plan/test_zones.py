from bisect import bisect_right
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.shots import FilmAnalysis, Timeline, Transition, shots_between
from pipeline.plan.zones import Zones, find_credits, merged
from pipeline.timebase import FrameRate
from tests.films import analysis_of

RATE = FrameRate(Fraction(24))


def film(seconds: int, cuts: tuple[int, ...], *, dark: range = range(0), sharpest: int | None = None) -> FilmAnalysis:
    """A film with cuts at the seconds given, dark in some seconds, one of its shots with the finest detail."""
    transitions = tuple(Transition("cut", 24 * cut, 24 * cut) for cut in cuts)
    shots = shots_between(transitions, 24 * seconds)
    ends = [shot.end_frame / 24 for shot in shots]

    def sharpness(time: float) -> float:
        shot = bisect_right(ends, time)
        return 5000 if shot == sharpest else 500 - shot

    return analysis_of(
        Timeline(RATE, 24 * seconds),
        transitions,
        sharpness=sharpness,
        black=lambda time: 0.8 if int(time) in dark else 0.05,
    )


CUTS = tuple(range(4, 260, 4))


def test_text_on_black_up_to_the_end_is_credits() -> None:
    assert find_credits(film(300, CUTS, dark=range(262, 300))) == 262


def test_a_short_scene_after_the_credits_does_not_hide_them() -> None:
    assert find_credits(film(300, CUTS, dark=range(250, 290))) == 250


def test_names_over_a_picture_are_credits_where_no_shot_is_as_long_and_detailed() -> None:
    assert find_credits(film(300, CUTS, sharpest=len(CUTS))) == 256


@pytest.mark.parametrize("dark", [range(0), range(100, 140), range(292, 300)], ids=["none", "in the middle", "short"])
def test_other_darkness_is_no_credits(dark: range) -> None:
    assert find_credits(film(300, tuple(range(4, 300, 4)), dark=dark)) is None


ranges = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


@given(ranges, st.integers(-5, 65), st.integers(1, 20))
def test_zones_allow_what_touches_nothing_barred(barred: list[tuple[int, int]], start: int, length: int) -> None:
    zones = Zones(60, merged(barred), ())
    frames = {frame for first, end in barred for frame in range(first, end)}
    inside = start >= 0 and start + length <= 60
    assert zones.allow(start, start + length) == (inside and not frames & set(range(start, start + length)))


@given(ranges, st.integers(0, 60), st.integers(0, 60))
def test_the_free_parts_are_exactly_what_is_not_barred(barred: list[tuple[int, int]], start: int, end: int) -> None:
    parts = list(Zones(60, merged(barred), ()).free(start, end))
    free = [frame for first, last in parts for frame in range(first, last)]
    taken = {frame for first, last in barred for frame in range(first, last)}
    assert free == [frame for frame in range(start, end) if frame not in taken]
