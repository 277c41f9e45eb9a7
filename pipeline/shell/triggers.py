"""One trigger for each content and order: who may do its job, and what came of it, as the ledger of arrivals has it.

Whoever may do a job claims its trigger in one transaction, so that two never do.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.shell.arrival_ledger import ArrivalLedger, now_text
from pipeline.shell.arrived_files import FileRow
from pipeline.shell.ledger import stored

TriggerState = Literal["queued", "running", "done", "refused", "failed"]

_LATEST_DUE_S: Final = 7200.0
"""No retry is put off for longer; what seems so was put off before the clock was set back."""
_TRIGGERS: Final = (
    "SELECT id, digest, scope, orders, state, path, attempts, interruptions, since, told, remedy, share,"
    " coalesce((SELECT times FROM stalls WHERE trigger_id=triggers.id), 0) FROM triggers"
)
_HAS_FILE: Final = "EXISTS (SELECT 1 FROM files WHERE trigger_id=triggers.id AND root=?)"
_NEXT_DUE: Final = (
    "SELECT due FROM triggers WHERE state='queued'"
    " AND EXISTS (SELECT 1 FROM files WHERE trigger_id=triggers.id AND root=?) ORDER BY due LIMIT 1"
)


@dataclass(frozen=True)
class Trigger:
    """What is to be made of one content by one order, and what came of it."""

    id: int
    digest: str
    scope: str
    orders: str
    state: TriggerState
    path: Path
    """Where the film that it began with lay, or lies since we moved it."""
    attempts: int
    interruptions: int
    since: str
    told: str
    remedy: str
    share: float
    stalls: int
    """How often it was given back since the film's drive had not answered."""


class Triggers:
    """The triggers of all contents."""

    def __init__(self, ledger: ArrivalLedger) -> None:
        self._ledger = ledger

    def arrive(
        self, root: int, row: FileRow, *, path: Path, digest: str, scope: Path, orders: str, order_key: str
    ) -> tuple[Trigger, bool]:
        """Say that a file has arrived with some content, and return its trigger and whether that is new.

        One content has one trigger for each scope, and for each order: a copy, a new name or date gets the one that
        there is.
        """
        with self._ledger.transaction() as db:
            found = db.execute(
                "SELECT id, state FROM triggers WHERE digest=? AND (scope=? OR order_key=?) ORDER BY scope=? DESC, id",
                (digest, stored(scope), order_key, stored(scope)),
            ).fetchone()
            if found is None:
                made = db.execute(
                    "INSERT INTO triggers (digest, scope, orders, order_key, state, path, attempts, interruptions, due,"
                    " owner, since, told, remedy, share) VALUES (?, ?, ?, ?, 'queued', ?, 0, 0, 0, '', ?, '', '', 0)",
                    (digest, stored(scope), orders, order_key, stored(path), now_text()),
                )
                number = made.lastrowid
            else:
                number = found[0]
                # What is to be made may be said otherwise by now, and where the film lies.
                db.execute(
                    "UPDATE triggers SET orders=?, order_key=?, path=? WHERE id=? AND state='queued'",
                    (orders, order_key, stored(path), number),
                )
            shape, place = row.shape, (root, stored(row.folder), stored(row.name))
            db.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, 'arrived', '', '', ?, ?, ?)",
                (*place, shape.size, shape.mtime_ns, shape.ctime_ns, now_text(), number, row.note),
            )
            trigger = _trigger(db.execute(f"{_TRIGGERS} WHERE id=?", (number,)).fetchone())
        return trigger, found is None

    def claim(self, root: int, owner: str) -> Trigger | None:
        """Take the oldest job that is due for a film in a watched folder; None where there is none."""
        with self._ledger.transaction() as db:
            row = db.execute(
                f"{_TRIGGERS} WHERE state='queued' AND due<=? AND {_HAS_FILE} ORDER BY due, id LIMIT 1",
                (time.time(), root),
            ).fetchone()
            if row is None:
                return None
            db.execute(
                "UPDATE triggers SET state='running', owner=?, attempts=attempts+1, share=0, since=? WHERE id=?",
                (owner, now_text(), row[0]),
            )
            return _trigger(db.execute(f"{_TRIGGERS} WHERE id=?", (row[0],)).fetchone())

    def next_due_s(self, root: int) -> float | None:
        """Return in how many seconds the next job of a watched folder is due; None where there is none."""
        rows = self._ledger.all(_NEXT_DUE, (root,))
        return max(0.0, rows[0][0] - time.time()) if rows else None

    def tell_share(self, trigger: int, share: float) -> None:
        """Say how far a job is, as a share from 0 to 1."""
        with self._ledger.transaction() as db:
            db.execute("UPDATE triggers SET share=? WHERE id=? AND state='running'", (share, trigger))

    def finish(self, trigger: int, state: TriggerState, *, told: str, remedy: str = "") -> None:
        """Say what came of a job."""
        with self._ledger.lasting_transaction() as db:
            db.execute(
                "UPDATE triggers SET state=?, told=?, remedy=?, owner='', since=?, share=? WHERE id=?",
                (state, told, remedy, now_text(), 1.0 if state == "done" else 0.0, trigger),
            )

    def try_again(self, trigger: int, *, told: str, in_s: float) -> None:
        """Put a job off that failed."""
        with self._ledger.transaction() as db:
            db.execute(
                "UPDATE triggers SET state='queued', told=?, owner='', since=?, due=?, share=0 WHERE id=?",
                (told, now_text(), time.time() + in_s, trigger),
            )

    def give_back(self, trigger: int, *, in_s: float = 0.0) -> None:
        """Put a job back that was not done, as if it had not been claimed, or not before some seconds are over."""
        with self._ledger.transaction() as db:
            db.execute(
                "UPDATE triggers SET state='queued', owner='', since=?, attempts=max(0, attempts-1), share=0, due=?"
                " WHERE id=? AND state='running'",
                (now_text(), time.time() + in_s if in_s else 0, trigger),
            )

    def stall(self, trigger: int, *, in_s: float) -> None:
        """Put a job back that its film's drive did not let be done, not before some seconds are over."""
        with self._ledger.transaction() as db:
            db.execute(
                "INSERT INTO stalls VALUES (?, 1) ON CONFLICT (trigger_id) DO UPDATE SET times=times+1", (trigger,)
            )
        self.give_back(trigger, in_s=in_s)

    def recover(self, is_alive: Callable[[str], bool]) -> int:
        """Put jobs back whose owners are gone, which were ended in the middle, and return how many.

        What was put off for later than any retry is was so before the clock was set back, and is due at once.
        """
        running = self._ledger.all("SELECT id, owner FROM triggers WHERE state='running'", ())
        lost = [row[0] for row in running if not is_alive(row[1])]
        with self._ledger.transaction() as db:
            db.execute("UPDATE triggers SET due=0 WHERE state='queued' AND due>?", (time.time() + _LATEST_DUE_S,))
            for trigger in lost:
                db.execute(
                    "UPDATE triggers SET state='queued', owner='', since=?, attempts=max(0, attempts-1), share=0,"
                    " interruptions=interruptions+1 WHERE id=? AND state='running'",
                    (now_text(), trigger),
                )
        return len(lost)

    def forget_gone(self) -> None:
        """Forget jobs that were never begun, and whose films went away before."""
        with self._ledger.transaction() as db:
            db.execute(
                "DELETE FROM triggers WHERE state='queued' AND attempts=0 AND interruptions=0"
                " AND NOT EXISTS (SELECT 1 FROM files WHERE trigger_id=triggers.id)"
            )
            # Another trigger may get the number.
            db.execute("DELETE FROM stalls WHERE trigger_id NOT IN (SELECT id FROM triggers)")

    def retry(self, root: int, place: Path, films: frozenset[Path] | None) -> tuple[Trigger, ...]:
        """Queue jobs of a watched folder again that failed or were refused, all or those of some films; return them."""
        rows = self._ledger.all(
            f"{_TRIGGERS} WHERE state IN ('failed', 'refused') AND {_HAS_FILE} ORDER BY id", (root,)
        )
        chosen = [one for one in map(_trigger, rows) if films is None or self._lies_at(one, root, place) & films]
        with self._ledger.transaction() as db:
            for one in chosen:
                db.execute(
                    "UPDATE triggers SET state='queued', attempts=0, interruptions=0, due=0, since=?, told='',"
                    " remedy='' WHERE id=?",
                    (now_text(), one.id),
                )
                db.execute("DELETE FROM stalls WHERE trigger_id=?", (one.id,))
                # What was refused counts as arrived again, until it is refused once more.
                db.execute("UPDATE files SET state='arrived', why='', remedy='' WHERE trigger_id=?", (one.id,))
        return tuple(chosen)

    def _lies_at(self, trigger: Trigger, root: int, place: Path) -> frozenset[Path]:
        rows = self._ledger.all("SELECT folder, name FROM files WHERE trigger_id=? AND root=?", (trigger.id, root))
        return frozenset(place / os.fsdecode(folder) / os.fsdecode(name) for folder, name in rows)

    def trigger(self, trigger: int) -> Trigger | None:
        """Return a trigger."""
        rows = self._ledger.all(f"{_TRIGGERS} WHERE id=?", (trigger,))
        return _trigger(rows[0]) if rows else None

    def move_trigger(self, trigger: int, path: Path) -> None:
        """Say where a trigger's film lies by now."""
        with self._ledger.transaction() as db:
            db.execute("UPDATE triggers SET path=? WHERE id=?", (stored(path), trigger))

    def triggers(self, root: Path) -> tuple[Trigger, ...]:
        """Return all triggers of films that lie, or lay, in a watched folder, the newest first."""
        rows = self._ledger.all(f"{_TRIGGERS} ORDER BY since DESC, id DESC", ())
        return tuple(one for one in map(_trigger, rows) if one.path.is_relative_to(root))


def _trigger(row: Sequence[Any]) -> Trigger:
    scope, path = os.fsdecode(row[2]), Path(os.fsdecode(row[5]))
    return Trigger(row[0], row[1], scope, row[3], row[4], path, *row[6:])
