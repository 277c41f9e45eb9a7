"""How the windows of a calendar stand: what is to be by the clock, and what is the case at the target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.errors import InputError
from pipeline.plan.drops import Duty, Standing, duties_at, outlook, state_at
from pipeline.plan.schedule import Window
from pipeline.shell.drops import Drop, look
from pipeline.shell.premieres import is_shown

WindowState = Literal["coming", "staged", "laid", "premiere", "open", "late", "closed"]


@dataclass(frozen=True)
class DropStatus:
    """What a target said of a calendar's editions, at an instant."""

    drop: Drop
    at: datetime
    standing: Standing
    is_shown: bool
    """Whether a run of this machine shows what is live."""
    found: frozenset[str] = frozenset()
    """Editions that are open by the clock, and whose entries others put in place."""

    @property
    def due(self) -> tuple[Duty, ...]:
        """What is to be done now; what a run shows need not be."""
        duties = duties_at(self.drop.schedule, self.at, self.standing)
        return tuple(one for one in duties if one.action != "show" or not self.is_shown)

    @property
    def overdue(self) -> tuple[str, ...]:
        """The editions that are open and that no window has open."""
        return tuple(one.edition for one in self.due if one.action == "close" and one.edition in self.standing.is_open)

    @property
    def next_change(self) -> datetime | None:
        """When next something opens or closes by the calendar."""
        return outlook(self.drop.schedule.windows, self.at).next_change

    def of(self, window: Window) -> WindowState:
        """Return how a window stands in a word.

        late: by the clock it is open, and its entry is not in place, or nobody shows its premiere.
        """
        by_clock, edition = state_at(window, self.at), window.edition
        if by_clock == "open" and edition in self.standing.in_place & self.standing.live:
            return "premiere" if self.is_shown else "late"
        if by_clock == "open":
            return "open" if edition in self.standing.in_place | self.found else "late"
        if by_clock == "closed":
            return "closed"
        if self.drop.schedule.hold == "edge" and edition in self.standing.in_place:
            return "laid"
        return "staged" if edition in self.standing.staged else "coming"


def read_status(drop: Drop, at: datetime) -> DropStatus:
    """Ask a target how a calendar's editions stand. Raises PublishError where it cannot be asked."""
    standing = look(drop)
    wanted = {window.edition for window in drop.schedule.windows if state_at(window, at) == "open"}
    # Nothing is known here of what another machine put there.
    unknown = sorted(wanted - standing.is_open)
    found = frozenset(edition for edition in unknown if _has_entry(drop, edition))
    return DropStatus(drop, at, standing, bool(standing.live) and is_shown(drop), found)


def _has_entry(drop: Drop, edition: str) -> bool:
    try:
        return drop.target.read(drop.entry_of(edition)) is not None
    except InputError:
        return False  # what is there is no entry
