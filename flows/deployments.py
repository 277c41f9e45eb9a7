"""Tell the server what can be run: the work pool and the deployments, and which runs died with an earlier server."""

from __future__ import annotations

import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterName,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectAlreadyExists
from prefect.flows import Flow
from prefect.states import Cancelled, Cancelling, Crashed
from prefect.types.entrypoint import EntrypointType

from flows import settings
from flows.batches import make_batch
from flows.build_block import build_block
from flows.cut_clips import cut_clips
from flows.drops import publish_drop, retire_drop, schedule_drops
from flows.package_hls import package_hls
from flows.watch_folder import watch_folder

FLOWS: tuple[Flow[Any, Any], ...] = (
    cut_clips, package_hls, build_block, publish_drop, retire_drop, schedule_drops, watch_folder,
)  # fmt: skip
"""Each is deployed under its own name."""

_ENCODE_COMMAND: Final = "python -I -m flows.tether python -m prefect.engine"
"""Without a path: each machine has its checkout where it likes, and its worker has that one's Python first."""
_WORKERS: Final = "/work_pools/{work_pool_name}/workers/filter"
_NEWEST = FlowRunSort.EXPECTED_START_TIME_DESC
_ORPHAN_STATES = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
_ORPHAN_MESSAGE = "The server was stopped while this ran. Run it again: what was finished is reused."


def register_pool(name: str = settings.WORK_POOL) -> None:
    """Create a process work pool where it is missing."""
    with get_client(sync_client=True) as client:
        try:
            client.create_work_pool(WorkPoolCreate(name=name, type="process"))
        except ObjectAlreadyExists:
            return


def register_encodes(pool: str) -> None:
    """Create or update the pool whose workers make batches, and the deployment that makes one."""
    register_pool(pool)
    deployment = make_batch.to_deployment(
        name=make_batch.name,
        work_pool_name=pool,
        job_variables={"command": _ENCODE_COMMAND},
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    cast("RunnerDeployment", deployment).apply()


def register_deployments() -> None:
    """Create or update the deployment of every flow; one that somebody paused stays so."""
    paused = _paused_names()
    for flow in FLOWS:
        deployment = flow.to_deployment(
            name=flow.name,
            paused=flow.name in paused,
            work_pool_name=settings.WORK_POOL,
            job_variables={"command": _run_command(), "working_dir": str(settings.ROOT)},
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        # Typed as if it might be a coroutine, which it is only inside an event loop.
        cast("RunnerDeployment", deployment).apply()


def settle_orphans() -> None:
    """Mark as crashed what the database believes to be running; only for a server that has no worker yet."""
    with get_client(sync_client=True) as client:
        states = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_ORPHAN_STATES)))
        while runs := client.read_flow_runs(flow_run_filter=states, sort=_NEWEST, limit=200):
            for run in runs:
                asked_to_stop = run.state is not None and run.state.is_cancelling()
                end: State[Any] = Cancelled() if asked_to_stop else Crashed(message=_ORPHAN_MESSAGE)
                client.set_flow_run_state(run.id, end, force=True)


def is_worker_online(*, since: datetime) -> bool:
    """Return whether a worker of the pool has been heard of since then; an earlier one may be remembered as online."""
    with get_client(sync_client=True) as client:
        workers = client.request("POST", _WORKERS, path_params={"work_pool_name": settings.WORK_POOL}, json={}).json()
    return any(datetime.fromisoformat(worker["last_heartbeat_time"]) > since for worker in workers)


def list_workers(pool: str) -> tuple[str, ...]:
    """Return the names of a pool's workers that are heard of."""
    with get_client(sync_client=True) as client:
        workers = client.request("POST", _WORKERS, path_params={"work_pool_name": pool}, json={}).json()
    return tuple(worker["name"] for worker in workers if worker["status"] == "ONLINE")


def cancel_run(name: str) -> None:
    """Ask for the end of the unfinished runs of this name."""
    with get_client(sync_client=True) as client:
        for run in _find_runs(name):
            if run.state is not None and not run.state.is_final():
                client.set_flow_run_state(run.id, Cancelling())


def _paused_names() -> frozenset[str]:
    by_name = DeploymentFilter(name=DeploymentFilterName(any_=[flow.name for flow in FLOWS]))
    with get_client(sync_client=True) as client:
        return frozenset(one.name for one in client.read_deployments(deployment_filter=by_name) if one.paused)


def _find_runs(name: str) -> list[FlowRun]:
    with get_client(sync_client=True) as client:
        by_name = FlowRunFilter(name=FlowRunFilterName(any_=[name]))
        return client.read_flow_runs(flow_run_filter=by_name, sort=_NEWEST, limit=200)


def _run_command() -> str:
    # Prefect's own command for a run, which would survive a worker that is killed.
    tether = str(Path(__file__).with_name("tether.py"))
    return shlex.join((sys.executable, "-I", "-S", tether, sys.executable, "-m", "prefect.engine"))
