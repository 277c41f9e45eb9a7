"""Locks between processes that the kernel frees at their holder's death, however violent: flock on a file."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def open_lock(path: Path) -> Iterator[int]:
    """Open a lock file, made where it is missing; closing it frees whatever was locked through it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield lock
    finally:
        os.close(lock)


def try_exclusive(lock: int) -> bool:
    """Take the lock for us alone, or return False at once."""
    return _try_flock(lock, fcntl.LOCK_EX)


def try_shared(lock: int) -> bool:
    """Take the lock together with others that share it, or return False at once."""
    return _try_flock(lock, fcntl.LOCK_SH)


def _try_flock(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
