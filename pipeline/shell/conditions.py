"""What of a machine stands in the way of writing or reading, by the system's number for it, and what a person does."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from typing import Final

_FREE: Final = "Free some space (matinee gc tells how much it can) or {elsewhere}."
_PERMIT: Final = "Check the permissions of the folder or {elsewhere}."
_CONNECT: Final = "The drive does not answer: connect it again, or {elsewhere}."
_FEWER: Final = "Too many files are open: raise the limit (ulimit -n 4096), and run it again."
_REMEDIES: Final[Mapping[int, str]] = {
    errno.ENOSPC: _FREE,
    errno.EDQUOT: _FREE,
    # FAT32, which is on most sticks, has no file of more than 4 GB; ulimit -f sets a limit, too.
    errno.EFBIG: "This disk, or a limit that somebody set, takes no file so large: {elsewhere}.",
    errno.EROFS: "The disk is mounted read-only: mount it for writing, or {elsewhere}.",
    errno.EACCES: _PERMIT,
    errno.EPERM: _PERMIT,
    errno.EIO: _CONNECT,
    errno.ESTALE: _CONNECT,
    errno.ENODEV: _CONNECT,
    errno.ENXIO: _CONNECT,
    errno.ENOTCONN: _CONNECT,
    errno.ETIMEDOUT: _CONNECT,
    errno.ENETDOWN: _CONNECT,
    errno.ENETUNREACH: _CONNECT,
    errno.EHOSTDOWN: _CONNECT,
    errno.EHOSTUNREACH: _CONNECT,
    errno.EMFILE: _FEWER,
    errno.ENFILE: _FEWER,
}
FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""A disk that takes no more, or no more of one file."""
_GONE: Final = tuple(code for code, remedy in _REMEDIES.items() if remedy is _CONNECT)
_DEMUXING: Final = re.compile(r"Error during demuxing: (.+)")
READ_ONLY: Final = (errno.EROFS, errno.EACCES, errno.EPERM)
"""A place that may not be written to."""


def is_condition(error: OSError) -> bool:
    """Tell whether the machine is in the way, which a person can mend, rather than a fault of ours."""
    return error.errno in _REMEDIES


def is_out_of_reach(error: OSError) -> bool:
    """Tell whether a drive does not answer, which may be over later."""
    return error.errno in _GONE


def remedy_of(error: OSError, *, elsewhere: str, otherwise: str) -> str:
    """Return what to do; `elsewhere` is how to name another place, `otherwise` the answer where nothing is known."""
    known = _REMEDIES.get(error.errno or 0)
    return otherwise if known is None else known.format(elsewhere=elsewhere)


def condition_in(text: str) -> OSError | None:
    """Return the condition that a program's last words name, as ffmpeg writes the system's own words for it."""
    return next((OSError(code, os.strerror(code)) for code in (*FULL, *READ_ONLY) if os.strerror(code) in text), None)


def unreadable_in(text: str) -> OSError | None:
    """Return why ffmpeg read a file only in part, in its own words, where that is no fault of the file.

    It ends as if all was well then, so that what it made is too short.
    """
    told = [words.strip() for words in _DEMUXING.findall(text)]
    return next((OSError(code, os.strerror(code)) for code in _GONE if os.strerror(code) in told), None)
