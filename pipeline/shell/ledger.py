"""The ledger: one SQLite file with what must outlive a run and belongs to no artifact: digests, verdicts, outputs,
and the tables in which `editions` keeps what is published where.

Every function opens its own connection for one transaction, so threads and processes may call them freely.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, Self

from pipeline.errors import InputError, StoreError
from pipeline.shell.conditions import remedy_of
from pipeline.shell.ledger_layout import lay_out
from pipeline.shell.presence import check_there
from pipeline.spelling import spelled

Verdict = Literal["approved", "rejected"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS digests (
    device INTEGER, inode INTEGER, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, digest TEXT NOT NULL,
    name TEXT NOT NULL, PRIMARY KEY (device, inode));
CREATE TABLE IF NOT EXISTS toolchains (
    path TEXT PRIMARY KEY, device INTEGER, inode INTEGER, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER,
    description TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outputs (
    path TEXT PRIMARY KEY, key TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER, mtime_ns INTEGER);
CREATE TABLE IF NOT EXISTS output_history (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL, key TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS output_history_by_path ON output_history (path, id);
CREATE TABLE IF NOT EXISTS intended (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS manifests (path TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS verdicts (
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL, platform TEXT NOT NULL, region TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('approved', 'rejected')), who TEXT NOT NULL, at TEXT NOT NULL,
    note TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS verdicts_by_digest ON verdicts (digest, platform, region);

CREATE TABLE IF NOT EXISTS editions (
    target TEXT, edition TEXT, title TEXT NOT NULL, region TEXT NOT NULL, master TEXT NOT NULL, coming TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('staged', 'open', 'closed')), since TEXT NOT NULL,
    PRIMARY KEY (target, edition));
CREATE TABLE IF NOT EXISTS edition_names (
    target TEXT, edition TEXT, name TEXT, kind TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (target, edition, name));
CREATE TABLE IF NOT EXISTS orphans (
    target TEXT, name TEXT, size INTEGER NOT NULL, due INTEGER NOT NULL, PRIMARY KEY (target, name));
CREATE TABLE IF NOT EXISTS target_objects (
    target TEXT, name TEXT, sha256 TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (target, name));
CREATE TABLE IF NOT EXISTS entry_texts (target TEXT, name TEXT, sha256 TEXT, PRIMARY KEY (target, name, sha256));
CREATE TABLE IF NOT EXISTS drop_editions (target TEXT, edition TEXT, film TEXT, PRIMARY KEY (target, edition));
CREATE TABLE IF NOT EXISTS calendars (path TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS unfinished_uploads (target TEXT, name TEXT, upload TEXT, PRIMARY KEY (target, name, upload));
"""
_SCHEMA_VERSION = 5
_VERDICTS = "SELECT digest, platform, region, verdict, who, at, note, id FROM verdicts"
_LAST_KEYS = """
SELECT path, key FROM output_history
WHERE id IN (SELECT max(id) FROM output_history WHERE path IN ({}) GROUP BY path)"""
_CHECK: Final = "Check disk, permissions and limits of files (ulimit -f); MATINEE_HOME moves it."
_ASKED_AT_ONCE: Final = 1000
"""SQLite takes 32,766 values in one statement."""
_NEWEST_VERDICT = f"{_VERDICTS} WHERE digest=? AND platform=? AND region=? ORDER BY id DESC LIMIT 1"


@dataclass(frozen=True)
class FileIdentity:
    """What the file system says of one file's bytes without reading them."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return the identity of a file, links followed."""
        status = path.stat()
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@dataclass(frozen=True)
class Output:
    """A file that we put under a name for people."""

    path: Path
    key: str
    sha256: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class VerdictEntry:
    """What a person decided about one artifact on one platform in one region."""

    digest: str
    platform: str
    region: str
    verdict: Verdict
    who: str
    at: str
    """UTC, ISO 8601."""
    note: str
    number: int = 0
    """Later ones have higher ones, from 1."""


class Ledger:
    """The ledger at a path; the file appears at the first write or read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def known_digest(self, identity: FileIdentity) -> str | None:
        """Return the digest remembered for exactly this identity."""
        with self.transaction() as db:
            row = db.execute(
                "SELECT digest FROM digests WHERE device=? AND inode=? AND size=? AND mtime_ns=? AND ctime_ns=?",
                _columns(identity),
            ).fetchone()
        return str(row[0]) if row else None

    def remember_digest(self, identity: FileIdentity, digest: str, *, name: str) -> None:
        """Remember the digest of a file's bytes under its identity, and what the file was called."""
        row = (*_columns(identity), digest, name.encode("utf-8", "replace").decode())
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def master_name(self, digest: str) -> str | None:
        """Return what a file with some bytes was called when it was read."""
        with self.transaction() as db:
            row = db.execute("SELECT name FROM digests WHERE digest=? ORDER BY name LIMIT 1", (digest,)).fetchone()
        return str(row[0]) if row else None

    def known_toolchain(self, path: Path, identity: FileIdentity) -> str | None:
        """Return the description remembered for a binary that has not changed."""
        with self.transaction() as db:
            row = db.execute(
                "SELECT description FROM toolchains WHERE path=? AND device=? AND inode=? AND size=? AND mtime_ns=?"
                " AND ctime_ns=?",
                (stored(path), *_columns(identity)),
            ).fetchone()
        return str(row[0]) if row else None

    def remember_toolchain(self, path: Path, identity: FileIdentity, description: str) -> None:
        """Remember what a binary says of itself."""
        with self.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO toolchains VALUES (?, ?, ?, ?, ?, ?, ?)",
                (stored(path), *_columns(identity), description),
            )

    def output_at(self, path: Path) -> Output | None:
        """Return what we last put at a path, whatever is there now."""
        return self.outputs_at((path,)).get(path)

    def outputs_at(self, paths: Iterable[Path]) -> dict[Path, Output]:
        """Return what we last put at each of some paths, whatever is there now; nothing where we put nothing."""
        asked = {stored(path): path for path in paths}
        with self.transaction() as db:
            found = {row[0]: row[1:] for row in _rows_at(db, "SELECT * FROM outputs WHERE path IN ({})", asked)}
        return {path: Output(path, *found[one]) for one, path in asked.items() if one in found}

    def outputs_in(self, folder: Path) -> tuple[Path, ...]:
        """Return the paths under a folder that we ever put something at, in path order."""
        begin = stored(folder / "x")[:-1]
        end = begin + (b"\xff" if isinstance(begin, bytes) else "\U0010ffff")  # type: ignore[operator]
        with self.transaction() as db:
            rows = db.execute("SELECT path FROM outputs WHERE path > ? AND path < ? ORDER BY path", (begin, end))
            return tuple(Path(os.fsdecode(row[0])) for row in rows)

    def record_output(self, output: Output) -> None:
        """Remember that a file is ours to replace, and when its key changed."""
        self.record_outputs((output,))

    def record_outputs(self, outputs: Iterable[Output]) -> None:
        """Remember that files are ours to replace, and when their keys changed."""
        at = _now()
        rows = [(stored(one.path), one.key, one.sha256, one.size, one.mtime_ns) for one in outputs]
        with self.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO outputs VALUES (?, ?, ?, ?, ?)", rows)
            last = dict(_rows_at(db, _LAST_KEYS, {path: None for path, *_ in rows}))
            changed = []
            for path, key, *_ in rows:
                if last.get(path) != key:
                    changed.append((path, key, at))
                    last[path] = key
            db.executemany("INSERT INTO output_history (path, key, at) VALUES (?, ?, ?)", changed)

    def output_history(self, path: Path) -> tuple[tuple[str, str], ...]:
        """Return (key, when in UTC) of everything that was put at a path, newest first."""
        with self.transaction() as db:
            rows = db.execute("SELECT key, at FROM output_history WHERE path=? ORDER BY id DESC", (stored(path),))
            return tuple((row[0], row[1]) for row in rows)

    def intend(self, path: Path, sha256: str) -> None:
        """Note that some bytes are about to be put at a path: a run that is killed then knows them for ours."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO intended VALUES (?, ?)", (stored(path), sha256))

    def intended_at(self, path: Path) -> str | None:
        """Return the digest of the bytes that were last about to be put at a path, by `intend`."""
        with self.transaction() as db:
            row = db.execute("SELECT sha256 FROM intended WHERE path=?", (stored(path),)).fetchone()
        return str(row[0]) if row else None

    def record_manifest(self, path: Path) -> None:
        """Remember a document that names the artifacts in use."""
        with self.transaction() as db:
            db.execute("INSERT OR IGNORE INTO manifests VALUES (?)", (stored(path),))

    def manifests(self) -> tuple[Path, ...]:
        """Return every document that names artifacts in use, in path order."""
        with self.transaction() as db:
            return tuple(Path(os.fsdecode(row[0])) for row in db.execute("SELECT path FROM manifests ORDER BY path"))

    def record_verdict(
        self, *, digest: str, platform: str, region: str, verdict: Verdict, who: str, note: str, seen: int | None = None
    ) -> VerdictEntry:
        """Append a verdict; earlier ones stay, the newest counts.

        `seen` is the number of the newest one that whoever decides knows of, 0 for none, None where that does not
        matter. Raises InputError, with `standing` in its data and nothing written, where there is a newer one.
        """
        at = _now()
        with self.transaction() as db:
            # From before it is looked which is the newest: of two who decide at once, the second is told of the first.
            db.execute("BEGIN IMMEDIATE")
            row = db.execute(_NEWEST_VERDICT, (digest, platform, region)).fetchone()
            standing = VerdictEntry(*row) if row else None
            if seen is not None and standing is not None and standing.number > seen:
                raise InputError(
                    f"{spelled(standing.who)} has {standing.verdict} it meanwhile.",
                    remedy="Look at it again, and decide once more if you see it otherwise.",
                    standing=standing,
                )
            made = db.execute(
                "INSERT INTO verdicts (digest, platform, region, verdict, who, at, note) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (digest, platform, region, verdict, who, at, note),
            )
        return VerdictEntry(digest, platform, region, verdict, who, at, note, made.lastrowid or 0)

    def verdict_on(self, *, digest: str, platform: str, region: str = "") -> VerdictEntry | None:
        """Return the newest verdict on an artifact for a platform and region."""
        with self.transaction() as db:
            row = db.execute(_NEWEST_VERDICT, (digest, platform, region)).fetchone()
        return VerdictEntry(*row) if row else None

    def verdict_for(self, *, digest: str, platform: str, region: str) -> VerdictEntry | None:
        """Return the newest verdict for a region, where nobody gave one for it the newest for all regions."""
        own = self.verdict_on(digest=digest, platform=platform, region=region)
        return own or self.verdict_on(digest=digest, platform=platform)

    def verdicts(self) -> tuple[VerdictEntry, ...]:
        """Return every verdict that was ever given, in order."""
        with self.transaction() as db:
            return tuple(VerdictEntry(*row) for row in db.execute(f"{_VERDICTS} ORDER BY id"))

    @contextlib.contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep the file open for a run that asks and tells it much, in whatever threads and by whatever ledger.

        Whoever closes it last waits until all that was told is where it stays on the disk, and not in the log beside
        it alone. Raises StoreError.
        """
        with self._reporting():
            db = self._opened()
        try:
            yield
        finally:
            db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give a connection for one transaction, for `editions` too, whose tables are in here. Raises StoreError."""
        with self._reporting():
            db = self._opened()
            try:
                with db:
                    yield db
            finally:
                db.close()

    def _opened(self) -> sqlite3.Connection:
        check_there(self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=30.0)
        try:
            lay_out(db, self.path, schema=_SCHEMA, version=_SCHEMA_VERSION)
        except BaseException:
            db.close()
            raise
        return db

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"The ledger {self.path} cannot be used ({error}).", remedy=_remedy(error), path=str(self.path)
            ) from error


def _remedy(error: sqlite3.Error | OSError) -> str:
    if isinstance(error, OSError):
        return remedy_of(error, elsewhere="say where another one is (MATINEE_HOME)", otherwise=_CHECK)
    is_damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
    if is_damaged:
        return "Put a copy of it back, or move it away: verdicts and what is known of outputs are lost with it."
    return _CHECK


def _rows_at(db: sqlite3.Connection, query: str, paths: Iterable[str | bytes]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query with one place for the paths that it asks for, as `stored` has them."""
    left = iter(paths)
    while some := tuple(itertools.islice(left, _ASKED_AT_ONCE)):
        yield from db.execute(query.format(",".join("?" * len(some))), some)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def stored(path: Path | str) -> str | bytes:
    """Return a path as SQLite takes it: text, or the bytes of a name that is not UTF-8."""
    text = os.fspath(path)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(path)
    return text


def _columns(identity: FileIdentity) -> tuple[int, int, int, int, int]:
    return identity.device, identity.inode, identity.size, identity.mtime_ns, identity.ctime_ns
