"""The watch itself: a loop around events, sweeps, films on their way and jobs, which nothing about a film can end.

One thread has the ledger and decides; events, sweeps, checks and jobs run in threads that tell it what they found.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from pipeline.counting import counted
from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.drives import drive_of
from pipeline.shell.folder_events import FolderEvents
from pipeline.shell.home import Home, find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.watches import Watches
from pipeline.spelling import spelled
from pipeline.watching.checks import Checks
from pipeline.watching.desk import Desk
from pipeline.watching.drive_watch import State
from pipeline.watching.folder import WatchedFolder, open_folder
from pipeline.watching.hearing import Ear, Listening
from pipeline.watching.job_queue import JobQueue
from pipeline.watching.jobs import Job, Outcome, Runner
from pipeline.watching.locks import alone_at, is_alive, own_name
from pipeline.watching.mailbox import Mailbox
from pipeline.watching.notes import clear_stray
from pipeline.watching.record import Record
from pipeline.watching.request import WatchRequest, checked_root
from pipeline.watching.settling import Settler
from pipeline.watching.stopping import Stopping
from pipeline.watching.sweep import FolderLook
from pipeline.watching.sweeps import WHOLE, SweepEnd, Sweeps

_LONGEST_SLEEP_S: Final = 5.0


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
        folder = open_folder(root, request, home, ledger, tell)
        watching = _Watch(request, home, folder, Watches(ledger), owner, runner)
        with watching.stopping.heard(), watching.running():
            watching.loop()


class _Watch:
    """One watch while it runs."""

    def __init__(
        self, request: WatchRequest, home: Home, folder: WatchedFolder, watches: Watches, owner: str, runner: Runner
    ) -> None:
        self._request, self._home, self._folder, self._watches = request, home, folder, watches
        self._drives, self._tell = folder.drives, folder.tell
        self._mail = Mailbox()
        self.stopping = Stopping(self._mail.wake)
        self._looked_s = time.monotonic()
        self._told_states: Mapping[str, State] = {}
        self._name, self._kind = drive_of(folder.root)
        tempo = request.tempo
        pace = watches.pace(self._name, self._kind, tempo.still_s)
        self._settler = Settler(folder, Ledger(home.ledger))
        self._desk = Desk(folder, self._settler, pace=pace, patience_s=tempo.patience_s)
        self._jobs = JobQueue(folder, self._desk, self._settler, owner=owner, runner=runner, retries_s=tempo.retries_s)
        self._pool = ThreadPoolExecutor(request.jobs, thread_name_prefix="job")
        self._checks = Checks(home.ledger, self._drives.is_missing, self._mail.to(self._desk.found))
        self._sweeps = Sweeps(folder, home.arrivals, self._mail.to(self._take), self._mail.to(self._end_sweep))
        ear = Ear(folder, self._desk, self._sweeps)
        self._listening = Listening(folder, self._mail.to(ear.hear), self._mail.to(self._hear_nothing))
        self._record = Record(folder, watches, owner)
        self._has_swept = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have everything around the loop run; whatever ends it, all is ended and given back."""
        lost = self._recover()
        if lost:
            self._tell(f"{counted(lost, 'job')} that a watch was ended in the middle of: again")
        self._settler.settle_left()
        self._record.begin()
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
            self._mail.take_up_first()
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
            self._mail.take_up(self._sleep_s(), self.stopping.check)

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
            and self._mail.is_empty
        )

    def _do(self, job: Job) -> None:
        """Do a job, in a thread of the pool."""
        try:
            outcome = self._jobs.runner.run(job, partial(self._mail.to(self._jobs.tell_share), job))
        except Exception as error:  # noqa: BLE001 - a fault of ours in one job ends no other
            outcome = Outcome("again", f"a fault of ours: {type(error).__name__}: {error}")
        self._mail.first_to(self._jobs.finish)(job, outcome)

    def _recover(self) -> int:
        return self._jobs.recover(partial(is_alive, folder=self._home.watches))

    def _hear_nothing(self, events: FolderEvents, why: str) -> None:
        if self._listening.lose(events, why):
            self._put_events()
            self._tell(f"sweeps do without events: {spelled(why)}")

    def _begin_sweep(self) -> None:
        self._look_at_drives()
        if self._is_away:
            self._sweeps.put_off(self._request.tempo.blind_sweep_s)
            return
        self._listening.keep()
        if self._sweeps.begin() == WHOLE:
            self._recover()
            self._record.begin_sweep()

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
            self._sweeps.ask(WHOLE)
        self._sweeps.give_up_hanging()
        self._checks.give_up(self._drives.holds_up)
        self._jobs.give_up_hanging()
        self._put_events()

    def _take(self, look: FolderLook) -> None:
        """Take up what one folder holds."""
        self._folder.settings.refresh(look.folder)
        self._record.take(look)
        if look.trouble is not None:
            return
        for name, shape in look.seen:
            self._desk.see((look.folder, name), shape)
        self._desk.vouch(look.folder, look.sidecars)
        for sidecar, changed_s in look.sidecars.items():
            self._desk.reconsider(look.folder, sidecar, changed_s)
        for name in look.strays:
            self._clear_stray(self._folder.path_of(look.folder, name))
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
            self._record.put_swept()
        else:
            self._put_events()

    def _put_events(self) -> None:
        self._record.put_events(self._listening.trouble)
