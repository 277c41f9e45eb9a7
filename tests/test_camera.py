"""The way of a window passes its knots, never overshoots, and is as smooth as the knots allow."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.camera import CameraPath, Knot

places = st.fractions(min_value=0, max_value=1000, max_denominator=8)
ways = st.lists(st.tuples(st.integers(1, 40), places, places), min_size=1, max_size=8)


def path_of(steps: list[tuple[int, Fraction, Fraction]]) -> CameraPath:
    frame, knots = -1, []
    for length, left, top in steps:
        frame += length
        knots.append(Knot(frame, left, top))
    return CameraPath(tuple(knots))


@settings(deadline=None)
@given(ways)
def test_every_knot_is_passed_and_nothing_lies_outside_its_neighbours(
    steps: list[tuple[int, Fraction, Fraction]],
) -> None:
    path = path_of(steps)
    assert all(path.at(knot.frame) == (knot.left_px, knot.top_px) for knot in path.knots)
    for sooner, later in pairwise(path.knots):
        for frame in range(sooner.frame, later.frame + 1):
            left, top = path.at(frame)
            assert min(sooner.left_px, later.left_px) <= left <= max(sooner.left_px, later.left_px)
            assert min(sooner.top_px, later.top_px) <= top <= max(sooner.top_px, later.top_px)


@settings(deadline=None)
@given(ways)
def test_before_the_first_and_after_the_last_knot_it_stands(steps: list[tuple[int, Fraction, Fraction]]) -> None:
    path = path_of(steps)
    first, last = path.knots[0], path.knots[-1]
    assert path.at(0) == (first.left_px, first.top_px) or first.frame == 0
    assert path.at(last.frame + 1000) == (last.left_px, last.top_px)


@settings(deadline=None)
@given(ways, st.integers(0, 100), st.integers(0, 60))
def test_a_piece_counted_from_a_later_frame_is_the_same_way(
    steps: list[tuple[int, Fraction, Fraction]], first: int, later: int
) -> None:
    for piece in path_of(steps).across:
        since = piece.since(first)
        assert since.at(later) == piece.at(first + later)
        assert since.is_still == piece.is_still
        assert since.first_frame == max(0, piece.first_frame - first)


def test_between_equal_knots_it_stands_and_a_pan_eases_in_and_out() -> None:
    path = CameraPath(tuple(Knot(f, Fraction(x), Fraction(0)) for f, x in ((0, 100), (24, 100), (48, 200), (72, 200))))
    lefts = [path.at(frame)[0] for frame in range(73)]
    assert set(lefts[:25]) == {100} and set(lefts[48:]) == {200}
    steps = [later - sooner for sooner, later in pairwise(lefts[24:49])]
    assert max(steps) < Fraction(150, 24) + Fraction(1, 100)  # one and a half times the mean speed, in the middle
    assert steps[0] < Fraction(6, 10) and steps[-1] < Fraction(6, 10)
    assert steps == steps[::-1]


def test_a_path_has_knots_in_order() -> None:
    with pytest.raises(ValueError, match="frames go up"):
        CameraPath(())
    with pytest.raises(ValueError, match="frames go up"):
        CameraPath((Knot(3, Fraction(0), Fraction(0)), Knot(3, Fraction(1), Fraction(0))))
