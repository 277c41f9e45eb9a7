"""Steps made by workers of any machines: batches are handed to the encode pool, awaited, and taken from the dead."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import ObjectNotFound
from prefect.futures import PrefectFuture, as_completed
from prefect.logging import get_run_logger
from prefect.states import Cancelled, Cancelling, Crashed

from flows.logs import film_told
from flows.markup import escape_markup
from flows.settings import find_encode_pool
from pipeline.errors import InputError, PipelineError, StoreError
from pipeline.shell.home import find_home

if TYPE_CHECKING:
    from pipeline.spreading import Batch

LOST_AFTER_S: Final = 30.0
"""Of silence from a worker that sends a sign of life every five seconds."""
_POLL_S: Final = 1.0
_TOLD_EVERY_S: Final = 60.0
_MOST_LOSSES: Final = 3
"""Machines that may go away over one batch before it is the batch that is thought to be at fault."""
_PER_PAGE: Final = 200
_WORKERS: Final = "/work_pools/{work_pool_name}/workers/filter"
_WORKER: Final = "prefect.worker.name"
_Step = TypeVar("_Step")


def make_steps(
    steps: Sequence[_Step], submit: Callable[[_Step], PrefectFuture[None]], tell: Callable[[int], None]
) -> None:
    """Make steps, here as `submit` does, or on any machine where the environment names a pool for that.

    `tell` gets how many are done. Raises the error of the first that fails.
    """
    pool = find_encode_pool()
    here, away = (tuple(steps), ()) if pool is None else _part(steps)
    running, done = [submit(step) for step in here], 0
    if pool is not None and away:
        for made in Spread(pool).make(away):
            done += made
            tell(done)
    for made_here in as_completed(running):
        made_here.result()
        done += 1
        tell(done)


def _part(steps: Sequence[_Step]) -> tuple[tuple[_Step, ...], tuple[Any, ...]]:
    """Return the steps that stay here, and those that any machine can make."""
    from pipeline.spreading import part

    return part(steps)


@dataclass
class _Handed:
    """A batch and the run that makes it now."""

    batch: Batch
    run: UUID
    losses: int = 0


@dataclass
class Signs:
    """When each worker was last heard of, by this machine's own clock: those of two machines never agree."""

    _seen: dict[str, tuple[str, float]] = field(default_factory=dict)

    def note(self, worker: str, heartbeat: str, now: float) -> None:
        """Take down what the server says of a worker's last sign of life."""
        if self._seen.get(worker, ("", 0.0))[0] != heartbeat:
            self._seen[worker] = (heartbeat, now)

    def silence_s(self, worker: str, now: float) -> float:
        """Return for how long nothing new was heard of a worker; one that was never heard of is silent from now on."""
        return now - self._seen.setdefault(worker, ("", now))[1]


class Spread:
    """What one run hands to the workers of a pool."""

    def __init__(self, pool: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._clock = clock
        self._signs = Signs()
        self._told = clock()

    def make(self, steps: Sequence[Any]) -> Iterator[int]:
        """Have steps made, and yield how many more are done each time that a batch is; large ones go out in parts."""
        from pipeline.spreading import keep_batches

        with get_client(sync_client=True) as client:
            batches = keep_batches(steps, home=find_home(), workers=len(self._online(client)))
            get_run_logger().info("%d steps go to pool %s in %d batches", len(steps), self._pool, len(batches))
            parts, made, told = sum(len(batch.steps) for batch in batches), 0, 0
            handed: list[_Handed] = []
            try:
                handed += (_Handed(batch, self._hand(client, batch)) for batch in batches)
                while handed:
                    for one in self._ended(client, handed):
                        handed.remove(one)
                        made += len(one.batch.steps)
                        yield len(steps) * made // parts - told
                        told = len(steps) * made // parts
                    if handed:
                        time.sleep(_POLL_S)
            finally:
                # Nobody waits for the rest: of a run that was cancelled, or of which one step failed.
                _cancel(client, [one.run for one in handed])

    def _ended(self, client: SyncPrefectClient, handed: Sequence[_Handed]) -> list[_Handed]:
        """Return what is made, and hand again what was lost. Raises PipelineError for what cannot be made."""
        self._hear(client)
        made = []
        runs = {run.id: run for run in _read_runs(client, [one.run for one in handed])}
        for one in handed:
            run = runs.get(one.run)
            if run is None or run.state is None:
                self._hand_again(client, one, "its run is no longer known")
            elif run.state.is_completed():
                _have_here(one.batch)
                made.append(one)
            elif run.state.is_crashed() or run.state.is_cancelled():
                self._hand_again(client, one, f"its run ended as {run.state.name}")
            elif run.state.is_final():
                raise _failed(run)
            elif (worker := str(run.labels.get(_WORKER, ""))) and not run.state.is_scheduled():
                silence = self._signs.silence_s(worker, self._clock())
                if silence > LOST_AFTER_S:
                    lost = f"nothing was heard of {worker} for {silence:.0f} s"
                    client.set_flow_run_state(run.id, Crashed(message=f"Lost: {lost}."), force=True)
                    self._hand_again(client, one, lost)
        return made

    def _hand(self, client: SyncPrefectClient, batch: Batch) -> UUID:
        from flows.batches import make_batch

        try:
            deployment = client.read_deployment_by_name(f"{make_batch.name}/{make_batch.name}")
        except ObjectNotFound as error:
            raise InputError(
                f"Nothing makes batches for the pool {self._pool}.",
                remedy="Start the server again with the same MATINEE_ENCODE_POOL.",
            ) from error
        name = f"{batch.steps[0].name} and {len(batch.steps) - 1} more" if len(batch.steps) > 1 else batch.steps[0].name
        told = {"batch": batch.key, "film": film_told()}
        run = client.create_flow_run_from_deployment(deployment.id, parameters=told, name=name)
        return run.id

    def _hand_again(self, client: SyncPrefectClient, one: _Handed, why: str) -> None:
        one.losses += 1
        if one.losses > _MOST_LOSSES:
            raise PipelineError(
                f"{one.batch.steps[0].name}: {one.losses} machines were lost over it; of the last, {why}.",
                remedy="Look whether it takes more memory than they have.",
            )
        get_run_logger().warning("%s: %s; another takes it over", escape_markup(one.batch.steps[0].name), why)
        one.run = self._hand(client, one.batch)

    def _hear(self, client: SyncPrefectClient) -> None:
        """Take down signs of life, and say so where nobody is there to work."""
        now = self._clock()
        if self._online(client):
            self._told = now
        elif now - self._told > _TOLD_EVERY_S:
            self._told = now
            get_run_logger().warning("No worker of the pool %s is up: start one with `make worker`.", self._pool)

    def _online(self, client: SyncPrefectClient) -> list[str]:
        """Return the names of workers that the server hears of."""
        answer = client.request("POST", _WORKERS, path_params={"work_pool_name": self._pool}, json={"limit": _PER_PAGE})
        workers = answer.json()
        for worker in workers:
            self._signs.note(worker["name"], str(worker["last_heartbeat_time"]), self._clock())
        return [worker["name"] for worker in workers if worker["status"] == "ONLINE"]


def _read_runs(client: SyncPrefectClient, ids: Sequence[UUID]) -> Iterable[FlowRun]:
    for begin in range(0, len(ids), _PER_PAGE):
        some = FlowRunFilter(id=FlowRunFilterId(any_=list(ids[begin : begin + _PER_PAGE])))
        yield from client.read_flow_runs(flow_run_filter=some, limit=_PER_PAGE)


def _have_here(batch: Batch) -> None:
    """Have on this machine what another one made. Raises StoreError where it is not to be had."""
    store = batch.steps[0].workshop.store
    store.copy_ahead(batch.keys)
    missing = [key for key in batch.keys if store.find(key) is None]
    if missing:
        raise StoreError(
            f"A worker made {batch.steps[0].name}, and {len(missing)} of {len(batch.keys)} files of it are not here.",
            remedy="Name the same MATINEE_SHARED_STORE on all machines.",
        )


def _failed(run: FlowRun) -> PipelineError:
    told = "" if run.state is None else run.state.message or run.state.name or ""
    return PipelineError(f"{run.name} was not made: {told}")


def _cancel(client: SyncPrefectClient, ids: Sequence[UUID]) -> None:
    for run in _read_runs(client, ids) if ids else ():
        if run.state is not None and not run.state.is_final():
            end: Any = Cancelled() if run.state.is_scheduled() else Cancelling()
            client.set_flow_run_state(run.id, end)
