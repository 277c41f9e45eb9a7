"""Films that are looked into, a few at a time: each thread has a process for it that ends when nothing is to do."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pipeline.plan.arrivals import Finding
from pipeline.shell.checker import Checker
from pipeline.watching.desk import Check, Key

_AT_ONCE: Final = 2
"""So that one film of a hundred gigabytes, which is read once, holds up no other."""
_RESTS_EVERY_S: Final = 10.0


class Checks:
    """Looks into films and tells what is found, from threads of its own."""

    def __init__(self, ledger: Path, tell: Callable[[Key, Finding], None]) -> None:
        self._ledger = ledger
        self._tell = tell
        self._due: queue.SimpleQueue[Check | None] = queue.SimpleQueue()

    def start(self) -> None:
        """Begin."""
        for number in range(_AT_ONCE):
            threading.Thread(target=self._run, name=f"checks-{number}", daemon=True).start()

    def put(self, check: Check) -> None:
        """Have a film looked into when its turn comes."""
        self._due.put(check)

    def stop(self) -> None:
        """End, as soon as what is being looked into was."""
        for _ in range(_AT_ONCE):
            self._due.put(None)

    def _run(self) -> None:
        checker = Checker(self._ledger)
        try:
            while True:
                try:
                    check = self._due.get(timeout=_RESTS_EVERY_S)
                except queue.Empty:
                    checker.rest()
                    continue
                if check is None:
                    return
                self._tell(check.key, _look_into(checker, check))
        finally:
            checker.stop()


def _look_into(checker: Checker, check: Check) -> Finding:
    try:
        return checker.look_into(check.path, check.wait_for, check.size)
    except Exception as error:  # noqa: BLE001 - it is looked into again
        return Finding("unreachable", f"it cannot be looked into ({error})")
