"""Patterns for stretches of seconds: which the clock of a server, printed in digits, matches from opening to closing.

Servers compare texts with patterns, and do no arithmetic; so many digits long, numbers are in the order of their texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

FIRST: Final = 10**9
"""9 September 2001: the first second of ten digits since 1970."""
END: Final = 10**10
"""20 November 2286: the first that has eleven."""


def seconds_pattern(start: int, end: int) -> str:
    """Return a regular expression for the ten digits of every second in [start, end), and for nothing else.

    Raises ValueError where there is none between them, or seconds outside of 2001 to 2286.
    """
    if not FIRST <= start < end <= END:
        raise ValueError(f"seconds from {FIRST} up to {END}, not {start} to {end}")
    return "|".join(_blocks(start, end))


def _blocks(start: int, end: int) -> Iterator[str]:
    """Yield patterns of a few leading digits, one digit of a range, and any digits after it."""
    while start < end:
        size, free = 1, 0
        while start % (size * 10) == 0 and start + size * 10 <= end:
            size, free = size * 10, free + 1
        digit = start // size % 10
        count = min(10 - digit, (end - start) // size)
        last = digit + count - 1
        leading = start // (size * 10) if start >= size * 10 else ""
        one = str(digit) if count == 1 else f"[{digit}-{last}]"
        rest = "" if free == 0 else "[0-9]" if free == 1 else f"[0-9]{{{free}}}"
        yield f"{leading}{one}{rest}"
        start += count * size
