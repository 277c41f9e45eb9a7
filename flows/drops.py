"""The flows of drops: `publish-drop` and `retire-drop` do what a calendar wants of a region by then, and
`schedule-drops` has them run at its hours.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows import report
from flows.appointments import keep_appointments
from flows.markup import escape_markup
from flows.masters import decode_master
from flows.progress import ProgressLines
from flows.settings import ROOT
from flows.tasks import RETRIED
from pipeline.counting import counted
from pipeline.errors import PipelineError, Transient

if TYPE_CHECKING:
    from pipeline.shell.drops import Done, Drop

_EARLY_S: Final = 120.0
"""For how long a run waits that was started before its hour: the clocks of two machines are never quite the same."""


@flow(name="publish-drop")
def publish_drop(calendar: str, region: str = "") -> State[Any]:
    """Upload a region's edition, or open it inside of its window; a run that comes late does not open it.

    Where it opens with a premiere, the run goes on until that is over.

    Args:
        calendar: Path of the calendar, a TOML file.
        region: The region's id; nothing means everybody whom no other region has.
    """
    return _run(calendar, region, tend_region)


@flow(name="retire-drop")
def retire_drop(calendar: str, region: str = "") -> State[Any]:
    """Close what is over: the entry goes at once, then what only it had.

    Args:
        calendar: Path of the calendar, a TOML file.
        region: The region whose window ends then; whatever else is over is closed, too.
    """
    return _run(calendar, region, close_region)


@flow(name="schedule-drops")
def schedule_drops(calendar: str) -> State[Any]:
    """Have every region of a calendar uploaded, opened and closed at its hours, each by a run of its own.

    Again, it makes nothing twice, wakes nothing that somebody paused or cancelled, and cancels what the calendar does
    not have any more.

    Args:
        calendar: Path of the calendar, a TOML file.
    """
    report.hide_traceback_of_told_failure()
    from pipeline.plan.appointments import appointments
    from pipeline.shell.calendars import read_schedule
    from pipeline.shell.home import find_home
    from pipeline.shell.known_calendars import remember_calendar
    from pipeline.shell.ledger import Ledger

    path = _path(calendar)
    try:
        wanted = appointments(read_schedule(path)[1])
        remember_calendar(path, Ledger(find_home().ledger))
    except PipelineError as error:
        return Failed(message=escape_markup(str(error)))
    kept = keep_appointments(path, wanted, datetime.now(UTC))
    for name in kept.made:
        get_run_logger().info("%s", escape_markup(name))
    told = f"{counted(len(kept.made), 'run')} scheduled, {counted(kept.there, 'run')} as before"
    return Completed(message=f"{told}, {counted(len(kept.cancelled), 'run')} cancelled.")


@task(task_run_name="tend {region}", **RETRIED)
def tend_region(path: Path, region: str) -> tuple[Done, ...]:
    """Do what is due: close what is over, then stage or open one region; where its hour is near, that as well."""
    from pipeline.shell import drops

    drop = drops.open_drop(path)
    (only,) = drops.check_regions(drop, [region])
    hour = drops.next_hour(drop, only, _now())
    is_near = hour is not None and (hour - _now()).total_seconds() <= _EARLY_S
    done = _see_to(drop, only)
    if hour is not None and is_near:
        # Meanwhile it may have come.
        _wait_for(hour)
        done += _see_to(drop, only)
    return done + _show(drop)


@task(task_run_name="close {region}", **RETRIED)
def close_region(path: Path, region: str) -> tuple[Done, ...]:
    """Close what is over."""
    from pipeline.shell import drops

    drop = drops.open_drop(path)
    hour = drops.next_closing(drop, region, _now())
    if hour is not None and (hour - _now()).total_seconds() <= _EARLY_S:
        _wait_for(hour)
    return _tried(tuple(drops.close_due(drop, _now, lambda *_: None)))


def _run(calendar: str, region: str, errand: Any) -> State[Any]:
    report.hide_traceback_of_told_failure()
    try:
        return _conclude(errand(_path(calendar), region))
    except PipelineError as error:
        return Failed(message=escape_markup(str(error)))


def _conclude(done: tuple[Done, ...]) -> State[Any]:
    logger = get_run_logger()
    for name in dict.fromkeys(name for one in done for name in one.purge):
        logger.info("a CDN should drop its copy of %s", escape_markup(name))
    failed = [f"{one.duty.edition}: {escape_markup(str(one.error))}" for one in done if one.error is not None]
    if failed:
        return Failed(message="; ".join(failed))
    verbs = {"close": "closed", "stage": "staged", "open": "opened", "show": "shown to its end", "page": "written"}
    told = [f"{one.duty.edition} {'came too late' if one.is_late else verbs[one.duty.action]}" for one in done]
    return Completed(message=f"{', '.join(told)}." if told else "Nothing was due.")


def _tried(done: tuple[Done, ...]) -> tuple[Done, ...]:
    """Return what was done, unless an error among it may go away by itself: that is raised, to be tried again."""
    for one in done:
        if isinstance(one.error, Transient):
            raise one.error
    return done


def _see_to(drop: Drop, region: str) -> tuple[Done, ...]:
    from pipeline.shell import drops
    from pipeline.shell.embargo import tell_before_opening

    closed = _tried(tuple(drops.close_due(drop, _now, lambda *_: None)))
    if any(one.action == "open" and one.region == region for one in drops.due_now(drop, _now())):
        for told in tell_before_opening(drop, _now)[0]:
            get_run_logger().warning("%s", escape_markup(told))
    lines = ProgressLines(drop.schedule.film, get_run_logger().info)
    return closed + _tried(tuple(drops.tend(drop, _now, lambda _stage, share, _speed: lines(share), (region,))))


def _show(drop: Drop) -> tuple[Done, ...]:
    """Show premieres that were begun until they are over; of all regions, since one run does it for all."""
    from pipeline.shell.premieres import show_premieres

    lines = ProgressLines(drop.schedule.film, get_run_logger().info)
    return _tried(
        show_premieres(
            drop,
            _now,
            time.sleep,
            lambda _stage, share, _speed: lines(share),
            lambda told: get_run_logger().warning("%s", escape_markup(told)),
        )
    )


def _wait_for(hour: datetime) -> None:
    time.sleep(max(0.0, (hour - _now()).total_seconds()))


def _path(calendar: str) -> Path:
    return decode_master(calendar, base=ROOT)


def _now() -> datetime:
    return datetime.now(UTC)
