"""Opening and closing by the calendar: what is due at a target is done, by a clock that is asked again before
each opening.

Nothing here remembers a step that is still to come: who comes late, or twice, finds what is due now and no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from pipeline.calendar import Calendar
from pipeline.errors import InputError, PipelineError, PresetError
from pipeline.plan.drop_pages import drop_page, page_name, standing_pages
from pipeline.plan.drops import Duty, Standing, duties_at, state_at
from pipeline.plan.publication import Publication, entry_of, held, held_entry_of, plan_publication
from pipeline.plan.schedule import EVERYBODY, Schedule, Window, told_region
from pipeline.presets import load_region
from pipeline.shell.calendars import read_schedule
from pipeline.shell.digests import sha256_of
from pipeline.shell.drop_pages import Cover, WrittenPage, read_cover, write_page
from pipeline.shell.editions import Edition, list_editions
from pipeline.shell.home import find_home
from pipeline.shell.known_calendars import remember_calendar
from pipeline.shell.ledger import Ledger
from pipeline.shell.live_editions import begin_live, live_names, read_live_edition
from pipeline.shell.package_verdicts import refuse_rejected, refuse_unapproved
from pipeline.shell.package_walk import MASTER, find_package, walk_package
from pipeline.shell.publications import OnStage, Published, open_edition, stage
from pipeline.shell.takedowns import Unpublished, close_edition
from pipeline.shell.targets import Target, open_target, where_of
from pipeline.spelling import spelled
from pipeline.tables import nearest_name

Clock = Callable[[], datetime]
"""Tells the time, in UTC."""
HLS: Final = "hls"
"""The folder of a package among a film's outputs."""


@dataclass(frozen=True)
class Drop:
    """A calendar, what it means, and the target at which it is carried out."""

    calendar: Calendar
    schedule: Schedule
    target: Target
    ledger: Ledger
    packages: Path
    """The folder in which the film's packages lie."""

    def entry_of(self, edition: str) -> str:
        """Return the name under which Matinee puts the entry of an edition."""
        return held_entry_of(edition) if self.schedule.hold == "edge" else entry_of(edition)


@dataclass(frozen=True)
class Done:
    """What became of one duty: what was published or taken away, else why not."""

    duty: Duty
    result: Published | Unpublished | None = None
    error: PipelineError | None = None
    is_late: bool = False
    """The window was over before everything was uploaded, so that it was not opened."""

    @property
    def purge(self) -> tuple[str, ...]:
        """Names whose copies a CDN should drop."""
        return () if self.result is None else self.result.purge


def open_drop(path: Path) -> Drop:
    """Return what a calendar asks for, and remember where it lies; nothing is asked of its target yet.

    Raises ProjectError or InputError.
    """
    drop = drop_of(path, *read_schedule(path))
    remember_calendar(path, drop.ledger)
    return drop


def drop_of(path: Path, calendar: Calendar, schedule: Schedule) -> Drop:
    """Return what a calendar that was read asks for. Raises InputError."""
    home = find_home()
    ledger = Ledger(home.ledger)
    folder = path.absolute().parent
    target = open_target(_place(calendar, folder), ledger, endpoint=calendar.endpoint)
    packages = home.out / calendar.film if calendar.packages is None else _seen_from(folder, calendar.packages)
    return Drop(calendar, schedule, target, ledger, packages)


def check_regions(drop: Drop, regions: Sequence[str]) -> tuple[str, ...]:
    """Return regions that a calendar opens, '' for everybody else. Raises InputError for another."""
    known = dict(drop.schedule.editions)
    for region in regions:
        if region not in known:
            told = ", ".join(filter(None, known)) or "none by name"
            raise InputError(
                f"The calendar opens no region {spelled(region)!r}{nearest_name(region, known)}.",
                remedy=f"Those that it opens: {told}.",
            )
    return tuple(regions)


def due_now(drop: Drop, at: datetime) -> tuple[Duty, ...]:
    """Return what is to be done at a time, in order. Raises PublishError where the target cannot be asked."""
    return duties_at(drop.schedule, at, look(drop))


def tend(drop: Drop, clock: Clock, on_stage: OnStage, regions: Sequence[str] | None = None) -> Iterator[Done]:
    """Do what is due, and yield what became of each: closing first, then opening, then staging, then pages.

    With `regions`, only they are staged and opened; whatever is to be closed is closed. What goes wrong with one
    edition keeps none of the others from being seen to. The clock is asked before each opening and after all of it.
    Premieres are begun; `premieres.show_premieres` goes on with them.
    """
    failed: set[str] = set()
    for duty in due_now(drop, clock()):
        if duty.action == "show":
            continue
        if regions is not None and duty.action != "close" and duty.region not in regions:
            continue
        done = carry_out(drop, duty, clock, on_stage)
        if done.error is not None:
            failed.add(duty.edition)
        yield done
    for page in due_pages(drop, regions):
        yield _put_page(drop, page, clock(), on_stage)
    # What was opened at the last moment, or while others took their time.
    for duty in due_now(drop, clock()):
        if duty.action == "close" and duty.edition not in failed:
            yield carry_out(drop, duty, clock, on_stage)


def close_due(drop: Drop, clock: Clock, on_stage: OnStage) -> Iterator[Done]:
    """Close what is to be closed, and nothing else; yield what became of each."""
    yield from tend(drop, clock, on_stage, regions=())


def due_pages(drop: Drop, regions: Sequence[str] | None = None) -> tuple[WrittenPage, ...]:
    """Return the pages that the target has not as they should be, or not to be read, of some regions or of all."""
    told, schedule = drop.calendar.page, drop.schedule
    if told is None or regions == ():
        return ()
    wanted = []
    for region, edition in schedule.editions:
        if regions is not None and region not in regions:
            continue
        cover = _cover_of(drop, region)
        if cover is None and drop.target.editions.find(page_name(edition)) is not None:
            continue  # Its package is not here any more: the page stays as it was, with its poster.
        cover = cover or Cover()
        page = drop_page(told, schedule, region, edition, title=cover.title, poster=cover.poster)
        wanted.append(write_page(page, cover.picture))
    wanted += map(write_page, standing_pages(told, schedule))
    return tuple(page for page in wanted if not page.is_at(drop.target))


def page_duty(page: WrittenPage, at: datetime) -> Duty:
    """Return what is to be done about a page; that is due as long as it is not there."""
    return Duty("page", page.name, page.publication.region, at, None)


def next_hour(drop: Drop, region: str, at: datetime) -> datetime | None:
    """Return when a region is uploaded or opens next; None where it does not."""
    return min((hour for one in _of(drop, region) for hour in (one.upload_from, one.opens) if hour > at), default=None)


def next_closing(drop: Drop, region: str, at: datetime) -> datetime | None:
    """Return when a region closes next; None where it does not."""
    return min((one.closes for one in _of(drop, region) if one.closes > at), default=None)


def carry_out(drop: Drop, duty: Duty, clock: Clock, on_stage: OnStage) -> Done:
    """Close, stage or open an edition, and return what became of it; no error of ours is raised."""
    try:
        if duty.action == "close":
            closed = close_edition(duty.edition, drop.target)
            # Viewers of any country ask for the film's own name.
            names = dict.fromkeys((entry_of(drop.schedule.film), *closed.purge)) if closed.was_there else ()
            return Done(duty, replace(closed, purge=tuple(names)))
        return _stage_or_open(drop, duty, clock, on_stage)
    except PipelineError as error:
        return Done(duty, error=error)


def look(drop: Drop) -> Standing:
    """Return how a film's editions stand: what the ledger says, and whether entries are where it says."""
    editions = drop.target.editions
    ours = editions.on_calendar(drop.schedule.film) | {edition for _, edition in drop.schedule.editions}
    known = [one for one in editions.all() if one.name in ours]
    is_open = [one for one in known if one.state == "open" or _may_be_in_place(drop, one)]
    return Standing(
        is_open=frozenset(one.name for one in is_open),
        in_place=frozenset(one.name for one in is_open if _has_entry(drop, one.name, one.master)),
        staged=frozenset(one.name for one in known if one.state == "staged"),
        complete=frozenset(one.name for one in known if one.state == "staged" and _is_complete(drop, one)),
        live=frozenset(one.name for one in is_open if live_names(one.name, drop.target)),
    )


def place_of(path: Path, calendar: Calendar) -> str:
    """Return what the target of a calendar is called in the ledger, without its endpoint. Raises InputError."""
    return where_of(_place(calendar, path.absolute().parent))


def known_open(path: Path, calendar: Calendar, schedule: Schedule) -> frozenset[str] | None:
    """Return which editions of a calendar the ledger has as open; None where nothing was ever put at its target.

    The target itself is not asked.
    """
    where = place_of(path, calendar)
    ours = {edition for _, edition in schedule.editions}
    found = [one.edition for one in list_editions(Ledger(find_home().ledger)) if one.is_at(where)]
    return frozenset(one.name for one in found if one.name in ours and one.state == "open") if found else None


def package_of(drop: Drop, region: str) -> Path:
    """Return the folder of the package that a region gets.

    A region that there is a preset of has a package of its own; any other gets the film as it is. Raises InputError
    that says where it was looked for.
    """
    own = drop.packages / HLS if region == EVERYBODY else drop.packages / "regions" / region / HLS
    if (own / MASTER).is_file() or (region != EVERYBODY and _has_preset(region)):
        return _found(own, region)
    return _found(drop.packages / HLS, region)


def publication_of(drop: Drop, edition: str, region: str) -> tuple[Publication, Path]:
    """Return what is published as an edition, and the folder of its package.

    Raises InputError for a package that is damaged, of another region, or rejected; and where the calendar requires
    it, for one that nobody approved.
    """
    folder = package_of(drop, region)
    contents = walk_package(folder)
    if contents.region not in ("", region):
        raise InputError(
            f"{spelled(str(folder))} is for {spelled(contents.region)}, and was found for {told_region(region)}.",
            remedy="Package the film again; or name the folder with the film's packages in the calendar.",
        )
    refuse_rejected(contents, drop.ledger)
    if drop.calendar.require_approval:
        refuse_unapproved(contents, drop.ledger)
    plan = plan_publication(contents, edition)
    return (held(plan) if drop.schedule.hold == "edge" else plan), folder


def _put_page(drop: Drop, page: WrittenPage, at: datetime, on_stage: OnStage) -> Done:
    duty = page_duty(page, at)
    try:
        written = page.publish(drop.target, on_stage)
        # Viewers of any country ask for the film's own name.
        names = (page_name(drop.schedule.film), *written.purge) if written.purge else ()
        return Done(duty, replace(written, purge=tuple(dict.fromkeys(names))))
    except PipelineError as error:
        return Done(duty, error=error)


def _cover_of(drop: Drop, region: str) -> Cover | None:
    """Return title and poster of a region's package; None where there is no package."""
    try:
        return read_cover(package_of(drop, region))
    except InputError:
        return None


def _stage_or_open(drop: Drop, duty: Duty, clock: Clock, on_stage: OnStage) -> Done:
    publication, folder = publication_of(drop, duty.edition, duty.region)
    drop.target.editions.put_on_calendar(duty.edition, drop.schedule.film)
    staged = stage(publication, folder, drop.target, on_stage)
    if duty.action == "stage":
        return Done(duty, staged)
    # To upload may have taken long.
    if duty.window is None or state_at(duty.window, clock()) != "open":
        return Done(duty, staged, is_late=True)
    opened = _open(drop, duty.window, publication, folder, clock, on_stage)
    sent = replace(opened.sent, files=opened.sent.files + staged.sent.files,
                   size_bytes=opened.sent.size_bytes + staged.sent.size_bytes)  # fmt: skip
    return Done(duty, replace(opened, sent=sent, purge=(*opened.purge, *staged.purge)))


def _open(
    drop: Drop, window: Window, publication: Publication, folder: Path, clock: Clock, on_stage: OnStage
) -> Published:
    """Open an edition that was staged: with its premiere, unless that is over by now."""
    if window.premiere:
        live, at = read_live_edition(folder, publication.edition, window), clock()
        if live.is_on(at):
            return begin_live(live, publication, drop.target, at)
    return open_edition(publication, folder, drop.target, on_stage)


def _place(calendar: Calendar, folder: Path) -> str:
    return calendar.target if calendar.target.startswith("s3:") else str(_seen_from(folder, calendar.target))


def _of(drop: Drop, region: str) -> Iterator[Window]:
    return (one for one in drop.schedule.windows if one.region == region)


def _seen_from(folder: Path, name: str) -> Path:
    try:
        return folder / Path(name).expanduser()
    except RuntimeError:
        raise InputError(f"Nobody knows whose home {spelled(name)} is in.", remedy="Name the folder in full.") from None


def _has_entry(drop: Drop, edition: str, master: str) -> bool:
    found = drop.target.read(drop.entry_of(edition))
    return found is not None and hashlib.sha256(found.data).hexdigest() == master


def _may_be_in_place(drop: Drop, staged: Edition) -> bool:
    """Tell whether a run was killed before it could note that it had opened an edition: then there may be an entry."""
    return any(one.kind == "entry" for one in drop.target.editions.names_of(staged.name))


def _is_complete(drop: Drop, staged: Edition) -> bool:
    """Tell whether all segments of the package as it is now were put at the target, which opening sees to again."""
    editions, region = drop.target.editions, {name: one for one, name in drop.schedule.editions}
    try:
        master = sha256_of(package_of(drop, region[staged.name]) / MASTER)
    except (InputError, KeyError, OSError):
        return False
    names = {one.name for one in editions.names_of(staged.name) if one.kind == "segment"}
    return master == editions.coming(staged.name) and names <= editions.there()


def _has_preset(region: str) -> bool:
    try:
        load_region(region)
    except PresetError:
        return False
    return True


def _found(folder: Path, region: str) -> Path:
    if not (folder / MASTER).is_file():
        wanted = f" --region {region}" if region else ""
        raise InputError(
            f"There is no package for {told_region(region)}: {spelled(str(folder))} holds none.",
            remedy=f"Make it with matinee package FILM{wanted}; or name the folder with the film's packages in the "
            "calendar (packages = …).",
        )
    return find_package(folder)
