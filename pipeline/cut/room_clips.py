"""The clips of a cutting room's highlights: how they would be cut as they are now, and where it is said how they are
framed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from pipeline.cut.clips import PlannedClip
from pipeline.cut.handframing import KeptFraming, check_move, cropped_film, own_framing
from pipeline.cut.ownframing import BenchFramings, framing_path
from pipeline.cut.plan import plan_highlight
from pipeline.cut.room import CuttingRoom, highlight_as_cut
from pipeline.plan.cutting_room import Room, RoomHighlight, crop
from pipeline.plan.window_moves import WindowMove
from pipeline.shell.ledger import Ledger
from pipeline.shell.making import OnStage

_OF_EDIT: Final = ".edit"


def clips_of(room: CuttingRoom, now: Room, id_: str, on_stage: OnStage | None = None) -> tuple[PlannedClip, ...]:
    """Return the clips that would be cut of a highlight as it is now, also those that would be refused.

    Their windows stand where they were moved to here. Raises PlanError for a highlight that there is not, and what
    `pipeline.cut.clips.plan_clips` raises.
    """
    one = now.find(id_)
    moves: dict[str, list[WindowMove]] = {}
    for move in one.moves:
        moves.setdefault(f"{id_}-{move.platform}", []).append(move)
    before = {
        name.removesuffix(_OF_EDIT): kept.before
        for name, kept in room.framings.items()
        if is_of_edit(name) == one.is_held_as_edit
    }
    bench = BenchFramings(
        cropped_film(room.study), lambda clip: framing_file(room, framing_name(one, clip)), moves, before
    )
    planned = plan_highlight(room.order, highlight_as_cut(room, one), bench, on_stage)
    return (*planned.made, *(refused.clip for refused in planned.refused))


def move_crop(room: CuttingRoom, now: Room, clip: PlannedClip, move: WindowMove) -> tuple[CuttingRoom, Room]:
    """Return the room in which the window of a clip was moved, and its highlights after that; `clip` as it was planned
    here before or after other moves.

    Raises PlanError where the clip does not show the frame, ProjectError for a framing file that cannot be read.
    """
    one = now.find(clip.highlight.id)
    check_move(clip, one.moves, move, room.order)
    name = framing_name(one, clip.name)
    room = replace(room, framings={**room.framings, name: kept_framing(room, name)})
    return room, crop(now, one.id, move)


def framing_name(one: RoomHighlight, clip: str) -> str:
    """Return under which name a room knows the framing of a highlight's clip: that of an edit is another."""
    return f"{clip}{_OF_EDIT}" if one.is_held_as_edit else clip


def is_of_edit(name: str) -> bool:
    """Tell whether a framing that has a name in a room is of the clip of an edit."""
    return name.endswith(_OF_EDIT)


def framing_file(room: CuttingRoom, name: str) -> Path:
    """Return where it is said how a clip is framed whose framing has a name in a room."""
    id_, _, platform = name.partition("-")
    if is_of_edit(name):
        return framing_path(room.order.edit_folder(id_), name.removesuffix(_OF_EDIT))
    return framing_path(room.order.framing_folder, f"{room.called.get(id_, id_)}-{platform}")


def kept_framing(room: CuttingRoom, name: str) -> KeptFraming:
    """Return what is known of a clip's framing file, read where its windows were not moved yet. Raises ProjectError."""
    if name in room.framings:
        return room.framings[name]
    # What stands under the name of a highlight that was never cut speaks of another.
    is_own = is_of_edit(name) or is_cut(room, name.partition("-")[0])
    return KeptFraming(own_framing(framing_file(room, name), Ledger(room.order.home.ledger)) if is_own else None)


def is_cut(room: CuttingRoom, id_: str) -> bool:
    """Tell whether a highlight of a room is cut by what was saved when the room was entered, or since."""
    return id_ in room.called or any(one.id == id_ for one in room.opened.highlights)
