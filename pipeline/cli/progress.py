"""Show how far a film has come: live bars where somebody watches, a line now and then where nobody does."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from pipeline.shell.making import OnStage

# Nothing is shown for work that is over before anybody would wonder.
_PATIENCE_S = 0.7
_LINE_EVERY_S = 30.0


class StageDisplay:
    """Stages of one film's job, each with its share done, speed and time left; on standard error.

    `also` is told the same, whoever watches.
    """

    def __init__(self, film: str, also: OnStage | None = None) -> None:
        self._film = film
        self._also = also
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._waiting: dict[str, tuple[float, float | None]] = {}
        self._told: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def tell(self, stage: str, share: float, speed: float | None) -> None:
        """Show that a stage is done to a share of 0 to 1, going so many times faster than playing."""
        if self._also is not None:
            self._also(stage, share, speed)
        with self._lock:
            self._waiting[stage] = (share, speed)
            if time.monotonic() - self._began < _PATIENCE_S:
                return
            for name, (done, pace) in self._waiting.items():
                self._show(name, done, pace)
            self._waiting.clear()

    def stage(self, name: str) -> Callable[[float], None]:
        """Return what tells how far a stage is that has no speed."""
        return lambda share: self.tell(name, share, None)

    def _show(self, stage: str, share: float, speed: float | None) -> None:
        if not sys.stderr.isatty():
            self._show_line(stage, share)
            return
        if self._bars is None:
            self._bars = _make_bars()
            self._bars.start()
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task("", film=self._film, stage=stage, total=1.0, pace="")
        pace = f"{speed:.2f}×" if speed else ""
        self._bars.update(self._tasks[stage], completed=share, pace=pace)

    def _show_line(self, stage: str, share: float) -> None:
        now = time.monotonic()
        if share < 1 and now - self._told.setdefault(stage, now) < _LINE_EVERY_S:
            return
        if self._told.get(stage) == float("inf"):
            return
        self._told[stage] = float("inf") if share >= 1 else now
        click.echo(f"{self._film}: {stage}: {share:.0%}", err=True)


def _make_bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.fields[film]}", markup=False),
        TextColumn("{task.fields[stage]}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[pace]}", markup=False),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
