"""What a room decides of a film's highlights, as film.toml holds it, and what two people decided at once, as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipeline.errors import ProjectError
from pipeline.plan.cutting_room import Room
from pipeline.plan.passages import share_within
from pipeline.plan.zones import Frames
from pipeline.presets import HighlightKind

_HALF: Final = 0.5


@dataclass(frozen=True)
class LockedStretch:
    """A stretch that a person cut, in frames of the film's natural rate."""

    frames: Frames
    note: str = ""


@dataclass(frozen=True)
class RejectedStretch:
    """A highlight that somebody did not want, or one of the pieces of a montage."""

    frames: Frames
    kind: HighlightKind = "moment"
    note: str = ""


@dataclass(frozen=True)
class Decided:
    """What is decided of a film's highlights, in the order of film.toml."""

    locked: tuple[LockedStretch, ...] = ()
    rejected: tuple[RejectedStretch, ...] = ()


def decided(opened: Room, now: Room, base: Decided, *, kind: HighlightKind) -> Decided:
    """Return what film.toml says after a room was worked in: `base` is what it said when the room was opened.

    Highlights of several pieces are no stretch, and are kept as edits of their own. Raises ProjectError where a stretch
    was let go that another file locks.
    """
    before, after = _locked(opened), _locked(now)
    gone = [frames for frames in before if frames not in after]
    held = {one.frames for one in base.locked}
    for frames in gone:
        if frames not in held:
            raise ProjectError(
                f"Frames {frames[0]} to {frames[1]} are locked by the film.toml beside the film, which is not written.",
                remedy="Take the table [[locked]] out there.",
            )
    fresh = [LockedStretch(frames) for frames in after if frames not in before]
    unwanted = [one for one in now.rejected if one not in opened.rejected]
    back = {piece for one in opened.rejected if one not in now.rejected for piece in one.pieces}
    rejected = tuple(
        RejectedStretch(piece, kind, one.note or _note(kind, one.id, number, len(one.pieces)))
        for one in unwanted
        for number, piece in enumerate(one.pieces, 1)
    )
    kept = tuple(one for one in base.rejected if one.frames not in back)
    return Decided(_put(base.locked, gone, fresh), (*kept, *rejected))


def merged_decisions(base: Decided, mine: Decided, theirs: Decided, *, told: Callable[[int], str]) -> Decided:
    """Return what two people decided who both began with `base`; `told` writes a frame for people.

    Raises ProjectError, with the places in `data["places"]` as pairs of frames, where they changed the same highlight
    otherwise, or one rejected what the other locked.
    """
    mine_gone, mine_new = _changed(base, mine)
    theirs_gone, theirs_new = _changed(base, theirs)
    places = {one.frames for one in mine_new for other in theirs_new if _differ(one, other)}
    both_moved = (frames for frames in mine_gone if frames in theirs_gone)
    places |= {
        frames
        for frames in both_moved
        if {one.frames for one in mine_new if _meet(one.frames, frames)}
        != {one.frames for one in theirs_new if _meet(one.frames, frames)}
    }
    for locks, refusals in ((mine_new, theirs), (theirs_new, mine)):
        unwanted = [one.frames for one in refusals.rejected if one not in base.rejected]
        places |= {one.frames for one in locks if any(_mostly(one.frames, other) for other in unwanted)}
    if places:
        listed = ", ".join(f"{told(start)}–{told(end)}" for start, end in sorted(places))
        raise ProjectError(
            f"Somebody else changed the same highlights meanwhile: {listed}.",
            remedy="Nothing was written. Look at what they did, and repeat what you still want.",
            conflict=True,
            places=[list(frames) for frames in sorted(places)],
        )
    held = {one.frames for one in theirs.locked}
    locked = _put(theirs.locked, mine_gone, [one for one in mine_new if one.frames not in held])
    let_go = [one for one in base.rejected if one not in mine.rejected]
    kept = tuple(one for one in theirs.rejected if one not in let_go)
    said = {(one.frames, one.kind) for one in kept}
    fresh = tuple(one for one in mine.rejected if one not in base.rejected and (one.frames, one.kind) not in said)
    return Decided(locked, (*kept, *fresh))


def _locked(room: Room) -> list[Frames]:
    return [one.pieces[0] for one in room.highlights if one.is_locked and len(one.pieces) == 1]


def _note(kind: HighlightKind, id_: str, number: int, count: int) -> str:
    return f"{kind} {id_}{f', piece {number} of {count}' if count > 1 else ''}"


def _changed(base: Decided, now: Decided) -> tuple[list[Frames], list[LockedStretch]]:
    """Return the stretches that are no longer locked, and those that are now."""
    before, after = {one.frames for one in base.locked}, {one.frames for one in now.locked}
    gone = [one.frames for one in base.locked if one.frames not in after]
    return gone, [one for one in now.locked if one.frames not in before]


def _put(
    locked: Sequence[LockedStretch], gone: Iterable[Frames], fresh: Sequence[LockedStretch]
) -> tuple[LockedStretch, ...]:
    """Return locked stretches without some and with others: what was moved keeps its place, and its note."""
    left, told = list(fresh), []
    away = set(gone)
    for one in locked:
        if one.frames not in away:
            told.append(one)
            continue
        moved = [other for other in left if _meet(one.frames, other.frames)]
        told += [replace(other, note=other.note or one.note) for other in moved]
        left = [other for other in left if other not in moved]
    return (*told, *left)


def _differ(one: LockedStretch, other: LockedStretch) -> bool:
    return one.frames != other.frames and _meet(one.frames, other.frames)


def _mostly(one: Frames, other: Frames) -> bool:
    return share_within([one], [other]) > _HALF


def _meet(one: Frames, other: Frames) -> bool:
    return one[0] < other[1] and other[0] < one[1]
