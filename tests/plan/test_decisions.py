"""What two people decide at once becomes one, unless they changed the same highlight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ProjectError
from pipeline.plan.cutting_room import RejectedPieces, Room, RoomHighlight
from pipeline.plan.decisions import Decided, LockedStretch, RejectedStretch, decided, merged_decisions
from pipeline.plan.zones import Frames


def locked(*stretches: Frames) -> Decided:
    return Decided(tuple(LockedStretch(one) for one in stretches))


def merged(base: Decided, mine: Decided, theirs: Decided) -> Decided:
    return merged_decisions(base, mine, theirs, told=str)


BASE = Decided((LockedStretch((0, 10), "ours"), LockedStretch((20, 30))), (RejectedStretch((90, 99)),))


def test_a_moved_lock_keeps_its_place_and_note_and_new_ones_follow() -> None:
    opened = Room((RoomHighlight("h1", ((0, 10),), None, True), RoomHighlight("h2", ((20, 30),), None, True)))
    now = Room(
        (
            RoomHighlight("h1", ((2, 12),), None, True),
            RoomHighlight("h2", ((20, 30),), None, True),
            RoomHighlight("h3", ((40, 50),), ((41, 50),), True),
            RoomHighlight("h4", ((60, 70),), ((60, 70),)),
            RoomHighlight("h5", ((70, 71), (75, 78)), None, True),
        ),
        (RejectedPieces("h3", ((80, 85),), "too dark"), RejectedPieces("h4", ((1, 2), (3, 4)))),
    )
    assert decided(opened, now, BASE, kind="montage") == Decided(
        (LockedStretch((2, 12), "ours"), LockedStretch((20, 30)), LockedStretch((40, 50))),
        (
            RejectedStretch((90, 99)),
            RejectedStretch((80, 85), "montage", "too dark"),
            RejectedStretch((1, 2), "montage", "montage h4, piece 1 of 2"),
            RejectedStretch((3, 4), "montage", "montage h4, piece 2 of 2"),
        ),
    )


def test_a_lock_of_another_file_is_not_let_go_silently() -> None:
    opened = Room((RoomHighlight("h1", ((5, 9),), None, True),))
    with pytest.raises(ProjectError, match="beside the film"):
        decided(opened, Room(()), BASE, kind="moment")


def test_different_highlights_are_merged() -> None:
    mine = Decided((LockedStretch((3, 10), "ours"), LockedStretch((20, 30))), BASE.rejected)
    theirs = Decided((BASE.locked[0], LockedStretch((20, 33)), LockedStretch((50, 60))), (RejectedStretch((70, 75)),))
    assert merged(BASE, mine, theirs) == Decided(
        (LockedStretch((3, 10), "ours"), LockedStretch((20, 33)), LockedStretch((50, 60))), (RejectedStretch((70, 75)),)
    )


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (locked((2, 10), (20, 30)), locked((0, 12), (20, 30))),
        (locked((0, 10), (20, 30), (40, 50)), locked((0, 10), (20, 30), (45, 55))),
        (locked((20, 30)), locked((1, 10), (20, 30))),
        (
            locked((0, 10), (20, 30), (40, 50)),
            Decided(locked((0, 10), (20, 30)).locked, (RejectedStretch((41, 50)),)),
        ),
    ],
)
def test_the_same_highlight_changed_otherwise_is_a_conflict_either_way(mine: Decided, theirs: Decided) -> None:
    base = locked((0, 10), (20, 30))
    for one, other in ((mine, theirs), (theirs, mine)):
        with pytest.raises(ProjectError, match="the same highlights meanwhile") as refused:
            merged(base, one, other)
        assert refused.value.data["conflict"] and refused.value.data["places"]


def test_the_same_done_twice_is_no_conflict() -> None:
    mine = Decided((LockedStretch((2, 10)),), (RejectedStretch((50, 60), note="mine"),))
    theirs = Decided((LockedStretch((2, 10)),), (RejectedStretch((50, 60), note="theirs"),))
    assert merged(locked((0, 10)), mine, theirs) == theirs


slots = st.integers(0, 9).map(lambda number: (number * 10, number * 10 + 5))
changes = st.dictionaries(st.integers(0, 9), st.sampled_from(["lock", "trim", "let go", "reject"]), max_size=6)


def changed(base: Decided, what: dict[int, str]) -> Decided:
    stretches, refused = dict.fromkeys(one.frames for one in base.locked), list(base.rejected)
    for number, done in what.items():
        whole, trimmed = (number * 10, number * 10 + 5), (number * 10 + 1, number * 10 + 5)
        stretches.pop(whole, None)
        if done == "reject":
            refused.append(RejectedStretch(whole))
        elif done != "let go":
            stretches[trimmed if done == "trim" else whole] = None
    return Decided(tuple(LockedStretch(one) for one in stretches), tuple(dict.fromkeys(refused)))


@given(st.sets(slots), changes, changes)
def test_nothing_that_either_did_is_lost(start: set[Frames], mine: dict[int, str], theirs: dict[int, str]) -> None:
    base = locked(*sorted(start))
    one, other = changed(base, mine), changed(base, theirs)
    both = {number: done for number, done in mine.items() if number in theirs}
    try:
        found = merged(base, one, other)
    except ProjectError:
        assert any(theirs[number] != done for number, done in both.items()), "they touched different highlights"
        return
    wanted = changed(base, mine | theirs)
    apart = [number for number in range(10) if number not in both]
    for number in apart:
        frames = range(number * 10, number * 10 + 10)
        assert {one.frames for one in found.locked if one.frames[0] in frames} == {
            one.frames for one in wanted.locked if one.frames[0] in frames
        }
    assert set(found.rejected) >= set(one.rejected) | set(other.rejected)
    assert merged(base, base, other) == other
    assert {stretch.frames for stretch in merged(base, one, base).locked} == {stretch.frames for stretch in one.locked}
