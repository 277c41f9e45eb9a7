"""Bit rates as RFC 8216 counts them (4.1): the peak over runs of segments of about a target duration, the average."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.timebase import whole_microseconds

_MICROSECOND: Final = 1_000_000
_RUN_MAX: Final = 1000
"""Segments in one run: hostile ones of no length would make all runs endless."""


@dataclass(frozen=True)
class Rates:
    """Bits per second."""

    peak: Fraction
    average: Fraction


def measure_rates(segments: Sequence[tuple[int, Fraction]], *, target: int) -> Rates | None:
    """Return the rates of segments of so many bits and seconds; None where they last no time.

    The peak is that of the run with the most bits for its time, of all that last from half to one and a half times the
    target duration. Where no run does, which takes less than half of it in all, the peak is the average.
    """
    # Rounded as playlists tell them, so that what is planned and what is read of it come to the same runs.
    told = whole_microseconds(seconds for _, seconds in segments)
    timed = [(bits, duration) for (bits, _), duration in zip(segments, told, strict=True)]
    total = sum(time for _, time in timed)
    if not total:
        return None
    average = Fraction(sum(bits for bits, _ in timed) * _MICROSECOND, total)
    peak = _find_peak(timed, shortest=target * _MICROSECOND // 2, longest=target * _MICROSECOND * 3 // 2)
    return Rates(average if peak is None else peak, average)


def kbps(rate: Fraction) -> str:
    """Return a rate for people."""
    return f"{float(rate) / 1000:.1f} kb/s"


def _find_peak(timed: Sequence[tuple[int, int]], *, shortest: int, longest: int) -> Fraction | None:
    best: tuple[int, int] | None = None
    for first in range(len(timed)):
        bits = time = 0
        for size, duration in timed[first : first + _RUN_MAX]:
            bits, time = bits + size, time + duration
            if time > longest:
                break
            if time and time >= shortest and (best is None or bits * best[1] > best[0] * time):
                best = bits, time
    return None if best is None else Fraction(best[0] * _MICROSECOND, best[1])
