"""What other threads tell the one that has the ledger, which takes it up in turn: what came of jobs before all else."""

from __future__ import annotations

import queue
from collections.abc import Callable
from functools import partial
from typing import Final, ParamSpec

_AT_ONCE: Final = 200

Told = ParamSpec("Told")


class Mailbox:
    """Holds what is told until its thread takes it up; telling is safe anywhere, in a signal's handler as well."""

    def __init__(self) -> None:
        self._told: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._first: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    @property
    def is_empty(self) -> bool:
        """Whether all is taken up."""
        return self._told.empty() and self._first.empty()

    def to(self, take: Callable[Told, None]) -> Callable[Told, None]:
        """Return what other threads call instead, which has it called here."""
        return lambda *told, **named: self._told.put(partial(take, *told, **named))

    def first_to(self, take: Callable[Told, None]) -> Callable[Told, None]:
        """Return the same for what is taken up before all else."""

        def tell(*told: Told.args, **named: Told.kwargs) -> None:
            self._first.put(partial(take, *told, **named))
            self.wake()

        return tell

    def wake(self) -> None:
        """Have whoever waits go on."""
        self._told.put(_nothing)

    def take_up(self, limit_s: float, check: Callable[[], None]) -> None:
        """Take up what was told, or is within some seconds; `check` is called before each, and may raise."""
        try:
            told = self._told.get(timeout=limit_s)
            for _ in range(_AT_ONCE):
                self.take_up_first()
                check()
                told()
                told = self._told.get_nowait()
            told()
        except queue.Empty:
            return

    def take_up_first(self) -> None:
        """Take up what comes before all else."""
        while not self._first.empty():
            self._first.get()()


def _nothing() -> None:
    """Wake whoever waits."""
