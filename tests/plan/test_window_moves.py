"""Windows go where they were moved to, also in a clip that was trimmed since, and moves repeated change nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.framing import Area, FramedStretch, Framing, filling
from pipeline.framingfile import FramedPart
from pipeline.plan.keyframing import WindowAt, place_of
from pipeline.plan.window_moves import CroppedFilm, Way, WindowMove, add_move, move_window, moved_framing

DIGEST = "a" * 64
FILM = CroppedFilm(DIGEST, (256, 144), ((0, 48), (48, 96), (96, 288)))
WINDOW = Area(Fraction(90), Fraction(0), Fraction(81), Fraction(144))


def clip(start: int, end: int) -> tuple[Framing, tuple[FramedPart, ...]]:
    """Return a clip of the film after a card, each of its shots framed in the middle."""
    shots = tuple((max(start, first), min(end, last)) for first, last in FILM.shots if first < end and start < last)
    framing = ((), tuple(FramedStretch(shot, (filling(WINDOW),)) for shot in shots))
    return framing, (FramedPart(None), FramedPart(DIGEST, 256, 144, (start, end)))


def move(way: Way, frame: int, left: int) -> WindowMove:
    return WindowMove("tall", way, frame, Fraction(left), Fraction(0))


def left_at(framing: Framing, frame: int) -> Fraction:
    return place_of(framing, WindowAt(1, frame))[0]


def test_a_window_goes_where_it_was_moved_to_and_stops_at_the_edge() -> None:
    framing, parts = clip(10, 80)
    held = move_window(framing, parts, move("hold", 20, 12), FILM)
    assert [left_at(held, frame) for frame in (10, 47, 48)] == [12, 12, 90]
    assert left_at(move_window(framing, parts, move("hold", 20, 9000), FILM), 20) == 256 - 81
    with pytest.raises(PlanError, match="does not show frame 9 "):
        move_window(framing, parts, move("hold", 9, 12), FILM)
    with pytest.raises(PlanError, match="no keyframe"):
        move_window(framing, parts, move("delete", 20, 0), FILM)


def test_a_move_at_a_frame_that_was_cut_off_counts_where_its_shot_is_shown() -> None:
    framing, parts = clip(15, 60)
    moves = (move("hold", 10, 12), move("hold", 70, 30))
    after = moved_framing(framing, parts, moves, FILM)
    assert [left_at(after, frame) for frame in (15, 47, 48, 59)] == [12, 12, 30, 30]
    # Of several that were cut off, the nearest; what is of no shot that is shown changes nothing.
    keys = (move("keyframe", 14, 40), move("keyframe", 2, 12), move("hold", 200, 1), move("delete", 3, 0))
    assert left_at(moved_framing(framing, parts, keys, FILM), 15) == 40


def test_a_move_takes_the_place_of_the_one_before_it_at_its_frame() -> None:
    moves = add_move(add_move((), move("keyframe", 20, 1)), move("keyframe", 20, 2))
    assert moves == (move("keyframe", 20, 2),)
    assert add_move(moves, move("hold", 20, 3)) == (*moves, move("hold", 20, 3))
    other = WindowMove("wide", "keyframe", 20, Fraction(0), Fraction(0))
    assert add_move(moves, other) == (*moves, other)


MOVES = st.lists(
    st.builds(move, st.sampled_from(["keyframe", "hold", "delete"]), st.integers(0, 100), st.integers(0, 300)),
    max_size=8,
)


@given(MOVES, st.integers(0, 60), st.integers(70, 120))
def test_moves_that_are_in_a_file_already_change_nothing_more(moves: list[WindowMove], start: int, end: int) -> None:
    framing, parts = clip(start, end)
    made: tuple[WindowMove, ...] = ()
    for one in moves:
        made = add_move(made, one)
    once = moved_framing(framing, parts, made, FILM)
    assert [stretch.frames for stretch in once[1]] == [stretch.frames for stretch in framing[1]]
    kept = tuple(one for one in made if one.way != "delete")
    held = moved_framing(framing, parts, kept, FILM)
    assert moved_framing(held, parts, kept, FILM) == held
