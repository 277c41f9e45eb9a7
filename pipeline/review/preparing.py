"""What takes a while is made by a thread of its own, which tells how far it is and can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from pipeline.errors import PipelineError
from pipeline.spelling import spelled

END_S: Final = 20.0
"""For how long what is stopped may take to end."""
_PATIENCE_S: Final = 0.2
State = Literal["working", "done", "stopped", "failed"]
Tell = Callable[[str, float], None]
"""Told a stage's name and the share of it that is done, 0 to 1; what it raises stops the work."""
_FAULT: Final = ("Something is wrong with this page itself.", "The terminal in which it runs says more.")


class StoppedError(Exception):
    """Somebody wants it no more."""


@dataclass(frozen=True)
class Progress:
    """How far something is."""

    state: State
    stage: str = ""
    share: float = 0.0
    told: str = ""
    """What went wrong."""
    remedy: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as pages read it."""
        return {
            "state": self.state, "stage": self.stage, "share": round(self.share, 3), "told": self.told,
            "remedy": self.remedy,
        }  # fmt: skip


class Preparation:
    """A thread that makes something; `say` is told of errors that are faults of ours."""

    def __init__(self, name: str, work: Callable[[Tell], None], say: Callable[[Exception], None]) -> None:
        self._progress = Progress("working")
        self._stop = threading.Event()
        self._work = work
        self._say = say
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return self._progress

    @property
    def is_working(self) -> bool:
        """Whether it goes on."""
        return self._progress.state == "working"

    def stop(self) -> None:
        """Have it end as soon as it tells how far it is."""
        self._stop.set()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait until it has ended."""
        self._thread.join(timeout_s)

    def _tell(self, stage: str, share: float) -> None:
        if self._stop.is_set():
            raise StoppedError
        self._progress = replace(self._progress, stage=stage, share=min(1.0, max(0.0, share)))

    def _run(self) -> None:
        try:
            self._tell("", 0.0)
            self._work(self._tell)
        except StoppedError:
            self._end("stopped")
        except PipelineError as error:
            self._end("failed", spelled(error.message), spelled(error.remedy or ""))
        except Exception as error:  # noqa: BLE001 - the edge: what is wrong is said where the page runs, not on it
            self._end("failed", *_FAULT)
            self._say(error)
        else:
            self._end("done")

    def _end(self, state: State, told: str = "", remedy: str = "") -> None:
        self._progress = replace(self._progress, state=state, told=told, remedy=remedy)


def progress_of(going: Preparation | None) -> Progress:
    """Return how far something is; what nobody prepares, or that was forgotten since, is done."""
    return Progress("done") if going is None else going.progress


@contextmanager
def in_turn(lock: threading.Lock | threading.Semaphore, tell: Tell, waiting: str) -> Iterator[None]:
    """Hold a lock, telling what is waited for until it is free, so that somebody can stop it meanwhile."""
    while not lock.acquire(timeout=_PATIENCE_S):
        tell(waiting, 0.0)
    try:
        yield
    finally:
        lock.release()


def end_all(going: Iterable[Preparation]) -> None:
    """Stop all, and wait for them."""
    every = tuple(going)
    for one in every:
        one.stop()
    for one in every:
        one.join(END_S)


def unsaid(_: Exception) -> None:
    """Say a fault of ours to nobody."""
