"""Whatever is done in a room, its stretches are whole frames of the film, apart and in order; and it can be undone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Edit, MasterSpan, SoundFades
from pipeline.editfile import EditFile, EditMaster, edit_file_text, parse_edit_file
from pipeline.errors import PlanError
from pipeline.plan.cutting_room import (
    RejectedPieces,
    Room,
    RoomFilm,
    RoomHighlight,
    add,
    edit_of,
    lock,
    nudge,
    open_room,
    reject,
    remove,
    split,
    swap,
    trim,
    trim_to,
    unlock,
)
from pipeline.plan.highlights import Highlight
from pipeline.plan.histories import History
from pipeline.timebase import FrameRate, Span

RATE = FrameRate(Fraction(24000, 1001))
FILM = RoomFilm("a" * 64, RATE, 1000, never=((900, 950),), longest_s=Fraction(10), longest_said_by="Tall")
CHOSEN = ((100, 200), (300, 400))
ROOM = Room(tuple(RoomHighlight(f"h{n}", (frames,), (frames,)) for n, frames in enumerate(CHOSEN, 1)))

places = st.integers(-20, 1020)
names = st.sampled_from(["h1", "h2", "h3", "h4"])
edges = st.sampled_from(["in", "out"])
stretches = st.tuples(places, places)
operations = st.one_of(
    st.tuples(st.just("trim"), names, edges, places),
    st.tuples(st.just("nudge"), names, edges, st.integers(-60, 60)),
    st.tuples(st.just("trim_to"), names, edges, st.fractions(-1, 45, max_denominator=1001)),
    st.tuples(st.just("swap"), names, st.lists(stretches, min_size=1, max_size=3)),
    st.tuples(st.just("split"), names, places),
    st.tuples(st.just("add"), stretches),
    st.tuples(st.just("remove"), names),
    st.tuples(st.just("reject"), names, st.lists(stretches, max_size=2)),
    st.tuples(st.just("lock"), names),
    st.tuples(st.just("unlock"), names),
)
DOES: dict[str, Callable[..., Room]] = {
    "trim": lambda room, *given: trim(room, FILM, *given),
    "nudge": lambda room, *given: nudge(room, FILM, *given),
    "trim_to": lambda room, *given: trim_to(room, FILM, *given),
    "swap": lambda room, *given: swap(room, FILM, *given),
    "split": split,
    "add": lambda room, *given: add(room, FILM, *given),
    "remove": remove,
    "reject": lambda room, *given: reject(room, FILM, *given),
    "lock": lock,
    "unlock": lambda room, *given: unlock(room, FILM, *given),
}


def check(room: Room) -> None:
    shown = room.shown
    assert all(isinstance(end, int) and 0 <= start < end <= FILM.frame_count for start, end in shown)
    assert all(before[1] <= after[0] for before, after in pairwise(shown))
    assert all(end <= 900 or start >= 950 for start, end in shown)
    assert len({one.id for one in room.highlights}) == len(room.highlights)
    for one in room.highlights:
        assert one.pieces == tuple(sorted(one.pieces)) and one.pieces
        assert RATE.time_of(one.frames) <= 10
        assert one.is_locked or one.pieces == one.chosen, "what a person touched stays"


@given(st.lists(operations, max_size=30))
def test_any_work_leaves_whole_frames_of_the_film_in_order_and_apart(work: list[tuple[Any, ...]]) -> None:
    room = ROOM
    for name, *given_ in work:
        with contextlib.suppress(PlanError):
            room = DOES[name](room, *given_)
        check(room)


@given(st.lists(operations, max_size=20), st.data())
def test_undo_and_redo_are_inverse(work: list[tuple[Any, ...]], data: st.DataObject) -> None:
    history, seen = History(ROOM), [ROOM]
    for name, *given_ in work:
        try:
            history = history.done(DOES[name](history.now, *given_), name)
        except PlanError:
            continue
        if history.now != seen[-1]:
            seen.append(history.now)
    back = data.draw(st.integers(0, len(seen) - 1))
    last = history
    for _ in range(back):
        history = history.undone()
        assert history.redone().undone() == history
    assert history.now == seen[len(seen) - 1 - back]
    for _ in range(back):
        history = history.redone()
    assert history == last


def test_what_is_done_after_undoing_forgets_what_was_taken_back() -> None:
    history = History(1).done(2, "two").done(3, "three").undone()
    assert (history.undoes, history.redoes) == ("two", "three")
    history = history.done(4, "four")
    assert (history.now, history.undoes, history.redoes) == (4, "four", None)
    assert history.done(4, "the same") == history
    with pytest.raises(PlanError, match="nothing to redo"):
        history.redone()
    with pytest.raises(PlanError, match="nothing to undo"):
        history.undone().undone().undone()


def test_old_steps_are_forgotten_not_the_room() -> None:
    history = History(0)
    for number in range(1, 800):
        history = history.done(number, str(number))
    assert len(history.past) == 500
    assert history.undone().now == 798


@given(st.lists(operations, max_size=20))
def test_an_edit_file_gives_back_what_was_saved(work: list[tuple[Any, ...]]) -> None:
    room = ROOM
    for name, *given_ in work:
        try:
            room = DOES[name](room, *given_)
        except PlanError:
            continue
    masters = (EditMaster(FILM.digest, "film.mov", RATE),)
    for one in room.highlights:
        text = edit_file_text(EditFile(edit_of(one, FILM), RATE, masters))
        read = parse_edit_file(text, path=Path("h.edit.json")).edit
        again = open_room([Highlight(one.id, read, 1.0, (), is_locked=True)], FILM)
        assert again.highlights == (replace(one, chosen=None, is_locked=True),)


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (lambda: trim(ROOM, FILM, "h1", "out", 310), r"share frames 300 to 310 with h2.*begin at 400"),
        (lambda: trim(ROOM, FILM, "h2", "out", 1001), r"frames 0 to 1000"),
        (lambda: trim(ROOM, FILM, "h1", "in", -1), r"frames 0 to 1000"),
        (lambda: trim(ROOM, FILM, "h1", "in", 200), r"one frame at least.*Move the out point"),
        (lambda: trim(ROOM, FILM, "h2", "out", 540), r"10\.01 s, and Tall takes 10 s at most: 239 frames, not 240"),
        (lambda: trim(ROOM, FILM, "h7", "in", 1), r"no highlight 'h7'.*h1, h2"),
        (lambda: trim(ROOM, FILM, "h1", "in", 1, piece=1), r"no stretch 1"),
        (lambda: add(ROOM, FILM, (890, 901)), r"00:00:37:12 to 00:00:39:14.*never be shown"),
        (lambda: split(ROOM, "h1", 100), r"cannot be split before frame 100: it goes from 100 to 200"),
        (lambda: swap(ROOM, FILM, "h1", ((120, 130), (100, 110))), r"would not follow one another"),
        (lambda: swap(ROOM, FILM, "h1", ()), r"would show nothing"),
        (lambda: remove(ROOM, "h1"), r"chosen by Matinee.*Reject it"),
        (lambda: unlock(add(ROOM, FILM, (0, 9)), FILM, "h3"), r"cut by a person.*Remove it"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(work: Callable[[], Room], told: str) -> None:
    with pytest.raises(PlanError) as refused:
        work()
    assert refused.match(told)
    assert refused.value.exit_code == 2


def test_a_trimmed_highlight_stays_and_unlocked_is_as_it_was_chosen() -> None:
    room = trim(ROOM, FILM, "h1", "in", 110)
    assert room.find("h1") == RoomHighlight("h1", ((110, 200),), ((100, 200),), is_locked=True)
    assert unlock(room, FILM, "h1") == ROOM
    assert nudge(nudge(ROOM, FILM, "h1", "out", 5), FILM, "h1", "out", -5) == lock(ROOM, "h1")
    assert trim_to(ROOM, FILM, "h1", "in", RATE.time_of(110) + Fraction(1, 100)) == room


def test_a_split_makes_two_that_show_the_same_together() -> None:
    room = split(ROOM, "h1", 130)
    assert [(one.id, one.pieces) for one in room.highlights] == [
        ("h1", ((100, 130),)),
        ("h3", ((130, 200),)),
        ("h2", ((300, 400),)),
    ]
    montage = swap(ROOM, FILM, "h1", ((0, 10), (20, 40)))
    parted = split(montage, "h1", 30)
    assert (parted.find("h1").pieces, parted.find("h3").pieces) == (((0, 10), (20, 30)), ((30, 40),))


def test_what_is_rejected_is_what_was_chosen_and_the_next_best_takes_its_place_and_name() -> None:
    room = reject(trim(ROOM, FILM, "h1", "in", 150), FILM, "h1", ((500, 600),))
    assert room.rejected == (RejectedPieces("h1", ((100, 200),)),)
    assert room.find("h1") == RoomHighlight("h1", ((500, 600),), ((500, 600),))
    assert [one.id for one in reject(room, FILM, "h2").highlights] == ["h1"]


def test_a_room_opens_without_cards_and_other_films() -> None:
    span = Span.of_frames(48, 96, RATE)
    edit = Edit(
        "h1", (MasterSpan("a" * 64, span), MasterSpan("b" * 64, span)), fades=SoundFades(Fraction(1), Fraction(0))
    )
    room = open_room([Highlight("h1", edit, 0.5, ())], FILM)
    assert room.highlights == (RoomHighlight("h1", ((48, 96),), ((48, 96),)),)
    assert edit_of(room.highlights[0], FILM, base=edit).fades == edit.fades


def test_a_room_does_not_grow_without_end() -> None:
    film = replace(FILM, never=())
    room = Room(())
    for number in range(100):
        room = add(room, film, (number * 2, number * 2 + 2))
    with pytest.raises(PlanError, match="100 highlights at most"):
        add(room, film, (900, 910))
    with pytest.raises(PlanError, match="100 highlights at most"):
        split(room, "h1", 1)
