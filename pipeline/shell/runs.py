"""What is being made in a home just now: a small file for each run, which its process holds locked until it ends.

It is there to be shown, and nothing is decided by it: where it cannot be written, the run goes on untold. The kernel
frees the lock at a process's death, so that a file whose lock is free is what a killed run left, and is cleared away.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, get_args

from pipeline.shell.stage_shares import StageShares

What = Literal["cut", "package", "block"]
_SUFFIX: Final = ".run"
_DRAFT: Final = ".draft"
_EVERY_S: Final = 1.0
_MOST_BYTES: Final = 64 << 10
_TRIES: Final = 3


@dataclass(frozen=True)
class RunStatus:
    """How far one run is."""

    what: What
    path: Path
    """The film, edit or block file that it is about, absolute."""
    stage: str
    """What it is at, as it calls it; perhaps nothing."""
    share: float
    """How much of it is done, from 0 to 1."""
    since: str
    """UTC, ISO 8601."""
    pid: int


class RunNote:
    """What one run tells of itself, from any of its threads, at most once a second."""

    def __init__(self, folder: Path | None, what: What, path: Path) -> None:
        self._said = {"what": what, "path": str(path.absolute()), "pid": os.getpid(), "since": _now()}
        self._place = None if folder is None else folder / f"{uuid.uuid4().hex}{_SUFFIX}"
        self._held: int | None = None
        self._shares = StageShares()
        self._lock = threading.Lock()
        self._told_at = float("-inf")

    def tell(self, stage: str, share: float, _speed: float | None = None) -> None:
        """Take that a stage of it is done to a share of 0 to 1."""
        with self._lock:
            self._show(stage, self._shares.take(stage, share))

    def stage(self, name: str) -> Callable[[float], None]:
        """Return what takes how far one stage is."""
        return lambda share: self.tell(name, share)

    def tell_whole(self, share: float) -> None:
        """Take how much of all of it is done."""
        with self._lock:
            self._show("", share)

    def end(self) -> None:
        """Take it away."""
        with self._lock:
            place, self._place = self._place, None
            if place is not None:
                with contextlib.suppress(OSError):
                    place.unlink()
            self._let_go()

    def _show(self, stage: str, share: float) -> None:
        now = time.monotonic()
        if self._place is None or now - self._told_at < _EVERY_S:
            return
        self._told_at = now
        # A disk that takes no more is told by whoever has to write there.
        with contextlib.suppress(OSError):
            self._replace(self._place, json.dumps({**self._said, "stage": stage, "share": round(share, 4)}))

    def _replace(self, place: Path, text: str) -> None:
        """Put the file there anew, locked before it has its name."""
        draft = place.with_suffix(_DRAFT)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(descriptor, text.encode("ascii"))
            draft.replace(place)
        except OSError:
            os.close(descriptor)
            raise
        self._let_go()
        self._held = descriptor

    def _let_go(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None


@contextlib.contextmanager
def told_run(folder: Path, what: What, path: Path) -> Iterator[RunNote]:
    """Tell of a run for as long as it lasts; `folder` is where runs of its home are told."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        note = RunNote(None, what, path)
    else:
        read_runs(folder)  # which clears away what killed runs left, also where no page is open
        note = RunNote(folder, what, path)
    try:
        note.tell_whole(0.0)
        yield note
    finally:
        note.end()


def read_runs(folder: Path) -> tuple[RunStatus, ...]:
    """Return the runs that go on, the oldest first; what killed ones left is cleared away."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith((_SUFFIX, _DRAFT)))  # noqa: PTH208 - names
    except OSError:
        return ()
    found = [run for name in names if (run := _read(folder / name)) is not None]
    return tuple(sorted(found, key=lambda run: run.since))


def _read(path: Path) -> RunStatus | None:
    for _ in range(_TRIES):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            text, is_held = os.read(descriptor, _MOST_BYTES), _is_held(descriptor)
            is_there = _is_at(descriptor, path)
        finally:
            os.close(descriptor)
        if is_held:
            return _parse(text) if path.suffix == _SUFFIX else None
        if is_there:
            _clear(path)
            return None
    # It was put there anew each time that it was looked at: the run goes on.
    return _parse(text) if path.suffix == _SUFFIX else None


def _is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False


def _clear(path: Path) -> None:
    """Remove what no process holds; a draft is held a moment after it was made."""
    with contextlib.suppress(OSError):
        if path.suffix == _SUFFIX or time.time() - path.lstat().st_mtime > 60:
            path.unlink()


def _parse(text: bytes) -> RunStatus | None:
    try:
        said = json.loads(text)
        if said["what"] not in get_args(What):
            return None
        path, share = Path(str(said["path"])), min(1.0, max(0.0, float(said["share"])))
        return RunStatus(said["what"], path, str(said["stage"]), share, str(said["since"]), int(said["pid"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
