"""The watch itself: a loop around events, sweeps, films on their way and jobs, which nothing about a film can end.

One thread has the ledger and decides; events, sweeps, checks and jobs run in threads that tell it what they found.
"""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from pipeline.counting import counted
from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.arrived_files import Files
from pipeline.shell.drives import drive_of
from pipeline.shell.folder_events import FolderEvents
from pipeline.shell.home import Home, find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.triggers import Triggers
from pipeline.shell.watches import Watches, WatchRow
from pipeline.spelling import spelled
from pipeline.watching.checks import Checks
from pipeline.watching.desk import Desk
from pipeline.watching.drive_watch import DriveWatch, State
from pipeline.watching.hearing import Ear, Listening
from pipeline.watching.job_queue import JobQueue
from pipeline.watching.jobs import Job, Outcome, Runner
from pipeline.watching.locks import alone_at, is_alive, own_name
from pipeline.watching.notes import clear_stray
from pipeline.watching.request import WatchRequest, checked_root, folders_left_out
from pipeline.watching.settings import FolderSettings
from pipeline.watching.settling import Settler
from pipeline.watching.stopping import Stopping
from pipeline.watching.sweep import FolderLook
from pipeline.watching.sweeps import WHOLE, SweepEnd, Sweeps

_LONGEST_SLEEP_S: Final = 5.0
_AT_ONCE: Final = 200


def watch(request: WatchRequest, runner: Runner, tell: Callable[[str], None]) -> None:
    """Watch a folder until it is stopped (KeyboardInterrupt, which is passed on), or nothing is left to do.

    Raises InputError where there is no such folder, or it is watched already.
    """
    home = find_home()
    root = checked_root(request.root, home)
    with ExitStack() as held:
        held.enter_context(alone_at(root, home.watches))
        owner = held.enter_context(own_name(home.watches))
        ledger = held.enter_context(ArrivalLedger(home.arrivals))
        watching = _Watch(request, root, home, ledger, owner, runner, tell)
        with watching.stopping.heard(), watching.running():
            watching.loop()


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
        self._request, self._root, self._home, self._tell = request, root, home, tell
        self._queue: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        """What came of jobs, which is written down before anything else is done."""
        # Putting into such a queue is safe in a signal's handler.
        self.stopping = Stopping(lambda: self._queue.put(_nothing))
        self._root_id, self._watches = ledger.root_id(root), Watches(ledger)
        self._name, self._kind = drive_of(root)
        pace = self._watches.pace(self._name, self._kind, request.tempo.still_s)
        files, triggers, own = Files(ledger), Triggers(ledger), Ledger(home.ledger)
        left_out = folders_left_out(root, home, request.scope)
        self._drives = DriveWatch(root, self._root_id, files, request.tempo.answer_s)
        self._looked_s = time.monotonic()
        self._told_states: Mapping[str, State] = {}
        self._settings = FolderSettings(root, request.scope, self._drives.ask)
        self._settler = Settler(root, self._root_id, files, triggers, own, self._drives, self._settings, tell)
        self._desk = Desk(
            root,
            self._root_id,
            files=files,
            triggers=triggers,
            settings=self._settings,
            settler=self._settler,
            drive=self._drives,
            pace=pace,
            patience_s=request.tempo.patience_s,
            tell=tell,
        )
        self._jobs = JobQueue(
            self._root_id,
            owner,
            runner,
            triggers,
            files,
            self._desk,
            self._settler,
            self._drives,
            request.tempo.retries_s,
            tell,
        )
        self._pool = ThreadPoolExecutor(request.jobs, thread_name_prefix="job")
        self._checks = Checks(
            home.ledger,
            self._drives.is_missing,
            lambda *found: self._queue.put(partial(self._desk.found, *found)),
        )
        self._sweeps = Sweeps(
            home.arrivals,
            root,
            self._root_id,
            request.scope,
            left_out,
            self._drives.is_missing,
            lambda look: self._queue.put(partial(self._take, look)),
            lambda end: self._queue.put(partial(self._end_sweep, end)),
        )
        self._ear = Ear(root, self._desk, self._sweeps, self._settings, self._drives, left_out)
        self._listening = Listening(
            root,
            self._drives,
            lambda paths: self._queue.put(partial(self._hear, paths)),
            lambda *lost: self._queue.put(partial(self._hear_nothing, *lost)),
        )
        self._row = WatchRow(root, owner, os.getpid(), _now(), "", "", 0, ())
        self._has_swept = False
        self._films = 0
        self._unread: dict[str, str] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have everything around the loop run; whatever ends it, all is ended and given back."""
        lost = self._recover()
        if lost:
            self._tell(f"{counted(lost, 'job')} that a watch was ended in the middle of: again")
        self._settler.settle_left()
        self._watches.put_watch(self._root_id, self._row)
        self._checks.start()
        self._sweeps.start()
        self._listening.keep()
        try:
            yield
        finally:
            self._listening.stop()
            self._checks.stop()
            self._sweeps.stop()
            self._jobs.stop()
            self._pool.shutdown(wait=True)
            # What came of jobs at last; what was in the middle is given back.
            self._write_down()
            self._jobs.give_back_all()
            self._drives.stop()

    def loop(self) -> None:
        """Do what is due, and wait for what happens."""
        while True:
            self.stopping.check()
            self._do_due()
            if self._request.until == "nothing is left" and self._is_over():
                waiting = self._desk.count_waiting()
                still = f"{counted(waiting, 'film')} still to come; else " if waiting else ""
                self._tell(f"{still}nothing is left to do")
                return
            self._wait()

    @property
    def _is_away(self) -> bool:
        return self._drives.identity is None

    def _do_due(self) -> None:
        if time.monotonic() - self._looked_s >= self._request.tempo.answer_s:
            self._look_at_drives()
        if not self._is_away:
            for check in self._desk.due():
                self._checks.put(check)
        if not self._sweeps.is_running and time.monotonic() >= self._sweeps.next_s:
            self._begin_sweep()
        while len(self._jobs.running) < self._request.jobs and (job := self._jobs.claim()) is not None:
            self._pool.submit(self._do, job)

    def _wait(self) -> None:
        try:
            told = self._queue.get(timeout=self._sleep_s())
            for _ in range(_AT_ONCE):
                self._write_down()
                self.stopping.check()
                told()
                told = self._queue.get_nowait()
            told()
        except queue.Empty:
            return

    def _write_down(self) -> None:
        while not self._ended.empty():
            self._ended.get()()

    def _sleep_s(self) -> float:
        now = time.monotonic()
        due = [_LONGEST_SLEEP_S]
        if not self._sweeps.is_running:
            due.append(self._sweeps.next_s - now)
        if self._desk.next_s is not None and not self._is_away:
            due.append(self._desk.next_s - now)
        if len(self._jobs.running) < self._request.jobs and (job_s := self._jobs.next_due_s()) is not None:
            due.append(job_s)
        return max(0.0, min(due))

    def _is_over(self) -> bool:
        return (
            self._has_swept
            and not (self._drives.states or self._sweeps.is_running or self._sweeps.is_part_due or self._jobs.running)
            and self._desk.is_empty
            and self._jobs.next_due_s() is None
            and self._queue.empty()
            and self._ended.empty()
        )

    def _do(self, job: Job) -> None:
        """Do a job, in a thread of the pool."""

        def on_share(share: float) -> None:
            self._queue.put(partial(self._jobs.tell_share, job, share))

        try:
            outcome = self._jobs.runner.run(job, on_share)
        except Exception as error:  # noqa: BLE001 - a fault of ours in one job ends no other
            outcome = Outcome("again", f"a fault of ours: {type(error).__name__}: {error}")
        self._ended.put(partial(self._jobs.finish, job, outcome))
        self._queue.put(_nothing)

    def _recover(self) -> int:
        return self._jobs.recover(partial(is_alive, folder=self._home.watches))

    def _hear(self, paths: frozenset[str]) -> None:
        if self._ear.hear(paths) == "root":
            self._sweeps.put_off(0.0)

    def _hear_nothing(self, events: FolderEvents, why: str) -> None:
        if self._listening.lose(events, why):
            self._put_row()
            self._tell(f"sweeps do without events: {spelled(why)}")

    def _begin_sweep(self) -> None:
        self._look_at_drives()
        if self._is_away:
            self._sweeps.put_off(self._request.tempo.blind_sweep_s)
            return
        self._listening.keep()
        if self._sweeps.begin() == WHOLE:
            self._recover()
            self._unread.clear()
            self._films = 0

    def _look_at_drives(self) -> None:
        self._drives.look()
        # Who misses a film looks as well, and tells nobody.
        before, self._told_states = self._told_states, self._drives.states
        self._looked_s = time.monotonic()
        for told in self._drives.told_changes(before):
            self._tell(told)
        if before.keys() - self._drives.states.keys():
            # What was to be moved when it went may have been moved since, and anything may lie there.
            self._settler.settle_left()
            self._sweeps.put_off(0.0)
        self._sweeps.give_up_hanging()
        self._checks.give_up(self._drives.is_hanging)
        self._jobs.give_up_hanging()
        self._put_row()

    def _take(self, look: FolderLook) -> None:
        """Take up what one folder holds."""
        self._settings.refresh(look.folder)
        if look.trouble is not None:
            self._unread[look.folder] = spelled(look.trouble)
            return
        if look.unreached:
            more = f", and {len(look.unreached) - 1} more there" if len(look.unreached) > 1 else ""
            self._unread[look.folder] = f"{spelled(look.unreached[0])}{more}"
        for name, shape in look.seen:
            self._desk.see((look.folder, name), shape)
        self._desk.vouch(look.folder, look.sidecars)
        for sidecar, changed_s in look.sidecars.items():
            self._desk.reconsider(look.folder, sidecar, changed_s)
        self._films += look.films
        for name in look.strays:
            self._clear_stray(self._root / look.folder / name)
        self._desk.miss([(look.folder, name) for name in look.gone])

    def _clear_stray(self, path: Path) -> None:
        with suppress(OSError):  # the next sweep does
            self._drives.ask(path, lambda: clear_stray(path))

    def _end_sweep(self, end: SweepEnd) -> None:
        tempo = self._request.tempo
        is_blind = self._listening.is_deaf or self._kind == "network"
        if not self._sweeps.ended(end, tempo.blind_sweep_s if is_blind else tempo.sweep_s):
            return
        if end.trouble is not None:
            self._tell(spelled(end.trouble))
        self._watches.remember_pace(self._name, self._desk.pace)
        if end.part == WHOLE:
            self._has_swept = True
            self._jobs.forget_gone()
            self._put_row(swept=_now(), looked_at=self._films)
        else:
            self._put_row()

    def _put_row(self, **changed: Any) -> None:
        others = tuple(spelled(one) for one in (*self._settings.troubles, *self._unread.values()))
        for trouble in others:
            if trouble not in self._row.troubles and not self._is_away:
                self._tell(trouble)
        changed["events"] = spelled(self._listening.trouble)
        row = replace(self._row, **changed, troubles=(*self._drives.told(), *others))
        if row != self._row:
            self._row = row
            self._watches.put_watch(self._root_id, row)


def _nothing() -> None:
    """Wake the loop."""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
