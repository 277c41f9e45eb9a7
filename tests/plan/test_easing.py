"""What eyes are shown keeps to its pace, at every frame of every path, and has few knots."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.camera import CameraPath, Knot
from pipeline.plan.easing import Pace, eased

STEP = 4  # frames between moments
SPEED = Fraction(9)
Knots = tuple[tuple[int, Fraction], ...]
# Ways that go on, stand and turn for some moments each, up to 30 pixels in one.
runs = st.tuples(st.sampled_from((-30, -20, -10, -1, 0, 0, 1, 10, 20, 30)), st.integers(1, 20))
ways = st.lists(runs, min_size=1, max_size=12).map(
    lambda several: list(accumulate(step for step, count in several for _ in range(count)))
)


def _eased(way: list[int] | list[float], seconds: Fraction, moments: int = 9) -> tuple[CameraPath, Knots] | None:
    frames = [STEP * moment for moment in range(len(way))]
    knots = eased(frames, way, Pace(SPEED, SPEED / (seconds * 24)), moments=moments)
    if knots is None:
        return None
    return CameraPath(tuple(Knot(frames[moment], place, Fraction(0)) for moment, place in knots)), knots


@settings(deadline=None, max_examples=60)
@given(ways, st.sampled_from((Fraction(1, 2), Fraction(1), Fraction(3))))
def test_no_path_is_faster_or_rougher_than_its_pace(way: list[int], seconds: Fraction) -> None:
    found = _eased(way, seconds)
    if found is None:
        return
    path, _ = found
    places = [path.at(frame)[0] for frame in range(-2, STEP * len(way) + 3)]
    steps = [after - before for before, after in pairwise(places)]
    assert max(abs(step) for step in steps) <= SPEED
    assert max(abs(after - before) for before, after in pairwise(steps)) <= SPEED / (seconds * 24)
    assert min(way) - Fraction(1, 16) <= min(places) and max(places) <= max(way) + Fraction(1, 16)
    assert steps[0] == steps[1] == steps[-1] == 0, "a shot begins and ends at rest"


@settings(deadline=None, max_examples=40)
@given(ways)
def test_knots_are_few_and_never_repeat_a_place_while_the_window_stands(way: list[int]) -> None:
    found = _eased(way, Fraction(1))
    if found is None:
        return
    path, knots = found
    standing = [run for run in zip(knots, knots[1:], knots[2:], strict=False) if len({place for _, place in run}) == 1]
    assert not standing and not path.is_still
    turns = sum((b > a) != (c > b) or (b == a) != (c == b) for (_, a), (_, b), (_, c) in
                zip(knots, knots[1:], knots[2:], strict=False))  # fmt: skip
    assert len(knots) <= len(way) / 5 + 2 * turns + 2


def test_a_way_that_stands_or_is_too_short_has_no_path() -> None:
    assert _eased([100] * 60, Fraction(1)) is None
    assert _eased([100.3] * 60, Fraction(1)) is None
    assert _eased(list(range(0, 80, 10)), Fraction(1)) is None


def test_a_long_even_pan_goes_at_an_even_speed_near_its_way() -> None:
    way = [0] * 12 + list(range(0, 3000, 30)) + [3000] * 12
    found = _eased(way, Fraction(1))
    assert found is not None
    path, knots = found
    steps = [path.at(frame + 1)[0] - path.at(frame)[0] for frame in range(STEP * 24, STEP * (len(way) - 24))]
    assert max(steps) - min(steps) < Fraction(1, 10)
    assert all(abs(path.at(STEP * moment)[0] - place) < 150 for moment, place in enumerate(way))
    assert len(knots) < 35


def test_where_a_way_goes_and_comes_back_at_once_it_stands() -> None:
    assert _eased([0] * 9 + [300] + [0] * 9, Fraction(3)) is None
