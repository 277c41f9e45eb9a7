"""Turn the many steps of one job's progress into a few log lines."""

from __future__ import annotations

import time
from collections.abc import Callable

_EVERY_S = 5.0


class ProgressLines:
    """Say how far one job has come, at most every few seconds, and never the same percentage twice."""

    def __init__(self, name: str, say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._say = say
        self._clock = clock
        self._told_at = clock()
        self._told = 0

    def __call__(self, fraction: float, speed: float | None) -> None:
        """Take the done part of the job, 0 to 1, and how many times faster than real time it goes."""
        percent = int(fraction * 100)
        now = self._clock()
        if percent <= self._told or now - self._told_at < _EVERY_S:
            return
        self._told, self._told_at = percent, now
        pace = f" at {speed:.1f} times real time" if speed is not None else ""
        self._say(f"{self._name}: {percent} %{pace}")
