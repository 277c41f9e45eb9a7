"""Whether somebody has a file open to write to it, as far as that can be known on this machine."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Final, Literal

from pipeline.spelling import brief

_F_SETLEASE: Final = getattr(fcntl, "F_SETLEASE", None)
_ACCESS: Final = os.O_RDONLY | os.O_WRONLY | os.O_RDWR


def who_writes(path: Path) -> str | None:
    """Return who has a file open to write, as people read it; None where nobody has, or nobody is known to.

    Linux gives a lease for reading only to a file that nobody has open to write, whoever it is; that costs two system
    calls, but is had only for one's own files on disks of this machine. Otherwise the open files of one's own
    processes are looked through, which is all that may be looked at. Writers on other machines are not seen.
    """
    answer = _by_lease(path)
    if answer == "nobody":
        return None
    found = _by_processes(path)
    return found or ("another program" if answer == "somebody" else None)


def _by_lease(path: Path) -> Literal["nobody", "somebody", "unknown"]:
    if _F_SETLEASE is None:
        return "unknown"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return "unknown"
    try:
        # Whoever opens it to write meanwhile waits until the lease is given back, some microseconds; we would be told
        # by SIGIO, which `checking` ignores, since it would end us.
        fcntl.fcntl(descriptor, _F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, _F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return "somebody" if error.errno == errno.EAGAIN else "unknown"
    finally:
        os.close(descriptor)
    return "nobody"


def _by_processes(path: Path) -> str | None:
    try:
        wanted = path.stat()
        own = os.getuid()
        # The directory's owner is the process's user.
        processes = [entry for entry in os.scandir("/proc") if entry.name.isdigit() and entry.stat().st_uid == own]
    except OSError:
        return None
    for process in processes:
        if int(process.name) != os.getpid() and _has_open(process.path, wanted):
            return f"{_named(process.path)} (process {process.name})"
    return None


def _has_open(process: str, wanted: os.stat_result) -> bool:
    try:
        with os.scandir(f"{process}/fd") as descriptors:
            return any(_is_same(one, wanted) and _is_to_write(process, one.name) for one in descriptors)
    except OSError:
        return False


def _is_same(descriptor: os.DirEntry[str], wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(descriptor.stat(), wanted)
    except OSError:
        return False


def _is_to_write(process: str, descriptor: str) -> bool:
    try:
        lines = Path(f"{process}/fdinfo/{descriptor}").read_text().splitlines()
    except OSError:
        return False
    flags = next((int(line.split()[1], 8) for line in lines if line.startswith("flags:")), 0)
    return flags & _ACCESS != os.O_RDONLY


def _named(process: str) -> str:
    try:
        return brief(Path(f"{process}/comm").read_text().strip())
    except OSError:
        return "another program"
