"""Find packages in a folder, and say which files of theirs may be read: those that a listing names, and no others."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from pipeline.errors import InputError
from pipeline.spelling import spelled

ENTRY: Final = "master.m3u8"
_DEEPEST: Final = 4
_LIST_AGAIN_AFTER_S: Final = 1.0


def find_packages(folder: Path) -> tuple[Path, ...]:
    """Return the folder itself where it is a package, else all packages in it and in folders down to four deep.

    Raises InputError where there is none.
    """
    if not folder.is_dir():
        reason = "is no folder" if folder.exists() else "is not here"
        raise InputError(
            f"{spelled(str(folder))} {reason}.", remedy=f"Give the folder of a package, the one with {ENTRY} in it."
        )
    found = tuple(sorted(_find(folder, _DEEPEST)))
    if not found:
        raise InputError(
            f"{spelled(str(folder))} holds no package: there is no {ENTRY} in it or in its folders.",
            remedy="Make one with `matinee package`, or give the folder that one was written to.",
        )
    return found


class Listing:
    """The files of a package by name, as last seen there, without hidden ones and links that lead out."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._files: dict[str, Path] = {}
        self._listed_at = float("-inf")

    def find(self, name: str) -> Path | None:
        """Return the file of a name with forward slashes, or None.

        A name is only ever looked up, and never becomes part of a path: whatever it holds, it leads nowhere else.
        """
        if name not in self._files and time.monotonic() - self._listed_at > _LIST_AGAIN_AFTER_S:
            # A package may be written anew while it is looked at.
            self._files, self._listed_at = self._list(), time.monotonic()
        return self._files.get(name)

    def _list(self) -> dict[str, Path]:
        files = {}
        for folder, folders, names in os.walk(self._root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                path = Path(folder, name)
                if not name.startswith(".") and self._is_own(path):
                    files[path.relative_to(self._root).as_posix()] = path
        return files

    def _is_own(self, path: Path) -> bool:
        return path.is_file() and (not path.is_symlink() or path.resolve().is_relative_to(self._root))


def _find(folder: Path, deep: int) -> list[Path]:
    if (folder / ENTRY).is_file():
        return [folder]
    if not deep:
        return []
    inner = (path for path in folder.iterdir() if not path.name.startswith(".") and not path.is_symlink())
    return [found for path in inner if path.is_dir() and os.access(path, os.R_OK) for found in _find(path, deep - 1)]
