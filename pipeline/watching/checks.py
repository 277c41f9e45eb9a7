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

    def __init__(self, ledger: Path, is_missing: Callable[[Path], bool], tell: Callable[[Key, Finding], None]) -> None:
        self._ledger = ledger
        self._is_missing = is_missing
        """Tells of a film whether the drive is known not to be there that it belongs on."""
        self._tell = tell
        self._looking: dict[Checker, Check] = {}
        self._lock = threading.Lock()
        self._due: queue.SimpleQueue[Check | None] = queue.SimpleQueue()

    def start(self) -> None:
        """Begin."""
        for number in range(_AT_ONCE):
            threading.Thread(target=self._run, name=f"checks-{number}", daemon=True).start()

    def put(self, check: Check) -> None:
        """Have a film looked into when its turn comes."""
        self._due.put(check)

    def give_up(self, is_held_up: Callable[[Path, float], bool]) -> None:
        """End looking into films that hang in a drive, so that others go on."""
        with self._lock:
            for checker, check in self._looking.items():
                if is_held_up(check.path, check.since_s):
                    checker.give_up()

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
                self._tell(check.key, self._look_into(checker, check))
        finally:
            checker.stop()

    def _look_into(self, checker: Checker, check: Check) -> Finding:
        if self._is_missing(check.path):
            return Finding("unreachable", "its drive is not there")
        with self._lock:
            self._looking[checker] = check
        try:
            return checker.look_into(check.path, check.wait_for, check.size)
        except Exception as error:  # noqa: BLE001 - it is looked into again
            return Finding("unreachable", f"it cannot be looked into ({error})")
        finally:
            with self._lock:
                del self._looking[checker]
