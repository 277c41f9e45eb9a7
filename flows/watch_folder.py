"""The flow `watch-folder`: the watch of `matinee watch`, whose jobs are runs of the other deployments."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from functools import partial
from logging import Logger, LoggerAdapter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.sorting import FlowRunSort
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows import report
from flows.markup import escape_markup
from flows.masters import decode_master, encode_master
from flows.notifications import tell_refused
from flows.settings import ROOT
from pipeline.errors import MasterError, MasterOutOfReach, PipelineError

if TYPE_CHECKING:
    from pipeline.watching.jobs import Job, Outcome
    from pipeline.watching.orders import Order
    from pipeline.watching.request import WatchRequest

_POLL_S: Final = 3.0
_NEEDS_SOMEBODY: Final = re.compile(": (refused|failed): ")
"""As the watch says it of a film that it gives up; one that is tried again is told as "failed, tried again"."""

FlowName = Literal["cut-clips", "package-hls"]


@flow(name="watch-folder")
def watch_folder(
    folder: str,
    flows: list[FlowName] | None = None,
    platforms: list[str] | None = None,
    highlights: str | None = None,
    style: str | None = None,
    regions: list[str] | None = None,
    ladder: str | None = None,
    out: str | None = None,
    after: Literal["stay", "move"] = "stay",
    waits_for: Literal["stillness", "sidecar"] = "stillness",
    jobs: int = 1,
    once: bool = False,
) -> State[Any]:
    """Watch a folder, and have each film that arrives there cut or packaged, once, by a run of its own.

    It goes on until the run is cancelled; what was running then goes on, and the next watch takes it up.

    Args:
        folder: The folder that films are copied to.
        flows: What is made of each film; nothing means cut-clips.
        platforms: Names of platform presets; nothing means all of them.
        highlights: The name of the highlight preset that says what to look for; nothing means moments.
        style: The name of the style preset that says how clips look; nothing means house.
        regions: Names of region presets, each of which gets clips or packages of its own.
        ladder: The name of the ladder preset of packages; nothing means the one that fits each film's shape.
        out: The folder for the outputs; nothing means media/out.
        after: "move" moves films to done/ and quarantine/ in the folder afterwards.
        waits_for: "sidecar" waits for film.mov.ready or a checksum beside each film.
        jobs: How many films are made at the same time.
        once: End when nothing is left to wait for or to do.
    """
    report.hide_traceback_of_told_failure()
    from pipeline.watching.orders import Order
    from pipeline.watching.watch import watch

    order = Order(
        flows=tuple(dict.fromkeys(flows or ("cut-clips",))),
        platforms=tuple(sorted(set(platforms or ()))),
        highlights=highlights,
        style=style,
        regions=tuple(dict.fromkeys(regions or ())),
        ladder=ladder,
        out=None if out is None else str(ROOT / Path(out).expanduser()),
    )
    try:
        request = _request(decode_master(folder, base=ROOT), order, after, waits_for, jobs, until_over=once)
        watch(request, DeploymentRunner(), partial(_tell, get_run_logger()))
    except PipelineError as error:
        return Failed(message=escape_markup(str(error)))
    return Completed(message="Nothing is left to do.")


def _tell(logger: Logger | LoggerAdapter[Logger], told: str) -> None:
    """Log what the watch says, and emit what somebody should do something about: see flows/notifications."""
    logger.info("%s", escape_markup(told))
    if _NEEDS_SOMEBODY.search(told):
        tell_refused(told)


def _request(
    root: Path, order: Order, after: Literal["stay", "move"], wait_for: Any, jobs: int, *, until_over: bool
) -> WatchRequest:
    """Return what is asked for as the library's value. Raises PresetError and InputError."""
    from pipeline.shell.home import find_home
    from pipeline.watching.orders import Order, check_order
    from pipeline.watching.request import WatchRequest, checked_root
    from pipeline.watching.settings import Scope, refuse_two_voices

    check_order(order)
    scope, place = Scope("", order, after, wait_for), checked_root(root, find_home())
    if scope != Scope("", Order()):
        refuse_two_voices(place)
    until: Literal["stopped", "nothing is left"] = "nothing is left" if until_over else "stopped"
    return WatchRequest(place, scope, until=until, jobs=max(1, min(8, jobs)))


class DeploymentRunner:
    """Does each job by a run of its flow's deployment, on whichever worker takes it."""

    def __init__(self, poll_s: float = _POLL_S) -> None:
        self._poll_s = poll_s
        self._stopped = threading.Event()
        self._given_up: set[int] = set()

    def run(self, job: Job, on_share: Callable[[float], None]) -> Outcome:
        """Run the flows of a job one after the other, and return what came of them."""
        from pipeline.watching.jobs import Outcome
        from pipeline.watching.orders import parse_order

        self._given_up.discard(job.trigger_id)
        order, told = parse_order(job.orders), []
        for number, name in enumerate(order.flows):
            on_share(number / len(order.flows))
            state = self._run(job, order, name)
            if state is None:
                return Outcome("stopped", "")
            if not state.is_completed():
                return _outcome_of(state, job.path)
            told.append(state.message or "made")
        return Outcome("done", "; ".join(told))

    def give_up(self, job: Job) -> None:
        """Wait for a job no longer; its run goes on, and is found again."""
        self._given_up.add(job.trigger_id)

    def stop(self) -> None:
        """Wait for nothing any more; the runs go on."""
        self._stopped.set()

    def _run(self, job: Job, order: Order, name: FlowName) -> State[Any] | None:
        """Return how a run ended; None where it is not waited for any more."""
        with get_client(sync_client=True) as client:
            run = _find_or_create(client, job, order, name)
            while run.state is None or not run.state.is_final():
                if self._stopped.wait(self._poll_s) or job.trigger_id in self._given_up:
                    return None
                run = client.read_flow_run(run.id)
            return run.state


def _find_or_create(client: SyncPrefectClient, job: Job, order: Order, name: FlowName) -> FlowRun:
    """Return the run that an earlier watch began and that is not over, else a new one."""
    tag = f"watch {order.key[:12]} {job.digest[:16]} {name}"
    by_tag = FlowRunFilter(tags=FlowRunFilterTags(all_=[tag]))
    for run in client.read_flow_runs(flow_run_filter=by_tag, sort=FlowRunSort.EXPECTED_START_TIME_DESC, limit=20):
        if run.state is not None and not run.state.is_final():
            return run
    deployment = client.read_deployment_by_name(f"{name}/{name}")
    return client.create_flow_run_from_deployment(
        deployment.id, parameters=_parameters(job.path, order, name), name=f"watched {job.path.stem}", tags=[tag]
    )


def _parameters(path: Path, order: Order, name: FlowName) -> dict[str, Any]:
    shared = {"style": order.style, "out": order.out, "regions": list(order.regions) or None}
    if name == "package-hls":
        told: dict[str, Any] = {"films": [encode_master(path)], "ladder": order.ladder, **shared}
    else:
        told = {
            "masters": [encode_master(path)],
            "platforms": list(order.platforms) or None,
            "highlights": order.highlights,
            "captions": order.captions,
            "count": order.count,
            "event": order.event,
            **shared,
        }
    return {key: value for key, value in told.items() if value is not None}


def _outcome_of(state: State[Any], path: Path) -> Outcome:
    """Return what the end of a run means for a film that it did not make."""
    from pipeline.shell.apart import probe_master
    from pipeline.watching.jobs import Outcome
    from pipeline.watching.work import outcome_of

    told = state.message or f"its run ended as {state.name}"
    # Prefect keeps an error's kind in words alone.
    if state.is_crashed() or f"{MasterOutOfReach.__name__}: " in told:
        return Outcome("again", told)
    if state.is_cancelled():
        return Outcome("failed", told, "The run was cancelled.")
    try:
        probe_master(path)
    except MasterError as error:
        return outcome_of(error, path)
    return Outcome("failed", told)
