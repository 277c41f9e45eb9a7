"""The watch itself: a loop around events, sweeps, films on their way and jobs, which nothing about a film can end.

One thread has the ledger and decides; events, sweeps, checks and jobs run in threads that tell it what they found.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.counting import counted
from pipeline.errors import InputError
from pipeline.plan.arrival_names import WATCH_FILE, is_entered, is_film_name, is_sidecar
from pipeline.plan.arrivals import PATIENCE_S, Finding
from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.arrived_files import Files
from pipeline.shell.checker import Checker
from pipeline.shell.drives import drive_of
from pipeline.shell.folder_events import FolderEvents
from pipeline.shell.home import Home, find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.triggers import Triggers
from pipeline.shell.watches import Watches, WatchRow
from pipeline.spelling import spelled
from pipeline.watching.desk import Check, Desk, Key, key_of
from pipeline.watching.job_queue import JobQueue
from pipeline.watching.jobs import Job, Outcome, Runner
from pipeline.watching.locks import alone_at, is_alive, own_name
from pipeline.watching.notes import clear_stray
from pipeline.watching.settings import FolderSettings, Scope
from pipeline.watching.settling import Settler
from pipeline.watching.sweep import FolderLook, Sweeper

_LONGEST_SLEEP_S: Final = 5.0
_RESTS_EVERY_S: Final = 10.0
_AT_ONCE: Final = 200
_SHARE_OF_SWEEPS: Final = 200
"""A sweep that takes a second of a core is not begun again for so many, which is half a per cent of it."""
_PAUSE_OF_SWEEPS: Final = 10
"""Nor for so many times as long as it took: a server has others to answer."""


@dataclass(frozen=True)
class Tempo:
    """How fast things go, in seconds; `bench` and tests are in more of a hurry."""

    sweep_s: float = 300.0
    """Between two sweeps where the system tells what happens."""
    blind_sweep_s: float = 20.0
    """The same where it does not, or not of what others write to: on drives of a network."""
    still_s: float | None = None
    """For which files have to be still at least; None: as their drive asks for."""
    patience_s: float = PATIENCE_S
    retries_s: tuple[float, ...] = (60.0, 300.0, 1800.0)
    """After which a job that failed is tried again."""


@dataclass(frozen=True)
class WatchRequest:
    """What is watched, and what becomes of its films where no watch.toml says otherwise."""

    root: Path
    scope: Scope
    until: Literal["stopped", "nothing is left"] = "stopped"
    jobs: int = 1
    """How many run at once."""
    tempo: Tempo = field(default_factory=Tempo)


def watch(request: WatchRequest, runner: Runner, tell: Callable[[str], None]) -> None:
    """Watch a folder until it is stopped (KeyboardInterrupt, which is passed on), or nothing is left to do.

    Raises InputError where there is no such folder, or it is watched already.
    """
    home, root = find_home(), checked_root(request.root, find_home())
    with ExitStack() as held:
        held.enter_context(alone_at(root, home.watches))
        owner = held.enter_context(own_name(home.watches))
        ledger = held.enter_context(ArrivalLedger(home.arrivals))
        watching = _Watch(request, root, home, ledger, owner, runner, tell)
        with watching.running():
            watching.loop()


def checked_root(root: Path, home: Home) -> Path:
    """Return a folder as it is watched. Raises InputError where it is none, or one of Matinee's own."""
    place = root.expanduser().absolute()
    if not place.is_dir():
        what = "is no folder" if os.path.lexists(place) else "does not exist"
        raise InputError(f"{spelled(str(root))} {what}.", remedy="Name the folder that films are copied to.")
    for own in (home.store, home.out):
        if place.resolve().is_relative_to(own.resolve()):
            raise InputError(f"{spelled(str(root))} lies in {own}, where Matinee's own files are.")
    return place


class _Watch:
    """One watch while it runs."""

    def __init__(
        self,
        request: WatchRequest,
        root: Path,
        home: Home,
        ledger: ArrivalLedger,
        owner: str,
        runner: Runner,
        tell: Callable[[str], None],
    ) -> None:
        self._request, self._root, self._home, self._owner = request, root, home, owner
        self._tell = tell
        self._root_id = ledger.root_id(root)
        self._watches = Watches(ledger)
        self._drive, self._kind = drive_of(root)
        pace = self._watches.pace(self._drive, self._kind, request.tempo.still_s)
        files, triggers = Files(ledger), Triggers(ledger)
        self._settings = FolderSettings(root, request.scope)
        self._settler = Settler(root, self._root_id, files, triggers, Ledger(home.ledger))
        self._desk = Desk(
            root,
            self._root_id,
            files=files,
            triggers=triggers,
            settings=self._settings,
            settler=self._settler,
            pace=pace,
            patience_s=request.tempo.patience_s,
            tell=tell,
        )
        self._queue: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._checks: queue.SimpleQueue[Check | None] = queue.SimpleQueue()
        self._sweeps: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._jobs = JobQueue(
            self._root_id, owner, runner, triggers, files, self._desk, self._settler, request.tempo.retries_s, tell
        )
        self._pool = ThreadPoolExecutor(request.jobs, thread_name_prefix="job")
        self._events: FolderEvents | None = None
        self._heard_at: tuple[int, int] | None = None
        self._row = WatchRow(root, owner, os.getpid(), _now(), "", "", 0, ())
        self._is_mount = _is_mount(root)
        self._left_out = _left_out(root, home, request.scope)
        self._is_sweeping = self._has_swept = self._is_away = False
        self._next_sweep_s = 0.0
        self._films = 0
        self._to_sweep: set[str] = set()
        self._unread: dict[str, str] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have everything around the loop run; whatever ends it, all is ended and given back."""
        lost = self._jobs.recover(partial(is_alive, folder=self._home.watches))
        if lost:
            self._tell(f"{lost} that a watch was ended in the middle of: done again")
        self._jobs.settle_left(self._settings)
        self._watches.put_watch(self._root_id, self._row)
        threads = [
            threading.Thread(target=self._check_all, name="checks", daemon=True),
            threading.Thread(target=self._sweep_all, name="sweeps", daemon=True),
        ]
        for thread in threads:
            thread.start()
        self._listen()
        try:
            yield
        finally:
            if self._events is not None:
                self._events.stop()
            self._checks.put(None)
            self._sweeps.put(None)
            self._jobs.stop()
            self._pool.shutdown(wait=True)
            # What jobs told last; what was in the middle is given back.
            while not self._queue.empty():
                self._queue.get()()
            self._jobs.give_back_all()

    def loop(self) -> None:
        """Do what is due, and wait for what happens."""
        while True:
            self._do_due()
            if self._request.until == "nothing is left" and self._is_over():
                waiting = self._desk.count_waiting()
                still = f"{counted(waiting, 'film')} still to come; else " if waiting else ""
                self._tell(f"{still}nothing is left to do")
                return
            self._wait()

    def _wait(self) -> None:
        try:
            told = self._queue.get(timeout=self._sleep_s())
            for _ in range(_AT_ONCE):
                told()
                told = self._queue.get_nowait()
            told()
        except queue.Empty:
            return

    def _sleep_s(self) -> float:
        now = time.monotonic()
        due = [_LONGEST_SLEEP_S]
        if not self._is_sweeping:
            due.append(self._next_sweep_s - now)
        if self._desk.next_s is not None and not self._is_away:
            due.append(self._desk.next_s - now)
        if len(self._jobs.running) < self._request.jobs and (job_s := self._jobs.next_due_s()) is not None:
            due.append(job_s)
        return max(0.0, min(due))

    def _do_due(self) -> None:
        if not self._is_away:
            for check in self._desk.due():
                self._checks.put(check)
        if not self._is_sweeping and (self._to_sweep or time.monotonic() >= self._next_sweep_s):
            self._begin_sweep()
        while len(self._jobs.running) < self._request.jobs and (job := self._jobs.claim()) is not None:
            self._pool.submit(self._do, job)

    def _is_over(self) -> bool:
        return (
            self._has_swept
            and not self._is_away
            and self._root.is_dir()
            and not self._is_sweeping
            and not self._to_sweep
            and self._desk.is_empty
            and not self._jobs.running
            and self._jobs.next_due_s() is None
            and self._queue.empty()
        )

    def _do(self, job: Job) -> None:
        """Do a job, in a thread of the pool."""

        def on_share(share: float) -> None:
            self._queue.put(partial(self._jobs.tell_share, job, share))

        try:
            outcome = self._jobs.runner.run(job, on_share)
        except Exception as error:  # noqa: BLE001 - a fault of ours in one job ends no other
            outcome = Outcome("again", f"a fault of ours: {type(error).__name__}: {error}")
        self._queue.put(partial(self._jobs.finish, job, outcome))

    def _listen(self) -> None:
        def tell(paths: frozenset[str]) -> None:
            self._queue.put(partial(self._hear, paths))

        def tell_lost(why: str) -> None:
            self._queue.put(partial(self._hear_nothing, why))

        if self._events is not None:
            self._events.stop()
        self._heard_at = _identity(self._root)
        self._events = FolderEvents(self._root, tell, tell_lost)
        self._events.start()

    def _hear_nothing(self, why: str) -> None:
        self._events = None
        self._put_row(events=spelled(why))
        self._tell(f"sweeps do without events: {spelled(why)}")

    def _hear(self, paths: frozenset[str]) -> None:
        """Take up what the system says has happened at some paths."""
        for path in sorted(paths):
            key = key_of(self._root, path)
            if key is None:
                # The folder itself: it went away, or came back.
                self._next_sweep_s = 0.0
            elif self._settings.is_watched(key[0]) and not self._is_ours(path):
                self._hear_of(path, key)

    def _hear_of(self, path: str, key: Key) -> None:
        folder, name = key
        if name == WATCH_FILE or not os.path.lexists(path):
            # Something was renamed or removed, or has a name that events cannot tell.
            self._to_sweep.add(folder)
        elif is_film_name(name):
            self._desk.look(key)
        elif is_sidecar(name):
            self._to_sweep.add(folder)
            self._desk.vouch(folder, (name,))
        elif Path(path).is_dir() and not Path(path).is_symlink() and is_entered(name):
            self._to_sweep.add(f"{folder}/{name}" if folder else name)

    def _is_ours(self, path: str) -> bool:
        return any(Path(path).is_relative_to(self._root / folder) for folder in self._left_out)

    def _begin_sweep(self) -> None:
        identity = _identity(self._root)
        is_away = identity is None or (self._is_mount and not _is_mount(self._root))
        if is_away != self._is_away:
            self._is_away = is_away
            self._put_row()
            self._tell(f"{spelled(str(self._root))} is {'away: waiting for it' if is_away else 'back'}")
        if not is_away and identity != self._heard_at:
            # Another folder of that name is there by now, of which the system tells nothing yet.
            self._listen()
        if is_away:
            self._to_sweep.clear()
            self._next_sweep_s = time.monotonic() + self._request.tempo.blind_sweep_s
            return
        self._jobs.recover(partial(is_alive, folder=self._home.watches))
        whole = time.monotonic() >= self._next_sweep_s or "" in self._to_sweep or len(self._to_sweep) > _AT_ONCE
        self._is_sweeping, self._films = True, 0
        if whole:
            self._unread.clear()
            self._to_sweep.clear()
            self._sweeps.put("")
        else:
            self._sweeps.put(self._to_sweep.pop())

    def _sweep_all(self) -> None:
        """Do sweeps, in a thread with a ledger of its own."""
        with ArrivalLedger(self._home.arrivals) as ledger:
            sweeper = Sweeper(self._root, self._root_id, Files(ledger), self._left_out)
            while (begin := self._sweeps.get()) is not None:
                wall, used = time.monotonic(), time.thread_time()
                # Fresh: this thread and the loop do not share what they read.
                settings = FolderSettings(self._root, self._request.scope)
                trouble = None
                try:
                    for look in sweeper.sweep(begin, settings):
                        self._queue.put(partial(self._take, look))
                except Exception as error:  # noqa: BLE001 - the next sweep may do
                    trouble = f"a sweep failed: {error}"
                spent = (time.monotonic() - wall, time.thread_time() - used)
                self._queue.put(partial(self._end_sweep, begin, spent, trouble))

    def _take(self, look: FolderLook) -> None:
        """Take up what one folder holds."""
        self._settings.refresh(look.folder)
        if look.trouble is not None:
            self._unread[look.folder] = spelled(look.trouble)
            return
        for name, shape in look.seen:
            self._desk.see((look.folder, name), shape)
        self._desk.vouch(look.folder, look.sidecars)
        self._films += look.films
        for name in look.strays:
            clear_stray(self._root / look.folder / name)
        if look.gone and not (self._is_mount and not _is_mount(self._root)):
            # By now they may be there again.
            there = [name for name in look.gone if os.path.lexists(self._root / look.folder / name)]
            self._desk.miss(look.folder, tuple(name for name in look.gone if name not in there))

    def _end_sweep(self, begin: str, spent: tuple[float, float], trouble: str | None) -> None:
        self._is_sweeping = False
        if trouble is not None:
            self._tell(spelled(trouble))
        self._watches.remember_pace(self._drive, self._desk.pace)
        if begin:
            return
        self._has_swept = True
        self._jobs.forget_gone()
        tempo, (wall_s, used_s) = self._request.tempo, spent
        is_blind = self._events is None or self._kind == "network"
        usual_s = tempo.blind_sweep_s if is_blind else tempo.sweep_s
        pause_s = max(usual_s, used_s * _SHARE_OF_SWEEPS, wall_s * _PAUSE_OF_SWEEPS)
        self._next_sweep_s = time.monotonic() + pause_s
        self._put_row(swept=_now(), looked_at=self._films)

    def _put_row(self, **changed: Any) -> None:
        away = (f"{self._root} is away",) if self._is_away else ()
        troubles = tuple(spelled(one) for one in (*away, *self._settings.troubles, *self._unread.values()))
        for trouble in troubles:
            if trouble not in self._row.troubles and trouble not in away:
                self._tell(trouble)
        self._row = replace(self._row, **changed, troubles=troubles)
        self._watches.put_watch(self._root_id, self._row)

    def _check_all(self) -> None:
        """Look into films, in a thread of its own."""
        checker = Checker(self._home.ledger)
        try:
            while True:
                try:
                    check = self._checks.get(timeout=_RESTS_EVERY_S)
                except queue.Empty:
                    checker.rest()
                    continue
                if check is None:
                    return
                finding = self._look_into(checker, check)
                self._queue.put(partial(self._desk.found, check.key, finding))
        finally:
            checker.stop()

    def _look_into(self, checker: Checker, check: Check) -> Finding:
        try:
            return checker.look_into(check.path, check.wait_for, check.size)
        except Exception as error:  # noqa: BLE001 - it is looked into again
            return Finding("unreachable", f"it cannot be looked into ({error})")


def _left_out(root: Path, home: Home, scope: Scope) -> frozenset[str]:
    """Return the folders of our own that lie in a watched one, below it."""
    outs = (Path(scope.order.out),) if scope.order.out else ()
    own = (home.store, home.out, home.projects, *outs)
    inside = (one for one in own if one.is_relative_to(root) and one != root)
    return frozenset(one.relative_to(root).as_posix() for one in inside)


def _identity(root: Path) -> tuple[int, int] | None:
    """Return which folder it is that has a name; None where none has."""
    try:
        status = root.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if root.is_dir() else None


def _is_mount(root: Path) -> bool:
    try:
        return root.is_dir() and os.path.ismount(root)
    except OSError:
        return False


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
