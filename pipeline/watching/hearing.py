"""What events mean, and when they are asked for: which film was written to, which folder is new, which sidecar."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from pipeline.plan.arrival_names import WATCH_FILE, is_entered, is_film_name, is_sidecar
from pipeline.shell.folder_events import FolderEvents
from pipeline.watching.desk import Desk, Key
from pipeline.watching.folder import WatchedFolder
from pipeline.watching.sweeps import WHOLE, Sweeps

_UNTELLABLE: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands in events for bytes of a name that are no UTF-8."""


class Listening:
    """Has the system tell what happens below a watched folder, on all drives that are mounted there.

    One thread's own: `tell` and `tell_lost` are told from others.
    """

    def __init__(
        self,
        folder: WatchedFolder,
        tell: Callable[[frozenset[str]], None],
        tell_lost: Callable[[FolderEvents, str], None],
    ) -> None:
        self._root, self._drives, self._tell, self._tell_lost = folder.root, folder.drives, tell, tell_lost
        self._events: FolderEvents | None = None
        self._heard: tuple[tuple[int, int] | None, Mapping[str, str]] | None = None
        """Which folder, and what was mounted there, when that began."""
        self.trouble = ""
        """Why the system tells nothing, where it does not."""

    @property
    def is_deaf(self) -> bool:
        """Whether the system tells nothing, or not yet."""
        return self._events is None or not self._events.has_begun

    def keep(self) -> None:
        """Have the system tell of the folder and the drives that are there by now.

        It is not asked while one does not answer: who asks looks at every folder.
        """
        now = (self._drives.identity, self._drives.mounted)
        if now == self._heard or self._drives.is_silent:
            return
        self.stop()
        self._heard, self.trouble = now, ""
        self._events = FolderEvents(self._root, self._tell, self._tell_lost)
        self._events.start()

    def stop(self) -> None:
        """Have the system tell no more."""
        if self._events is not None:
            self._events.stop()
            self._events = None

    def lose(self, events: FolderEvents, why: str) -> bool:
        """Take note that it tells no more, and tell whether that is news: others may tell since."""
        if events is not self._events:
            return False
        self._events, self.trouble = None, why
        return True


class Ear:
    """Takes up what the system says has happened at paths below a watched folder."""

    def __init__(self, folder: WatchedFolder, desk: Desk, sweeps: Sweeps) -> None:
        self._root, self._left_out = folder.root, folder.left_out
        self._drive, self._settings = folder.drives, folder.settings
        self._desk, self._sweeps = desk, sweeps

    def hear(self, paths: Iterable[str]) -> None:
        """Take up some paths."""
        keys = {path: _key_of(self._root, path) for path in sorted(paths)}
        films, gone, others = list[Key](), list[Key](), list[Key]()
        for path, key in keys.items():
            if key is None:
                self._sweeps.ask(WHOLE)  # the folder itself went away, or came back
                continue
            if not self._settings.is_watched(key[0]) or self._is_left_out(path):
                continue
            if key[1] == WATCH_FILE:
                self._settings.refresh(key[0])
                self._sweeps.ask(key[0])
            elif _UNTELLABLE in path:
                self._sweeps.ask(self._nearest(key[0]))
            elif is_film_name(key[1]):
                films.append(key)
            else:
                (gone if self._drive.is_gone(Path(path)) else others).append(key)
        self._desk.look(*films)  # which may be gone, too
        self._desk.miss_below(map(_place, gone))
        for key in others:  # what speaks of a film does so after that was seen
            self._find(key)

    def _find(self, key: Key) -> None:
        """Take up what is there and no film."""
        folder, name = key
        if is_sidecar(name):
            self._desk.vouch(folder, (name,))
            self._desk.reconsider(folder, name)
        elif is_entered(name) and self._is_folder(self._root / folder / name):
            self._sweeps.ask(_place(key))

    def _is_left_out(self, path: str) -> bool:
        return any(Path(path).is_relative_to(self._root / folder) for folder in self._left_out)

    def _nearest(self, folder: str) -> str:
        """Return a folder, or the nearest above it that is there."""
        while folder and not self._is_folder(self._root / folder):
            folder = os.path.dirname(folder)  # noqa: PTH120 - of '' it is '', and no '.'
        return folder

    def _is_folder(self, path: Path) -> bool:
        """Tell whether a path is a folder, and no link to one."""
        try:
            return stat.S_ISDIR(self._drive.ask(path, path.lstat).st_mode)
        except OSError:
            return False


def _key_of(root: Path, path: str) -> Key | None:
    """Return the key of a path below a watched folder; None for what lies elsewhere."""
    folder, name = os.path.split(os.path.relpath(path, root))
    return None if folder.startswith("..") or name in ("", ".", "..") else (folder, name)


def _place(key: Key) -> str:
    """Return a folder below the watched one, of the folder that it is in and its name."""
    folder, name = key
    return f"{folder}/{name}" if folder else name
