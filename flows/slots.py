"""Bound how many analyses and encodes run at once on this machine, over all runs: one lock per slot."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from flows.locks import open_lock, try_exclusive
from flows.settings import count_heavy_jobs, find_prefect_home

_POLL_S = 0.2


@contextlib.contextmanager
def occupy_slot(most: int | None = None) -> Iterator[None]:
    """Wait for a free slot and hold it: one of the first, where only so many jobs of a kind may run at once."""
    slots = find_prefect_home() / "slots"
    with contextlib.ExitStack() as opened:
        count = count_heavy_jobs() if most is None else min(most, count_heavy_jobs())
        locks = [opened.enter_context(open_lock(slots / f"{n}.lock")) for n in range(count)]
        while not any(try_exclusive(lock) for lock in locks):
            time.sleep(_POLL_S)
        yield
