"""Premieres while they are on: one run of this machine moves the live playlists of all that a calendar has.

Who slept, or comes after a run that was killed, goes on at the place of the clock. What cannot be written is tried
again, and ends no premiere.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pipeline.errors import PipelineError
from pipeline.plan.drops import Duty, state_at
from pipeline.plan.live_edition import LiveEdition, next_text
from pipeline.plan.schedule import Window
from pipeline.shell.drops import Clock, Done, Drop, carry_out, package_of
from pipeline.shell.live_editions import end_live, has_live_entry, live_names, move_live, read_live_edition
from pipeline.shell.publications import OnStage, Published
from pipeline.shell.targets import Busy
from pipeline.shell.targets.machine_locks import machine_lock
from pipeline.spelling import spelled

Sleep = Callable[[float], None]
"""Waits for so many seconds."""
_LOOK_S: Final = 1.0
"""How often the ledger is asked what was begun or closed by others, and a write that failed is tried again."""
_PATIENCE_S: Final = 2.0
"""For how long another run may take to see that a premiere was begun, or to end because there is none."""
_AGAIN_S: Final = 5.0
"""Seconds until the film is put in place again, where that failed."""
_LATER: Final = timedelta(minutes=1)
"""Until what could not be shown at all is tried again, as long as others are being shown."""


def show_premieres(
    drop: Drop, clock: Clock, sleep: Sleep, on_stage: OnStage, tell: Callable[[str], None]
) -> tuple[Done, ...]:
    """Show the premieres of a calendar that were begun until all of them are over; return what became of each.

    Those that others begin meanwhile are shown as well. Where another run of this machine shows them, that is told, and
    nothing done. `tell` gets a sentence for whoever watches, at once.
    """
    if not _begun(drop, clock()):
        return ()
    with contextlib.ExitStack() as stack:
        try:
            _lock_soon(drop, stack, sleep)
        except Busy:
            told = ", ".join(window.edition for window in _begun(drop, clock()))
            if told:
                tell(f"Another run shows the premiere of {told}.")
            return ()
        return _Showing(drop, clock, on_stage, tell).run(sleep)


def is_shown(drop: Drop) -> bool:
    """Tell whether a run of this machine shows the premieres of a calendar just now."""
    try:
        with _lock(drop):
            return False
    except Busy:
        return True


def _begun(drop: Drop, at: datetime) -> tuple[Window, ...]:
    """Return the windows that are open and whose editions are, with live names, whoever began them."""
    is_open = {one.name for one in drop.target.editions.all() if one.state == "open"}
    found = (one for one in drop.schedule.windows if one.edition in is_open and state_at(one, at) == "open")
    return tuple(one for one in found if live_names(one.edition, drop.target))


def _lock_soon(drop: Drop, stack: contextlib.ExitStack, sleep: Sleep) -> None:
    """Have the film's premieres at the target alone until the stack is left. Raises Busy."""
    try:
        stack.enter_context(_lock(drop))
    except Busy:
        sleep(_PATIENCE_S)
        stack.enter_context(_lock(drop))


def _lock(drop: Drop) -> contextlib.AbstractContextManager[None]:
    purpose = f"premieres-{drop.schedule.film}"
    return machine_lock(drop.target.where, purpose, fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclass
class _Show:
    """One premiere that is being shown."""

    window: Window
    folder: Path
    live: LiveEdition | None
    """None where the calendar has the premiere no more."""
    due: datetime
    """When it is to be seen to next."""
    result: Published | None = None
    trouble: str = ""

    @property
    def duty(self) -> Duty:
        """What is done about it."""
        return Duty("show", self.window.edition, self.window.region, self.window.opens, self.window)


@dataclass
class _Showing:
    """All premieres that one run shows."""

    drop: Drop
    clock: Clock
    on_stage: OnStage
    tell: Callable[[str], None]
    shows: dict[str, _Show] = field(default_factory=dict)
    """By the id of their window."""
    done: dict[str, Done] = field(default_factory=dict)
    later: dict[str, datetime] = field(default_factory=dict)
    """When those that failed are tried again."""
    is_prepared: bool = False

    def run(self, sleep: Sleep) -> tuple[Done, ...]:
        """Show all until they are over."""
        while True:
            at = self.clock()
            begun = self._look(at)
            for name in self.shows.keys() - begun.keys():
                self._finish(name)  # Somebody closed it, or its time is over.
            for name, window in begun.items():
                if name not in self.shows and at >= self.later.get(name, at):
                    self._take_on(name, window, at)
            for name, one in list(self.shows.items()):
                if at >= one.due:
                    self._see_to(name, one)
            if not self.shows:
                return tuple(self.done.values())
            due = min(one.due for one in self.shows.values())
            sleep(max(0.0, min(_LOOK_S, (due - self.clock()).total_seconds())))

    def _look(self, at: datetime) -> dict[str, Window]:
        """Return what is on by the ledger; where that cannot be asked just now, what was."""
        try:
            return {window.id: window for window in _begun(self.drop, at)}
        except PipelineError:
            if not self.shows:
                raise
            return {name: one.window for name, one in self.shows.items()}

    def _take_on(self, name: str, window: Window, at: datetime) -> None:
        duty = Duty("show", window.edition, window.region, window.opens, window)
        try:
            folder = package_of(self.drop, window.region)
            live = read_live_edition(folder, window.edition, window) if window.premiere else None
        except PipelineError as error:
            self.done[name] = Done(duty, error=error)
            self.later[name] = at + _LATER
        else:
            self.shows[name] = _Show(window, folder, live, at)

    def _see_to(self, name: str, one: _Show) -> None:
        """Bring one premiere to where it should be by now, and say when to come again."""
        try:
            self._prepare()
            due = self._advance(one)
        except PipelineError as error:
            at, live = self.clock(), one.live
            if live is None or at >= live.gone:
                self._finish(name, error)  # The next run tries again.
                return
            self._tell(one, error)
            one.due = at + timedelta(seconds=_LOOK_S if at < live.ends else _AGAIN_S)
            return
        one.trouble = ""
        if due is None:
            self._finish(name)
            return
        one.due = due
        if one.live is not None:
            self.on_stage(f"premiere of {one.window.edition}", one.live.share(self.clock()), None)

    def _advance(self, one: _Show) -> datetime | None:
        """Write what is said by now; return when that is something else, None when all is over."""
        target, live, at = self.drop.target, one.live, self.clock()
        names = set(live_names(one.window.edition, target))
        if live is None or not set(live.names) <= names:
            # The calendar or the package is another than when it was begun.
            self._open(one)
            known = set(live.names) if live is not None else set[str]()
            self._take_away(one, names - known)
            return at if known and known <= set(live_names(one.window.edition, target)) else None
        if names - set(live.names):
            self._take_away(one, names - set(live.names))
        if at >= live.ends and has_live_entry(live, target):
            self._open(one)
        if at >= live.gone:
            self._take_away(one, set(live.names))
            return None
        return next_text(live, at) if move_live(live, target, at) else None

    def _open(self, one: _Show) -> None:
        """Put in place what the calendar wants now, which is the film after its premiere. Raises what kept it away."""
        done = carry_out(self.drop, replace(one.duty, action="open"), self.clock, self.on_stage)
        if done.error is not None:
            raise done.error
        if isinstance(done.result, Published):
            one.result = done.result

    def _take_away(self, one: _Show, names: set[str]) -> None:
        gone = end_live(one.window.edition, sorted(names), self.drop.target)
        if one.result is not None:
            one.result = replace(one.result, purge=(*one.result.purge, *gone))

    def _prepare(self) -> None:
        if not self.is_prepared:
            self.drop.target.prepare()
            self.is_prepared = True

    def _tell(self, one: _Show, error: PipelineError) -> None:
        told = f"{one.window.edition}: {spelled(str(error))}"
        if told != one.trouble:
            self.tell(f"{told} It is tried again.")
        one.trouble = told

    def _finish(self, name: str, error: PipelineError | None = None) -> None:
        one = self.shows.pop(name)
        self.done[name] = Done(one.duty, one.result, error)
        if error is not None:
            self.later[name] = self.clock() + _LATER
