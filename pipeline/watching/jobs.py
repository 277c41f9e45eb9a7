"""Jobs of films that arrived: claimed from the ledger, done by a runner, and what comes of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pipeline.shell.companion import Companion, CompanionLost

OutcomeKind = Literal["done", "refused", "failed", "again", "stopped"]


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    done; refused: the film cannot be used; failed: what was asked for cannot be done, and trying again does not help;
    again: it may go away by itself; stopped: it was ended by us.
    """

    kind: OutcomeKind
    told: str
    remedy: str = ""


@dataclass(frozen=True)
class Job:
    """One claimed trigger with the film to do it on."""

    trigger_id: int
    path: Path
    digest: str
    orders: str
    attempt: int
    """From 1."""


class Runner(Protocol):
    """Does jobs, several at a time in threads of the caller's."""

    def run(self, job: Job, on_share: Callable[[float], None]) -> Outcome:
        """Do a job and return what came of it; never raises for anything about the film."""
        ...

    def give_up(self, job: Job) -> None:
        """End one that is running, or wait for it no longer; it then comes back as stopped."""
        ...

    def stop(self) -> None:
        """End all that is running, which then comes back as stopped."""
        ...


class ProcessRunner:
    """Does each job in a process of its own on this machine."""

    def __init__(self, module: str = "pipeline.watching.work") -> None:
        self._module = module
        self._lock = threading.Lock()
        self._running: dict[int, Companion] = {}
        self._given_up: set[int] = set()
        self._is_stopped = False

    def run(self, job: Job, on_share: Callable[[float], None]) -> Outcome:
        """Do a job in a new process."""
        with self._lock:
            if self._is_stopped:
                return Outcome("stopped", "")
            companion = Companion(self._module)
            self._running[job.trigger_id] = companion
        try:
            companion.ask({"path": os.fsencode(job.path).hex(), "order": job.orders})
            while "outcome" not in (answer := companion.answer()):
                on_share(float(answer["share"]))
            return Outcome(*answer["outcome"])
        except CompanionLost as error:
            if self._is_stopped or job.trigger_id in self._given_up:
                return Outcome("stopped", "")
            return Outcome("again", f"the program that made it {error}")
        finally:
            with self._lock:
                del self._running[job.trigger_id]
                self._given_up.discard(job.trigger_id)
            companion.stop()

    def give_up(self, job: Job) -> None:
        """End a job's process."""
        with self._lock:
            companion = self._running.get(job.trigger_id)
            if companion is not None and job.trigger_id not in self._given_up:
                self._given_up.add(job.trigger_id)
                companion.end()

    def stop(self) -> None:
        """End all processes."""
        with self._lock:
            self._is_stopped = True
            for companion in self._running.values():
                companion.end()
