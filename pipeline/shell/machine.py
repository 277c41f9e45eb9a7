"""What this machine has for us: processors and memory, of which a container or whoever started us may give less."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_GROUP_LIMITS: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def count_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_bytes() -> int:
    """Return the bytes of memory of the machine, or of the container where that is given less."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in _GROUP_LIMITS:
        try:
            whole = min(whole, int(path.read_text()))
        except (OSError, ValueError):  # "max", or no such file
            continue
    return whole
