"""Batches that workers of a pool make: awaited, taken from the lost, given up for a reason, and never left behind."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.states import Cancelled, Completed, Crashed, Failed, Pending, Running, Scheduled

from flows import spreading
from flows.spreading import LOST_AFTER_S, Signs, Spread
from pipeline.errors import PipelineError, StoreError
from pipeline.shell.store import Store


@dataclass
class Server:
    """A server without a network: what it is asked, and runs whose states the test decides."""

    runs: dict[UUID, Any] = field(default_factory=dict)
    workers: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def read_deployment_by_name(self, _name: str) -> Any:
        return SimpleNamespace(id=uuid4())

    def create_flow_run_from_deployment(self, _id: UUID, *, parameters: dict[str, str], name: str) -> Any:
        run = SimpleNamespace(id=uuid4(), name=name, state=Scheduled(), labels={}, batch=parameters["batch"])
        self.runs[run.id] = run
        self.asked.append(run.batch)
        return run

    def read_flow_runs(self, *, flow_run_filter: Any, limit: int) -> list[Any]:
        assert limit == 200
        return [self.runs[one] for one in flow_run_filter.id.any_ if one in self.runs]

    def set_flow_run_state(self, run: UUID, state: Any, force: bool = False) -> None:
        self.runs[run].state = state
        self.runs[run].forced = force

    def request(self, *_: Any, **__: Any) -> Any:
        told = [
            {"name": name, "last_heartbeat_time": str(beat), "status": "ONLINE"} for name, beat in self.workers.items()
        ]
        return SimpleNamespace(json=lambda: told)

    def of(self, batch: str) -> Any:
        """Return the newest run of a batch."""
        return [run for run in self.runs.values() if run.batch == batch][-1]


class Time:
    """A clock that goes on by a second at each look, and what happens then."""

    def __init__(self, *events: Any) -> None:
        self.now = 0.0
        self.events = list(events)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        assert self.now < 1000, "it waits for nothing"
        if self.events:
            self.events.pop(0)()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Server:
    server = Server(workers={"one": 0})

    @contextmanager
    def client(sync_client: bool) -> Iterator[Server]:
        assert sync_client
        yield server

    store = Store(tmp_path / "store")

    def keep(steps: Sequence[Any], **_: Any) -> tuple[Any, ...]:
        return tuple(SimpleNamespace(key=step.name, keys=step.keys, steps=(step,)) for step in steps)

    monkeypatch.setattr(spreading, "get_client", client)
    monkeypatch.setattr(spreading, "get_run_logger", lambda: logging.getLogger("test"))
    monkeypatch.setattr("pipeline.spreading.keep_batches", keep)
    server.store = store  # type: ignore[attr-defined]
    return server


def _step(server: Any, name: str, key: str) -> Any:
    return SimpleNamespace(name=name, keys=(key * 64,), workshop=SimpleNamespace(store=server.store))


def _make(clock: Time, monkeypatch: pytest.MonkeyPatch, *steps: Any) -> list[int]:
    monkeypatch.setattr(spreading.time, "sleep", clock.sleep)
    return list(Spread("pool", clock=clock).make(steps))


def _finish(server: Any, name: str, key: str) -> None:
    server.store.make(key * 64, ".x", lambda path: path.write_bytes(b"x") and {})
    server.of(name).state = Completed()


def _begin(server: Any, name: str, worker: str) -> None:
    server.of(name).state = Running()
    server.of(name).labels["prefect.worker.name"] = worker


def test_batches_are_counted_as_they_are_made(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Time(lambda: _finish(server, "b", "b"), lambda: _finish(server, "a", "a"))
    assert _make(clock, monkeypatch, _step(server, "a", "a"), _step(server, "b", "b")) == [1, 1]
    assert server.asked == ["a", "b"]


def test_what_a_silent_machine_was_making_goes_to_another_though_its_run_never_ended(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    first: list[Any] = []

    def begin() -> None:
        _begin(server, "a", "one")
        first.append(server.of("a"))

    beats = [lambda beat=beat: server.workers.update(one=beat) for beat in range(1, 20)]
    waits = [lambda: None] * int(LOST_AFTER_S)
    clock = Time(begin, *beats, *waits, lambda: None, lambda: _finish(server, "a", "a"))
    assert _make(clock, monkeypatch, _step(server, "a", "a")) == [1]
    assert server.asked == ["a", "a"] and first[0].state.is_crashed() and first[0].forced
    assert "nothing was heard of one for 31 s" in first[0].state.message
    assert LOST_AFTER_S + 20 <= clock.now <= LOST_AFTER_S + 25


@pytest.mark.parametrize("end", [Crashed(), Cancelled()])
def test_a_run_that_crashed_or_was_cancelled_is_asked_for_again(
    end: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Time(lambda: setattr(server.of("a"), "state", end), lambda: None, lambda: _finish(server, "a", "a"))
    assert _make(clock, monkeypatch, _step(server, "a", "a")) == [1]
    assert server.asked == ["a", "a"]


def test_a_batch_that_takes_machine_after_machine_with_it_is_given_up(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Time(*[lambda: setattr(server.of("a"), "state", Crashed())] * 4)
    with pytest.raises(PipelineError, match="4 machines were lost over it") as caught:
        _make(clock, monkeypatch, _step(server, "a", "a"))
    assert "memory" in str(caught.value)


def test_what_cannot_be_made_says_why_and_nobody_goes_on_with_the_rest(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        _begin(server, "b", "one")
        server.of("a").state = Failed(message="film.mov: is not on this machine.")

    with pytest.raises(PipelineError, match=r"a was not made: film\.mov: is not on this machine"):
        _make(Time(fail), monkeypatch, _step(server, "a", "a"), _step(server, "b", "b"), _step(server, "c", "c"))
    assert server.of("b").state.is_cancelling() and server.of("c").state.is_cancelled()


def test_a_run_that_is_cancelled_takes_its_batches_with_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _make(Time(stop), monkeypatch, _step(server, "a", "a"))
    assert server.of("a").state.is_cancelled()


def test_a_worker_that_shares_nothing_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Time(lambda: setattr(server.of("a"), "state", Completed()))
    with pytest.raises(StoreError, match="MATINEE_SHARED_STORE"):
        _make(clock, monkeypatch, _step(server, "a", "a"))


def test_where_nobody_works_that_is_said_and_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server.workers.clear()
    clock = Time(*[lambda: None] * 70, lambda: _finish(server, "a", "a"))
    assert _make(clock, monkeypatch, _step(server, "a", "a")) == [1]
    told = [record for record in caplog.records if "No worker of the pool pool is up" in record.getMessage()]
    assert len(told) == 1


def test_silence_is_counted_by_this_machines_clock_and_not_by_the_times_that_the_server_tells() -> None:
    signs = Signs()
    signs.note("one", "1999-01-01", now=100.0)
    assert signs.silence_s("one", 110.0) == 10.0
    signs.note("one", "1999-01-01", now=112.0)
    assert signs.silence_s("one", 115.0) == 15.0
    signs.note("one", "2039-01-01", now=116.0)
    assert signs.silence_s("one", 116.0) == 0.0
    assert signs.silence_s("never heard of", 200.0) == 0.0 and signs.silence_s("never heard of", 209.0) == 9.0
    assert not Pending().is_final()
