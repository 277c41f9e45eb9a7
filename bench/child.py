"""Start other programs than ffmpeg and measure them: wall and CPU time, and the memory of the Python among them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BIN: Final = Path(sys.executable).parent
MATINEE: Final = str(_BIN / "matinee")
PREFECT: Final = str(_BIN / "prefect")
SCENEDETECT: Final = str(_BIN / "scenedetect")
_SAMPLE_S: Final = 0.2


@dataclass(frozen=True)
class ChildRun:
    """What a program used, with everything that it started and waited for."""

    stdout: str
    stderr: str
    wall_seconds: float
    cpu_seconds: float
    python_peak_bytes: int
    """The most that its Python processes held at one time; 0 where it was too short to be looked at."""
    peak_bytes: int = 0
    """The most that all its processes held at one time, looked at a few times a second."""
    largest_bytes: int = 0
    """The most that any one of them held."""


class ChildFailedError(Exception):
    """A program left with another code than 0; the message holds its last words."""


def run_child(argv: tuple[str, ...], **environment: str) -> ChildRun:
    """Run a program to its end, with more environment variables. Raises ChildFailedError."""
    started = time.perf_counter()
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        process_group=0,
    )
    memory = _MemoryWatch(process.pid)
    errors: list[bytes] = []
    assert process.stdout is not None and process.stderr is not None
    draining = threading.Thread(target=lambda stream: errors.append(stream.read()), args=(process.stderr,))
    memory.start()
    draining.start()
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    memory.stop()
    draining.join()
    process.stdout.close()
    process.stderr.close()
    if process.returncode:
        told = b"".join(errors).decode(errors="replace").strip()[-2000:]
        raise ChildFailedError(f"{' '.join(argv)}: exit code {process.returncode}\n{told}")
    told = b"".join(errors).decode(errors="replace")
    cpu = usage.ru_utime + usage.ru_stime
    # Not ru_maxrss: a process starts with what its parent held when it was forked off.
    held = (memory.python_peak_bytes, memory.peak_bytes, memory.largest_bytes)
    return ChildRun(output.decode(), told, wall, cpu, *held)


class _MemoryWatch(threading.Thread):
    """Look at a process and its descendants now and then, and remember the most that they held."""

    def __init__(self, pid: int) -> None:
        super().__init__(name="memory-watch", daemon=True)
        self._pid = pid
        self._stopped = threading.Event()
        self.python_peak_bytes = self.peak_bytes = self.largest_bytes = 0

    def run(self) -> None:
        while not self._stopped.wait(_SAMPLE_S):
            held = {pid: _resident_bytes(pid) for pid in _family(self._pid)}
            in_python = sum(size for pid, size in held.items() if _is_python(pid))
            # The kernel's own peak catches what comes and goes between two looks, for the process itself.
            own_peak = _status_bytes(self._pid, "VmHWM")
            self.python_peak_bytes = max(self.python_peak_bytes, in_python, own_peak)
            self.peak_bytes = max(self.peak_bytes, sum(held.values()), own_peak)
            self.largest_bytes = max(self.largest_bytes, *(_status_bytes(pid, "VmHWM") for pid in held), own_peak)

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return
    for task in tasks:
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))


def _is_python(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/exe").resolve().name.startswith("python")
    except OSError:
        return False


def _resident_bytes(pid: int) -> int:
    return _status_bytes(pid, "VmRSS")


def _status_bytes(pid: int, field: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:")), 0)
