"""The tables of a SQLite file, laid out by one process however many open it first."""

from __future__ import annotations

import fcntl
import sqlite3
from pathlib import Path

from pipeline.errors import StoreError


def lay_out(db: sqlite3.Connection, path: Path, *, schema: str, version: int) -> None:
    """Bring an open file to a version of its schema, whose statements may be given again, with a write-ahead log.

    Raises StoreError where a newer Matinee wrote it, sqlite3.Error and OSError.
    """
    if _version(db) == version:
        return
    # Two that change the journal's mode at once would not wait for each other: SQLite takes that for a deadlock.
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (found := _version(db)) > version:
            raise StoreError(
                f"The ledger {path} was written by a newer Matinee (version {found}).",
                remedy="Update Matinee, or name another MATINEE_HOME.",
                path=str(path),
            )
        if found < version:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {version}; COMMIT;")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
