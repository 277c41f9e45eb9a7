"""What came of a drop: starts, completions and peak viewers, counted from requests one by one as logs give them.

A viewer is a number that is made from address and agent with a salt; nobody finds the address in it once the salt is
gone. What is kept grows with viewers, and not with lines.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pipeline.plan.campaigns import campaign_of
from pipeline.plan.log_lines import Hit

SILENCE_S: Final = 30 * 60
"""A viewer who was silent for so long and opens a film again starts it again, as web statistics count visits."""
_MINUTES: Final = 64
"""Of how many minutes before a viewer's last it is known whether they were counted: logs are not quite in order."""
MOST_NAMES: Final = 1000
"""Of campaigns, and of editions; more are somebody's invention, and are counted together."""
OTHERS: Final = "others"
_ENTRY: Final = re.compile(r"(?:/s/[a-z0-9-]+/[0-9]{10}/[A-Za-z0-9_-]{22})?/(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)\.m3u8")
_PAGE: Final = re.compile(r"(?:/s/[a-z0-9-]+/[0-9]{10}/[A-Za-z0-9_-]{22})?/[a-z0-9-]+\.html")
_NAMED_BY_CONTENT: Final = re.compile(r"-[0-9a-f]{12}$")
_FOUND: Final = (200, 206, 304)


@dataclass(frozen=True)
class Programme:
    """What is known of what was shown; without it, what logs call editions is taken for them."""

    countries: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of each film, by the name of its address, the edition by country; that of everybody else has no country."""
    regions: Mapping[str, str] = field(default_factory=dict)
    """The region of each edition."""
    last_segments: frozenset[str] = frozenset()
    """File names of the last pictures of every rendition; without any, completions are not known."""


@dataclass(frozen=True)
class Tally:
    """What came of an edition, or of a campaign."""

    starts: int
    completions: int
    viewers: int
    """Different ones, as far as address and agent tell."""
    peak: int
    """Most viewers within one minute."""
    peak_at: int | None
    """That minute, in seconds since 1970."""


@dataclass(slots=True)
class _Viewer:
    edition: str = ""
    campaign: str = ""
    last_at: float = -1e18
    has_completed: bool = False
    minute: int = 0
    counted: int = 0
    """The minutes before `minute` in which this viewer was counted, the last one in the lowest bit."""


@dataclass(slots=True)
class _Count:
    starts: int = 0
    completions: int = 0
    viewers: set[int] = field(default_factory=set)
    minutes: dict[int, int] = field(default_factory=dict)

    def tally(self) -> Tally:
        """Return the sums."""
        at = max(self.minutes, key=lambda minute: (self.minutes[minute], -minute), default=None)
        peak = 0 if at is None else self.minutes[at]
        return Tally(self.starts, self.completions, len(self.viewers), peak, None if at is None else at * 60)


class Turnout:
    """Take requests, and say what came of each edition and each campaign."""

    def __init__(self, programme: Programme, *, salt: bytes) -> None:
        self._programme = programme
        self._salt = salt
        self._viewers: dict[int, _Viewer] = {}
        self._editions: dict[str, _Count] = {}
        self._campaigns: dict[str, _Count] = {}
        self._all = _Count()
        self.refused: dict[int, int] = {}
        """Requests for entries that were refused, by status: 404 too early, 410 too late, 451 from elsewhere."""

    def take(self, hit: Hit) -> None:
        """Count a request."""
        if hit.method != "GET":
            return
        entry = _ENTRY.fullmatch(hit.path)
        is_entry = entry is not None and _NAMED_BY_CONTENT.search(entry["name"]) is None
        if hit.status not in _FOUND:
            if is_entry and hit.status in (403, 404, 410, 451):
                self.refused[hit.status] = self.refused.get(hit.status, 0) + 1
            return
        number = self._number(hit)
        campaign = campaign_of(f"?{hit.query}") if hit.query else None
        if campaign is not None and (is_entry or _PAGE.fullmatch(hit.path)):
            self._viewers.setdefault(number, _Viewer()).campaign = campaign.code
        if is_entry:
            assert entry is not None
            self._open(number, self._edition(entry["name"], hit), hit.at)
        viewer = self._viewers.get(number)
        if viewer is not None and viewer.edition:
            self._see(viewer, hit)

    def editions(self) -> dict[str, Tally]:
        """Return what came of each edition, by name."""
        return {name: self._editions[name].tally() for name in sorted(self._editions)}

    def campaigns(self) -> dict[str, Tally]:
        """Return what came of each campaign, by its code."""
        return {code: self._campaigns[code].tally() for code in sorted(self._campaigns)}

    def total(self) -> Tally:
        """Return what came of all."""
        return self._all.tally()

    def _number(self, hit: Hit) -> int:
        told = f"{hit.address}\0{hit.agent}".encode("utf-8", "replace")
        return int.from_bytes(hashlib.blake2b(told, key=self._salt, digest_size=8).digest())

    def _edition(self, name: str, hit: Hit) -> str:
        if hit.edition:
            return hit.edition
        of_film = self._programme.countries.get(name)
        # At a film's own address nobody knows which edition was served where the log has no country.
        return name if of_film is None else of_film.get(hit.country) or of_film.get("") or name

    def _open(self, number: int, edition: str, at: float) -> None:
        viewer = self._viewers.setdefault(number, _Viewer())
        if viewer.edition == edition and at - viewer.last_at <= SILENCE_S:
            return  # players ask again
        viewer.edition, viewer.has_completed = edition, False
        for count in self._counts(viewer):
            count.starts += 1
            count.viewers.add(number)

    def _see(self, viewer: _Viewer, hit: Hit) -> None:
        viewer.last_at = max(viewer.last_at, hit.at)
        counts = self._counts(viewer)
        if not viewer.has_completed and hit.path.rpartition("/")[2] in self._programme.last_segments:
            viewer.has_completed = True
            for count in counts:
                count.completions += 1
        minute = int(hit.at // 60)
        if _is_new(viewer, minute):
            for count in counts:
                count.minutes[minute] = count.minutes.get(minute, 0) + 1

    def _counts(self, viewer: _Viewer) -> tuple[_Count, ...]:
        of_edition = _count_of(self._editions, viewer.edition)
        if not viewer.campaign:
            return self._all, of_edition
        return self._all, of_edition, _count_of(self._campaigns, viewer.campaign)


def _count_of(counts: dict[str, _Count], name: str) -> _Count:
    known = counts.get(name)
    if known is not None:
        return known
    return counts.setdefault(name if len(counts) < MOST_NAMES else OTHERS, _Count())


def _is_new(viewer: _Viewer, minute: int) -> bool:
    """Tell whether a viewer was not yet counted in a minute, and take note of it; too old a minute is not new."""
    if viewer.counted == 0 or minute > viewer.minute:
        shift = minute - viewer.minute if viewer.counted else _MINUTES
        viewer.counted = (viewer.counted << min(shift, _MINUTES)) % (1 << _MINUTES) | 1
        viewer.minute = minute
        return True
    bit = viewer.minute - minute
    if bit >= _MINUTES or viewer.counted >> bit & 1:
        return False
    viewer.counted |= 1 << bit
    return True
