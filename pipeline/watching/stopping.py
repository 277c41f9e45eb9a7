"""End a watch between two things and never in the middle of one, in which what came of a job would be lost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Stopping:
    """Whether somebody asked for the end; a second time is not waited for."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._is_asked = False

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Have every signal that would raise KeyboardInterrupt anywhere only be noted."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM)
        taken = [number for number in numbers if signal.getsignal(number) is signal.default_int_handler]
        for number in taken:
            signal.signal(number, self._note)
        try:
            yield
        finally:
            for number in taken:
                signal.signal(number, signal.default_int_handler)

    def check(self) -> None:
        """Raise KeyboardInterrupt where somebody asked for the end."""
        if self._is_asked:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._is_asked:
            signal.default_int_handler(number, frame)
        self._is_asked = True
        self._wake()
