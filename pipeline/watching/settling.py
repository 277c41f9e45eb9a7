"""What lies in the folder once it is decided about a film: a note beside one refused or failed, done/, quarantine/."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from pipeline.errors import PipelineError, PublishError
from pipeline.plan.arrival_names import DONE, QUARANTINE, goes_along, is_film_name
from pipeline.shell.arrived_files import FileRow
from pipeline.shell.asking import WRITING_LIMIT_S
from pipeline.shell.checking import shape_of
from pipeline.shell.ledger import Ledger
from pipeline.shell.moves import follow_move, move_into, move_to, names_in, unmovable
from pipeline.shell.publish import is_foreign
from pipeline.shell.triggers import Trigger
from pipeline.spelling import spelled
from pipeline.watching.folder import WatchedFolder
from pipeline.watching.notes import About, put_note, remove_note
from pipeline.watching.settings import Scope

_MOVING: Final = "moving:"
"""What stands for a note while a film is being moved, before where it goes."""


class Settler:
    """Settles films of one watched folder."""

    def __init__(self, folder: WatchedFolder, ledger: Ledger) -> None:
        self._folder, self._root, self._root_id = folder, folder.root, folder.number
        self._files, self._triggers, self._ledger = folder.files, folder.triggers, ledger
        self._drive, self._settings, self._tell = folder.drives, folder.settings, folder.tell

    def is_ours(self, row: FileRow) -> bool:
        """Tell whether we made a file, and nobody changed it since. Raises OSError where its drive does not answer."""
        path = self._path_of(row)
        if self._ledger.output_at(path) is None:
            return False
        return not self._drive.ask(path, lambda: is_foreign(path, self._ledger), WRITING_LIMIT_S)

    def forgive(self, row: FileRow) -> None:
        """Take away the note beside a film that is good, or gone."""
        if row.note and not row.note.startswith(_MOVING):
            path = self._path_of(row)
            try:
                self._drive.ask(path, lambda: remove_note(path, self._ledger))
            except OSError:
                return  # the note stays, and what is known of it
            self._files.set_note(self._root_id, row.folder, row.name, "")

    def settle(self, row: FileRow, trigger: Trigger) -> None:
        """Do with a film that arrived what is due by what came of its content, if that is known."""
        row = replace(row, state="arrived", trigger_id=trigger.id)
        if trigger.state == "done":
            self._welcome(row, trigger)
        elif trigger.state == "refused":
            self.refuse(row, trigger.told, trigger.remedy, trigger)
        elif trigger.state == "failed":
            self._put_note(row, "failed", trigger.told, trigger.remedy)
        else:
            self.forgive(row)

    def refuse(self, row: FileRow, why: str, remedy: str, trigger: Trigger | None = None) -> None:
        """Settle a film that cannot be used."""
        refused = replace(row, state="refused", why=why, remedy=remedy, trigger_id=trigger.id if trigger else None)
        self._files.put_file(self._root_id, refused)
        self._put_aside(refused, trigger)

    def settle_left(self) -> None:
        """Settle what was decided about and not settled: a run was ended before, or a drive hung."""
        copies = self._files.copies(self._root_id)
        triggers = {number: trigger for number in copies if (trigger := self._triggers.trigger(number)) is not None}
        self._finish_moves(triggers)
        for row in self._files.unsettled(self._root_id):
            if row.state == "refused" and not row.note and self._is_as_decided(row):
                self._put_aside(row, None if row.trigger_id is None else triggers.get(row.trigger_id))
        for number, rows in copies.items():
            for row in rows if number in triggers else ():
                if self._is_left(row, triggers[number]) and self._is_as_decided(row):
                    self.settle(row, triggers[number])

    def _path_of(self, row: FileRow) -> Path:
        return self._folder.path_of(row.folder, row.name)

    def _is_left(self, row: FileRow, trigger: Trigger) -> bool:
        if trigger.state == "done":
            is_moved = self._settings.scope_of(row.folder).after == "move"
            return is_moved and not self._settings.is_moved_to(row.folder)
        if trigger.state == "refused":
            return row.state == "arrived"  # as it was before it was refused
        return trigger.state == "failed" and not row.note

    def _is_as_decided(self, row: FileRow) -> bool:
        """Tell whether a file is still what was decided about; False where its drive does not answer.

        Another one of its name was not looked at yet: a sweep does that.
        """
        path = self._path_of(row)
        try:
            return shape_of(self._drive.ask(path, path.stat)).written == row.shape.written
        except OSError:
            return False

    def _welcome(self, row: FileRow, trigger: Trigger) -> None:
        """Settle a film of which all is made."""
        self.forgive(row)
        scope = self._settings.scope_of(row.folder)
        if scope.after == "move":
            try:
                self._move(row, trigger, scope, DONE)
            except PublishError as error:
                self._tell(spelled(str(error)))

    def _put_aside(self, row: FileRow, trigger: Trigger | None) -> None:
        """Move a film that was refused where it is to go, and put the note beside it."""
        scope, began_s = self._settings.scope_of(row.folder), time.monotonic()
        if scope.after == "move" and not self._settings.is_moved_to(row.folder):
            try:
                row = self._move(row, trigger, scope, QUARANTINE)
            except PublishError as error:
                self._tell(spelled(str(error)))
                if self._drive.was_silent(self._path_of(row), began_s):
                    return  # it may be moved yet
        self._put_note(row, "refused", row.why, row.remedy)

    def _finish_moves(self, trigger_of: Mapping[int, Trigger]) -> None:
        """Finish moves in the middle of which a run was ended, or a drive hung."""
        for rows in (self._files.unsettled(self._root_id), *self._files.copies(self._root_id).values()):
            for row in rows:
                if row.note.startswith(_MOVING):
                    target = Path(os.fsdecode(bytes.fromhex(row.note.removeprefix(_MOVING))))
                    trigger = trigger_of.get(row.trigger_id) if row.trigger_id is not None else None
                    self._finish_move(row, target, trigger)

    def _finish_move(self, row: FileRow, target: Path, trigger: Trigger | None) -> None:
        source = self._path_of(row)
        try:
            is_moved = self._drive.ask(target, lambda: os.path.lexists(target) and not os.path.lexists(source))
        except OSError:
            return  # nobody knows
        if is_moved:
            self._moved(row, target, trigger)
        else:
            self._files.set_note(self._root_id, row.folder, row.name, "")

    def _move(self, row: FileRow, trigger: Trigger | None, scope: Scope, where: str) -> FileRow:
        """Move a film with what goes along, and return how it is known by now. Raises PublishError."""
        source = self._path_of(row)
        below = PurePosixPath(row.folder).relative_to(scope.folder).parts if row.folder else ()
        # One that was quarantined, and is good after all, comes from there.
        below = below[1:] if below[:1] in ((DONE,), (QUARANTINE,)) else below
        folder = Path(self._root, scope.folder, where, *below)
        try:
            if self._drive.ask(source, source.is_symlink):
                raise PublishError(f"{source} is a link, which is not moved.", path=str(source))
            along = self._drive.ask(source, lambda: _along(source))
            if row.note and not row.note.startswith(_MOVING):
                self._drive.ask(source, lambda: remove_note(source, self._ledger))
            target = next(one for one in names_in(folder, source.name) if self._move_to(row, one))
        except OSError as error:
            # What hangs may be done yet: then it is found where it was to be moved, by what is known of it.
            raise unmovable(source, folder, error) from error
        except PublishError:
            self._files.set_note(self._root_id, row.folder, row.name, "")
            raise
        with suppress(OSError):
            self._drive.ask(source, lambda: _move_along(along, folder), WRITING_LIMIT_S)
        return self._moved(row, target, trigger)

    def _move_to(self, row: FileRow, target: Path) -> bool:
        """Give a film another name, and tell whether that was free; where it goes is known before it may be there."""
        source = self._path_of(row)
        self._files.set_note(self._root_id, row.folder, row.name, f"{_MOVING}{os.fsencode(target).hex()}")
        return self._drive.ask(source, lambda: move_to(source, target), WRITING_LIMIT_S)

    def _moved(self, row: FileRow, target: Path, trigger: Trigger | None) -> FileRow:
        """Have what is known of a film follow it."""
        if trigger is not None:
            before, digest = self._path_of(row), trigger.digest
            with suppress(PipelineError, OSError):  # a list that cannot be written says where it lay, as before
                self._drive.ask(target, lambda: follow_move(before, target, digest, self._ledger))
            if trigger.path == self._path_of(row):
                self._triggers.move_trigger(trigger.id, target)
        folder = target.parent.relative_to(self._root).as_posix()
        moved = replace(row, folder="" if folder == "." else folder, name=target.name, note="")
        with suppress(OSError):
            moved = replace(moved, shape=shape_of(self._drive.ask(target, target.stat)))
        if row.state == "refused":
            self._files.put_file(self._root_id, moved)
        self._files.drop_files(self._root_id, row.folder, (row.name,))
        return moved

    def _put_note(self, row: FileRow, about: About, why: str, remedy: str) -> None:
        """Write the note beside a film, and say of it that it lies there, or why there is none."""
        film = self._path_of(row)
        try:
            note = self._drive.ask(film, lambda: put_note(film, about, why, remedy, self._ledger), WRITING_LIMIT_S)
        except OSError:
            return  # its drive does not answer: it is settled when that does
        self._files.set_note(self._root_id, row.folder, row.name, note)


def _move_along(paths: tuple[Path, ...], folder: Path) -> None:
    for path in paths:
        with suppress(PublishError):  # told of the film itself; what goes along may stay
            move_into(path, folder)


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
