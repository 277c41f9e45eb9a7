"""What was decided in a cutting room is written: into film.toml, edit files and framing files.

All is looked at before anything is written. What is written then cannot be undone where a disk fails half way, so the
room is told of it at once, and goes on from there when it is saved again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.cut.clips import PlannedClip
from pipeline.cut.handframing import (
    FramingWrite,
    check_put_back,
    check_write,
    framing_write,
    put_back,
    renamed_framings,
    take_up_left,
    write_framing,
)
from pipeline.cut.room import CuttingRoom, chosen_beside, names_as_saved
from pipeline.cut.room_clips import clips_of, framing_file, framing_name, is_cut, is_of_edit, kept_framing
from pipeline.editfile import EditFile, EditMaster
from pipeline.errors import PipelineError, rebuild
from pipeline.plan.cutting_room import Room, RoomHighlight, edit_of, lock
from pipeline.plan.decisions import Decided, decided
from pipeline.plan.zones import Frames
from pipeline.shell.decisions import decide, save_decided
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import check_edit, edit_path, save_edit, saving_in
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


def save_room(
    room: CuttingRoom,
    now: Room,
    planned: Planned | None = None,
    on_written: Callable[[CuttingRoom], None] = lambda _: None,
) -> Saved:
    """Write what was decided in a room, and return the room to go on in; undoing goes on from before as well.

    It goes into the project's film.toml, beside what others wrote there meanwhile, which shows when the room is entered
    again. Highlights of several pieces, which film.toml cannot lock, become edit files of their names in the project's
    folder, and where windows were moved to is in the clips' framing files. `planned` gives the clips of a highlight as
    they were planned already. `on_written` is given the room after each file: to go on in where a later one fails.
    Raises ProjectError (`conflict`, nothing written) where somebody changed the same highlights, edits or shots.
    """
    with saving_in(room.order.main.project):
        take_up_left(room.order)
        return _write(_checked(room, now, planned), now, on_written)


@dataclass(frozen=True)
class _Checked:
    """What is to be written, where nobody's work is in the way of it."""

    room: CuttingRoom
    decided: Decided
    edits: Mapping[str, EditFile]
    """By the highlights' names."""
    writes: tuple[FramingWrite, ...]
    back: tuple[str, ...]
    """Clips whose framing files are to be as they were before."""
    called: Mapping[str, str]
    """Under which names highlights are cut once it is written."""
    renames: Mapping[str, str]
    """Under which names what was cut already is cut then, of this room and of others, by the names until then."""


def _checked(room: CuttingRoom, now: Room, planned: Planned | None) -> _Checked:
    """Return what is to be written. Raises what `save_room` raises for what others changed."""
    order, rate = room.order, room.film.rate
    mine = decided(room.opened, now, room.base.decided, kind=order.preset.kind)
    # Others may have saved what has highlights cut under other names.
    before = names_as_saved(room)
    room = replace(room, called={**room.called, **_called(before, room.opened)})
    edits = _edits_to_write(room, now)
    for id_, file in edits.items():
        check_edit(edit_path(order.main.project, id_), file, expected=room.edits.get(id_))
    writes, back = _framings_to_write(room, now, planned or (lambda one: clips_of(room, now, one.id)))
    film = decide(order.main.project, mine, room.base, rate=rate).film
    after = names_as_saved(room, film)
    return _Checked(room, mine, edits, writes, back, _called(after, now), _renames(room, now, before, after))


def _write(checked: _Checked, now: Room, on_written: Callable[[CuttingRoom], None]) -> Saved:
    room, order = checked.room, checked.room.order
    project, ledger, joined = order.main.project, Ledger(order.home.ledger), list[str]()
    is_begun = False

    def go_on(room: CuttingRoom) -> CuttingRoom:
        nonlocal is_begun
        is_begun = True
        on_written(replace(room, is_half_saved=True))
        return room

    try:
        for id_, file in checked.edits.items():
            version = save_edit(edit_path(project, id_), file, expected=room.edits.get(id_))
            room = go_on(replace(room, edits={**room.edits, id_: version}))
        for clip in checked.back:
            put_back(framing_file(room, clip), room.framings[clip], ledger)
            room = go_on(replace(room, framings={name: one for name, one in room.framings.items() if name != clip}))
        with renamed_framings(order, checked.renames):
            saved = save_decided(project, checked.decided, room.base, rate=room.film.rate)
        room = go_on(replace(room, opened=_unframed(now, checked.writes), base=saved, called=checked.called))
        for write in checked.writes:
            kept, is_joined = write_framing(write, framing_file(room, write.clip), ledger)
            room = go_on(replace(room, framings={**room.framings, write.clip: kept}))
            joined += [write.clip] if is_joined else []
    except PipelineError as error:
        if is_begun:
            raise _half_way(error) from error
        raise
    return Saved(replace(room, opened=now, is_half_saved=False), tuple(joined))


def _unframed(now: Room, writes: Iterable[FramingWrite]) -> Room:
    """Return a room without the moves of windows that are still to be written."""
    ids = {write.clip.partition("-")[0] for write in writes}
    return replace(now, highlights=tuple(replace(one, moves=()) if one.id in ids else one for one in now.highlights))


def _half_way(error: PipelineError) -> PipelineError:
    """Return what is told of an error that came when some was in files already: nobody is to hear that nothing is."""
    by_others = "Look at what others did, and save again." if error.data.get("conflict") else error.remedy
    remedy = f"What was written stays, and saving again goes on from there. {by_others or ''}".rstrip()
    return rebuild(type(error), f"Not all of it was saved: {error.message}", remedy, error.data)


def _edits_to_write(room: CuttingRoom, now: Room) -> dict[str, EditFile]:
    """Return the edit files of highlights of several pieces that are to be written, by the highlights' names."""
    was = {one.id: replace(one, moves=()) for one in room.opened.highlights}
    held = [one for one in now.highlights if one.is_held_as_edit]
    return {one.id: _edit_file(room, one) for one in held if replace(one, moves=()) != was.get(one.id)}


def _framings_to_write(
    room: CuttingRoom, now: Room, planned: Planned
) -> tuple[tuple[FramingWrite, ...], tuple[str, ...]]:
    """Return which framings of clips are to be written, and of which clips the files are to be as they were before.

    Raises ProjectError (`conflict`) where somebody changed the same shots meanwhile.
    """
    ledger, writes = Ledger(room.order.home.ledger), dict[str, FramingWrite]()
    for one in now.highlights:
        for clip in planned(one) if one.moves else ():
            name = framing_name(one, clip.name)
            write = framing_write(clip, name, framing_file(room, name), kept_framing(room, name), room.order)
            if write is not None:
                if one.is_held_as_edit or is_cut(room, one.id):
                    check_write(write, ledger)
                writes[name] = write
    # What the film has cut under the name of an edit is not this, and stays framed as it is.
    held = {one.id for one in now.highlights if one.is_held_as_edit}
    written = [name for name, kept in room.framings.items() if kept.written is not None and name not in writes]
    back = tuple(name for name in written if is_of_edit(name) or name.partition("-")[0] not in held)
    for name in back:
        check_put_back(framing_file(room, name), room.framings[name], ledger)
    return tuple(writes.values()), back


def _called(names: Mapping[tuple[Frames, ...], str], room: Room) -> dict[str, str]:
    """Return under which names highlights are cut, by their names in a room."""
    return {one.id: names[one.pieces] for one in room.highlights if one.pieces in names}


def _renames(
    room: CuttingRoom, now: Room, before: Mapping[tuple[Frames, ...], str], after: Mapping[tuple[Frames, ...], str]
) -> dict[str, str]:
    """Return under which names highlights are cut after what is saved, by those that they are cut under before.

    What shows the same is the same, whoever cut it; else it is what was trimmed here.
    """
    renames = {name: after[pieces] for pieces, name in before.items() if pieces in after}
    for one in now.highlights:
        if one.pieces in after and one.pieces not in before and is_cut(room, one.id):
            renames.setdefault(room.called.get(one.id, one.id), after[one.pieces])
    return renames


def _edit_file(room: CuttingRoom, one: RoomHighlight) -> EditFile:
    known = {other.id: other.edit for other in room.chosen.choice.highlights}
    rate = room.film.rate
    master = EditMaster(room.study.digest, spelled(room.study.path.name)[:200], rate)
    return EditFile(edit_of(one, room.film, base=known.get(one.id)), rate, (master,))
