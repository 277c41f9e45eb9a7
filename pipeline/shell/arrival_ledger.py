"""The ledger of arrivals: one SQLite file with every film seen in watched folders, and what came of each content.

    files      what lies where: waiting, checking, arrived (with its content), refused      `arrived_files`
    triggers   one for each content and order; they stay when their files go                `triggers`
    stalls     how often a drive did not answer while a job was done                        `triggers`
    drives     how files grow on each drive                                                 `watches`
    watches    who watches which folder, and when it was last swept                         `watches`

A file of its own beside the ledger: it is written often, and were it lost, films would be looked at again and all that
was made of them reused.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from pipeline.errors import StoreError
from pipeline.shell.ledger import stored
from pipeline.shell.ledger_layout import lay_out

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS roots (id INTEGER PRIMARY KEY, path UNIQUE NOT NULL);
CREATE TABLE IF NOT EXISTS files (
    root INTEGER, folder, name, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'checking', 'arrived', 'refused')),
    why TEXT NOT NULL, remedy TEXT NOT NULL, since TEXT NOT NULL, trigger_id INTEGER, note TEXT NOT NULL,
    PRIMARY KEY (root, folder, name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files_by_trigger ON files (trigger_id) WHERE trigger_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS files_unsettled ON files (root, state) WHERE state <> 'arrived';
CREATE TABLE IF NOT EXISTS triggers (
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL, scope NOT NULL, orders TEXT NOT NULL, order_key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'refused', 'failed')),
    path NOT NULL, attempts INTEGER NOT NULL, interruptions INTEGER NOT NULL, due REAL NOT NULL, owner TEXT NOT NULL,
    since TEXT NOT NULL, told TEXT NOT NULL, remedy TEXT NOT NULL, share REAL NOT NULL,
    UNIQUE (digest, scope));
CREATE INDEX IF NOT EXISTS triggers_by_order ON triggers (digest, order_key);
CREATE INDEX IF NOT EXISTS triggers_to_do ON triggers (state, due) WHERE state IN ('queued', 'running');
CREATE TABLE IF NOT EXISTS stalls (trigger_id INTEGER PRIMARY KEY, times INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS drives (drive PRIMARY KEY, kind TEXT NOT NULL, gap_s REAL NOT NULL);
CREATE TABLE IF NOT EXISTS watches (
    root INTEGER PRIMARY KEY, owner TEXT NOT NULL, pid INTEGER NOT NULL, began TEXT NOT NULL, events TEXT NOT NULL,
    swept TEXT NOT NULL, looked_at INTEGER NOT NULL, troubles TEXT NOT NULL);
"""
_SCHEMA_VERSION: Final = 2


class ArrivalLedger:
    """The ledger at a path, held open by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._telling_trouble():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=60.0, isolation_level=None)
            lay_out(self._db, path, schema=_SCHEMA, version=_SCHEMA_VERSION)
            self._db.execute("PRAGMA synchronous = NORMAL")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def root_id(self, root: Path) -> int:
        """Return the number of a watched folder, given to it the first time."""
        with self.transaction() as db:
            db.execute("INSERT OR IGNORE INTO roots (path) VALUES (?)", (stored(root),))
        return int(self.all("SELECT id FROM roots WHERE path=?", (stored(root),))[0][0])

    def all(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return all rows of a query. Raises StoreError."""
        with self._telling_trouble():
            return self._db.execute(query, values).fetchall()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for one transaction, with the right to write from its beginning. Raises StoreError."""
        with self._telling_trouble():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextlib.contextmanager
    def lasting_transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the same, and have it wait for the disk: what it says is known after a power cut, too.

        Whatever a power cut takes of others is found out again: films are looked into, and what is made is reused.
        """
        self._db.execute("PRAGMA synchronous = FULL")
        try:
            with self.transaction() as db:
                yield db
        finally:
            self._db.execute("PRAGMA synchronous = NORMAL")

    @contextlib.contextmanager
    def _telling_trouble(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"The ledger of arrivals {self._path} cannot be used ({error}).",
                remedy="Check the disk and the folder's permissions. It may be removed: films are looked at again then,"
                " and what was made of them is reused.",
                path=str(self._path),
            ) from error


def now_text() -> str:
    """Return the time as the ledger has it: UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
