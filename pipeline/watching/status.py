"""How everything in watched folders stands, as the ledger of arrivals has it: read by anybody, at any time."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

from pipeline.errors import InputError
from pipeline.plan.stillness import DriveKind, Pace
from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.arrived_files import FileRow, Files
from pipeline.shell.asking import Asker
from pipeline.shell.drives import drive_of, mount_number
from pipeline.shell.home import Home
from pipeline.shell.triggers import Trigger, Triggers
from pipeline.shell.watches import Watches, WatchRow
from pipeline.spelling import spelled
from pipeline.watching.locks import is_alive
from pipeline.watching.notes import HERE

Standing = Literal["running", "checking", "waiting", "queued", "refused", "failed", "done"]
_LIMIT_S: Final = 2.0
"""For how long a drive is asked what it is called."""
ORDER: Final[tuple[Standing, ...]] = ("running", "checking", "waiting", "queued", "refused", "failed", "done")
"""In which standings are told: what goes on, what somebody should do something about, what is over."""


@dataclass(frozen=True)
class FilmStatus:
    """How one content, or a file whose content is not known yet, stands."""

    file: str
    """Below the watched folder; where it lay where it is there no more."""
    standing: Standing
    why: str
    remedy: str
    since: str
    """UTC, ISO 8601."""
    share: float
    """How far it is where it is running, from 0 to 1."""
    copies: tuple[str, ...] = ()
    """Other files there with the same content."""


@dataclass(frozen=True)
class FolderStatus:
    """How one watched folder stands."""

    watch: WatchRow
    is_watched: bool
    pace: Pace
    drive: str
    films: tuple[FilmStatus, ...]
    """In `ORDER`; in each standing the newest first."""


def read_status(home: Home, root: Path | None) -> tuple[FolderStatus, ...]:
    """Return how watched folders stand, or the one that is or holds `root`. Raises InputError where none is watched."""
    if not home.arrivals.exists():
        raise _nothing(root)
    with ArrivalLedger(home.arrivals) as ledger:
        watches = Watches(ledger).watches()
        if root is not None:
            place = root.expanduser().absolute()
            watches = tuple(one for one in watches if place.is_relative_to(one.root))[-1:]
        if not watches:
            raise _nothing(root)
        return tuple(_status(ledger, one, home) for one in watches)


def _nothing(root: Path | None) -> InputError:
    told = "No folder has been watched yet." if root is None else f"{spelled(str(root))} has not been watched yet."
    return InputError(told, remedy="matinee watch DIR begins.")


def _status(ledger: ArrivalLedger, watch: WatchRow, home: Home) -> FolderStatus:
    number = ledger.root_id(watch.root)
    files, triggers, watches = Files(ledger), Triggers(ledger), Watches(ledger)
    try:
        drive, kind = _naming(watch.root).ask()
    except OSError:
        drive, kind = "", "local"
    copies = files.copies(number)
    films = [_of_file(row) for row in files.unsettled(number) if row.trigger_id is None]
    of_folder = {one.id: one for one in triggers.triggers(watch.root)}
    others = (one for number in copies if number not in of_folder and (one := triggers.trigger(number)) is not None)
    told = (one for one in (*of_folder.values(), *others) if one.state != "queued" or one.id in copies)
    films += [_of_trigger(one, copies.get(one.id, ()), watch.root) for one in told]
    films.sort(key=lambda film: film.since, reverse=True)
    films.sort(key=lambda film: ORDER.index(film.standing))
    alive = partial(is_alive, folder=home.watches)
    return FolderStatus(watch, alive(watch.owner), watches.pace(drive, kind), drive, tuple(films))


class _Naming:
    """Asks a folder's drive what it is called; one that hangs holds no more than one thread each time it is mounted."""

    def __init__(self, root: Path) -> None:
        self._root = self._place = root
        self._mount, self._asker = "", Asker()

    def ask(self) -> tuple[str, DriveKind]:
        """Return its name and kind. Raises OSError where it does not answer."""
        mount = mount_number(self._place)
        if mount != self._mount:
            self._asker.stop()
            self._mount, self._asker = mount, Asker()
        self._place, name, kind = self._asker.ask(lambda: (self._root.resolve(), *drive_of(self._root)), _LIMIT_S)
        return name, kind


_naming: Final = functools.cache(_Naming)


def _of_file(row: FileRow) -> FilmStatus:
    standing: Standing = "waiting" if row.state == "arrived" else row.state
    why = f"{row.why}{_without_note(row)}" if row.state == "refused" else row.why
    return FilmStatus(_path(row), standing, why, row.remedy, row.since, 0.0)


def _of_trigger(trigger: Trigger, rows: tuple[FileRow, ...], root: Path) -> FilmStatus:
    lies = next((row for row in rows if root / row.folder / row.name == trigger.path), rows[0] if rows else None)
    file = _path(lies) if lies is not None else _below(trigger.path, root)
    why = trigger.told
    if lies is not None and trigger.state in ("refused", "failed"):
        why = f"{trigger.told}{_without_note(lies)}"
    others = tuple(_path(row) for row in rows if row is not lies)
    return FilmStatus(file, trigger.state, why, trigger.remedy, trigger.since, trigger.share, others)


def _without_note(row: FileRow) -> str:
    """Return why no note beside a file says what is wrong with it, as the end of a sentence; '' where one does."""
    return "" if row.note in ("", HERE) or row.note.startswith("moving:") else f"; {row.note}"


def _path(row: FileRow) -> str:
    return f"{row.folder}/{row.name}" if row.folder else row.name


def _below(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
