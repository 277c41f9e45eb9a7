"""Have files looked into in another process, which may crash or hang on them, and goes away when nothing is to do."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from pipeline.plan.arrivals import Finding
from pipeline.shell.checking import WaitFor
from pipeline.shell.companion import Companion, CompanionLost

_LEAST_LIMIT_S: Final = 180.0
_SLOWEST_BYTES_PER_S: Final = 1_000_000
_REST_AFTER_S: Final = 20.0
_MOST_ANSWERS: Final = 2000
"""After so many files, another process goes on: libraries of C do not give back all that they take."""


class Checker:
    """Looks into one file at a time; not to be used by two threads at once."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self._companion: Companion | None = None
        self._used_at = 0.0
        self._answers = 0

    def look_into(self, path: Path, wait_for: WaitFor, size: int) -> Finding:
        """Return what is found in a file of about that size."""
        limit_s = _LEAST_LIMIT_S + size / _SLOWEST_BYTES_PER_S
        if self._answers >= _MOST_ANSWERS:
            self.stop()
        try:
            if self._companion is None:
                self._companion = Companion("pipeline.shell.checking", str(self._ledger))
                self._answers = 0
            # Any name: bytes that are no UTF-8 as well.
            self._companion.ask({"path": os.fsencode(path).hex(), "wait_for": wait_for})
            answer = self._companion.answer(limit_s)
        except CompanionLost as error:
            self.stop()
            why = f"looking into it failed: the program that did {error}"
            return Finding("broken", why, "Export it again; if it plays everywhere, this is a fault of ours.")
        except BaseException:
            self.stop()
            raise
        finally:
            self._used_at = time.monotonic()
        self._answers += 1
        return Finding(**answer)

    def rest(self) -> None:
        """End the process where it has not been needed for a while."""
        if self._companion is not None and time.monotonic() - self._used_at > _REST_AFTER_S:
            self.stop()

    def give_up(self) -> None:
        """End the process from another thread, without waiting: who has a file looked into is told that it ended."""
        companion = self._companion
        if companion is not None:
            companion.end()

    def stop(self) -> None:
        """End the process."""
        companion, self._companion = self._companion, None
        if companion is not None:
            companion.stop()
