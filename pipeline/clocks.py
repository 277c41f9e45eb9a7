"""Local times and the instants that they mean: IANA zones, the hours that a change of clocks skips or repeats.

An instant is a datetime in UTC. Where a zone's rules come from: the system's files, else the package tzdata.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pipeline.tables import nearest_name

FIRST_YEAR: Final = 2020
LAST_YEAR: Final = 2099
"""Before and after these somebody has mistyped a year."""
LOCAL_ALLOWED: Final = "a date and a time such as 2026-12-04T20:00:00, or '2026-12-04 20:00' in quotes"
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}", re.ASCII)
# Those of the system's folder that name no place, or count leap seconds.
_NO_ZONES: Final = re.compile(r"(posix|right)/.*|localtime|posixrules|Factory")
_WRITTEN: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_SECOND: Final = timedelta(seconds=1)


def find_zone(name: str) -> tzinfo:
    """Return the zone of an IANA name such as 'Europe/Berlin'. Raises ValueError that says what is allowed."""
    if _ZONE.fullmatch(name) and not _NO_ZONES.fullmatch(name):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass  # a folder of zones, such as Europe, is no file
    raise ValueError(f"the IANA name of a zone, such as 'Europe/Berlin'{nearest_name(name, available_timezones())}")


def parse_local(value: object) -> datetime:
    """Return the date and time that somebody wrote, with an offset where it has one. Raises ValueError."""
    if isinstance(value, str) and (written := _WRITTEN.fullmatch(value)):
        date, minute, second, offset = written.groups()
        try:
            value = datetime.fromisoformat(f"{date}T{minute}{second or ':00'}{offset or ''}")
        except ValueError as error:
            raise ValueError(f"{LOCAL_ALLOWED} ({error})") from None
    if not isinstance(value, datetime):
        raise ValueError(LOCAL_ALLOWED)
    if value.microsecond:
        raise ValueError(f"{LOCAL_ALLOWED}, in whole seconds")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"{LOCAL_ALLOWED}, in the years {FIRST_YEAR} to {LAST_YEAR}")
    return value


def instant_of(local: datetime, zone: tzinfo | None) -> datetime:
    """Return the instant that a written time means in a zone.

    An offset that was written decides where the clocks show a time twice, and stands for the zone where there is none.
    Raises ValueError, which says what to write instead, where neither is there, where the clocks skip the time, where
    they show it twice and nothing says which, or where the offset is not the zone's.
    """
    if zone is None:
        if local.tzinfo is None:
            raise ValueError("a time with a zone (zone = 'Europe/Berlin') or an offset (2026-12-04T20:00:00+01:00)")
        return local.astimezone(UTC)
    naive = local.replace(tzinfo=None)
    meant = _instants(naive, zone)
    if not meant:
        raise ValueError(_tell_gap(naive, zone))
    if local.tzinfo is None:
        if len(meant) > 1:
            first, second = (told_local(one, zone) for one in meant)
            raise ValueError(f"a time that clocks there show once, not twice: write {first} or {second}")
        return meant[0]
    instant = local.astimezone(UTC)
    if instant not in meant:
        known = " or ".join(told_local(one, zone) for one in meant)
        raise ValueError(f"a time with the offset of {zone}: {known}; or leave the offset out")
    return instant


def zone_of(local: datetime, zone: tzinfo | None) -> tzinfo:
    """Return the zone in which a written time is to be shown: the one given, else its own offset."""
    return zone or local.tzinfo or UTC


def zone_named(name: str) -> tzinfo:
    """Return the zone of a name as `name_of` gives it. Raises ValueError."""
    offset = re.fullmatch(r"UTC([+-])(\d\d):(\d\d)", name)
    if offset is None:
        return UTC if name == "UTC" else find_zone(name)
    shift = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    return timezone(shift if offset[1] == "+" else -shift)


def name_of(zone: tzinfo) -> str:
    """Return a zone's name: of the IANA, or UTC+01:00 of an offset."""
    return zone.key if isinstance(zone, ZoneInfo) else str(zone)


def told_local(instant: datetime, zone: tzinfo) -> str:
    """Return an instant as a zone's clocks show it, with its offset, as a calendar would write it."""
    return instant.astimezone(zone).isoformat()


def changes_within(zone: tzinfo, start: datetime, end: datetime) -> bool:
    """Tell whether a zone's clocks are changed between two instants; changes less than six hours apart cancel out."""
    step, at, offset = timedelta(hours=6), start, start.astimezone(zone).utcoffset()
    while at < end:
        at = min(end, at + step)
        if at.astimezone(zone).utcoffset() != offset:
            return True
    return False


def changes_of(zone: tzinfo, start: datetime, end: datetime) -> tuple[datetime, ...]:
    """Return the instants after `start` and up to `end` at which a zone's clocks are changed, to the second.

    Of changes that cancel out within a day, none is found.
    """
    found, at = [], start.astimezone(UTC)
    while at < end:
        later = min(end.astimezone(UTC), at + timedelta(days=1))
        before = at.astimezone(zone).utcoffset()
        if later.astimezone(zone).utcoffset() != before:
            low, high = at, later
            while high - low > _SECOND:
                middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
                low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
            found.append(high)
        at = later
    return tuple(found)


def _instants(naive: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """Return the instants at which a zone's clocks show a time: none, one or two, in their order."""
    found = {
        instant
        for fold in (0, 1)
        if (instant := naive.replace(tzinfo=zone, fold=fold).astimezone(UTC))
        .astimezone(zone)
        .replace(tzinfo=None, fold=0)
        == naive
    }
    return tuple(sorted(found))


def _tell_gap(naive: datetime, zone: tzinfo) -> str:
    """Say between which times the clocks jump over one."""
    # In a gap fold 0 counts with the offset before it, which is later in UTC than with the one after it (PEP 495).
    low, high = sorted(naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    before = low.astimezone(zone).utcoffset()
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    assert before is not None
    last, first = ((high + before).replace(tzinfo=None), high.astimezone(zone).replace(tzinfo=None))
    return (
        f"a time that clocks in {name_of(zone)} show: on {naive:%Y-%m-%d} they go from {last:%H:%M} straight to "
        f"{first:%H:%M}; write {last - timedelta(minutes=1):%H:%M} or before, or {first:%H:%M} or after"
    )
