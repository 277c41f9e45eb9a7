"""Turn the many steps of one job's progress into a few log lines."""

from __future__ import annotations

import time
from collections.abc import Callable

_SETTLED_S = 5.0
"""Before, an estimate of the time left is noise, and a short job needs no lines at all."""
_STEP_PERCENT = 10
_LONGEST_SILENCE_S = 60.0


class ProgressLines:
    """Say how far one job has come at every tenth of it, and every minute where a tenth takes longer."""

    def __init__(self, name: str, say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._say = say
        self._clock = clock
        self._started = self._told_at = clock()
        self._told_percent = 0

    def __call__(self, fraction: float, _speed: float | None = None) -> None:
        """Take the share of the job that is done, 0 to 1; its end is told by whoever started it."""
        now = self._clock()
        percent = round(fraction * 100)
        silent_for = now - self._told_at
        due = percent - self._told_percent >= _STEP_PERCENT or silent_for >= _LONGEST_SILENCE_S
        if not due or not 0 < percent < 100 or silent_for < _SETTLED_S:
            return
        self._told_percent, self._told_at = percent, now
        left = (now - self._started) * (1 - fraction) / fraction
        self._say(f"{self._name}: {percent} %, about {_describe_time(left)} left")


def _describe_time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds <= 100 else f"{seconds / 60:.0f} min"
