"""What is open at an instant, what is to be done about it, and when somebody has to be there to do it.

Deciding needs no memory but which editions are open now: a machine that slept, or a clock that was set, finds the same
things to do as one that was there all the time, and who has done them finds nothing more to do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final, Literal

from pipeline.clocks import changes_within
from pipeline.plan.live_edition import LINGER_S
from pipeline.plan.premiere import CALM_S
from pipeline.plan.schedule import EVERYBODY, Schedule, Window, told_region

State = Literal["coming", "open", "closed"]
Stretch = tuple[datetime, datetime]

_MARGIN: Final = timedelta(minutes=10)
"""Around an opening or closing, for a machine to wake up, do it and see that it is done."""
_NIGHT: Final = (23, 7)
"""Hours of the clock between which a film opens for nobody."""


@dataclass(frozen=True)
class Step:
    """Put an edition's entry in place, or take it away, and since when that is due."""

    action: Literal["close", "open"]
    edition: str
    due: datetime


@dataclass(frozen=True)
class Duty:
    """What is to be done about an edition at its target, or about its page, and since when that is due."""

    action: Literal["close", "stage", "open", "show", "page"]
    edition: str
    """Its name, or the page's."""
    region: str
    due: datetime
    window: Window | None
    """For which it is staged or opened."""


@dataclass(frozen=True)
class Standing:
    """What is known of a film's editions at their target."""

    is_open: frozenset[str] = frozenset()
    """Those that count as open, so that they have to be closed."""
    in_place: frozenset[str] = frozenset()
    """Of these the ones whose entry is there, so that they need not be opened."""
    staged: frozenset[str] = frozenset()
    complete: frozenset[str] = frozenset()
    """Of these the ones that lack nothing, so that they need not be staged again."""
    live: frozenset[str] = frozenset()
    """Of those that count as open the ones that have live playlists, which have to move with the clock."""


@dataclass(frozen=True)
class Outlook:
    """How things stand at an instant; each of them by when it opens."""

    at: datetime
    open: tuple[Window, ...]
    """Those that are to be open."""
    coming: tuple[Window, ...]
    closed: tuple[Window, ...]
    late: tuple[Window, ...]
    """Of those that are to be open the ones whose edition is not."""
    overdue: tuple[str, ...]
    """Editions that are open and should be closed."""
    next_change: datetime | None
    """When next something opens or closes."""


def state_at(window: Window, at: datetime) -> State:
    """Return what a window is at an instant: open from the very second of opening, closed from that of closing."""
    if at < window.opens:
        return "coming"
    return "open" if at < window.closes else "closed"


def steps_at(windows: Iterable[Window], at: datetime, *, is_open: frozenset[str]) -> tuple[Step, ...]:
    """Return what is to be done at an instant, closing first: what was due longest comes first of either.

    `is_open` are the editions that are open now by these windows' doing; one that has no window any more is closed.
    """
    wanted: dict[str, datetime] = {}
    closed: dict[str, datetime] = {}
    for window in sorted(windows):
        if state_at(window, at) == "open":
            wanted[window.edition] = window.opens
        elif state_at(window, at) == "closed":
            closed[window.edition] = max(window.closes, closed.get(window.edition, window.closes))
    closing = (Step("close", edition, closed.get(edition, at)) for edition in is_open - wanted.keys())
    opening = (Step("open", edition, due) for edition, due in wanted.items() if edition not in is_open)
    return (*sorted(closing, key=_when), *sorted(opening, key=_when))


def duties_at(schedule: Schedule, at: datetime, standing: Standing) -> tuple[Duty, ...]:
    """Return what is to be done at a target at an instant: closing, then opening, staging what comes, then showing.

    Where nginx opens by its own clock, an entry is laid as soon as its upload is due. What was staged for a window that
    is over, or that the calendar has no more, is taken away.
    """
    windows = tuple(map(laid, schedule.windows)) if schedule.hold == "edge" else schedule.windows
    regions = {edition: region for region, edition in schedule.editions}
    steps = steps_at(windows, at, is_open=standing.is_open)
    closing = [
        Duty("close", one.edition, regions.get(one.edition, ""), one.due, None)
        for one in steps
        if one.action == "close"
    ]
    stays = standing.is_open - {one.edition for one in closing}
    needed = {window.edition for window in windows if at < window.closes}
    spare = sorted(standing.staged - needed - standing.is_open)
    closing += (Duty("close", edition, regions.get(edition, ""), at, None) for edition in spare)
    staging = [
        Duty("stage", window.edition, window.region, window.upload_from, window)
        for window in sorted(windows)
        if window.upload_from <= at < window.opens and window.edition not in stays | standing.complete
    ]
    by_edition = {window.edition: window for window in sorted(windows) if state_at(window, at) == "open"}
    opening = [
        Duty("open", one.edition, by_edition[one.edition].region, one.due, by_edition[one.edition])
        for one in steps_at(windows, at, is_open=standing.in_place)
        if one.action == "open"
    ]
    showing = [
        Duty("show", name, one.region, one.opens, one) for name, one in by_edition.items() if name in standing.live
    ]
    return (*closing, *opening, *staging, *showing)


def laid(window: Window) -> Window:
    """Return a window as Matinee has to keep it where nginx opens: the entry lies there from the upload on."""
    return replace(window, opens=window.upload_from)


def outlook(windows: Sequence[Window], at: datetime, *, is_open: frozenset[str] | None = None) -> Outlook:
    """Return how things stand; where nobody knows what `is_open`, nothing is late."""
    by_state: dict[State, list[Window]] = {"coming": [], "open": [], "closed": []}
    for window in sorted(windows):
        by_state[state_at(window, at)].append(window)
    steps = () if is_open is None else steps_at(windows, at, is_open=is_open)
    missing = {step.edition for step in steps if step.action == "open"}
    changes = (instant for window in windows for instant in (window.opens, window.closes) if instant > at)
    return Outlook(
        at=at,
        open=tuple(by_state["open"]),
        coming=tuple(by_state["coming"]),
        closed=tuple(by_state["closed"]),
        late=tuple(window for window in by_state["open"] if window.edition in missing),
        overdue=tuple(step.edition for step in steps if step.action == "close"),
        next_change=min(changes, default=None),
    )


def awake_stretches(schedule: Schedule, film: Fraction | None = None) -> tuple[Stretch, ...]:
    """Return when a machine has to be awake, from and to: to upload, and to open and close where it holds the film.

    Between opening and closing the target serves by itself, but for a premiere, which takes as long as the film: `film`
    seconds, where that is known. Stretches that touch are one.
    """
    needed: list[Stretch] = []
    for window in schedule.windows:
        if schedule.hold == "edge":
            needed.append((window.upload_from, window.opens))
        else:
            needed.append((window.upload_from, window.opens + _MARGIN))
            needed.append((window.closes - _MARGIN, window.closes + _MARGIN))
        if window.premiere and film is not None:
            shown = timedelta(seconds=math.ceil(film + CALM_S + LINGER_S))
            needed.append((window.opens, min(window.opens + shown, window.closes)))
    merged: list[Stretch] = []
    for start, end in sorted(needed):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def remarks(schedule: Schedule, film: Fraction | None = None) -> tuple[str, ...]:
    """Return what people should look at twice in a schedule; `film` is how long the film is in seconds, where known."""
    known = dict(schedule.countries)
    unknown = [region for region, _ in schedule.editions if region != EVERYBODY and not known.get(region)]
    told = [remark for window in schedule.windows for remark in _remarks_on(window, film)]
    told += (f"{region}: its countries are not known; name them under [countries]." for region in unknown)
    return tuple(dict.fromkeys(told))


def _remarks_on(window: Window, film: Fraction | None) -> Iterator[str]:
    who, clocks = told_region(window.region), window.clocks
    opens, closes = window.opens.astimezone(clocks), window.closes.astimezone(clocks)
    if changes_within(clocks, window.opens, window.closes):
        hours = (window.closes - window.opens) / timedelta(hours=1)
        yield (
            f"{who}: the clocks in {window.zone} are changed while it is open; after {hours:g} hours it closes at "
            f"{closes:%H:%M} there, having opened at {opens:%H:%M}."
        )
    if opens.hour >= _NIGHT[0] or opens.hour < _NIGHT[1]:
        yield f"{who}: it opens at night there, at {opens:%H:%M} in {window.zone}."
    if window.premiere and film is None:
        yield (
            f"{who}: its premiere keeps a machine awake until two minutes after the film's end; --package tells how "
            "long the film is."
        )
    if film is not None and (window.closes - window.opens) / timedelta(seconds=1) < film:
        minutes = float(film) / 60
        yield f"{who}: it closes before a film of {minutes:.3g} minutes that starts at once is over."


def _when(step: Step) -> tuple[datetime, str]:
    return step.due, step.edition
