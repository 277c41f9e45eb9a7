"""Folders for what nobody keeps: gone with their work or, where that was killed, with the next that needs one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PREFIX: Final = "matinee-scratch-"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give an empty folder in the system's place for temporary files (TMPDIR moves it). Raises OSError.

    Whoever has one holds its lock, which the kernel frees at death: those that nobody holds are cleared away.
    """
    root = Path(tempfile.gettempdir())
    _clear_left(root)
    folder, descriptor = _made(root)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _made(root: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
        # Another run may clear it away before it is locked.
        with contextlib.suppress(FileNotFoundError):
            descriptor = _open(folder)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if folder.is_dir():
                return folder, descriptor
            os.close(descriptor)


def _clear_left(root: Path) -> None:
    """Remove our own folders that nobody holds."""
    for folder in root.glob(f"{_PREFIX}*"):
        # Somebody else's, or gone meanwhile, or held.
        with contextlib.suppress(OSError):
            if folder.lstat().st_uid != os.geteuid():
                continue
            descriptor = _open(folder)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
