"""A room that was written down is read again as steps made it, whatever film.toml says since; no other is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pipeline.errors import PlanError
from pipeline.plan.cutting_room import MOST_MOVES, RejectedPieces, Room, RoomFilm, RoomHighlight
from pipeline.plan.window_moves import WindowMove
from pipeline.plan.written_rooms import check_room
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24000, 1001))
FILM = RoomFilm("a" * 64, RATE, 1000, never=((900, 950),), longest_s=Fraction(10), longest_said_by="Tall")
CHOSEN = ((100, 200), (300, 400))
ROOM = Room(tuple(RoomHighlight(f"h{n}", (frames,), (frames,)) for n, frames in enumerate(CHOSEN, 1)))


def test_a_room_that_was_written_down_may_be_what_a_film_toml_makes_of_it() -> None:
    check_room(ROOM, FILM)
    overlapping = RoomHighlight("h3", ((150, 350),), None, is_locked=True)
    too_long_and_never = RoomHighlight("h4", ((400, 950),), None, is_locked=True)
    check_room(Room((*ROOM.highlights, overlapping, too_long_and_never), (RejectedPieces("h1", ((910, 920),)),)), FILM)


@pytest.mark.parametrize(
    "pieces", [(), ((50, 10),), ((100, 100),), ((-5, 3),), ((10, 1_000_000_000),), ((300, 310), (290, 295))]
)
def test_a_room_that_was_written_down_has_stretches_of_the_film_alone(pieces: tuple[tuple[int, int], ...]) -> None:
    one = RoomHighlight("h1", ((100, 200),))
    for room in (
        Room((replace(one, pieces=pieces),)),
        Room((replace(one, chosen=pieces),)),
        Room((one,), (RejectedPieces("h2", pieces),)),
    ):
        with pytest.raises(PlanError):
            check_room(room, FILM)


def test_a_room_that_was_written_down_is_bounded() -> None:
    one, move = RoomHighlight("h1", ((100, 200),)), WindowMove("tall", "hold", 100, Fraction(0), Fraction(0))
    check_room(Room((replace(one, moves=(move,) * MOST_MOVES),)), FILM)
    for room in (
        Room((replace(one, moves=(move,) * (MOST_MOVES + 1)),)),
        Room((one, one)),
        Room((replace(one, id="../h1"),)),
        Room((one,), (RejectedPieces("h\x1b", ((1, 2),)),)),
        Room(tuple(replace(one, id=f"h{number}") for number in range(101))),
    ):
        with pytest.raises(PlanError):
            check_room(room, FILM)
