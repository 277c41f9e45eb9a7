"""Where the programmes of a package begin and end, as its playlists tell players (Apple's rule 8.19)."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Final

from pipeline.playlists import DateRange, Segment
from pipeline.timebase import Span

CLASS: Final = "programme"
"""What the date ranges are of; a client's own class, which players hand on."""
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Boundary:
    """A programme of a package: a film of a block."""

    id: str
    """Its own in the package."""
    title: str
    span: Span
    """In seconds of the package."""


def with_boundaries(
    segments: Sequence[Segment], boundaries: Sequence[Boundary], *, starts: datetime = _EPOCH
) -> tuple[Segment, ...]:
    """Return the segments of a playlist, of which those tell a date that begin it or follow a discontinuity.

    Each programme is told with the last of these that begins no later. Dates are those of the package's time line from
    `starts` on: of a film that anybody plays at any time they say no more than how far in it is.
    """
    if not boundaries:
        return tuple(segments)
    return tuple(_told(segments, boundaries, starts))


def date_after(starts: datetime, seconds: Fraction) -> str:
    """Return the instant so long after another in ISO 8601, to the millisecond that has begun."""
    instant = starts.astimezone(UTC) + timedelta(milliseconds=math.floor(seconds * 1000))
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}Z"


def _told(segments: Sequence[Segment], boundaries: Sequence[Boundary], starts: datetime) -> Iterator[Segment]:
    times, at = [], Fraction(0)
    for segment in segments:
        times.append(at)
        at += segment.duration
    dated = [number for number, one in enumerate(segments) if number == 0 or one.follows_discontinuity]
    told: dict[int, list[DateRange]] = {}
    for boundary in boundaries:
        # What is heard lags what is seen by less than a picture, so that it may begin a little after its programme.
        nearest = min(dated, key=lambda number: abs(times[number] - boundary.span.start))
        told.setdefault(nearest, []).append(_date_range(boundary, starts))
    for number, segment in enumerate(segments):
        if number in dated:
            date = date_after(starts, times[number])
            segment = replace(segment, program_date_time=date, date_ranges=tuple(told.get(number, ())))
        yield segment


def _date_range(boundary: Boundary, starts: datetime) -> DateRange:
    return DateRange(
        id=boundary.id,
        start_date=date_after(starts, boundary.span.start),
        class_name=CLASS,
        duration=Fraction(math.floor(boundary.span.end * 1000) - math.floor(boundary.span.start * 1000), 1000),
        attributes=(("X-TITLE", _quotable(boundary.title) or boundary.id),),
    )


def _quotable(title: str) -> str:
    """Return a title as a quoted string may hold it, which has no escapes (RFC 8216, 4.2)."""
    shown = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in title)
    return " ".join(shown.split()).replace('"', "”")
