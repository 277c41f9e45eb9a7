"""The drives that a watched folder, and what is mounted below it, lie on: whether each is there, and answers.

What a film lies on is asked here alone, and never waited for longer than `shell/asking` says.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final, Literal, TypeVar

from pipeline.plan.arrival_names import is_entered
from pipeline.shell.arrived_files import FileRow, Files
from pipeline.shell.asking import LIMIT_S, Asker
from pipeline.shell.checking import shape_of
from pipeline.shell.drives import is_gone, mounts_around
from pipeline.spelling import spelled

State = Literal["away", "silent"]
ROOT: Final = ""
"""The watched folder, among those that drives are mounted at."""
_WITNESSES: Final = 16
_HANGS_AFTER: Final = 12
"""So many times as long as an answer may take: then it is no stall any more."""

Answer = TypeVar("Answer")


class DriveWatch:
    """Tells whether the drives of a watched folder are there; what is mounted later counts from then on.

    Of a drive that was unmounted, an empty folder stays, or nothing; one that was lost refuses to tell of its files,
    and one that hangs tells nothing at all. One thread's own.
    """

    def __init__(self, root: Path, root_id: int, files: Files, limit_s: float = LIMIT_S) -> None:
        self._root, self._root_id, self._files, self._limit_s = root, root_id, files, limit_s
        self._askers: dict[tuple[str, str], Asker] = {}
        self._last_silent_s: dict[str, float] = {}
        self._given_up_s: dict[str, float] = {}
        """When drives went that did not answer, as `umount -l` has it: whoever asked them may hang for good."""
        self._place = root.resolve()
        self._depth = 0
        self.mounted: Mapping[str, str] = {}
        """What is mounted where by now: the folder below the watched one, and the number of the mount."""
        self._drives: set[str] = set()
        """Folders below the watched one that drives are, or were, mounted at."""
        self.identity: tuple[int, int] | None = None
        """Which folder it is that has the watched one's name; None where none has, or its drive is not there."""
        self.states: Mapping[str, State] = {}
        """Which drives are not there, by where they are mounted, as `look` found them last."""
        self.look()

    def ask(self, path: Path, question: Callable[[], Answer], limit_s: float | None = None) -> Answer:
        """Return or raise what a question about a file or folder does; OSError (ETIMEDOUT) where nobody answers."""
        folder = self._drive_of(path)
        asker = self._askers.setdefault((folder, self.mounted.get(folder, "")), Asker())
        try:
            return asker.ask(question, self._limit_s if limit_s is None else limit_s)
        finally:
            if asker.silent_s is not None:
                self._last_silent_s[folder] = time.monotonic()

    def is_gone(self, path: Path) -> bool:
        """Tell whether nothing has that name, as its drive says."""
        try:
            return self.ask(path, lambda: is_gone(path))
        except OSError:
            return False

    def is_missing(self, path: Path) -> bool:
        """Tell whether the drive is not there that a file or folder belongs on, as `look` found it last."""
        return ROOT in self.states or any(self._holds(folder, path) for folder in self.states)

    @property
    def is_silent(self) -> bool:
        """Whether one of them does not answer, as `look` found it last."""
        return "silent" in self.states.values()

    def was_silent(self, path: Path, since_s: float) -> bool:
        """Tell whether a file's drive did not answer at some time since then, by the clock that never goes back.

        Also one that was given up, so that nothing is mounted there by now.
        """
        return self._last_silent_s.get(self._drive_of(path, self._last_silent_s), float("-inf")) >= since_s

    def holds_up(self, path: Path, since_s: float) -> bool:
        """Tell whether what reads a file since then hangs in its drive, and is not to be waited for by others."""
        folder = self._drive_of(path, self._given_up_s)
        is_lost = self._given_up_s.get(folder, float("-inf")) >= since_s
        return is_lost or (self._silent_s(folder) or 0.0) >= _HANGS_AFTER * self._limit_s

    def look(self) -> None:
        """Look at every drive again."""
        self._take_mounts()
        self.identity = None
        try:
            place, identity = self.ask(self._root, self._look_at_root)
        except OSError:
            self._miss_root(self._state_of(ROOT))
            return
        if place != self._place:
            self._place = place
            self._take_mounts()
        depth = len(self._around.parts)
        if depth < self._depth and not self._lies_there(ROOT):
            self._miss_root("away")
            return
        self._depth, self.identity = depth, identity
        found = ((folder, self._look_below(folder)) for folder in sorted(self._drives))
        self.states = {folder: state for folder, state in found if state is not None}

    def told(self) -> tuple[str, ...]:
        """Return which drives are not there, in words."""
        return tuple(f"{self._name(folder)} {self._told(folder, state)}" for folder, state in self.states.items())

    def told_changes(self, before: Mapping[str, State]) -> tuple[str, ...]:
        """Return which drives went and came since, in words."""
        changed = [one for one in sorted({*before, *self.states}) if before.get(one) != self.states.get(one)]
        words = {"away": "is away: waiting for it", "silent": "does not answer: waiting for it"}
        back = {"away": "is back", "silent": "answers again"}
        return tuple(
            f"{self._name(one)} {words[self.states[one]] if one in self.states else back[before[one]]}"
            for one in changed
        )

    def stop(self) -> None:
        """Ask nothing any more."""
        for asker in self._askers.values():
            asker.stop()

    def _miss_root(self, state: State) -> None:
        # Of those below, nothing new is known.
        self.states = {**self.states, ROOT: state}

    def _take_mounts(self) -> None:
        around, below = mounts_around(self._place)
        self._around = around.point
        entered = {one: mount.number for one, mount in below.items() if all(map(is_entered, PurePosixPath(one).parts))}
        self.mounted = {ROOT: around.number, **entered}
        self._drives |= entered.keys()
        for key in [one for one in self._askers if self.mounted.get(one[0]) != one[1]]:
            asker = self._askers.pop(key)
            if asker.silent_s is not None:
                self._given_up_s[key[0]] = time.monotonic()
            asker.stop()

    def _look_at_root(self) -> tuple[Path, tuple[int, int]]:
        status = self._root.stat()
        if not stat.S_ISDIR(status.st_mode):
            raise NotADirectoryError
        return self._root.resolve(), (status.st_dev, status.st_ino)

    def _look_below(self, folder: str) -> State | None:
        """Return how a drive is that is, or was, mounted below; None where it is there."""
        if folder in self.mounted:
            try:
                self.ask(self._root / folder, (self._root / folder).stat)
            except OSError:
                return self._state_of(folder)
            return None
        if self._films_of(folder) and not self._lies_there(folder):
            return "away"
        # Nothing is missed of it, or it lies on another drive by now.
        self._drives.discard(folder)
        return None

    def _lies_there(self, folder: str) -> bool:
        """Tell whether a film lies there as it was: then the drive does, wherever it is mounted by now."""
        return any(map(self._is_as_known, self._films_of(folder)))

    def _films_of(self, folder: str) -> tuple[FileRow, ...]:
        """Return some films known on a drive, which others may be mounted below."""
        others = [one for one in self._drives if one != folder and (not folder or one.startswith(f"{folder}/"))]
        # A file that something is mounted at is no folder to be left out.
        rows = self._files.some_below(self._root_id, folder, _WITNESSES + len(others), without=others)
        own = [row for row in rows if not any(self._holds(one, self._path(row)) for one in others)]
        return tuple(own[:_WITNESSES])

    def _is_as_known(self, row: FileRow) -> bool:
        path = self._path(row)
        try:
            return self.ask(path, lambda: shape_of(path.stat())) == row.shape
        except OSError:
            return False

    def _path(self, row: FileRow) -> Path:
        return self._root / row.folder / row.name

    def _state_of(self, folder: str) -> State:
        """Return how a drive is that told nothing of its folder."""
        return "away" if self._silent_s(folder) is None else "silent"

    def _silent_s(self, folder: str) -> float | None:
        asker = self._askers.get((folder, self.mounted.get(folder, "")))
        return None if asker is None else asker.silent_s

    def _told(self, folder: str, state: State) -> str:
        minutes = int((self._silent_s(folder) or 0.0) // 60)
        if state == "silent":
            return f"has not answered for {f'{minutes} min' if minutes else 'some seconds'}"
        return "is away"

    def _name(self, folder: str) -> str:
        return spelled(str(self._root / folder))

    def _drive_of(self, path: Path, lost: Iterable[str] = ()) -> str:
        """Return where the drive is mounted that a file lies on, going by its path; of some also where it was."""
        folders = (one for one in {*self.mounted, *lost} if one and self._holds(one, path))
        return max(folders, key=len, default=ROOT)

    def _holds(self, folder: str, path: Path) -> bool:
        text, inside = os.fspath(path), os.fspath(self._root / folder)
        return text == inside or text.startswith(f"{inside.rstrip('/')}/")
