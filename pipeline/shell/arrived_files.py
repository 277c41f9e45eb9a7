"""What lies where in watched folders, as the ledger of arrivals has it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pipeline.plan.arrivals import Shape
from pipeline.shell.arrival_ledger import ArrivalLedger, now_text
from pipeline.shell.ledger import stored

FileState = Literal["waiting", "checking", "arrived", "refused"]

_AT_ONCE: Final = 500
_FOLDERS: Final = "SELECT DISTINCT folder FROM files"
_FILES: Final = "SELECT folder, name, size, mtime_ns, ctime_ns, state, why, remedy, since, trigger_id, note FROM files"


@dataclass(frozen=True)
class FileRow:
    """One file as it is known."""

    folder: str
    """Below the watched one, '' for itself."""
    name: str
    shape: Shape
    state: FileState
    why: str = ""
    remedy: str = ""
    since: str = ""
    """UTC, ISO 8601, of the state."""
    trigger_id: int | None = None
    note: str = ""
    """'here' where NAME.matinee.txt lies beside it; else why it does not, or nothing where none is due."""


class Files:
    """The files of watched folders."""

    def __init__(self, ledger: ArrivalLedger) -> None:
        self._ledger = ledger

    def known(self, root: int, folder: str, names: Sequence[str]) -> dict[str, FileRow]:
        """Return what is known of some files of one folder."""
        found: dict[str, FileRow] = {}
        for begin in range(0, len(names), _AT_ONCE):
            some = [stored(name) for name in names[begin : begin + _AT_ONCE]]
            marks = ",".join("?" * len(some))
            rows = self._ledger.all(
                f"{_FILES} WHERE root=? AND folder=? AND name IN ({marks})", (root, stored(folder), *some)
            )
            found |= {row.name: row for row in map(_file, rows)}
        return found

    def count(self, root: int, folder: str) -> int:
        """Return how many files of a folder are known."""
        return int(
            self._ledger.all("SELECT count(*) FROM files WHERE root=? AND folder=?", (root, stored(folder)))[0][0]
        )

    def names_in(self, root: int, folder: str) -> tuple[str, ...]:
        """Return the names that are known in a folder."""
        rows = self._ledger.all("SELECT name FROM files WHERE root=? AND folder=?", (root, stored(folder)))
        return tuple(os.fsdecode(row[0]) for row in rows)

    def folders(self, root: int, below: str = "") -> tuple[str, ...]:
        """Return the folders in which files are known: all, or one and those below it."""
        where, values = _inside(below)
        rows = self._ledger.all(f"{_FOLDERS} WHERE root=? AND {where}", (root, *values))
        return tuple(sorted(os.fsdecode(row[0]) for row in rows))

    def some_below(self, root: int, folder: str, most: int, *, without: Iterable[str] = ()) -> tuple[FileRow, ...]:
        """Return some of the files that are known in a folder and below it, but not in some other folders."""
        where, values = _inside(folder)
        for other in without:
            inside, its = _inside(other)
            where, values = f"{where} AND NOT {inside}", (*values, *its)
        return tuple(map(_file, self._ledger.all(f"{_FILES} WHERE root=? AND {where} LIMIT ?", (root, *values, most))))

    def put_file(self, root: int, row: FileRow) -> None:
        """Say how a file stands; it has no content any more unless it arrived."""
        values = (root, stored(row.folder), stored(row.name), row.shape.size, row.shape.mtime_ns, row.shape.ctime_ns)
        with self._ledger.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, row.state, row.why, row.remedy, now_text(), row.trigger_id, row.note),
            )

    def set_note(self, root: int, folder: str, name: str, note: str) -> None:
        """Say whether a note lies beside a file."""
        with self._ledger.transaction() as db:
            db.execute(
                "UPDATE files SET note=? WHERE root=? AND folder=? AND name=?",
                (note, root, stored(folder), stored(name)),
            )

    def drop_files(self, root: int, folder: str, names: Iterable[str]) -> tuple[FileRow, ...]:
        """Forget files that are gone, and return what was known of them; what came of their content stays."""
        dropped = tuple(self.known(root, folder, tuple(names)).values())
        with self._ledger.transaction() as db:
            for row in dropped:
                place = (root, stored(folder), stored(row.name))
                db.execute("DELETE FROM files WHERE root=? AND folder=? AND name=?", place)
        return dropped

    def files_of(self, trigger: int, root: int) -> tuple[FileRow, ...]:
        """Return the files of one watched folder that have a trigger's content."""
        return tuple(map(_file, self._ledger.all(f"{_FILES} WHERE trigger_id=? AND root=?", (trigger, root))))

    def unsettled(self, root: int) -> tuple[FileRow, ...]:
        """Return the files that have not arrived."""
        rows = self._ledger.all(f"{_FILES} WHERE root=? AND state<>'arrived' ORDER BY folder, name", (root,))
        return tuple(map(_file, rows))

    def copies(self, root: int) -> Mapping[int, tuple[FileRow, ...]]:
        """Return the files of a watched folder that have arrived, by their triggers."""
        found: dict[int, list[FileRow]] = {}
        for row in self._ledger.all(f"{_FILES} WHERE root=? AND trigger_id IS NOT NULL ORDER BY folder, name", (root,)):
            file = _file(row)
            if file.trigger_id is not None:
                found.setdefault(file.trigger_id, []).append(file)
        return {trigger: tuple(files) for trigger, files in found.items()}


def _inside(folder: str) -> tuple[str, tuple[Any, ...]]:
    """Return what is true of the files in a folder and below it, and its values."""
    if not folder:
        return "1", ()
    inside = stored(f"{folder}/")
    end = inside + (b"\xff" if isinstance(inside, bytes) else "\U0010ffff")  # type: ignore[operator]
    return "(folder=? OR (folder>? AND folder<?))", (stored(folder), inside, end)


def _file(row: Sequence[Any]) -> FileRow:
    return FileRow(os.fsdecode(row[0]), os.fsdecode(row[1]), Shape(row[2], row[3], row[4]), *row[5:])
