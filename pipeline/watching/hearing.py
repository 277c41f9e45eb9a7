"""What events mean: which film was written to or is gone, which folder is new, whose sidecar or watch.toml changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

from pipeline.plan.arrival_names import WATCH_FILE, is_entered, is_film_name, is_sidecar
from pipeline.shell.drives import is_gone
from pipeline.watching.desk import Desk, key_of
from pipeline.watching.settings import FolderSettings
from pipeline.watching.sweeps import Sweeps

_UNTELLABLE: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands in events for bytes of a name that are no UTF-8."""


class Ear:
    """Takes up what the system says has happened at paths below a watched folder."""

    def __init__(
        self, root: Path, desk: Desk, sweeps: Sweeps, settings: FolderSettings, left_out: frozenset[str]
    ) -> None:
        self._root = root
        self._desk = desk
        self._sweeps = sweeps
        self._settings = settings
        self._left_out = left_out

    def hear(self, path: str) -> Literal["root", "below"]:
        """Take up one path, and tell whether it is that of the folder itself, which went away or came back."""
        key = key_of(self._root, path)
        if key is None:
            return "root"
        folder, name = key
        if not self._settings.is_watched(folder) or self._is_left_out(path):
            return "below"
        if name == WATCH_FILE:
            self._settings.refresh(folder)
            self._sweeps.ask(folder)
        elif _UNTELLABLE in path:
            self._sweeps.ask(self._nearest(folder))
        elif is_film_name(name):
            # Gone, too.
            self._desk.look(key)
        elif is_gone(Path(path)):
            self._desk.miss_folder(f"{folder}/{name}" if folder else name)
        elif is_sidecar(name):
            self._desk.vouch(folder, (name,))
            self._desk.reconsider(folder, name)
        # By os.path: those of Path raise where a drive does not answer, which is to end no watch.
        elif is_entered(name) and os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
            self._sweeps.ask(f"{folder}/{name}" if folder else name)
        return "below"

    def _is_left_out(self, path: str) -> bool:
        return any(Path(path).is_relative_to(self._root / folder) for folder in self._left_out)

    def _nearest(self, folder: str) -> str:
        """Return a folder, or the nearest above it that is there."""
        while folder and not os.path.isdir(self._root / folder):  # noqa: PTH112
            folder = os.path.dirname(folder)  # noqa: PTH120 - of '' it is '', and no '.'
        return folder
