"""Locks among the runs of this machine for a target that has none: files in the store, freed by the kernel at death."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator

from pipeline.errors import StoreError
from pipeline.shell.home import find_home
from pipeline.shell.targets.interface import Busy
from pipeline.spelling import spelled


@contextlib.contextmanager
def machine_lock(where: str, purpose: str, operation: int) -> Iterator[None]:
    """Hold one of a target's locks. Raises Busy where it is not to be waited for, and StoreError."""
    folder = find_home().store / ".targets"
    name = f"{hashlib.sha256(where.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.{purpose}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be written ({error.strerror}).", remedy="Check the disk and the folder's permissions."
        ) from error
    try:
        with contextlib.suppress(OSError):
            lock(descriptor, operation, where)
        yield
    finally:
        os.close(descriptor)


def lock(descriptor: int, operation: int, where: str) -> None:
    """Lock an open file. Raises Busy where somebody has it and it is not to be waited for, and OSError."""
    try:
        fcntl.flock(descriptor, operation)
    except BlockingIOError:
        raise Busy(f"Another run is publishing at {spelled(where)}.", remedy="Try again when it has ended.") from None
