"""Whether the places that a run began with are still there: a drive that goes away leaves an empty folder in its place.

What is made there anew would lie on another disk, where nobody looks once the drive is back.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_GONE: Final = "what was there when the run began has gone"
_lock: Final = threading.Lock()
_places: Final[list[_Place]] = []
"""Of the runs of this process."""


@dataclass(frozen=True)
class _Place:
    path: str
    device: int
    inode: int


@contextlib.contextmanager
def staying(*paths: Path) -> Iterator[None]:
    """Have `check_there` refuse what is below these paths once they are no longer what they are now.

    Of one that is still to be made, it is the folder above that has to stay.
    """
    found = [_standing(path.absolute()) for path in paths]
    with _lock:
        _places.extend(found)
    try:
        yield
    finally:
        with _lock:
            for one in found:
                _places.remove(one)


def check_there(path: Path) -> None:
    """Raise OSError (ENODEV) where the place that a run of ours has a path in is not the one that it began with."""
    text = os.fspath(path)
    with _lock:
        above = [one for one in _places if text == one.path or text.startswith(f"{one.path}/")]
    for one in above:
        try:
            status = os.stat(one.path)  # noqa: PTH116 - text, as it was remembered
        except FileNotFoundError:
            raise OSError(errno.ENODEV, _GONE, one.path) from None
        if (status.st_dev, status.st_ino) != (one.device, one.inode):
            raise OSError(errno.ENODEV, _GONE, one.path)


def _standing(path: Path) -> _Place:
    for place in (path, *path.parents):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            status = place.stat()
            return _Place(os.fspath(place), status.st_dev, status.st_ino)
    raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))
