"""The jobs of one watched folder: claimed from the ledger with the film to do each on, and what comes of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pipeline.shell.arrived_files import FileRow
from pipeline.shell.checking import shape_of
from pipeline.shell.triggers import Trigger, TriggerState
from pipeline.spelling import spelled
from pipeline.watching.desk import Desk
from pipeline.watching.folder import WatchedFolder
from pipeline.watching.jobs import Job, Outcome, Runner
from pipeline.watching.settling import Settler

_MOST_INTERRUPTIONS: Final = 20
"""A job in the middle of which so many watches ended is what ended them."""
_SHARE_STEP: Final = 0.01
_AWAY_S: Final = 5.0
_MOST_STALLS: Final = 3
"""After so many, what came of a job is believed: a drive that sleeps once an hour is no reason to try for ever."""


class JobQueue:
    """The jobs of one watched folder; one thread's own, but for `runner`."""

    def __init__(
        self,
        folder: WatchedFolder,
        desk: Desk,
        settler: Settler,
        *,
        owner: str,
        runner: Runner,
        retries_s: tuple[float, ...],
    ) -> None:
        self._folder, self._root_id = folder, folder.number
        self._triggers, self._files = folder.triggers, folder.files
        self._drive, self._tell = folder.drives, folder.tell
        self._desk, self._settler = desk, settler
        self._owner, self._retries_s = owner, retries_s
        self._began: dict[int, float] = {}
        self._given_up: set[int] = set()
        self._shares: dict[int, float] = {}
        self.runner = runner
        self.running: dict[int, Job] = {}

    def recover(self, is_alive: Callable[[str], bool]) -> int:
        """Put jobs back whose watch is gone, and return how many."""
        return self._triggers.recover(lambda owner: owner == self._owner or is_alive(owner))

    def forget_gone(self) -> None:
        """Forget jobs that were never begun, and whose films are gone."""
        self._triggers.forget_gone()

    def next_due_s(self) -> float | None:
        """Return in how many seconds the next job is due; None where there is none."""
        return self._triggers.next_due_s(self._root_id)

    def claim(self) -> Job | None:
        """Take the next job that is due and whose film is there as it arrived; None where there is none."""
        while (due_s := self.next_due_s()) is not None and due_s <= 0:
            trigger = self._triggers.claim(self._root_id, self._owner)
            if trigger is None:  # another watch was quicker
                return None
            if trigger.interruptions >= _MOST_INTERRUPTIONS:
                told = f"{trigger.interruptions} runs of the watch ended in the middle of it"
                self._end(trigger, "failed", told, "See what ended them: too little memory, perhaps.")
                continue
            path = self._film_of(trigger)
            if path is None:
                # Where its film was neither found nor missed, its drive is away.
                self._triggers.give_back(trigger.id, in_s=_AWAY_S)
                continue
            job = Job(trigger.id, path, trigger.digest, trigger.orders, trigger.attempts)
            self.running[trigger.id], self._began[trigger.id] = job, time.monotonic()
            return job
        return None

    def tell_share(self, job: Job, share: float) -> None:
        """Take note of how far a job is."""
        if job.trigger_id in self.running and abs(share - self._shares.get(job.trigger_id, 0.0)) >= _SHARE_STEP:
            self._shares[job.trigger_id] = share
            self._triggers.tell_share(job.trigger_id, share)

    def finish(self, job: Job, outcome: Outcome) -> None:
        """Say what came of a job, and settle its films."""
        self.running.pop(job.trigger_id, None)
        self._shares.pop(job.trigger_id, None)
        self._given_up.discard(job.trigger_id)
        was_silent = self._drive.was_silent(job.path, self._began.pop(job.trigger_id))
        trigger = self._triggers.trigger(job.trigger_id)
        if trigger is None:
            return
        told, remedy, name = spelled(outcome.told), spelled(outcome.remedy), spelled(job.path.name)
        match outcome.kind:
            case "stopped":
                self._triggers.give_back(trigger.id, in_s=_AWAY_S if was_silent else 0.0)
            case "done":
                self._end(trigger, "done", told, "")
            case _ if was_silent and trigger.stalls < _MOST_STALLS:
                in_s = (0.0, *self._retries_s)[min(trigger.stalls + 1, len(self._retries_s))]
                self._triggers.stall(trigger.id, in_s=in_s)
                self._tell(f"{name}: its drive did not answer while it was being made; again in {in_s:.0f} s")
            case _ if self._film_of(trigger) is None:
                # It went away or was written to meanwhile: whatever was wrong with it says nothing of it as it is now.
                self._triggers.give_back(trigger.id)
                self._tell(f"{name}: it changed or went away while it was being made; waiting for it")
            case "refused":
                self._end(trigger, "refused", told, remedy)
            case "failed":
                self._end(trigger, "failed", told, remedy)
            case "again" if job.attempt <= len(self._retries_s):
                in_s = self._retries_s[job.attempt - 1]
                self._triggers.try_again(trigger.id, told=told, in_s=in_s)
                self._tell(f"{name}: failed, tried again in {in_s:.0f} s: {told}")
            case "again":
                self._end(trigger, "failed", f"tried {job.attempt} times: {told}", remedy)

    def give_up_hanging(self) -> None:
        """Give jobs back that hang in a drive, so that others go on."""
        for number, job in self.running.items():
            if self._drive.holds_up(job.path, self._began[number]):
                self.runner.give_up(job)
                if number not in self._given_up:
                    self._given_up.add(number)
                    self._tell(f"{spelled(job.path.name)}: its drive hangs; it is made when that answers")

    def stop(self) -> None:
        """End all that is running."""
        self.runner.stop()

    def give_back_all(self) -> None:
        """Put back what was not done."""
        for number in tuple(self.running):
            self._triggers.give_back(number)
            del self.running[number]

    def _end(self, trigger: Trigger, state: TriggerState, told: str, remedy: str) -> None:
        self._triggers.finish(trigger.id, state, told=told, remedy=remedy)
        name = spelled(trigger.path.name)
        self._tell(f"{name}: {state}: {told.rstrip('.')}. {remedy}".rstrip())
        fresh = self._triggers.trigger(trigger.id)
        for row in self._files.files_of(trigger.id, self._root_id):
            if fresh is not None:
                self._settler.settle(row, fresh)

    def _film_of(self, trigger: Trigger) -> Path | None:
        """Return where a trigger's film lies as it arrived; what is gone or changed is taken note of."""
        for row in self._files.files_of(trigger.id, self._root_id):
            path = self._folder.path_of(row.folder, row.name)
            if self._is_as_it_was(path, row):
                return path
            self._desk.look((row.folder, row.name))
        return None

    def _is_as_it_was(self, path: Path, row: FileRow) -> bool:
        try:
            return shape_of(self._drive.ask(path, path.stat)) == row.shape
        except OSError:
            return False
