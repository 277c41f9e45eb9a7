"""What is on a cutting room's bench is saved. Where that is refused, it is as if nobody had asked; where it fails half
way, the bench goes on from what was written."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.cut.room import CuttingRoom
from pipeline.cut.room_saving import hold, save_room
from pipeline.plan.cutting_room import Room
from pipeline.plan.decisions import Decided, decided
from pipeline.review.bench_documents import joined_document, theirs_document
from pipeline.review.works import Work
from pipeline.shell.decisions import read_decided


def save_work(work: Work, on_written: Callable[[], None]) -> tuple[str, ...]:
    """Save a work, and return which highlights were locked for that: a step of its own, which can be undone.

    What others had decided meanwhile, and stays, is in `theirs` then. `on_written` is called whenever something is in
    files that was not: what is kept of the work elsewhere is to go on from there.
    Raises what `pipeline.cut.room_saving.save_room` raises.
    """
    before, history, untold = work.room, work.history, work.untold
    held = history.now if work.is_saved else hold(before, history.now)
    fixed = tuple(one.id for one in held.highlights if one.is_locked and not history.now.find(one.id).is_locked)
    mine = _decided(before, held)

    def keep(room: CuttingRoom) -> None:
        work.room, work.history = room, history.done(held, f"the lock of {', '.join(fixed)}")
        work.untold = (*untold, *theirs_document(before, room.base.decided, mine))
        work.number += 1
        on_written()

    saved = save_room(before, held, work.clips, keep)
    keep(saved.room)
    work.theirs, work.untold = [*work.untold, *joined_document(saved.joined)], ()
    return fixed


def others_decided(work: Work) -> list[dict[str, str]]:
    """Return what others decided since a work was begun or saved, as people read it."""
    room = work.room
    saved = read_decided(room.order.main.project, room.film.rate).decided
    return theirs_document(room, saved, _decided(room, work.history.now))


def _decided(room: CuttingRoom, now: Room) -> Decided:
    return decided(room.opened, now, room.base.decided, kind=room.order.preset.kind)
