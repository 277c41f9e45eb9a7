"""Which calendars of drops a home knows of: those that were worked with here, and those that lie among its projects."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from pipeline.shell.home import Home
from pipeline.shell.ledger import Ledger, stored

_PATTERNS: Final = ("calendar.toml", "*.calendar.toml")
_MOST: Final = 1000


def remember_calendar(path: Path, ledger: Ledger) -> None:
    """Note that a calendar is worked with here, wherever it lies."""
    with ledger.transaction() as db:
        db.execute("INSERT OR IGNORE INTO calendars VALUES (?)", (stored(os.path.abspath(path)),))  # noqa: PTH100


def known_calendars(home: Home, ledger: Ledger) -> tuple[Path, ...]:
    """Return the calendars that are there now, each once, in the order of their paths.

    These are all that `matinee drop` or a flow ever read, as long as they lie where they lay; and in the folder of
    projects, or of one of them, every file that is called calendar.toml or ends in .calendar.toml.
    """
    with ledger.transaction() as db:
        remembered = [Path(os.fsdecode(row[0])) for row in db.execute("SELECT path FROM calendars ORDER BY path")]
    places = (pattern for name in _PATTERNS for pattern in (name, f"*/{name}"))
    lying = [path for pattern in places for path in home.projects.glob(pattern) if not path.name.startswith(".")]
    found: dict[str, Path] = {}
    for path in (*remembered, *sorted(lying)):
        if os.path.lexists(path):
            found.setdefault(os.path.realpath(path), path)
    return tuple(sorted(found.values()))[:_MOST]
