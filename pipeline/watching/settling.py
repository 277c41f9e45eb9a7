"""What lies in the folder once it is decided about a film: a note beside one refused or failed, done/, quarantine/."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from pipeline.errors import PipelineError, PublishError
from pipeline.plan.arrival_names import DONE, QUARANTINE, goes_along, is_film_name
from pipeline.shell.arrived_files import FileRow, Files
from pipeline.shell.checking import shape_of
from pipeline.shell.ledger import Ledger
from pipeline.shell.moves import follow_move, move_into
from pipeline.shell.publish import is_foreign
from pipeline.shell.triggers import Trigger, Triggers
from pipeline.spelling import spelled
from pipeline.watching.notes import put_note, remove_note
from pipeline.watching.settings import Scope

_MOVING: Final = "moving:"
"""What stands for a note while a film is being moved, before where it goes."""


class Settler:
    """Settles films of one watched folder."""

    def __init__(self, root: Path, root_id: int, files: Files, triggers: Triggers, ledger: Ledger) -> None:
        self._root = root
        self._root_id = root_id
        self._files = files
        self._triggers = triggers
        self._ledger = ledger

    def path_of(self, row: FileRow) -> Path:
        """Return where a file lies."""
        return self._root / row.folder / row.name

    def is_ours(self, row: FileRow) -> bool:
        """Tell whether we made a file, and nobody changed it since."""
        path = self.path_of(row)
        return self._ledger.output_at(path) is not None and not is_foreign(path, self._ledger)

    def forgive(self, row: FileRow) -> None:
        """Take away the note beside a film that is good, or gone."""
        if row.note and not row.note.startswith(_MOVING):
            remove_note(self.path_of(row), self._ledger)
            self._files.set_note(self._root_id, row.folder, row.name, "")

    def welcome(self, row: FileRow, trigger: Trigger, scope: Scope) -> str | None:
        """Settle a film of which all is made, and return what is in the way of moving it, if anything is."""
        self.forgive(row)
        if scope.after == "stay":
            return None
        try:
            self._move(row, trigger, scope, DONE)
        except PublishError as error:
            return str(error)
        return None

    def refuse(self, row: FileRow, why: str, remedy: str, scope: Scope, trigger: Trigger | None = None) -> str | None:
        """Settle a film that cannot be used, and return what is in the way of moving it, if anything is."""
        refused = replace(row, state="refused", why=why, remedy=remedy, trigger_id=trigger.id if trigger else None)
        self._files.put_file(self._root_id, refused)
        trouble = None
        if scope.after == "move":
            try:
                refused = self._move(refused, trigger, scope, QUARANTINE)
            except PublishError as error:
                trouble = str(error)
        note = put_note(self.path_of(refused), "refused", why, remedy, self._ledger)
        self._files.set_note(self._root_id, refused.folder, refused.name, note)
        return trouble

    def report(self, row: FileRow, trigger: Trigger) -> None:
        """Settle a film of which not all could be made; it stays where it is."""
        note = put_note(self.path_of(row), "failed", trigger.told, trigger.remedy, self._ledger)
        self._files.set_note(self._root_id, row.folder, row.name, note)

    def finish_moves(self, trigger_of: dict[int, Trigger]) -> None:
        """Finish moves in the middle of which a run was ended."""
        for rows in (self._files.unsettled(self._root_id), *self._files.copies(self._root_id).values()):
            for row in rows:
                if row.note.startswith(_MOVING):
                    target = Path(os.fsdecode(bytes.fromhex(row.note.removeprefix(_MOVING))))
                    trigger = trigger_of.get(row.trigger_id) if row.trigger_id is not None else None
                    if os.path.lexists(target) and not os.path.lexists(self.path_of(row)):
                        self._moved(row, target, trigger)
                    else:
                        self._files.set_note(self._root_id, row.folder, row.name, "")

    def _move(self, row: FileRow, trigger: Trigger | None, scope: Scope, where: str) -> FileRow:
        """Move a film with what goes along, and return how it is known by now. Raises PublishError."""
        source = self.path_of(row)
        if source.is_symlink():
            raise PublishError(f"{source} is a link, which is not moved.", path=str(source))
        below = PurePosixPath(row.folder).relative_to(scope.folder).parts if row.folder else ()
        # One that was quarantined, and is good after all, comes from there.
        below = below[1:] if below[:1] in ((DONE,), (QUARANTINE,)) else below
        target_folder = Path(self._root, scope.folder, where, *below)
        along = _along(source)
        if row.note and not row.note.startswith(_MOVING):
            remove_note(source, self._ledger)

        def remember(target: Path) -> None:
            place = (self._root_id, row.folder, row.name)
            self._files.set_note(*place, f"{_MOVING}{os.fsencode(target).hex()}")

        try:
            target = move_into(source, target_folder, remember)
        except PublishError:
            self._files.set_note(self._root_id, row.folder, row.name, "")
            raise
        for path in along:
            with suppress(PublishError):  # told of the film itself; what goes along may stay
                move_into(path, target_folder)
        return self._moved(row, target, trigger)

    def _moved(self, row: FileRow, target: Path, trigger: Trigger | None) -> FileRow:
        """Have what is known of a film follow it."""
        if trigger is not None:
            with suppress(PipelineError, OSError):  # a list that cannot be written says where it lay, as before
                follow_move(self.path_of(row), target, trigger.digest, self._ledger)
            if trigger.path == self.path_of(row):
                self._triggers.move_trigger(trigger.id, target)
        folder = target.parent.relative_to(self._root).as_posix()
        moved = replace(row, folder="" if folder == "." else folder, name=target.name, note="")
        with suppress(OSError):
            moved = replace(moved, shape=shape_of(target.stat()))
        if row.state == "refused":
            self._files.put_file(self._root_id, moved)
        self._files.drop_files(self._root_id, row.folder, (row.name,))
        return moved


def _along(film: Path) -> tuple[Path, ...]:
    """Return what moves with a film, unless another film there is called the same but for its suffix."""
    with suppress(OSError):
        names = sorted(path.name for path in film.parent.iterdir())
        others = [one for one in names if one != film.name and is_film_name(one) and Path(one).stem == film.stem]
        if not others:
            return tuple(film.with_name(name) for name in names if goes_along(name, film.name))
    return ()


def told_copy(row: FileRow, trigger: Trigger) -> str:
    """Return what is said of a film whose content has arrived before."""
    what = {"done": "all of it is made", "refused": "it was refused", "failed": "making it failed"}
    state = what.get(trigger.state, "it is being made")
    return f"{spelled(row.name)}: the same film as {spelled(trigger.path.name)}; {state}"
