"""What the ledger knows of one target: which editions it has, which names each has, and what waits to be removed.

A name is in use while an edition that is staged or open has it. Times are in UTC.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from pipeline.plan.publication import Item, Kind, Publication, Takedown, plan_takedown
from pipeline.shell.ledger import Ledger

_TABLES: Final = ("editions", "edition_names", "orphans", "target_objects", "entry_texts", "drop_editions")
State = Literal["staged", "open", "closed"]


@dataclass(frozen=True)
class Edition:
    """An edition at a target, as it was left."""

    target: str
    name: str
    title: str
    region: str
    master: str
    """The sha256 of the master playlist that is open; empty where none is."""
    state: State
    since: str
    """When it got into that state, ISO 8601."""


@dataclass(frozen=True)
class EditionName:
    """One name that an edition has at a target."""

    name: str
    kind: Kind
    size: int
    sha256: str


@dataclass(frozen=True)
class Orphan:
    """A name that no edition has any more."""

    name: str
    size: int
    due: datetime
    """From when on it may be removed."""


@dataclass(frozen=True)
class Listed:
    """An edition with what it weighs."""

    edition: Edition
    files: int
    size_bytes: int
    shared_bytes: int
    """Of files that another edition at the target has as well."""

    def is_at(self, where: str) -> bool:
        """Tell whether it is at a target, which is named without the address of its store."""
        return self.edition.target == where or self.edition.target.startswith(f"{where} at ")


def list_editions(ledger: Ledger) -> tuple[Listed, ...]:
    """Return every edition at every target, in order."""
    with ledger.transaction() as db:
        targets = [row[0] for row in db.execute("SELECT DISTINCT target FROM editions ORDER BY target")]
    return tuple(one for target in targets for one in _listed(Editions(ledger, target)))


def open_masters(ledger: Ledger) -> dict[str, tuple[str, ...]]:
    """Return the targets at which editions are open, by the sha256 of their master playlist."""
    found: dict[str, list[str]] = {}
    with ledger.transaction() as db:
        for master, target in db.execute("SELECT master, target FROM editions WHERE state='open' ORDER BY target"):
            found.setdefault(master, []).append(target)
    return {master: tuple(dict.fromkeys(targets)) for master, targets in found.items()}


def open_by_calendars(ledger: Ledger) -> tuple[tuple[str, str, str], ...]:
    """Return what is open and was opened by a calendar, in order: the target, the edition, the film of the calendar."""
    with ledger.transaction() as db:
        rows = db.execute(
            "SELECT target, edition, film FROM drop_editions JOIN editions USING (target, edition) WHERE state='open'"
            " ORDER BY target, edition"
        )
        return tuple((row[0], row[1], row[2]) for row in rows)


def _listed(editions: Editions) -> Iterator[Listed]:
    used = editions.in_use()
    for one in editions.all():
        names = editions.names_of(one.name)
        others = frozenset(name for edition, theirs in used.items() if edition != one.name for name in theirs)
        shared = sum(name.size for name in names if name.name in others)
        yield Listed(one, len(names), sum(name.size for name in names), shared)


class Editions:
    """What is known of one target."""

    def __init__(self, ledger: Ledger, target: str) -> None:
        self.target = target
        self._ledger = ledger

    def find(self, edition: str) -> Edition | None:
        """Return an edition by its name."""
        return next((one for one in self.all() if one.name == edition), None)

    def all(self) -> tuple[Edition, ...]:
        """Return all editions, also those that were closed, by name."""
        with self._ledger.transaction() as db:
            rows = db.execute(
                "SELECT target, edition, title, region, master, state, since FROM editions WHERE target=?"
                " ORDER BY edition",
                (self.target,),
            )
            return tuple(Edition(*row) for row in rows)

    def names_of(self, edition: str) -> tuple[EditionName, ...]:
        """Return the names that an edition has, in order."""
        with self._ledger.transaction() as db:
            rows = db.execute(
                "SELECT name, kind, size, sha256 FROM edition_names WHERE target=? AND edition=? ORDER BY name",
                (self.target, edition),
            )
            return tuple(EditionName(*row) for row in rows)

    def in_use(self) -> dict[str, frozenset[str]]:
        """Return the names of every edition that is staged or open, by edition."""
        with self._ledger.transaction() as db:
            return self._in_use(db)

    def coming(self, edition: str) -> str | None:
        """Return the digest of the master playlist that was last asked to be published under a name."""
        with self._ledger.transaction() as db:
            row = db.execute(
                "SELECT coming FROM editions WHERE target=? AND edition=?", (self.target, edition)
            ).fetchone()
        return str(row[0]) if row else None

    def begin(self, publication: Publication, items: Iterable[Item]) -> None:
        """Note that an edition is about to have some names: nothing else takes them away from now on.

        An edition that is open stays so, with what it had.
        """
        one = publication
        with self._ledger.transaction() as db:
            db.execute(
                "INSERT INTO editions VALUES (?, ?, ?, ?, '', ?, 'staged', ?) ON CONFLICT (target, edition)"
                " DO UPDATE SET"
                " coming=excluded.coming, state=iif(state='open', 'open', 'staged'),"
                " since=iif(state='closed', excluded.since, since), title=iif(state='open', title, excluded.title),"
                " region=iif(state='open', region, excluded.region)",
                (self.target, one.edition, one.title, one.region, one.entry.sha256, _now()),
            )
            rows = [(self.target, one.edition, item.name, item.kind, item.size, item.sha256) for item in items]
            db.executemany("INSERT OR REPLACE INTO edition_names VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._claim(db, [row[2] for row in rows])

    def open(self, publication: Publication, grace_s: int) -> tuple[Orphan, ...]:
        """Note that an edition is open with exactly these names; return what nobody has any more."""
        one, new = publication, {item.name for item in publication.items}
        with self._ledger.transaction() as db:
            old = self._sizes(db, one.edition)
            db.execute(
                "UPDATE editions SET title=?, region=?, state='open',"
                " since=iif(state='open' AND master=?, since, ?), master=? WHERE target=? AND edition=?",
                (one.title, one.region, one.entry.sha256, _now(), one.entry.sha256, self.target, one.edition),
            )
            gone = [name for name in old if name not in new]
            db.executemany(
                "DELETE FROM edition_names WHERE target=? AND edition=? AND name=?",
                [(self.target, one.edition, name) for name in gone],
            )
            # All of it later: players that began with the entry before this one still read its playlists.
            free = plan_takedown(gone, self._in_use(db))
            return self._leave(db, {name: old[name] for name in (*free.now, *free.later)}, grace_s)

    def close(self, edition: str, grace_s: int) -> Takedown:
        """Note that an edition's entry is gone, and what its names wait for."""
        with self._ledger.transaction() as db:
            named = [one for one in self._rows(db, edition) if one.kind not in ("entry", "page")]
            sizes = {one.name: one.size for one in named}
            db.execute("DELETE FROM edition_names WHERE target=? AND edition=?", (self.target, edition))
            db.execute(
                "UPDATE editions SET state='closed', master='', coming='', since=? WHERE target=? AND edition=?"
                " AND state<>'closed'",
                (_now(), self.target, edition),
            )
            takedown = plan_takedown(sizes, self._in_use(db))
            self._leave(db, {name: sizes[name] for name in takedown.now}, 0)
            self._leave(db, {name: sizes[name] for name in takedown.later}, grace_s)
            return takedown

    def orphans(self) -> tuple[Orphan, ...]:
        """Return what waits to be removed and no edition has, the first due first."""
        with self._ledger.transaction() as db:
            used = frozenset(name for names in self._in_use(db).values() for name in names)
            rows = db.execute(
                "SELECT name, size, due FROM orphans WHERE target=? ORDER BY due, name", (self.target,)
            ).fetchall()
        found = (Orphan(name, size, datetime.fromtimestamp(due, UTC)) for name, size, due in rows)
        return tuple(one for one in found if one.name not in used)

    def forget(self, names: Iterable[str]) -> None:
        """Note that names are not at the target any more."""
        rows = [(self.target, name) for name in names]
        with self._ledger.transaction() as db:
            for table in ("orphans", "target_objects"):
                db.executemany(f"DELETE FROM {table} WHERE target=? AND name=?", rows)  # noqa: S608 - two tables of ours

    def forget_target(self) -> None:
        """Forget all of the target, from which all that was put there has gone."""
        with self._ledger.transaction() as db:
            for table in _TABLES:
                db.execute(f"DELETE FROM {table} WHERE target=?", (self.target,))  # noqa: S608 - tables of ours

    def tag_of(self, name: str, sha256: str) -> str | None:
        """Return the tag that the target gave some bytes under a name when they were last read there to their end."""
        with self._ledger.transaction() as db:
            row = db.execute(
                "SELECT tag FROM target_objects WHERE target=? AND name=? AND sha256=?", (self.target, name, sha256)
            ).fetchone()
        return str(row[0]) if row else None

    def remember(self, name: str, sha256: str, tag: str) -> None:
        """Note that a name was found to have some bytes, and the tag by which they are known there."""
        with self._ledger.transaction() as db:
            db.execute("INSERT OR REPLACE INTO target_objects VALUES (?, ?, ?, ?)", (self.target, name, sha256, tag))

    def there(self) -> frozenset[str]:
        """Return the names that were found at the target and not removed since."""
        with self._ledger.transaction() as db:
            rows = db.execute("SELECT name FROM target_objects WHERE target=?", (self.target,))
            return frozenset(row[0] for row in rows)

    def is_ours(self, name: str, sha256: str) -> bool:
        """Tell whether we ever put some text under a name that may be replaced."""
        with self._ledger.transaction() as db:
            found = db.execute(
                "SELECT 1 FROM entry_texts WHERE target=? AND name=? AND sha256=?", (self.target, name, sha256)
            )
            return found.fetchone() is not None

    def intend(self, name: str, sha256: str) -> None:
        """Note that some text is about to be put under a name: a run that is killed then knows it for ours."""
        with self._ledger.transaction() as db:
            db.execute("INSERT OR IGNORE INTO entry_texts VALUES (?, ?, ?)", (self.target, name, sha256))

    def disown(self, edition: str, names: Iterable[str]) -> None:
        """Note that names of an edition that may be replaced are gone for good, with all texts that they ever had."""
        rows = [(self.target, name) for name in names]
        with self._ledger.transaction() as db:
            db.executemany(
                "DELETE FROM edition_names WHERE target=? AND edition=? AND name=?",
                [(where, edition, name) for where, name in rows],
            )
            db.executemany("DELETE FROM entry_texts WHERE target=? AND name=?", rows)

    def put_on_calendar(self, edition: str, film: str) -> None:
        """Note that an edition is opened and closed by the calendar of a film."""
        with self._ledger.transaction() as db:
            db.execute("INSERT OR REPLACE INTO drop_editions VALUES (?, ?, ?)", (self.target, edition, film))

    def on_calendar(self, film: str) -> frozenset[str]:
        """Return the editions that the calendar of a film ever opened or staged."""
        with self._ledger.transaction() as db:
            rows = db.execute("SELECT edition FROM drop_editions WHERE target=? AND film=?", (self.target, film))
            return frozenset(row[0] for row in rows)

    def uploads(self) -> tuple[tuple[str, str], ...]:
        """Return (name, id) of the uploads in parts that were begun and neither finished nor given up."""
        with self._ledger.transaction() as db:
            rows = db.execute(
                "SELECT name, upload FROM unfinished_uploads WHERE target=? ORDER BY name, upload", (self.target,)
            )
            return tuple((row[0], row[1]) for row in rows)

    def begin_upload(self, name: str, upload: str) -> None:
        """Note that an upload in parts has begun."""
        with self._ledger.transaction() as db:
            db.execute("INSERT OR IGNORE INTO unfinished_uploads VALUES (?, ?, ?)", (self.target, name, upload))

    def end_upload(self, name: str, upload: str) -> None:
        """Note that an upload in parts was finished or given up."""
        with self._ledger.transaction() as db:
            row = (self.target, name, upload)
            db.execute("DELETE FROM unfinished_uploads WHERE target=? AND name=? AND upload=?", row)

    def _rows(self, db: sqlite3.Connection, edition: str) -> Iterator[EditionName]:
        rows = db.execute(
            "SELECT name, kind, size, sha256 FROM edition_names WHERE target=? AND edition=? ORDER BY name",
            (self.target, edition),
        )
        return (EditionName(*row) for row in rows.fetchall())

    def _sizes(self, db: sqlite3.Connection, edition: str) -> dict[str, int]:
        return {one.name: one.size for one in self._rows(db, edition) if one.kind not in ("entry", "page")}

    def _in_use(self, db: sqlite3.Connection) -> dict[str, frozenset[str]]:
        rows = db.execute("SELECT edition, name FROM edition_names WHERE target=?", (self.target,))
        used: dict[str, set[str]] = {}
        for edition, name in rows:
            used.setdefault(edition, set()).add(name)
        return {edition: frozenset(names) for edition, names in sorted(used.items())}

    def _claim(self, db: sqlite3.Connection, names: list[str]) -> None:
        db.executemany("DELETE FROM orphans WHERE target=? AND name=?", [(self.target, name) for name in names])

    def _leave(self, db: sqlite3.Connection, sizes: dict[str, int], grace_s: int) -> tuple[Orphan, ...]:
        due = int(time.time()) + grace_s
        rows = [(self.target, name, size, due) for name, size in sizes.items()]
        db.executemany("INSERT OR REPLACE INTO orphans VALUES (?, ?, ?, ?)", rows)
        return tuple(Orphan(name, size, datetime.fromtimestamp(due, UTC)) for name, size in sizes.items())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
