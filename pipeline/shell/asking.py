"""Ask a drive that may not answer, without waiting for ever: a thread asks, and hangs there in our stead.

A network drive that is mounted hard holds whoever asks it of a file until its server is back, and no signal ends that.
"""

from __future__ import annotations

import errno
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

LIMIT_S: Final = 5.0
"""What takes longer has not answered: a disk that spins up takes seconds, too, and nothing is lost by asking again."""
WRITING_LIMIT_S: Final = 20.0
"""The same of what waits for other writes, or reads a file."""

Answer = TypeVar("Answer")


class Asker:
    """Asks one drive, one question after the other, from any thread."""

    def __init__(self) -> None:
        self._questions: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_stopped = False
        self._unanswered_s: float | None = None
        """When that was asked which was not waited for any longer."""

    @property
    def silent_s(self) -> float | None:
        """For how long the drive has not answered; None where it does."""
        asked_s = self._unanswered_s
        return None if asked_s is None else time.monotonic() - asked_s

    def ask(self, question: Callable[[], Answer], limit_s: float = LIMIT_S) -> Answer:
        """Return or raise what a question does; OSError (ETIMEDOUT) where it, or one before it, is not answered.

        What is not waited for is done all the same, once the drive answers.
        """
        with self._lock:
            told = self._wait_for(question, limit_s)
        answer: Answer = told.take()
        return answer

    def stop(self) -> None:
        """End the thread, as soon as it is answered; nothing is asked any more."""
        self._is_stopped = True
        self._questions.put(None)

    def _wait_for(self, question: Callable[[], Any], limit_s: float) -> _Told:
        if self._unanswered_s is not None or self._is_stopped:
            raise silence()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="asker", daemon=True)
            self._thread.start()
        asked_s, told = time.monotonic(), _Told(question)
        self._questions.put(told)
        if not told.is_there.wait(limit_s):
            self._unanswered_s = asked_s
            self._questions.put(self._speak)
            raise silence()
        return told

    def _run(self) -> None:
        while (question := self._questions.get()) is not None:
            question()

    def _speak(self) -> None:
        self._unanswered_s = None


class _Told:
    """A question, and its answer when that is there."""

    def __init__(self, question: Callable[[], Any]) -> None:
        self._question = question
        self._answer: Any = None
        self._error: Exception | None = None
        self.is_there = threading.Event()

    def __call__(self) -> None:
        try:
            self._answer = self._question()
        except Exception as error:  # noqa: BLE001 - raised where it was asked
            self._error = error
        self.is_there.set()

    def take(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._answer


def ask_once(question: Callable[[], Answer], limit_s: float = LIMIT_S) -> Answer:
    """Return or raise what a question does; OSError (ETIMEDOUT) where it is not answered in time."""
    asker = Asker()
    try:
        return asker.ask(question, limit_s)
    finally:
        asker.stop()


def silence() -> OSError:
    """Return the error for a drive that does not answer."""
    return OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
