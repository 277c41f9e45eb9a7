"""Several requests to a target at once, each in a thread: the first that fails keeps others from beginning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Final, TypeVar

_AT_ONCE: Final = 8
_Result = TypeVar("_Result")


def do_all(jobs: Sequence[Callable[[], _Result]]) -> tuple[_Result, ...]:
    """Return what jobs return, in their order. Raises what the first to fail raised."""
    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="publish") as pool:
        running = [pool.submit(job) for job in jobs]
        try:
            for future in as_completed(running):
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return tuple(future.result() for future in running)
