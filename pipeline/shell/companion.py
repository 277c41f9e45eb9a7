"""Run a module of ours in a process of its own, one JSON line in and some out: what may crash or hang does so there.

Nothing else starts Python. A companion dies with the thread that started it, and so does every ffmpeg of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from pipeline.shell.tether import tethered

_STOP_LIMIT_S: Final = 5.0
_TAIL_BYTES: Final = 4000


def open_answers() -> Callable[[Mapping[str, Any]], None]:
    """Return what answers whoever started this process, a line for each; to be called before anything is printed."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # nothing that a library prints is taken for an answer

    def answer(values: Mapping[str, Any]) -> None:
        answers.write(json.dumps(values, default=str) + "\n")
        answers.flush()

    return answer


class CompanionLost(Exception):  # noqa: N818 - says what happened
    """The process ended, or gave no answer in time; the message says how."""


class Companion:
    """One process that runs `python -m MODULE ARGUMENTS`."""

    def __init__(self, module: str, *arguments: str) -> None:
        # -P: no file in the current folder is taken for a module of ours.
        command = (sys.executable, "-P", "-m", module, *arguments)
        self._told = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        self._process = subprocess.Popen(
            tethered(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._told,
            process_group=0,
        )
        self._is_given_up = False
        self._lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name=f"{module} answers", daemon=True)
        self._reader.start()

    def ask(self, question: dict[str, Any]) -> None:
        """Send a question. Raises CompanionLost."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question).encode("ascii") + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise CompanionLost(self._how_it_ended()) from None

    def answer(self, limit_s: float | None = None) -> dict[str, Any]:
        """Return the next answer. Raises CompanionLost where the process ends before, or takes longer than that."""
        try:
            line = self._lines.get(timeout=limit_s)
        except queue.Empty:
            raise CompanionLost(f"gave no answer for {limit_s:.0f} s") from None
        if line is None:
            raise CompanionLost(self._how_it_ended())
        return line

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def end(self) -> None:
        """Have the process end, whose asker then gets CompanionLost; from any thread, which waits for nothing."""
        threading.Thread(target=self._end, name="ending a companion", daemon=True).start()

    def stop(self) -> None:
        """End the process and wait until it is gone."""
        if not self._is_given_up:
            self._signal_in_turn()
        for stream in (self._process.stdin, self._process.stdout if self._process.poll() is not None else None):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._told.close()

    def _end(self) -> None:
        self._signal_in_turn()
        self._is_given_up = True
        self._lines.put(None)

    def _signal_in_turn(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                self._signal(number)
                # What hangs in a dead network drive ends when that answers; it is not waited for.
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_STOP_LIMIT_S)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            for line in self._process.stdout:
                self._lines.put(json.loads(line))
        except ValueError:  # half a line, or the pipe was closed
            pass
        self._lines.put(None)

    def _how_it_ended(self) -> str:
        deadline = time.monotonic() + _STOP_LIMIT_S
        while self._process.poll() is None and not self._is_given_up and time.monotonic() < deadline:
            time.sleep(0.01)
        code = self._process.returncode
        self._told.seek(0, os.SEEK_END)
        self._told.seek(max(0, self._told.tell() - _TAIL_BYTES))
        last = self._told.read().decode("utf-8", "replace").strip().splitlines()
        how = "was ended" if code is None else f"ended by signal {-code}" if code < 0 else f"ended with code {code}"
        return f"{how}{f': {last[-1]}' if last else ''}"
