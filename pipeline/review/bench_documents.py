"""A cutting room as its page reads it: the film once, and after each step what is on the bench."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any
from zlib import crc32

from pipeline.cut.room import CuttingRoom
from pipeline.plan.cutting_room import RoomFilm, RoomHighlight, open_room
from pipeline.plan.decisions import Decided
from pipeline.plan.snapping import SnapKind
from pipeline.plan.zones import Frames
from pipeline.review.works import Work, material_name
from pipeline.spelling import spelled


def film_document(work: Work) -> dict[str, Any]:
    """Return what stays the same while a film is worked on; frames that points snap to are told as differences."""
    room, film = work.room, work.room.film
    points = room.snap_points
    return {
        "rate": str(film.rate),
        "drops_frames": film.rate.drops_frames,
        "frame_count": film.frame_count,
        "proxy": f"/media/{material_name(work.proxy)}",
        "timeline": f"/media/{material_name(work.timeline)}",
        "sprites": work.sprites,
        "snaps": {"in": _differences(points.ins), "out": _differences(points.outs)},
        "never": [list(frames) for frames in film.never],
        "preset": spelled(room.order.preset.name),
    }


def work_document(work: Work) -> dict[str, Any]:
    """Return what is on the bench now."""
    film, now = work.room.film, work.history.now
    reasons = _reasons(work)
    return {
        "number": work.number,
        "highlights": [_highlight(one, film, reasons) for one in now.highlights],
        "rejected": [
            {"id": one.id, "pieces": [list(piece) for piece in one.pieces], "note": spelled(one.note)}
            for one in now.rejected
        ],
        "undoes": work.history.undoes,
        "redoes": work.history.redoes,
        "is_saved": work.is_saved,
        "aside": _aside(work),
    }


def theirs_document(room: CuttingRoom, saved: Decided, mine: Decided) -> list[dict[str, str]]:
    """Return what others decided since a room was entered or saved, as people read it.

    `saved` is what the project's film.toml says now, and `mine` what it would say of this room alone.
    """
    base, film = room.base.decided, room.film
    pairs = (
        ("locked", saved, base),
        ("no longer locked", base, saved),
        ("rejected", saved, base),
        ("no longer rejected", base, saved),
    )
    return [line for what, these, those in pairs for line in _told(what, these, those, mine, film)]


def joined_document(names: Sequence[str]) -> list[dict[str, str]]:
    """Return of which clips others moved windows as well, as people read it."""
    return [{"what": f"moved windows of {spelled(name)}", "from": "", "to": "", "note": ""} for name in names]


def _highlight(
    one: RoomHighlight, film: RoomFilm, reasons: Mapping[tuple[Frames, ...], Sequence[str]]
) -> dict[str, Any]:
    return {
        "id": one.id,
        "pieces": [list(piece) for piece in one.pieces],
        "is_locked": one.is_locked,
        "is_chosen": one.chosen is not None,
        "crops": sorted({move.platform for move in one.moves}),
        "windows": f"{crc32(repr(one.moves).encode()):08x}" if one.moves else "",
        "frames": one.frames,
        "seconds": float(film.rate.time_of(one.frames)),
        "reasons": [spelled(reason) for reason in reasons.get(one.pieces, ())],
    }


def _reasons(work: Work) -> dict[tuple[Frames, ...], Sequence[str]]:
    found: dict[tuple[Frames, ...], Sequence[str]] = {}
    for one in work.room.chosen.choice.highlights:
        opened = open_room([one], work.room.film).highlights
        if opened:
            found[opened[0].pieces] = one.reasons
    return found


def _aside(work: Work) -> list[dict[str, Any]]:
    """Return which highlights were otherwise when somebody went on from what others saved."""
    if work.aside is None:
        return []
    now = work.history.now.highlights
    shown = {one.pieces: one.moves for one in now}
    told = []
    for one in work.aside.highlights:
        is_cut = one.is_locked and one.pieces not in shown
        crops = sorted({move.platform for move in one.moves if move not in shown.get(one.pieces, ())})
        # Names follow the choice: what is in its place now is what shows some of the same.
        place = next((other.id for other in now if _meet(one.pieces, other.pieces)), None)
        if is_cut or (crops and place):
            pieces = [list(piece) for piece in one.pieces]
            told.append({"id": one.id, "place": place, "pieces": pieces, "crops": crops})
    return told


def _meet(these: Sequence[Frames], those: Sequence[Frames]) -> bool:
    return any(start < last and first < end for start, end in these for first, last in those)


def _told(what: str, these: Decided, those: Decided, mine: Decided, film: RoomFilm) -> Iterable[dict[str, str]]:
    """Yield what one says and the other does not; what this room itself changed is no news."""
    side = "rejected" if what.endswith("rejected") else "locked"
    away, own = {one.frames for one in getattr(those, side)}, {one.frames for one in getattr(mine, side)}
    for one in getattr(these, side):
        is_own = (one.frames in own) != what.startswith("no longer")
        if one.frames not in away and not is_own:
            start, end = one.frames
            yield {"what": what, "from": film.told(start), "to": film.told(end), "note": spelled(one.note)}


def _differences(points: Mapping[SnapKind, Sequence[int]]) -> dict[str, list[int]]:
    return {kind: [later - sooner for sooner, later in pairwise((0, *frames))] for kind, frames in points.items()}
