"""Times on a run sheet: as the clocks of the place show them, with the day and the change of clocks between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from pipeline.plan.sheet_words import SheetWords


@dataclass(frozen=True)
class Moment:
    """A time as a clock shows it, or since the block's start where nobody said when that is."""

    minute: str
    """20:04, or 0:04 since the start."""
    second: str
    """:32."""
    day: str = ""
    """'Sat 28 Nov', where it is another than on the row before."""
    zone: str = ""
    """'CET', where clocks were changed since the row before."""


class SheetClocks:
    """Tell times in order, and a day and a change of clocks where one comes between them."""

    def __init__(self, start: datetime | None, words: SheetWords) -> None:
        self._start = start
        self._words = words
        self._day = None if start is None else start.date()
        self._offset = None if start is None else start.utcoffset()

    @property
    def counts(self) -> bool:
        """Whether times are counted from the block's start."""
        return self._start is None

    def at(self, seconds: Fraction) -> Moment:
        """Return the moment at so many seconds since the block's start, rounded down to whole ones."""
        local = self._local(seconds)
        if local is None:
            return self.alone(seconds)
        day = _day_in_brief(local.date(), self._words) if local.date() != self._day else ""
        zone = local.tzname() or "" if local.utcoffset() != self._offset else ""
        self._day, self._offset = local.date(), local.utcoffset()
        told = self._words.clocks.format(zone=zone) if zone else ""
        return replace(self.alone(seconds), day=day, zone=told)

    def alone(self, seconds: Fraction) -> Moment:
        """Return the moment without what came between, which the next row tells."""
        local = self._local(seconds)
        if local is not None:
            return Moment(local.strftime("%H:%M"), local.strftime(":%S"))
        sign, whole = "−" if seconds < 0 else "", abs(seconds.__floor__())
        return Moment(f"{sign}{whole // 3600}:{whole // 60 % 60:02}", f":{whole % 60:02}")

    def until(self, seconds: Fraction) -> Moment:
        """Return the moment at which something ends, with the zone where clocks are changed before it does."""
        local = self._local(seconds)
        is_other = local is not None and local.utcoffset() != self._offset
        zone = self._words.clocks.format(zone=local.tzname()) if local is not None and is_other else ""
        return replace(self.alone(seconds), zone=zone)

    def _local(self, seconds: Fraction) -> datetime | None:
        if self._start is None:
            return None
        # Through UTC: across a change of clocks, local times do not add up.
        instant = self._start.astimezone(UTC) + timedelta(seconds=seconds.__floor__())
        return instant.astimezone(self._start.tzinfo)


def day_in_full(day: date, words: SheetWords) -> str:
    """Return a day as a sheet's language writes it: 'Friday, 27 November 2026'."""
    from babel.dates import format_date

    return format_date(day, "full", locale=locale_of(words))


def _day_in_brief(day: date, words: SheetWords) -> str:
    from babel.dates import format_skeleton

    # MMMEd: CLDR's name for weekday, day and month, all short.
    return format_skeleton("MMMEd", datetime(day.year, day.month, day.day, tzinfo=UTC), locale=locale_of(words))


def locale_of(words: SheetWords) -> str:
    """Return the locale in which a sheet writes days and numbers."""
    return "en_GB" if words.language == "en" else words.language
