"""A block and its evening as a calendar file (iCalendar, RFC 5545): an event for each, and the rules of their zone."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from pipeline.clocks import changes_of
from pipeline.errors import PlanError
from pipeline.plan.evening import Evening
from pipeline.plan.run_sheet import shown, told_length
from pipeline.plan.running_order import RunningOrder
from pipeline.plan.sheet_words import sheet_words
from pipeline.timebase import Span

if TYPE_CHECKING:
    from icalendar import Calendar, Event, Timezone

_PRODUCT: Final = "-//Matinee//Matinee//EN"


def block_calendar(
    order: RunningOrder,
    *,
    start: datetime | None,
    venue: str = "",
    evening: Evening | None = None,
    language: str | None = None,
) -> str:
    """Return the text of a block's calendar file, lines ended by CR LF.

    An event keeps its UID when the hour moves, so that a calendar moves it; another title, venue or day is another
    event, since a block that tours plays twice. Raises PlanError without a start.
    """
    from icalendar import Calendar

    if start is None:
        raise PlanError(
            f"The block “{shown(order.title)}” cannot be put into a calendar: nothing says when it begins.",
            remedy="Set `starts` and `zone` in the block's file.",
            field="starts",
        )
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if _is_named(start):
        calendar.add_component(_zone(start))
    seen: Counter[tuple[str, str]] = Counter()
    for kind, title, when, told in _events(order, evening, language):
        seen[kind, title] += 1
        identity = f"{seen[kind, title]}\n{kind}\n{title}"
        calendar.add_component(_event(identity, order, start, venue, title, when, told))
    return _text(calendar)


def _is_named(start: datetime) -> bool:
    return isinstance(start.tzinfo, ZoneInfo) and start.tzinfo.key != "UTC"


def _zone(start: datetime) -> Timezone:
    """Return the rules of the start's zone, a year back and a year on: each change of clocks by itself.

    By hand, since the library's own (7.3) writes the hour after the clocks go forward for the one before, in which
    RFC 5545 (3.6.5) says that a change is written.
    """
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    zone = start.tzinfo
    assert isinstance(zone, ZoneInfo)
    first, last = datetime(start.year - 1, 1, 1, tzinfo=UTC), datetime(start.year + 2, 1, 1, tzinfo=UTC)
    rules = Timezone()
    rules.add("tzid", zone.key)
    for at in (first, *changes_of(zone, first, last)):
        local, before = at.astimezone(zone), (at - timedelta(seconds=1)).astimezone(zone).utcoffset()
        assert before is not None
        rule = TimezoneDaylight() if local.dst() else TimezoneStandard()
        rule.add("dtstart", (at + before).replace(tzinfo=None))
        rule.add("tzoffsetfrom", before)
        rule.add("tzoffsetto", local.utcoffset())
        rule.add("tzname", local.tzname() or zone.key)
        rules.add_component(rule)
    return rules


def _text(calendar: Calendar) -> str:
    text: str = calendar.to_ical(sorted=True).decode()
    return text


def _events(
    order: RunningOrder, evening: Evening | None, language: str | None
) -> list[tuple[str, str, Span, Sequence[str]]]:
    """Return kind, title, span and description of each event: the block, then what happens around it."""
    words, name = sheet_words(language), shown(order.title)
    films = [f"{shown(item.title)} ({told_length(item.span.duration)})" for item in order.films]
    events: list[tuple[str, str, Span, Sequence[str]]] = [("block", name, Span(Fraction(0), order.duration), films)]
    for one in () if evening is None else evening.happenings:
        if one.what != "block":
            title = f"{shown(one.title) or words.of_kind(one.what)} – {name}"
            events.append((one.what, title, one.span, tuple(filter(None, (shown(one.who), shown(one.note))))))
    return events


def _event(
    identity: str,
    order: RunningOrder,
    start: datetime,
    venue: str,
    title: str,
    when: Span,
    told: Sequence[str],
) -> Event:
    from icalendar import Event

    about = (order.title, venue, start.date().isoformat(), identity)
    begins = start.astimezone(UTC) + timedelta(seconds=when.start.__floor__())
    event = Event()
    event.add("uid", f"{hashlib.sha256(chr(10).join(about).encode('utf-8', 'surrogatepass')).hexdigest()[:40]}@matinee")
    # When this was said: calendars ask only which of two is newer, and the start makes the same block the same file.
    event.add("dtstamp", start.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", _written(begins, start))
    # A length and no end: across a change of clocks, or where they show an hour twice, it says what an end does not.
    # It ends in the second in which the run sheet says that it does.
    event.add("duration", timedelta(seconds=when.end.__floor__() - when.start.__floor__()))
    event.add("summary", title)
    if told:
        event.add("description", "\n".join(told))
    if shown(venue):
        event.add("location", shown(venue))
    return event


def _written(instant: datetime, start: datetime) -> datetime:
    """Return an instant in the block's zone; in UTC where its clocks show that time a second time, or it has no name.

    Of a time that is shown twice, calendars take the first (RFC 5545, 3.3.5).
    """
    if not _is_named(start):
        return instant
    local = instant.astimezone(start.tzinfo)
    return instant if local.fold else local
