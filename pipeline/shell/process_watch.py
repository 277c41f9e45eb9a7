"""Watch one ffmpeg process: drain its pipes, tell its progress, and kill it when it shows no sign of life."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

BUSY_LIMIT_S = 1800.0
"""CPU time but no progress for so long: a decoder that loops. A seek into an unindexed film may take minutes."""
CPU_PER_STEP_S = 120.0
"""CPU time that each picture, or second of sound, may take beyond that: 4K at the slowest that we encode takes 5 s."""
_ASKED_EVERY_S = 10.0
_TAIL_BYTES = 1 << 20


@dataclass(frozen=True)
class Progress:
    """How far one ffmpeg process has come: seconds written since it first told, times real time, pictures written."""

    out_time: Fraction
    speed: float | None
    frames: int = 0


class ProcessWatch(threading.Thread):
    """Drain a process's pipes, tell its progress, and kill it when it stalls."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        progress_fd: int,
        on_progress: Callable[[Progress], None] | None,
        idle_limit_s: float,
    ) -> None:
        super().__init__(name="ffmpeg-watch", daemon=True)
        assert process.stdout is not None and process.stderr is not None
        self._process = process
        self._on_progress = on_progress
        self._idle_limit_s = idle_limit_s
        self._pipes: dict[int, bytearray] = {
            process.stdout.fileno(): bytearray(),
            process.stderr.fileno(): bytearray(),
            progress_fd: bytearray(),
        }
        self._stdout_fd, self._stderr_fd, self._progress_fd = self._pipes
        self._fields: dict[str, str] = {}
        self._cpu_ticks = 0
        self._last_cpu = self._last_step = self._last_asked = time.monotonic()
        self.stalled = ""
        self.error: BaseException | None = None

    def stdout(self) -> bytes:
        """Return what came on standard output."""
        return bytes(self._pipes[self._stdout_fd])

    def stderr(self) -> str:
        """Return the end of what came on standard error."""
        return self._pipes[self._stderr_fd].decode("utf-8", errors="replace")

    def run(self) -> None:
        """Drain until every pipe is closed."""
        try:
            self._drain()
        except BaseException as error:  # noqa: BLE001 - handed over to the thread that waits
            self.error = error
            kill_group(self._process)
        finally:
            os.close(self._progress_fd)

    def _drain(self) -> None:
        with selectors.DefaultSelector() as selector:
            for fd in self._pipes:
                selector.register(fd, selectors.EVENT_READ)
            while selector.get_map():
                for key, _ in selector.select(timeout=1.0):
                    data = os.read(key.fd, 1 << 16)
                    if data:
                        self._take(key.fd, data)
                    else:
                        selector.unregister(key.fd)
                self._kill_if_stalled()

    def _take(self, fd: int, data: bytes) -> None:
        held = self._pipes[fd]
        held += data
        if fd == self._stderr_fd and len(held) > _TAIL_BYTES:
            del held[: len(held) - _TAIL_BYTES]
        if fd != self._progress_fd:
            return
        *lines, rest = bytes(held).split(b"\n")
        held[:] = rest
        for line in lines:
            name, _, value = line.decode("ascii", errors="replace").partition("=")
            if name == "progress":
                self._tell()
            elif self._fields.get(name) != value.strip():
                self._fields[name] = value.strip()
                if name in ("frame", "out_time_us", "total_size"):
                    self._last_step = time.monotonic()

    def _tell(self) -> None:
        if self._on_progress is None:
            return
        out_time = self._fields.get("out_time_us", "0")
        speed = self._fields.get("speed", "N/A").removesuffix("x")
        microseconds = int(out_time) if out_time.lstrip("-").isdigit() else 0
        times = float(speed) if speed.replace(".", "", 1).isdigit() else None
        frames = self._fields.get("frame", "0")
        told = max(Fraction(microseconds, 1_000_000), Fraction(0))
        self._on_progress(Progress(told, times, int(frames) if frames.isdigit() else 0))

    def _kill_if_stalled(self) -> None:
        now = time.monotonic()
        if now - self._last_step < self._idle_limit_s:
            self._kill_if_slow(now)
            return
        ticks = _cpu_ticks(self._process.pid)
        if ticks != self._cpu_ticks:
            self._cpu_ticks, self._last_cpu = ticks, now
        idle = now - max(self._last_cpu, self._last_step)
        if idle >= self._idle_limit_s:
            self.stalled = f"no sign of life for {idle:.0f} s, so it was stopped"
        elif now - self._last_step >= BUSY_LIMIT_S:
            self.stalled = f"busy without progress for {now - self._last_step:.0f} s, so it was stopped"
        if self.stalled:
            kill_group(self._process)

    def _kill_if_slow(self, now: float) -> None:
        """End what goes on, but so slowly that it would never be done."""
        if now - self._last_asked < _ASKED_EVERY_S:
            return
        self._last_asked = now
        frames, microseconds = (self._fields.get(name, "") for name in ("frame", "out_time_us"))
        steps = max(
            int(frames) if frames.isdigit() else 0, int(microseconds) // 1_000_000 if microseconds.isdigit() else 0
        )
        spent_s = _cpu_ticks(self._process.pid) / os.sysconf("SC_CLK_TCK")
        if spent_s > BUSY_LIMIT_S + CPU_PER_STEP_S * steps:
            self.stalled = f"{spent_s:.0f} s of processor time for {steps} pictures or seconds, so it was stopped"
            kill_group(self._process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that has not been waited for, and all that it started."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _cpu_ticks(pid: int) -> int:
    """Return CPU clock ticks of a process on Linux; elsewhere a constant, which leaves progress as the only sign."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    except (OSError, IndexError, ValueError):
        return 0
