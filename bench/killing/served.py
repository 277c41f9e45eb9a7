"""A job as a flow that is killed: its run, the worker or the server, all of them as `make serve` starts them."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, Literal

from bench.child import PREFECT
from bench.homes import working_in
from bench.killing.disk import DiskLog
from bench.killing.jobs import Job, Place
from bench.killing.processes import GONE_LIMIT_S, Run, command_of, kill, marked
from bench.killing.trial import Found, Moment, Undisturbed, draw_moment, judge, look_at_names, made_again, receipts
from flows import serving, settings

ServedVictim = Literal["flow run", "worker", "server"]
VICTIMS: Final[tuple[ServedVictim, ...]] = ("flow run", "worker", "server")
_COMMANDS: Final = {"flow run": "prefect.engine", "worker": "prefect worker start", "server": "prefect server start"}
_UP_LIMIT_S: Final = 180.0
_RUN_LIMIT_S: Final = 300.0
_END_LIMIT_S: Final = 60.0


def measure_served(place: Place, job: Job, known: Undisturbed) -> Undisturbed:
    """Do a job as a flow, undisturbed: how long its run takes, and how often it changes what people see."""
    changes: list[int] = []
    with _begun(place, job, changes.append) as (server, _):
        client = _ask(place, job)
        _await_process(server, "flow run")
        began = time.monotonic()
        while _processes(server, "flow run"):
            time.sleep(0.05)
        wall_s = time.monotonic() - began
        assert client.wait(_END_LIMIT_S) and client.code == 0, client.told.read_text()
        client.end()
        found = Found(job.name, "nothing")
        _stop(server, found)
    judge(place, known, found)
    assert not found.faults, found.faults
    return replace(known, wall_s=wall_s, changes=len(changes))


def try_served(place: Place, job: Job, victim: ServedVictim, chance: random.Random, known: Undisturbed) -> Found:
    """Kill a part of a flow at a random moment, run it again as anyone would, and return what was found.

    `known` is what `measure_served` returned: a run of a flow starts for seconds, in which nothing of the job is done
    yet, so that half of the moments are changes of what people see.
    """
    found = Found(job.name, victim)
    moment, is_due = draw_moment(chance, known), threading.Event()

    def on_change(number: int) -> None:
        if number == moment.change:
            time.sleep(moment.later_s)
            is_due.set()

    with _begun(place, job, on_change) as (server, log):
        try:
            client = _ask(place, job)
            _await_process(server, "flow run")
            before = _strike(server, victim, moment, is_due, place, found)
            _settle(server, client, victim, found)
            look_at_names(place, known, found)
            if server.has_ended():
                server = _serve(place)
            again = _ask(place, job)
            if not again.wait(_RUN_LIMIT_S) or again.code != 0:
                found.unfinished.append(f"the next run left with {again.code}: {again.told.read_text()[-400:]}")
                kill(again.pid)
            again.end()
            found.again += made_again(before, receipts(place))
        finally:
            _stop(server, found)
        partial = log.half_written
    found.partial += sorted(partial)
    judge(place, known, found)
    return found


@contextmanager
def _begun(place: Place, job: Job, on_change: Callable[[int], None]) -> Iterator[tuple[Run, DiskLog]]:
    """Have server and worker up in a fresh home; each change of what people see there is told by its number."""
    place.begin(job)
    shown, seen = tuple(f"{folder}/" for folder in place.shown), iter(range(1, 1 << 30))
    log = DiskLog(
        place.home, place.shown, lambda _number, path: on_change(next(seen)) if path.startswith(shown) else None
    )
    log.start()
    try:
        yield _serve(place), log
    finally:
        log.stop()


def _strike(
    server: Run, victim: ServedVictim, moment: Moment, is_due: threading.Event, place: Place, found: Found
) -> dict[str, tuple[int, int]]:
    """Kill the victim at a moment of a run, or as the run ends, and return what was in the store by then."""
    began = time.monotonic()
    while (struck := _processes(server, "flow run")) and not is_due.wait(0.02):
        if moment.after_s is not None and time.monotonic() - began >= moment.after_s:
            break
    before = receipts(place)
    for pid in struck if victim == "flow run" else _processes(server, victim):
        kill(pid)
        found.kills = 1
    found.moments = [f"{moment} of its run" if struck else "as its run had ended"]
    return before


def _serve(place: Place) -> Run:
    """Start server and worker, and return when they answer."""
    run = Run((sys.executable, "-m", "flows.serve"), place.environment, place.root / "served")
    deadline = time.monotonic() + _UP_LIMIT_S
    with working_in(place.home):
        while serving.find_address() is None:
            if run.has_ended() or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not come up: {run.told.read_text()[-800:]}")
            time.sleep(0.2)
    return run


def _ask(place: Place, job: Job) -> Run:
    """Run the deployment of a job and wait for it, as in another terminal."""
    with working_in(place.home):
        address = serving.find_address()
        assert address is not None, "the server is not up"
        environment = settings.build_environment(address)
    argv = (PREFECT, "deployment", "run", job.flow, "--watch", "--params", job.parameters)
    return Run(argv, {**environment, **place.environment}, place.root / "asked")


def _await_process(server: Run, name: ServedVictim) -> tuple[int, ...]:
    deadline = time.monotonic() + _UP_LIMIT_S
    while not (found := _processes(server, name)):
        assert time.monotonic() < deadline, f"no {name} within {_UP_LIMIT_S:.0f} s: {server.told.read_text()[-800:]}"
        time.sleep(0.05)
    return found


def _processes(server: Run, name: ServedVictim) -> tuple[int, ...]:
    return tuple(pid for pid in marked(server.mark) if _COMMANDS[name] in command_of(pid))


def _settle(server: Run, client: Run, victim: ServedVictim, found: Found) -> None:
    """Wait until everything that a kill is to end has ended."""
    deadline = time.monotonic() + _END_LIMIT_S
    if victim == "flow run":
        # The worker sees it, and whoever waits is told.
        if not client.wait(_END_LIMIT_S):
            found.unfinished.append("whoever waited for the run was not told that it crashed")
    elif not server.wait(_END_LIMIT_S):
        found.unfinished.append(f"whoever serves did not see that the {victim} is gone")
    kill(client.pid)
    client.wait(GONE_LIMIT_S)
    client.end()
    while victim == "flow run" and time.monotonic() < deadline and _left(server):
        time.sleep(0.1)
    found.left += server.end() if server.has_ended() else _left(server)


def _left(server: Run) -> tuple[str, ...]:
    """Return the command lines of ffmpeg processes and runs that outlived what they belong to."""
    lines = (command_of(pid) for pid in marked(server.mark))
    return tuple(line for line in lines if "ffmpeg" in line or _COMMANDS["flow run"] in line)


def _stop(server: Run, found: Found) -> None:
    if not server.has_ended():
        os.kill(server.pid, signal.SIGTERM)
    if not server.wait(_END_LIMIT_S):
        found.unfinished.append("the server did not end when it was asked to")
        kill(server.pid)
        server.wait(GONE_LIMIT_S)
    found.left += server.end()
