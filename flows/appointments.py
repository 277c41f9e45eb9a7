"""Keep the server's scheduled runs as a calendar wants them: one for each appointment, and none for what is no more.

What somebody did to a run of a calendar stands: one that was paused, cancelled or has begun is neither touched nor made
again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Cancelled, Scheduled

from flows.masters import encode_master

if TYPE_CHECKING:
    from pipeline.plan.appointments import Appointment

_PER_PAGE: Final = 200
_GONE: Final = "The calendar has this no more."


@dataclass(frozen=True)
class Kept:
    """What became of a calendar's runs."""

    made: tuple[str, ...]
    """Names of the runs that are new."""
    there: int
    """Of those that are still to come, the ones that had a run."""
    cancelled: tuple[str, ...]


def keep_appointments(calendar: Path, wanted: Sequence[Appointment], at: datetime) -> Kept:
    """Schedule what is still to come and has no run yet, and cancel what waits and is not wanted any more."""
    from pipeline.plan.appointments import still_to_come

    # However it is called, it is one calendar.
    known = encode_master(calendar.resolve())
    with get_client(sync_client=True) as client:
        runs = tuple(_runs_of(client, _tag(known)))
        meant = {f"{known} {one.key}" for one in wanted}
        cancelled = tuple(_cancel(client, one) for one in runs if _base(one) not in meant and _waits(one))
        coming = still_to_come(wanted, at)
        made = tuple(filter(None, (_make(client, calendar, one, runs) for one in coming)))
    return Kept(made, len(coming) - len(made), cancelled)


def _make(client: SyncPrefectClient, calendar: Path, wanted: Appointment, runs: Sequence[FlowRun]) -> str | None:
    """Schedule one run, unless there is one; return its name."""
    known = encode_master(calendar.resolve())
    key = f"{known} {wanted.key}"
    before = [one for one in runs if _base(one) == key]
    if any(not _is_gone(one) for one in before):
        return None
    flow = f"{wanted.errand}-drop"
    deployment = client.read_deployment_by_name(f"{flow}/{flow}")
    run = client.create_flow_run_from_deployment(
        deployment.id,
        parameters={"calendar": encode_master(calendar), "region": wanted.region},
        state=Scheduled(scheduled_time=wanted.at),
        name=f"{calendar.stem} {wanted.key}",
        tags=[_tag(known)],
        # A key is never free again: what the calendar had, had no more and has again needs another.
        idempotency_key=f"{key}#{len(before) + 1}",
    )
    return run.name


def _runs_of(client: SyncPrefectClient, tag: str) -> Iterator[FlowRun]:
    by_tag = FlowRunFilter(tags=FlowRunFilterTags(all_=[tag]))
    offset = 0
    while page := client.read_flow_runs(
        flow_run_filter=by_tag, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=_PER_PAGE, offset=offset
    ):
        yield from page
        offset += len(page)


def _cancel(client: SyncPrefectClient, run: FlowRun) -> str:
    client.set_flow_run_state(run.id, Cancelled(message=_GONE))
    return run.name


def _waits(run: FlowRun) -> bool:
    return run.state is not None and run.state.type == StateType.SCHEDULED


def _is_gone(run: FlowRun) -> bool:
    """Tell whether a run was cancelled because the calendar did not have it then."""
    return run.state is not None and run.state.is_cancelled() and run.state.message == _GONE


def _base(run: FlowRun) -> str:
    return (run.idempotency_key or "").rpartition("#")[0]


def _tag(calendar: str) -> str:
    return f"drops of {calendar}"
