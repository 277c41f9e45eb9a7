"""The calendars of drops that a home knows of, or what is wrong with them.

Each is read again where its file has changed, or a preset from which it has the countries of a region.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from pipeline.calendar import Calendar
from pipeline.errors import PipelineError
from pipeline.plan.schedule import Schedule
from pipeline.review.documents import id_of
from pipeline.shell.calendars import preset_countries, read_schedule
from pipeline.shell.home import Home
from pipeline.shell.known_calendars import known_calendars
from pipeline.shell.ledger import Ledger

_Shape = tuple[int, int, int]


@dataclass(frozen=True)
class CalendarRead:
    """A calendar that can be read, and what it means."""

    path: Path
    calendar: Calendar
    schedule: Schedule

    @property
    def id(self) -> str:
        """A name for it that says nothing of where it lies."""
        return id_of(self.path)


@dataclass(frozen=True)
class CalendarBroken:
    """A calendar that cannot be used, and what is wrong with it."""

    path: Path
    error: PipelineError


class DropCalendars:
    """The calendars of a home."""

    def __init__(self, home: Home, ledger: Ledger) -> None:
        self._home = home
        self._ledger = ledger
        self._lock = threading.Lock()
        self._read: dict[Path, tuple[_Shape, dict[str, tuple[str, ...]], CalendarRead]] = {}

    def look(self) -> tuple[tuple[CalendarRead, ...], tuple[CalendarBroken, ...]]:
        """Return the calendars that can be read and those that cannot, in the order of their paths."""
        found: list[CalendarRead] = []
        broken: list[CalendarBroken] = []
        for path in known_calendars(self._home, self._ledger):
            try:
                found.append(self._read_one(path))
            except PipelineError as error:
                broken.append(CalendarBroken(path, error))
        return tuple(found), tuple(broken)

    def _read_one(self, path: Path) -> CalendarRead:
        shape = _shape(path)
        with self._lock:
            known = self._read.get(path)
        if known is not None and known[0] == shape and known[1] == preset_countries(known[2].calendar):
            return known[2]
        read = CalendarRead(path, *read_schedule(path))
        if shape is not None:
            with self._lock:
                self._read[path] = (shape, preset_countries(read.calendar), read)
        return read


def _shape(path: Path) -> _Shape | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
