"""What a calendar means: windows between exact instants, each of one edition, and which countries each region has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

from pipeline.calendar import Access, Calendar, Drop, Hold, calendar_error
from pipeline.clocks import find_zone, instant_of, name_of, told_local, zone_named, zone_of
from pipeline.tables import Problem, nearest_name, show_value

EVERYBODY: Final = ""
"""The region of those whom no other has: the film as it is without one."""
_NO_PREMIERE: Final = (
    'it should be left out where hold = "edge": nginx cannot move playlists on by itself. Or leave out hold; then a '
    "machine has to be awake for as long as the film is"
)


@dataclass(frozen=True, order=True)
class Window:
    """The stretch [opens, closes) in which one edition is open; instants are in UTC."""

    opens: datetime
    closes: datetime
    region: str
    edition: str
    zone: str
    """Whose clocks it was written by, as `clocks.zone_named` reads it."""
    upload_from: datetime
    exclusive_until: datetime | None = None
    premiere: bool = False
    """Whether everybody watches together from the opening on."""

    @property
    def id(self) -> str:
        """What tells this window from every other of its edition."""
        return f"{self.edition}@{self.opens:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def clocks(self) -> tzinfo:
        """The zone in which its times are told."""
        return zone_named(self.zone)


@dataclass(frozen=True)
class Schedule:
    """All windows of one film, by when they open, and what holds for all of them."""

    film: str
    address: str
    hold: Hold
    access: Access
    windows: tuple[Window, ...]
    countries: tuple[tuple[str, tuple[str, ...]], ...]
    """Region by region, by name; of everybody, and of a region whose countries are not known, none."""
    closed_page: str | None = None
    elsewhere_page: str | None = None

    @property
    def editions(self) -> tuple[tuple[str, str], ...]:
        """Each region that opens with its edition, by region."""
        return tuple(sorted({(one.region, one.edition) for one in self.windows}))


@dataclass(frozen=True)
class _Meant:
    """A window and the drop that it is of."""

    window: Window
    drop: int


def plan_schedule(calendar: Calendar, *, path: Path, countries: Mapping[str, Sequence[str]] | None = None) -> Schedule:
    """Return the windows of a calendar, whatever the order of its drops.

    `countries` are those of the regions that presets know, by id. Raises ProjectError that tells every time that does
    not exist, every overlap, and every country that two regions claim; `path` is the calendar's.
    """
    problems: list[Problem] = []
    meant: list[_Meant] = []
    for number, drop in enumerate(calendar.drops):
        found = _windows(calendar, drop, number, path)
        problems += (one for one in found if isinstance(one, Problem))
        meant += (_Meant(one, number) for one in found if isinstance(one, Window))
    problems += _overlaps(meant, calendar, path)
    problems += _intrusions(meant, calendar, path)
    claimed = {region: tuple((countries or {}).get(region, ())) for region in calendar.regions}
    claimed |= {region: named for region, named in calendar.countries.items() if region in claimed}
    problems += _claims(claimed, calendar, path)
    problems += _idle_pages(calendar, path)
    if problems:
        raise calendar_error(problems)
    return Schedule(
        film=calendar.film,
        address=calendar.address,
        hold=calendar.hold,
        access=calendar.access,
        windows=tuple(sorted(one.window for one in meant)),
        countries=tuple((region, tuple(sorted(named))) for region, named in sorted(claimed.items())),
        closed_page=calendar.closed_page or _own_page(calendar, "closed"),
        elsewhere_page=calendar.elsewhere_page or _own_page(calendar, "elsewhere"),
    )


def edition_name(film: str, region: str) -> str:
    """Return what a film's edition for a region is called."""
    return film if region == EVERYBODY else f"{film}-{region}"


def standing_page_name(film: str, state: Literal["closed", "elsewhere"]) -> str:
    """Return the name of the page that viewers see who come when a film is closed, or from where it never opens."""
    return f"{state}-{film}.html"


def told_region(region: str) -> str:
    """Return a region as a sentence names it."""
    return region or "everybody else"


def _windows(calendar: Calendar, drop: Drop, number: int, path: Path) -> tuple[Window | Problem, ...]:
    named = drop.zone or calendar.zone
    zone = None if named is None else find_zone(named)
    place = f"drops.{number}"
    try:
        opens = instant_of(drop.opens, zone)
    except ValueError as error:
        return (Problem(str(path), f"{place}.opens", show_value(drop.opens), f"it should be {error}"),)
    hours = drop.hours or calendar.hours
    closes = opens + timedelta(seconds=int(hours * 3600))
    exclusive_until = None
    if drop.exclusive_until is not None:
        where = f"{place}.exclusive_until"
        try:
            exclusive_until = instant_of(drop.exclusive_until, zone)
        except ValueError as error:
            return (Problem(str(path), where, show_value(drop.exclusive_until), f"it should be {error}"),)
        if not opens < exclusive_until <= closes:
            clocks = zone_of(drop.opens, zone)
            allowed = f"it should be after {told_local(opens, clocks)} and up to {told_local(closes, clocks)}"
            return (Problem(str(path), where, show_value(drop.exclusive_until), allowed),)
    twice = sorted({region for region in drop.regions if drop.regions.count(region) > 1})
    if drop.premiere and calendar.hold == "edge":
        return (Problem(str(path), f"{place}.premiere", "true", _NO_PREMIERE),)
    if twice:
        told = f"it should name each region once, and names {', '.join(twice)} again"
        return (Problem(str(path), f"{place}.regions", show_value(drop.regions), told),)
    return tuple(
        Window(
            opens=opens,
            closes=closes,
            region=region,
            edition=edition_name(calendar.film, region),
            zone=name_of(zone_of(drop.opens, zone)),
            upload_from=opens - timedelta(seconds=int(calendar.upload_hours * 3600)),
            exclusive_until=exclusive_until,
            premiere=drop.premiere,
        )
        for region in drop.regions or (EVERYBODY,)
    )


def _overlaps(meant: Sequence[_Meant], calendar: Calendar, path: Path) -> Iterator[Problem]:
    """Yield a problem for each window that opens while another of its region is open."""
    by_region: dict[str, list[_Meant]] = {}
    for one in meant:
        by_region.setdefault(one.window.region, []).append(one)
    for region, own in sorted(by_region.items()):
        own.sort(key=lambda one: (one.window.opens, one.window.closes, one.drop))
        for before, after in pairwise(own):
            if after.window.opens < before.window.closes:
                late, other = (after, before) if after.drop > before.drop else (before, after)
                yield Problem(
                    str(path),
                    f"drops.{late.drop}.opens",
                    show_value(calendar.drops[late.drop].opens),
                    f"{told_region(region)} is open from {_told(other.window)} by another drop; a region's windows "
                    "should not overlap",
                )


def _intrusions(meant: Sequence[_Meant], calendar: Calendar, path: Path) -> Iterator[Problem]:
    """Yield a problem for each drop that promises to be alone and is not; the windows of one drop open at once."""
    drops = list({one.drop: one for one in reversed(meant)}.values())
    for one in sorted(drops, key=lambda each: each.drop):
        until = one.window.exclusive_until
        meanwhile = (
            other
            for other in drops
            if until is not None
            and other.drop != one.drop
            and other.window.opens < until
            and one.window.opens < other.window.closes
        )
        first = min(meanwhile, key=lambda other: other.window, default=None)
        if first is not None:
            yield Problem(
                str(path),
                f"drops.{one.drop}.exclusive_until",
                show_value(calendar.drops[one.drop].exclusive_until),
                f"{told_region(first.window.region)} is open from {_told(first.window)}; no other region should be "
                "open until then",
            )


def _claims(claimed: Mapping[str, Sequence[str]], calendar: Calendar, path: Path) -> Iterator[Problem]:
    """Yield a problem for each country of two regions, and each region of [countries] that never opens."""
    owners: dict[str, str] = {}
    for region, named in sorted(claimed.items()):
        for country in dict.fromkeys(named):
            if country in owners:
                allowed = f"{country} is in {owners[country]} as well; a country should be in one region"
                yield Problem(str(path), f"countries.{region}", show_value(tuple(named)), allowed)
            owners[country] = region
    for region, listed in calendar.countries.items():
        if region not in claimed:
            known = ", ".join(filter(None, claimed))
            allowed = f"no drop opens such a region{nearest_name(region, claimed)}; those that open: {known or 'none'}"
            yield Problem(str(path), f"countries.{region}", show_value(listed), allowed)


def _own_page(calendar: Calendar, state: Literal["closed", "elsewhere"]) -> str | None:
    return standing_page_name(calendar.film, state) if calendar.page else None


def _idle_pages(calendar: Calendar, path: Path) -> Iterator[Problem]:
    """Yield a problem for each region that has a page and never opens."""
    known = tuple(filter(None, calendar.regions))
    for region in calendar.page.regions if calendar.page else ():
        if region not in known:
            near = nearest_name(region, known)
            allowed = f"no drop opens such a region{near}; those that open: {', '.join(known) or 'none'}"
            yield Problem(str(path), f"page.regions.{region}", "there", allowed)


def _told(window: Window) -> str:
    return f"{told_local(window.opens, window.clocks)} to {told_local(window.closes, window.clocks)}"
