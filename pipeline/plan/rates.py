"""Bit rates as HLS means them, from the bytes of segments."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

Weighed = tuple[int, Fraction]
"""Bytes and seconds of a segment."""


def average_rate(segments: Sequence[Weighed]) -> int:
    """Return the bits per second of a row of segments, rounded up."""
    seconds = sum((duration for _, duration in segments), Fraction(0))
    return (sum(size for size, _ in segments) * 8 / seconds).__ceil__()


def peak_rate(segments: Sequence[Weighed], target_s: int) -> int:
    """Return the highest bits per second of neighbouring segments that last 0.5 to 1.5 times the target duration.

    Those of a whole rendition where no such row is that long (RFC 8216, 4.1).
    """
    least, most = Fraction(target_s, 2), Fraction(3 * target_s, 2)
    highest = Fraction(0)
    for first in range(len(segments)):
        size, seconds = 0, Fraction(0)
        for more, duration in segments[first:]:
            size, seconds = size + more, seconds + duration
            if seconds > most:
                break
            if seconds >= least:
                highest = max(highest, size * 8 / seconds)
    return highest.__ceil__() if highest else average_rate(segments)
