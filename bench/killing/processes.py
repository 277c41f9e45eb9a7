"""The processes of a run, known by a mark in their environment: found, killed, and waited for with what they used."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

MARK: Final = "MATINEE_BENCH_RUN"
"""The variable that every process of a run inherits."""
GONE_LIMIT_S: Final = 10.0
"""So long the kernel may take to end what has lost its parent, on a busy machine."""
_PR_SET_CHILD_SUBREAPER: Final = 36
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def adopt_orphans() -> None:
    """Become the parent of whoever loses theirs, so that the CPU time of killed runs' children is known."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Run:
    """One command with all that it starts."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], told: Path) -> None:
        self.mark = f"{os.getpid()}-{os.urandom(8).hex()}"
        self.told = told
        with told.open("wb") as output:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment, MARK: self.mark},
                process_group=0,
            )
        self.pid = self._process.pid
        self.code: int | None = None
        self.cpu_s = 0.0

    def has_ended(self) -> bool:
        """Tell whether the command has ended; its CPU time counts from then on."""
        if self.code is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.code = self._process.returncode = os.waitstatus_to_exitcode(status)
                self.cpu_s += usage.ru_utime + usage.ru_stime
        return self.code is not None

    def wait(self, limit_s: float) -> bool:
        """Wait for its end, and return whether that came in time."""
        deadline = time.monotonic() + limit_s
        while not self.has_ended():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def end(self) -> tuple[str, ...]:
        """Wait for what the command left to go; kill what does not, and return its command lines."""
        deadline = time.monotonic() + GONE_LIMIT_S
        while left := self._adopted():
            if time.monotonic() > deadline:
                lines = tuple(command_of(pid) for pid in left)
                for pid in left:
                    kill(pid)
                time.sleep(0.2)
                self._adopted()
                return lines
            time.sleep(0.01)
        return ()

    def children(self, named: str) -> tuple[int, ...]:
        """Return its processes whose program has a name."""
        return tuple(pid for pid in marked(self.mark) if pid != self.pid and named in program_of(pid))

    def _adopted(self) -> tuple[int, ...]:
        """Wait for orphans that have ended, and return those that have not."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, _, usage = os.wait4(-1, os.WNOHANG)
                if not pid:
                    break
                self.cpu_s += usage.ru_utime + usage.ru_stime
        return marked(self.mark)


def end_all() -> None:
    """Kill what is left of all runs of this process."""
    for pid in marked(f"{os.getpid()}-"):
        kill(pid)


def marked(mark: str) -> tuple[int, ...]:
    """Return the processes whose mark begins so and that have not ended."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if wanted in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
    return tuple(found)


def kill(pid: int) -> None:
    """Send SIGKILL to a process, which may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def program_of(pid: int) -> str:
    """Return the name of the program that a process runs."""
    try:
        return Path(f"/proc/{pid}/exe").readlink().name
    except OSError:
        return ""


def command_of(pid: int) -> str:
    """Return a process's command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def cpu_s_of(pid: int) -> float:
    """Return the CPU seconds of a process and of those that it started and waited for; 0 where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS
