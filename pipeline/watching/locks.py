"""Who watches: one lock for each watched folder and one for each watcher, which the kernel frees at its death."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import InputError, StoreError
from pipeline.spelling import spelled


@contextlib.contextmanager
def alone_at(root: Path, folder: Path) -> Iterator[None]:
    """Hold the right to watch a folder on this machine; `folder` is where locks lie. Raises InputError."""
    # However it is called: a link to it is no other folder.
    name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:32]
    descriptor = _open(folder / f"{name}.folder")
    try:
        if not _lock(descriptor, fcntl.LOCK_EX):
            pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise InputError(
                f"{spelled(str(root))} is being watched already, by process {pid}.",
                remedy="One watch does for a folder and all below it; matinee watch status tells how it goes.",
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def own_name(folder: Path) -> Iterator[str]:
    """Yield a name that nobody else has, which is alive for as long as this lasts."""
    name = uuid.uuid4().hex
    path = folder / f"{name}.owner"
    descriptor = _open(path)
    try:
        _lock(descriptor, fcntl.LOCK_EX)
        yield name
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def is_alive(name: str, folder: Path) -> bool:
    """Tell whether whoever had a name is still there; what one that was killed left is cleared away."""
    path = folder / f"{name}.owner"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if not _lock(descriptor, fcntl.LOCK_EX):
            return True
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(
            f"{path.parent} cannot be written ({error.strerror}).",
            remedy="Check the disk and the folder's permissions.",
        ) from error


def _lock(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
