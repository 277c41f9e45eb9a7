"""Start ffmpeg: the only module that starts a media process, watches it, and makes sure that it never outlives us.

A child is killed with the thread that started it (PR_SET_PDEATHSIG, set by a tiny exec wrapper), so ffmpeg is always
waited for in the thread that started it, and a cancelled or killed run leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resource import struct_rusage

from pipeline.errors import FfmpegFailed, FfmpegStalled, InputError
from pipeline.shell.memory import memory_limit, told_limit
from pipeline.shell.process_watch import ProcessWatch, Progress, kill_group
from pipeline.shell.scratch import scratch_folder
from pipeline.shell.tether import tethered

# Before every command: no prompt, never overwrite (the store hands out fresh names), levels so that errors can be told.
PREAMBLE = ("-hide_banner", "-nostdin", "-n", "-nostats", "-loglevel", "level+info")
# Linux takes 128 KiB in one argument (MAX_ARG_STRLEN), other systems more.
_LONGEST_ARGUMENT = 120 * 1024
# As libav, C++ and the encoders say it.
_OUT_OF_MEMORY = ("Cannot allocate memory", "bad_alloc", "out of memory", "malloc of size", "memory allocation failed")
IDLE_LIMIT_S = 90.0
"""Neither progress nor CPU time for so long: a dead network drive, a stuck pipe."""


@dataclass(frozen=True)
class FfmpegRun:
    """What a finished process printed and used."""

    argv: tuple[str, ...]
    stdout: bytes
    stderr: str
    cpu_seconds: float
    peak_rss_bytes: int


@functools.cache
def ffmpeg_exe() -> Path:
    """Return the ffmpeg binary: MATINEE_FFMPEG where set, else the one that imageio-ffmpeg ships.

    Raises InputError where MATINEE_FFMPEG names no executable file.
    """
    named = os.environ.get("MATINEE_FFMPEG")
    if named:
        path = Path(named).expanduser()
        if not (path.is_file() and os.access(path, os.X_OK)):
            raise InputError(
                f"MATINEE_FFMPEG names {named!r}, which is not an executable file.",
                remedy="Give the full path of an ffmpeg binary, or unset it to use the one that Matinee ships.",
            )
        return path.resolve()
    import imageio_ffmpeg

    find: Any = imageio_ffmpeg.get_ffmpeg_exe  # type: ignore[attr-defined]
    try:
        return Path(find()).resolve()
    except RuntimeError as error:
        raise InputError(
            "No ffmpeg comes with Matinee for this kind of machine.", remedy="Name one in MATINEE_FFMPEG."
        ) from error


def run_ffmpeg(
    argv: tuple[str, ...],
    *,
    feed: Iterable[bytes] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    idle_limit_s: float = IDLE_LIMIT_S,
) -> FfmpegRun:
    """Run ffmpeg with the arguments that follow the preamble and return what it printed.

    `feed` is written to its standard input chunk by chunk; stop reading early is ffmpeg's right. Raises FfmpegFailed
    for a non-zero exit, FfmpegStalled after `idle_limit_s` without progress or CPU time. On any other exception in
    this thread (Ctrl-C, cancellation, one from `on_progress` or `feed`) the process group is killed first.
    """
    with _short_enough(argv) as passed:
        return _run(argv, passed, feed, on_progress, idle_limit_s)


def _run(
    argv: tuple[str, ...],
    passed: tuple[str, ...],
    feed: Iterable[bytes] | None,
    on_progress: Callable[[Progress], None] | None,
    idle_limit_s: float,
) -> FfmpegRun:
    read_progress, write_progress = os.pipe()
    command = (str(ffmpeg_exe()), *PREAMBLE, "-progress", f"pipe:{write_progress}", *passed)
    wrapped = tethered(command)
    shown = (str(ffmpeg_exe()), *PREAMBLE, *argv)
    try:
        process = subprocess.Popen(
            wrapped,
            stdin=subprocess.PIPE if feed is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(write_progress,),
            process_group=0,
            env=_environment(),
        )
    except BaseException:
        os.close(read_progress)
        raise
    finally:
        os.close(write_progress)
    watch = ProcessWatch(process, read_progress, on_progress, idle_limit_s)
    with _killed_on_exception(process, watch):
        if feed is not None and process.stdin is not None:
            _write_all(process.stdin, feed)
        watch.join()
        exit_code, usage = _wait(process)
    stderr = watch.stderr()
    if watch.error is not None:
        raise watch.error
    if watch.stalled:
        raise FfmpegStalled.of(shown, exit_code=None, stderr_tail=_tail(stderr), reason=watch.stalled)
    if exit_code != 0:
        reason = f"killed by signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
        lacks_memory = any(words in stderr for words in _OUT_OF_MEMORY)
        remedy = f"\n{told_limit(memory_limit())}" if lacks_memory else None
        raise FfmpegFailed.of(shown, exit_code=exit_code, stderr_tail=_tail(stderr), reason=reason, remedy=remedy)
    peak_kib = usage.ru_maxrss if sys.platform == "linux" else usage.ru_maxrss // 1024
    return FfmpegRun(shown, watch.stdout(), stderr, usage.ru_utime + usage.ru_stime, peak_kib * 1024)


def feed_ffmpeg(
    argv: tuple[str, ...], chunks: Iterable[bytes], *, on_progress: Callable[[Progress], None] | None = None
) -> FfmpegRun:
    """Run ffmpeg with `chunks` on its standard input (`-i pipe:0`)."""
    return run_ffmpeg(argv, feed=chunks, on_progress=on_progress)


def stop_all() -> None:
    """Kill every ffmpeg that this process runs; their callers get FfmpegFailed. For the end of a cancelled run."""
    with _running_lock:
        for process in tuple(_running):
            kill_group(process)


@contextlib.contextmanager
def _short_enough(argv: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Give the arguments as the system takes them: a filter graph that is too long for one lies in a file."""
    graph = argv.index("-filter_complex") + 1 if "-filter_complex" in argv else 0
    if not graph or len(os.fsencode(argv[graph])) < _LONGEST_ARGUMENT:
        yield argv
        return
    with scratch_folder() as folder:
        path = folder / "graph"
        path.write_bytes(os.fsencode(argv[graph]))
        # -/option reads an option's value from a file (ffmpeg 7.0 and later).
        yield (*argv[: graph - 1], "-/filter_complex", str(path), *argv[graph + 1 :])


_running: set[subprocess.Popen[bytes]] = set()
_running_lock = threading.Lock()


@contextlib.contextmanager
def _killed_on_exception(process: subprocess.Popen[bytes], watch: ProcessWatch) -> Iterator[None]:
    with _running_lock:
        _running.add(process)
    try:
        watch.start()
        yield
    except BaseException:
        kill_group(process)
        watch.join()
        if process.returncode is None:
            _wait(process)
        raise
    finally:
        with _running_lock:
            _running.discard(process)
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "FFREPORT"}
    return {**kept, "AV_LOG_FORCE_NOCOLOR": "1"}


def _write_all(stdin: IO[bytes], feed: Iterable[bytes]) -> None:
    # A broken pipe means that ffmpeg has left: its exit code tells why.
    try:
        for chunk in feed:
            stdin.write(chunk)
        stdin.close()
    except BrokenPipeError:
        with contextlib.suppress(OSError):
            stdin.close()


def _wait(process: subprocess.Popen[bytes]) -> tuple[int, struct_rusage]:
    # wait4 rather than Popen.wait: it also gives this very child's CPU time.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    return process.returncode, usage


def _tail(stderr: str, *, lines: int = 12) -> str:
    """Return the last lines that tell of trouble, else the last lines of any kind."""
    all_lines = [line for line in stderr.splitlines() if line.strip()]
    trouble = [line for line in all_lines if "[error]" in line or "[fatal]" in line or "[warning]" in line]
    return "\n  ".join((trouble or all_lines)[-lines:])
