"""Do several jobs at once, each in a thread: the first that fails stops the others, and every ffmpeg of theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Final, TypeVar

from pipeline.shell.ffmpeg import stop_all
from pipeline.shell.machine import count_processors, memory_bytes

_MOST: Final = 8  # each decodes its film and holds some hundred megabytes
# Of all pictures that an encode of several holds for its decoder, encoders and scores: x264 at "slow" 240 to 260 of the
# renditions' pixels (seven up to 1280×720, nine up to 1920×1080), trials 350 (1280×720).
_BYTES_PER_PIXEL: Final = 350
_Result = TypeVar("_Result")


def count_jobs(*, encodes: int = 1, pixels: int = 0) -> int:
    """Return how many jobs run at once, so that each core has one of the `encodes` that keep a job busy.

    Jobs whose pictures have so many `pixels` in all take no more than half of the machine's memory together.
    """
    fitting = memory_bytes() // 2 // (pixels * _BYTES_PER_PIXEL) if pixels else _MOST
    return max(1, min(_MOST, -(-count_processors() // encodes), fitting))


def do_at_once(jobs: Sequence[Callable[[], _Result]], *, most: int, name: str) -> tuple[_Result, ...]:
    """Return what jobs return, in their order, at `most` so many at a time; `name` is that of their threads.

    Raises what the first job to fail raised.
    """
    with ThreadPoolExecutor(max_workers=most, thread_name_prefix=name) as pool:
        running = [pool.submit(job) for job in jobs]
        try:
            for future in as_completed(running):
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_all()
            raise
        return tuple(future.result() for future in running)
