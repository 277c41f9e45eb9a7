"""Moments of a film as people write them, timecode, clock time or seconds, and as exact seconds since its start."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final

from pydantic import PlainValidator

from pipeline.tables import parse_exact
from pipeline.timebase import FrameRate, parse_seconds, parse_timecode

MOMENT_ALLOWED: Final = "timecode '00:01:02:03', clock time '1:02:03.5' or seconds such as 62.5"
TIMECODE: Final = re.compile(r"\d{1,3}:[0-5]\d:[0-5]\d[:;]\d{2,3}\Z", re.ASCII)
_CLOCK: Final = re.compile(r"(\d{1,3}:)?[0-5]?\d:[0-5]\d(\.\d{1,9})?\Z", re.ASCII)


def _check_moment(value: Any) -> str | int | Decimal:
    if isinstance(value, str) and (TIMECODE.match(value) or _CLOCK.match(value)):
        return value
    try:
        exact = parse_exact(value)
    except ValueError:
        raise ValueError(MOMENT_ALLOWED) from None
    if not 0 <= exact < 360_000:
        raise ValueError(f"{MOMENT_ALLOWED}, from 0 up to 100 hours")
    return value  # type: ignore[no-any-return]  # parse_exact takes nothing but these three


Moment = Annotated[str | int | Decimal, PlainValidator(_check_moment)]


def time_of(moment: Moment, *, timecode_start: str | None, rate: FrameRate) -> Fraction:
    """Return a moment in exact seconds since the first picture, whose timecode is `timecode_start` (None: 0).

    Raises ValueError, which says what is allowed, for timecode that the rate does not have or that lies before it.
    """
    if not isinstance(moment, str):
        return parse_exact(moment)
    if not TIMECODE.match(moment):
        return parse_seconds(moment)
    first = parse_timecode(timecode_start, rate) if timecode_start else 0
    frame = parse_timecode(moment, rate) - first
    if frame < 0:
        raise ValueError(f"it should not be before the first picture (timecode_start {timecode_start})")
    return rate.time_of(frame)
