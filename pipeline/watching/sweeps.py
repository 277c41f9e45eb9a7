"""When a watched folder is looked over, whole or a part of it; the looking itself goes on in a thread of its own."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.arrived_files import Files
from pipeline.watching.folder import WatchedFolder
from pipeline.watching.settings import ask_waiting
from pipeline.watching.sweep import FolderLook, Sweeper

WHOLE: Final = ""
"""The watched folder itself."""
_MANY: Final = 200
"""So many parts are looked over as the whole."""
_TIMES_THE_CPU: Final = 200
"""A sweep that takes a second of a core is not begun again for so many, which is half a per cent of it."""
_TIMES_THE_WALL: Final = 10
"""Nor for so many times as long as it took: a server has others to answer."""


@dataclass(frozen=True)
class SweepEnd:
    """That one has ended."""

    number: int
    """Of all that were begun."""
    part: str
    trouble: str | None
    """Why it found out nothing, or not all."""
    wall_s: float
    used_s: float
    """How long it took, and how much of a core."""


class Sweeps:
    """Sweeps that are due, one at a time; `take` and `take_end` are told from its thread."""

    def __init__(
        self,
        folder: WatchedFolder,
        ledger: Path,
        take: Callable[[FolderLook], None],
        take_end: Callable[[SweepEnd], None],
    ) -> None:
        self._folder, self._root, self._is_missing = folder, folder.root, folder.drives.is_missing
        self._ledger, self._take, self._take_end = ledger, take, take_end
        self._runner = _Runner()
        self._parts: set[str] = set()
        self._whole_s = self._earliest_s = 0.0
        self._number, self._part = 0, WHOLE
        self.is_running = False

    @property
    def next_s(self) -> float:
        """When the next one is due, by the clock that never goes back."""
        if len(self._parts) > _MANY:
            return min(self._whole_s, self._earliest_s)
        return 0.0 if self._parts else self._whole_s

    @property
    def is_part_due(self) -> bool:
        """Whether a part is to be looked over."""
        return bool(self._parts)

    def start(self) -> None:
        """Have a thread for them."""
        threading.Thread(target=self._run, args=(self._runner,), name="sweeps", daemon=True).start()

    def stop(self) -> None:
        """End, after the one that runs."""
        self._runner.parts.put(None)

    def ask(self, folder: str) -> None:
        """Have a folder and all below it looked over soon, after the sweep that runs."""
        self._parts.add(folder)

    def begin(self) -> str:
        """Begin the one that is due, and return where."""
        is_whole = time.monotonic() >= self._whole_s or WHOLE in self._parts or len(self._parts) > _MANY
        if is_whole:
            self._parts.clear()
        part = WHOLE if is_whole else self._parts.pop()
        self._number, self._part, self.is_running = self._number + 1, part, True
        self._runner.parts.put((self._number, part))
        return part

    def give_up_hanging(self) -> None:
        """Give up the one that runs where it hangs in a drive below that does not answer: another goes past that."""
        folder = self._runner.at
        if self.is_running and folder and self._is_missing(self._root / folder) and not self._is_missing(self._root):
            self._runner.is_given_up = True
            self.stop()
            self._runner, self.is_running = _Runner(), False
            self._parts.add(self._part)
            self.start()

    def put_off(self, seconds: float) -> None:
        """Have the next whole one in so many seconds; what parts there were is seen by then."""
        self._parts.clear()
        self._whole_s = time.monotonic() + seconds

    def ended(self, end: SweepEnd, usual_s: float) -> bool:
        """Take note that one has ended, and tell whether it counts: one that was given up may end yet.

        The next whole one comes after the usual time, or later where it took long.
        """
        if not self.is_running or end.number != self._number:
            return False
        self.is_running = False
        if end.part == WHOLE:
            pause_s = max(end.used_s * _TIMES_THE_CPU, end.wall_s * _TIMES_THE_WALL)
            self._earliest_s = time.monotonic() + pause_s
            self._whole_s = time.monotonic() + max(usual_s, pause_s)
        return True

    def _run(self, runner: _Runner) -> None:
        with ArrivalLedger(self._ledger) as ledger:
            folder = self._folder
            sweeper = Sweeper(self._root, folder.number, Files(ledger), folder.left_out, self._is_missing)
            while (due := runner.parts.get()) is not None:
                number, part = due
                trouble, wall_s, used_s = None, time.monotonic(), time.thread_time()
                # Fresh: this thread and the loop do not share what they read.
                settings = folder.settings.unread(ask_waiting)
                try:
                    for look in sweeper.sweep(part, settings, runner.begin):
                        if runner.is_given_up:
                            return
                        self._take(look)
                except Exception as error:  # noqa: BLE001 - the next one may do
                    trouble = f"looking over {self._root / part} failed: {error}"
                runner.at = WHOLE
                wall_s, used_s = time.monotonic() - wall_s, time.thread_time() - used_s
                self._take_end(SweepEnd(number, part, trouble, wall_s, used_s))


class _Runner:
    """One thread that looks folders over."""

    def __init__(self) -> None:
        self.parts: queue.SimpleQueue[tuple[int, str] | None] = queue.SimpleQueue()
        """What it is to look over, with the numbers of sweeps."""
        self.at = WHOLE
        """The folder that it is at."""
        self.is_given_up = False

    def begin(self, folder: str) -> None:
        """Take note of the folder that is looked over from now on."""
        self.at = folder
