"""What was decided in a cutting room is written: into film.toml, edit files and framing files, all of it or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.cut.clips import PlannedClip
from pipeline.cut.handframing import (
    FramingWrite,
    KeptFraming,
    check_put_back,
    check_write,
    framing_path,
    framing_write,
    own_framing,
    put_back,
    rename_framings,
    write_framing,
)
from pipeline.cut.room import CuttingRoom, chosen_beside, clips_of, names_as_saved
from pipeline.editfile import EditFile, EditMaster
from pipeline.plan.cutting_room import Room, RoomHighlight, edit_of, lock
from pipeline.plan.decisions import decided
from pipeline.shell.decisions import save_decided
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import edit_path, save_edit
from pipeline.spelling import spelled


@dataclass(frozen=True)
class Saved:
    """A room after it was saved."""

    room: CuttingRoom
    joined: tuple[str, ...]
    """Clips whose framing now also says what others did to other shots meanwhile."""


Planned = Callable[[RoomHighlight], Sequence[PlannedClip]]
"""Returns the clips of a highlight as it is in a room."""


def hold(room: CuttingRoom, now: Room) -> Room:
    """Return the room in which what would not be chosen again beside the others is locked, so that all of it is cut.

    Looks at what another choice brings up where the store lacks that.
    """
    while any(not one.is_locked for one in now.highlights):
        again = [one.pieces for one in chosen_beside(room, now).highlights]
        lost = [one.id for one in now.highlights if not one.is_locked and one.pieces not in again]
        if not lost:
            break
        for id_ in lost:
            now = lock(now, id_)
    return now


def save_room(room: CuttingRoom, now: Room, planned: Planned | None = None) -> Saved:
    """Write what was decided in a room, and return the room to go on in; undoing goes on from before as well.

    It goes into the project's film.toml, beside what others wrote there meanwhile, which shows when the room is entered
    again. Highlights of several pieces, which film.toml cannot lock, become edit files of their names in the project's
    folder, and where windows were moved to is in the clips' framing files. `planned` gives the clips of a highlight as
    they were planned already. Raises ProjectError (`conflict`, nothing written) where somebody changed the same
    highlights, edits or shots.
    """
    mine = decided(room.opened, now, room.base.decided, kind=room.order.preset.kind)
    order, was = room.order, {one.id: one for one in room.opened.highlights}
    project, ledger = order.main.project, Ledger(order.home.ledger)
    # Others may have saved what has highlights cut under other names.
    room = replace(room, called={**room.called, **_called(room, room.opened)})
    writes, back = _framings_to_write(room, now, planned or (lambda one: clips_of(room, now, one.id)))
    edits = dict(room.edits)
    for one in now.highlights:
        before = was.get(one.id)
        if one.is_locked and len(one.pieces) > 1 and (before is None or replace(before, moves=one.moves) != one):
            path = edit_path(project, one.id)
            edits[one.id] = save_edit(path, _edit_file(room, one), expected=edits.get(one.id))
    saved = save_decided(project, mine, room.base, rate=room.film.rate)
    called = _called(room, now)
    rename_framings(order, {room.called.get(id_, id_): new for id_, new in called.items()})
    room = replace(room, opened=now, base=saved, edits=edits, called=called)
    framings, joined = dict(room.framings), []
    for write in writes:
        framings[write.clip], is_joined = write_framing(write, _file_of(room, write.clip), ledger)
        joined += [write.clip] if is_joined else []
    for clip in back:
        framings[clip] = put_back(_file_of(room, clip), framings[clip])
    return Saved(replace(room, framings=framings), tuple(joined))


def _framings_to_write(
    room: CuttingRoom, now: Room, planned: Planned
) -> tuple[tuple[FramingWrite, ...], tuple[str, ...]]:
    """Return which framings of clips are to be written, and of which clips the files are to be as they were before.

    Raises ProjectError (`conflict`) where somebody changed the same shots meanwhile.
    """
    ledger, writes = Ledger(room.order.home.ledger), dict[str, FramingWrite]()
    for one in now.highlights:
        for clip in planned(one) if one.moves else ():
            path = _file_of(room, clip.name)
            kept = room.framings.get(clip.name) or KeptFraming(own_framing(path, ledger))
            write = framing_write(clip, path, kept, room.order)
            if write is not None:
                check_write(write)
                writes[clip.name] = write
    back = tuple(clip for clip, kept in room.framings.items() if kept.written is not None and clip not in writes)
    for name in back:
        check_put_back(_file_of(room, name), room.framings[name])
    return tuple(writes.values()), back


def _called(room: CuttingRoom, highlights: Room) -> dict[str, str]:
    """Return under which names highlights are cut by what is saved now, by their names in a room."""
    names = names_as_saved(room)
    return {one.id: names[one.pieces] for one in highlights.highlights if one.pieces in names}


def _file_of(room: CuttingRoom, clip: str) -> Path:
    """Return where it is said how a clip is framed that has a name in a room."""
    id_, _, platform = clip.partition("-")
    return framing_path(room.order, f"{room.called.get(id_, id_)}-{platform}")


def _edit_file(room: CuttingRoom, one: RoomHighlight) -> EditFile:
    known = {other.id: other.edit for other in room.chosen.choice.highlights}
    rate = room.film.rate
    master = EditMaster(room.study.digest, spelled(room.study.path.name)[:200], rate)
    return EditFile(edit_of(one, room.film, base=known.get(one.id)), rate, (master,))
