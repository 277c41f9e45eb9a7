"""Who watches which folder, and how files grow on each drive, as the ledger of arrivals has it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.plan.stillness import DriveKind, Pace
from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.ledger import stored


@dataclass(frozen=True)
class WatchRow:
    """Who watches, or last watched, a folder."""

    root: Path
    owner: str
    pid: int
    began: str
    events: str
    """'' where the system tells what happens there; else why it does not."""
    swept: str
    """When everything in it was last looked at; '' before the first time."""
    looked_at: int
    """How many films lay there then."""
    troubles: tuple[str, ...]


class Watches:
    """The watches of all folders, and the drives that these lie on."""

    def __init__(self, ledger: ArrivalLedger) -> None:
        self._ledger = ledger

    def pace(self, drive: str, kind: DriveKind, least_s: float | None = None) -> Pace:
        """Return how files grow on a drive, as far as that was seen."""
        rows = self._ledger.all("SELECT gap_s FROM drives WHERE drive=?", (stored(drive),))
        return Pace(kind, float(rows[0][0]) if rows else 0.0, least_s)

    def remember_pace(self, drive: str, pace: Pace) -> None:
        """Remember how files grow on a drive."""
        with self._ledger.transaction() as db:
            db.execute("INSERT OR REPLACE INTO drives VALUES (?, ?, ?)", (stored(drive), pace.kind, pace.gap_s))

    def put_watch(self, root: int, row: WatchRow) -> None:
        """Say who watches a folder, and how."""
        told = "\n".join(row.troubles)
        values = (root, row.owner, row.pid, row.began, row.events, row.swept, row.looked_at, told)
        with self._ledger.transaction() as db:
            db.execute("INSERT OR REPLACE INTO watches VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def watches(self) -> tuple[WatchRow, ...]:
        """Return who watches, or last watched, each folder, in the order of their paths."""
        rows = self._ledger.all(
            "SELECT path, owner, pid, began, events, swept, looked_at, troubles FROM watches"
            " JOIN roots ON roots.id=watches.root ORDER BY path",
            (),
        )
        return tuple(map(_watch, rows))


def _watch(row: Sequence[Any]) -> WatchRow:
    path, owner, pid, began, events, swept, looked_at, told = row
    troubles = tuple(filter(None, told.split("\n")))
    return WatchRow(Path(os.fsdecode(path)), owner, pid, began, events, swept, looked_at, troubles)
