"""All drops as the page draws them: windows by region, how each stands and what really is the case, and what to do."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.errors import PipelineError, PresetError
from pipeline.plan.drop_pages import page_name
from pipeline.plan.drops import remarks, state_at
from pipeline.plan.publication import entry_of
from pipeline.plan.schedule import EVERYBODY, Window
from pipeline.presets import load_region
from pipeline.review.drop_calendars import CalendarBroken, CalendarRead
from pipeline.review.drop_looks import Look, PackageSeen
from pipeline.shell.drop_status import WindowState
from pipeline.shell.drops import place_of
from pipeline.shell.targets.answers import AGAIN
from pipeline.spelling import spelled

MOST_WINDOWS: Final = 600
"""Those nearest to now; more than anybody sees on one page."""
MOST_TOLD: Final = 50
State = WindowState | Literal["overdue"]
_WORDS: Final[Mapping[State, str]] = {
    "coming": "coming",
    "staged": "coming, uploaded",
    "laid": "coming, laid ready",
    "premiere": "open: premiere",
    "open": "open",
    "late": "should be open, and is not",
    "overdue": "open, and should not be",
    "closed": "closed",
}
_WORST: Final = ("late", "overdue")


@dataclass(frozen=True)
class Shown:
    """A window with all that is known of it."""

    calendar: CalendarRead
    window: Window
    look: Look | None
    state: State
    is_known: bool
    """Whether the target was asked; otherwise the state is the calendar's word alone."""

    @property
    def package(self) -> PackageSeen:
        """The package that its region gets."""
        return PackageSeen() if self.look is None else self.look.packages.get(self.window.region, PackageSeen())

    @property
    def title(self) -> str:
        """What the film is called there."""
        page = self.calendar.calendar.page
        told = None if page is None else page.of_region(self.window.region).title
        return told or self.package.title or self.calendar.schedule.film

    def distance(self, at: datetime) -> timedelta:
        """How far from an instant it is open."""
        return max(self.window.opens - at, at - self.window.closes, timedelta(0))


def drops_document(
    calendars: Sequence[CalendarRead],
    broken: Sequence[CalendarBroken],
    looks: Mapping[Path, Look],
    opened: Sequence[tuple[str, str, str]],
    films: Mapping[str, str],
    at: datetime,
) -> dict[str, Any]:
    """Return all that the page shows at an instant.

    `looks` are by the calendars' paths; `opened` is what calendars opened (target, edition, film of the calendar), and
    `films` the films' names in addresses by the digests of their masters.
    """
    shown = [one for calendar in calendars for one in _shown(calendar, looks.get(calendar.path), at)]
    shown.sort(key=lambda one: (one.state not in _WORST, one.distance(at), one.window))
    kept = sorted(shown[:MOST_WINDOWS], key=lambda one: (one.window, one.title))
    return {
        "at": _utc(at),
        "calendars": [_calendar(one, looks.get(one.path), at) for one in calendars],
        "regions": _regions(kept),
        "windows": [_window(one, films, at) for one in kept],
        "left_out": len(shown) - len(kept),
        "warnings": [*_warnings(shown, calendars, looks), *_without_calendar(opened, calendars)][:MOST_TOLD],
        "broken": [_broken(one) for one in broken],
    }


def _shown(calendar: CalendarRead, look: Look | None, at: datetime) -> Iterator[Shown]:
    status = None if look is None else look.status
    windows = calendar.schedule.windows
    beyond = {} if status is None else dict(_beyond(status.overdue, windows, status.at))
    for window in windows:
        state: State = state_at(window, at) if status is None else status.of(window)
        if window == beyond.get(window.edition):
            state = "overdue"
        yield Shown(calendar, window, look, state, status is not None)


def _beyond(overdue: Iterable[str], windows: Sequence[Window], at: datetime) -> Iterator[tuple[str, Window]]:
    """Yield each edition that is open and should not be, with the window that it is open after, else before."""
    for edition in overdue:
        own = [window for window in windows if window.edition == edition]
        over = [window for window in own if window.closes <= at]
        if own:
            yield edition, max(over) if over else min(own)


def _window(one: Shown, films: Mapping[str, str], at: datetime) -> dict[str, Any]:
    window, schedule = one.window, one.calendar.schedule
    has_page = one.calendar.calendar.page is not None
    film = films.get(one.package.digest or "")
    return {
        "id": f"{one.calendar.id[:12]}-{window.id}",
        "calendar": one.calendar.id,
        "edition": window.edition,
        "region": window.region,
        "title": spelled(one.title),
        "opens": _utc(window.opens),
        "closes": _utc(window.closes),
        "opens_there": _there(window, window.opens),
        "closes_there": _there(window, window.closes),
        "span_there": _span_there(window),
        "zone": window.zone,
        "clock": state_at(window, at),
        "state": one.state,
        "told": _WORDS[one.state] if one.is_known else f"{_WORDS[one.state]} by the calendar",
        "variant": _variant(one),
        "notes": list(_notes(one)),
        "entry": f"{schedule.address}{entry_of(schedule.film)}",
        "page": f"{schedule.address}{page_name(schedule.film)}" if has_page else None,
        "is_signed": schedule.access == "signed",
        "film": None if film is None else f"/films/{film}",
    }


def _variant(one: Shown) -> str:
    if one.look is None or one.package.missing is not None:
        return "no package"
    return f"variant for {one.window.region}" if one.package.is_variant else "the film as it is"


def _notes(one: Shown) -> Iterator[str]:
    window = one.window
    if window.premiere:
        yield "Premiere: everybody watches together."
    if window.exclusive_until is not None:
        yield f"Alone until {_there(window, window.exclusive_until)}: no other region is open."
    missing = one.package.missing
    if missing is not None and one.state not in ("closed", "overdue"):
        yield _words(missing)
    status = None if one.look is None else one.look.status
    for duty in () if status is None else status.due:
        if duty.action == "stage" and duty.window == window:
            yield f"Its upload is due since {_there(window, duty.due)}: {_tend(one.calendar)}"


def _warnings(
    shown: Sequence[Shown], calendars: Sequence[CalendarRead], looks: Mapping[Path, Look]
) -> Iterator[dict[str, Any]]:
    for one in shown:
        window, tend = one.window, _tend(one.calendar)
        if one.state == "late":
            is_live = one.look is not None and one.look.status is not None and _is_unshown(one.look, window)
            told = (
                f"{window.edition} should show its premiere since {_there(window, window.opens)}, and nobody does."
                if is_live
                else f"{window.edition} should be open since {_there(window, window.opens)}, and is not: its entry is "
                f"not at {_target(one)}."
            )
            yield _warning(told, tend, one)
        elif one.state == "overdue":
            yield _warning(f"{window.edition} is open at {_target(one)}, and should not be.", tend, one)
    for calendar in calendars:
        look = looks.get(calendar.path)
        if look is None:
            continue
        if look.error is not None:
            why = _words(look.error).replace(AGAIN, "This page asks again by itself.")
            told = f"What is open of {calendar.schedule.film} is not known. {why}"
            yield _warning(told, "")
        elif look.status is not None:
            known = {window.edition for window in calendar.schedule.windows}
            for edition in sorted(set(look.status.overdue) - known):
                told = (
                    f"{edition} is open at {spelled(look.status.drop.target.where)}, and the calendar has it no more."
                )
                yield _warning(told, _tend(calendar))


def _without_calendar(
    opened: Iterable[tuple[str, str, str]], calendars: Sequence[CalendarRead]
) -> Iterator[dict[str, Any]]:
    """Yield a warning for each edition that is open by a calendar which is not known any more: nobody closes it."""
    known = []
    for one in calendars:
        try:
            known.append((one.schedule.film, place_of(one.path, one.calendar)))
        except PipelineError:  # told as what the target answers
            continue
    for target, edition, film in opened:
        if not any(name == film and (target == place or target.startswith(f"{place} at ")) for name, place in known):
            told = (
                f"{spelled(edition)} is open at {spelled(target)} by a calendar of {spelled(film)} that is not where "
                "it was: nobody closes it. Put the calendar back, or take the edition away."
            )
            place, _, endpoint = target.partition(" at ") if target.startswith("s3://") else (target, "", "")
            words = ["matinee", "unpublish", edition, "--from", place, *(["--endpoint", endpoint] if endpoint else [])]
            yield _warning(told, shlex.join(words))


def _warning(told: str, command: str, one: Shown | None = None) -> dict[str, Any]:
    window = None if one is None else f"{one.calendar.id[:12]}-{one.window.id}"
    return {"told": told, "command": spelled(command), "window": window}


def _is_unshown(look: Look, window: Window) -> bool:
    assert look.status is not None
    return window.edition in look.status.standing.in_place & look.status.standing.live


def _calendar(one: CalendarRead, look: Look | None, at: datetime) -> dict[str, Any]:
    changes = (instant for window in one.schedule.windows for instant in (window.opens, window.closes) if instant > at)
    change = min(changes, default=None)
    return {
        "id": one.id,
        "name": spelled(one.path.name),
        "path": spelled(str(one.path)),
        "film": one.schedule.film,
        "target": spelled(one.calendar.target),
        "hold": one.schedule.hold,
        "access": one.schedule.access,
        "asked": None if look is None else _utc(look.at),
        "next_change": None if change is None else _utc(change),
        "remarks": [spelled(told) for told in remarks(one.schedule)][:MOST_TOLD],
        "command": spelled(shlex.join(["matinee", "drop", "plan", str(one.path)])),
    }


def _broken(one: CalendarBroken) -> dict[str, Any]:
    return {
        "path": spelled(str(one.path)),
        "told": _lines(one.error.message),
        "remedy": spelled(one.error.remedy or "Mend the file: this page reads it again by itself."),
        "command": spelled(shlex.join(["matinee", "drop", "plan", str(one.path)])),
    }


def _regions(shown: Iterable[Shown]) -> list[dict[str, Any]]:
    """Return the regions of some windows by their names, everybody else last."""
    found: dict[str, dict[str, Any]] = {}
    for one in shown:
        region = one.window.region
        if region not in found:
            found[region] = {"id": region, "name": _region_name(region), "countries": [], "zone": one.window.zone}
        countries = dict(one.calendar.schedule.countries).get(region, ())
        found[region]["countries"] = sorted({*found[region]["countries"], *countries})
    return sorted(found.values(), key=lambda one: (one["id"] == EVERYBODY, one["name"].casefold(), one["id"]))


def _region_name(region: str) -> str:
    if region == EVERYBODY:
        return "Everybody else"
    try:
        return spelled(load_region(region).name)
    except PresetError:
        return region


def _there(window: Window, at: datetime) -> str:
    local = at.astimezone(window.clocks)
    name = f"{local:%Z}"
    zone = f"UTC{name}" if name[:1] in "+-" else name
    seconds = f":{local:%S}" if local.second else ""
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}{seconds} {zone}"


def _span_there(window: Window) -> str:
    """Return when a window is open by its own clock, as short as it can be told."""
    opens, closes = (_there(window, at).rsplit(" ", 1) for at in (window.opens, window.closes))
    first = opens[0] if opens[1] == closes[1] else " ".join(opens)
    year = f" {window.opens.astimezone(window.clocks):%Y}"
    return f"{first} – {' '.join(closes)}".replace(f"{year}, ", ", ")


def _tend(one: CalendarRead) -> str:
    return spelled(shlex.join(["matinee", "drop", "tend", str(one.path)]))


def _target(one: Shown) -> str:
    status = None if one.look is None else one.look.status
    return spelled(one.calendar.calendar.target if status is None else status.drop.target.where)


def _words(error: PipelineError) -> str:
    return f"{_lines(error.message)} {spelled(error.remedy or '')}".strip()


def _lines(text: str) -> str:
    return " ".join(spelled(line.strip()) for line in text.splitlines())


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
