"""How many files this process may have open: as many as the system lets it, since long films are many segments."""

from __future__ import annotations

import contextlib
import resource
from typing import Final

_ENOUGH: Final = 8192
"""More would only make programs slow that look at each number."""


def allow_open_files() -> None:
    """Raise our own limit of open files, which shells and services often set to 1024, as far as anybody may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(_ENOUGH, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        # Some systems have a lower limit than they tell.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
