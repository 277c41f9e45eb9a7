"""What proves that nobody gets at an edition before or after its windows, and what breaks that: found by whoever asked.

A segment that an open edition plays as well is no secret of the one that is not, and is never counted as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pipeline.plan.drops import state_at
from pipeline.plan.publication import is_playlist, is_segment
from pipeline.plan.schedule import Schedule

Kind = Literal["entry", "playlist", "segment", "ledger"]

REMEDIES: Final[Mapping[Kind, str]] = {
    "entry": "matinee drop tend closes what is open; let the CDN drop its copy, and whoever put it there take it away.",
    "playlist": "Remove it at the target (matinee sweep --now, where it waits to go), and let the CDN drop its copy.",
    "segment": "Take that entry away (matinee unpublish), or replace the playlist that leads there.",
    "ledger": "matinee drop tend closes it.",
}


@dataclass(frozen=True)
class Breach:
    """One way to an edition that is not open."""

    kind: Kind
    edition: str
    name: str
    told: str

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return REMEDIES[self.kind]


@dataclass(frozen=True)
class Secrets:
    """What an edition that is not open has at the target, or will have."""

    edition: str
    region: str
    state: str
    """How the ledger has it: staged, open or closed; empty where it was never there."""
    playlists: tuple[str, ...]
    """Media playlists, thumbnails and posters that no open edition has."""
    segments: tuple[str, ...]
    """Segments that no open edition has."""
    shared: Mapping[str, tuple[str, ...]]
    """Segments and playlists that open editions have as well, and these: they are not embargoed."""


def not_open(schedule: Schedule, at: datetime) -> tuple[tuple[str, str], ...]:
    """Return (region, edition) of those that no window has open at an instant."""
    is_open = {one.edition for one in schedule.windows if state_at(one, at) == "open"}
    return tuple(one for one in schedule.editions if one[1] not in is_open)


def secrets_of(
    edition: str, region: str, state: str, names: frozenset[str], others: Mapping[str, frozenset[str]]
) -> Secrets:
    """Return what of an edition's names only it has; `others` are those of the editions that are rightly open."""
    shared = {
        name: users
        for name in sorted(names)
        if (users := tuple(sorted(one for one, theirs in others.items() if name in theirs)))
    }
    own = sorted(names - shared.keys())
    return Secrets(
        edition,
        region,
        state,
        playlists=tuple(name for name in own if not is_segment(name)),
        segments=tuple(name for name in own if is_segment(name)),
        shared=shared,
    )


def ways_to_segments(secrets: Secrets, led_to: Mapping[str, frozenset[str]]) -> Iterator[Breach]:
    """Yield a breach for each published entry that leads to segments of an edition; `led_to` is by entry."""
    for entry, names in sorted(led_to.items()):
        found = [name for name in secrets.segments if name in names]
        if found:
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            told = f"{entry} leads to {found[0]}{more}, which only editions have that are not open"
            yield Breach("segment", secrets.edition, found[0], told)


def asked_of(secrets: Secrets) -> tuple[str, ...]:
    """Return the playlists of an edition that nobody may get; pictures beside them are of no use to a player."""
    return tuple(name for name in secrets.playlists if is_playlist(name))
