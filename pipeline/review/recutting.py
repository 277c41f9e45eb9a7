"""Films that are cut again as they were asked for last: one at a time, each in a process of its own, stoppable.

What is cut, and how, is what the film's clips.json says; nothing of it comes from a browser.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.cut.repeating import Asked
from pipeline.errors import InputError
from pipeline.review.library import FilmShown
from pipeline.review.preparing import END_S, Preparation, StoppedError, Tell, unsaid
from pipeline.review.progress import read_made
from pipeline.shell.home import Home
from pipeline.shell.runs import told_run
from pipeline.spelling import spelled
from pipeline.watching.jobs import Job, ProcessRunner
from pipeline.watching.orders import Order, check_order


@dataclass
class _Going:
    film: str
    title: str
    preparation: Preparation
    runner: ProcessRunner
    told: str = ""
    """What came of it."""


class Recuts:
    """The film that is cut again, or was last."""

    def __init__(self, say: Callable[[Exception], None] | None = None) -> None:
        self._say = say or unsaid
        self._lock = threading.Lock()
        self._going: _Going | None = None

    def start(self, film: FilmShown, home: Home) -> None:
        """Begin to cut a film again. Raises InputError where that cannot be, or another is being cut."""
        orders = _orders(film)
        with self._lock:
            self._check_free(film, home)
            runner = ProcessRunner()

            def work(tell: Tell) -> None:
                told = [
                    _cut(asked, order, runner, home, _part(tell, number, len(orders)))
                    for number, (asked, order) in enumerate(orders)
                ]
                going.told = "; ".join(told)

            going = _Going(film.id, film.title, Preparation(f"cut-{film.id[:8]}", work, self._say), runner)
            self._going = going
            going.preparation.start()

    def document(self, film: str) -> dict[str, Any] | None:
        """Return how far a film is that is cut again, or what came of it, as pages read it; None where it was not."""
        going = self._of(film)
        if going is None:
            return None
        progress = going.preparation.progress
        return replace(progress, told=progress.told or spelled(going.told)).document()

    def stop(self, film: str) -> None:
        """Have a film be cut no further; what was made of it is used again next time."""
        going = self._of(film)
        if going is not None:
            _stop(going)

    def close(self) -> None:
        """Stop what goes on, and wait for it."""
        with self._lock:
            going = self._going
        if going is not None:
            _stop(going)
            going.preparation.join(END_S)

    def _of(self, film: str) -> _Going | None:
        with self._lock:
            return self._going if self._going is not None and self._going.film == film else None

    def _check_free(self, film: FilmShown, home: Home) -> None:
        going = self._going
        if going is not None and going.preparation.is_working:
            what = "This film is" if going.film == film.id else f"{spelled(going.title)} is"
            raise InputError(f"{what} being cut already.", remedy="Wait for it, or stop it.", conflict=True)
        other = next((run for run in read_made(home) if run.path == film.path), None)
        if other is not None:
            raise InputError(
                f"Something is made of this film already, by process {other.pid}.",
                remedy="Wait until it has ended.",
                conflict=True,
            )


def _orders(film: FilmShown) -> tuple[tuple[Asked, Order], ...]:
    """Return what was asked for of a film, each once: for all, for regions, for its edits. Raises InputError."""
    if not film.documents:
        raise InputError("There are no clips of this film yet.", remedy="matinee cut makes some.")
    found: dict[tuple[Path, str], tuple[Asked, Order]] = {}
    for document in film.documents:
        asked = document.asked
        if asked is None:
            raise InputError(
                "An earlier version made these clips, and did not write down what was asked for.",
                remedy="Run matinee cut once more; from then on this works.",
            )
        order = _order(asked)
        check_order(order)
        found.setdefault((asked.file, order.text), (asked, order))
    return tuple(found.values())


def _order(asked: Asked) -> Order:
    return Order(
        platforms=asked.platforms or (),
        highlights=asked.highlights,
        style=asked.style,
        captions=asked.captions,
        count=asked.count,
        regions=asked.regions,
        event=asked.event,
        out=None if asked.out is None else str(asked.out),
    )


def _cut(asked: Asked, order: Order, runner: ProcessRunner, home: Home, tell: Tell) -> str:
    """Cut one file in a process, and return what came of it. Raises InputError, StoppedError where it was ended."""
    tell("cutting", 0.0)
    with told_run(home.runs, "cut", asked.file) as run:

        def on_share(share: float) -> None:
            run.tell_whole(share)
            tell("cutting", share)

        outcome = runner.run(Job(0, asked.file, "", order.text, 1), on_share)
    if outcome.kind == "stopped":
        raise StoppedError
    if outcome.kind != "done":
        name = f"{spelled(asked.file.name)}: " if outcome.kind == "refused" else ""
        raise InputError(f"{name}{outcome.told}", remedy=outcome.remedy or "matinee cut in a terminal may say more.")
    return outcome.told


def _part(tell: Tell, number: int, count: int) -> Tell:
    """Return what takes the share of one of several parts."""
    return lambda stage, share: tell(stage, (number + share) / count)


def _stop(going: _Going) -> None:
    going.preparation.stop()
    going.runner.stop()
