"""What an audience takes: bytes to viewers, requests at the origin and storage, from what a package really weighs.

A model of expectations. Each viewer independently comes through one point of presence, watches one variant of one
edition, and leaves early or stays to the end; a point asks the origin once for what it may keep, however many want it
at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Sharing = Literal["shared", "apart"]
"""Whether editions have segments in common, or each a copy of all of its own."""


@dataclass(frozen=True)
class Piece:
    """A segment or an initialization section: its name, made from its content, and from when to when it is played."""

    name: str
    size: int
    start: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class Track:
    """What one media playlist names."""

    playlist: Piece
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Variant:
    """The tracks that are played together: a picture, and a sound where there is one."""

    tracks: tuple[Track, ...]


@dataclass(frozen=True)
class Weights:
    """What one edition weighs; `variants` from the lightest to the heaviest."""

    edition: str
    entry: Piece
    variants: tuple[Variant, ...]
    stored: tuple[Piece, ...]
    """All files of it, also those that hardly anybody fetches."""
    seconds: float


@dataclass(frozen=True)
class Habits:
    """What is supposed of viewers and of the CDN between."""

    finishing: float = 0.6
    """Share of viewers who stay to the end; the others leave at any moment alike."""
    ahead_s: float = 30.0
    """Seconds that players load ahead of what they show, which is hls.js's own measure."""
    larger: float = 2.0
    """How many more viewers each variant has than the next lighter one."""
    points: int = 20
    """Points of presence, all of them as busy."""
    hours: float = 48.0
    """Over which viewers come, evenly: the more hours, the more often a point asks for entries again."""
    entry_s: float = 5.0
    """For how long a point keeps entries."""
    playlist_s: float | None = None
    """For how long it keeps media playlists; None is for ever, since their names are made from their content."""
    entries: Literal["kept", "not kept"] = "kept"
    """Whether points keep entries at all; those of CDNs that cannot tell countries apart do not."""


@dataclass(frozen=True)
class Cost:
    """What one audience takes, as expected."""

    viewers: int
    bytes_out: float
    """To viewers, bodies of answers alone."""
    requests: float
    """Of viewers, at the points of presence."""
    origin_requests: float
    origin_bytes: float


@dataclass(frozen=True)
class _Wanted:
    """An object, and the chance that a viewer of the whole audience fetches it."""

    piece: Piece
    chance: float
    kept_s: float
    """How long a point keeps it; 0 is not at all."""


def expected_cost(editions: Sequence[Weights], viewers: int, habits: Habits, *, sharing: Sharing) -> Cost:
    """Return what so many viewers take, spread evenly over editions."""
    wanted = tuple(_merged(_wants(editions, habits), sharing))
    asked = [(one, _origin_requests(one, viewers, habits)) for one in wanted]
    return Cost(
        viewers=viewers,
        bytes_out=viewers * math.fsum(one.chance * one.piece.size for one in wanted),
        requests=viewers * math.fsum(one.chance for one in wanted),
        origin_requests=math.fsum(count for _, count in asked),
        origin_bytes=math.fsum(count * one.piece.size for one, count in asked),
    )


def stored_bytes(editions: Iterable[Weights], *, sharing: Sharing) -> int:
    """Return what all editions take at the target: what is the same once, or a copy for each."""
    if sharing == "apart":
        return sum(size for one in editions for size in {piece.name: piece.size for piece in one.stored}.values())
    return sum({piece.name: piece.size for one in editions for piece in one.stored}.values())


def variant_shares(count: int, habits: Habits) -> tuple[float, ...]:
    """Return the shares of viewers of so many variants, from the lightest to the heaviest."""
    weights = [habits.larger**place for place in range(count)]
    return tuple(weight / sum(weights) for weight in weights)


def staying(second: float, length: float, habits: Habits) -> float:
    """Return the share of viewers whose players load what is shown at a second of a film so long."""
    shown = max(0.0, second - habits.ahead_s)
    left = min(1.0, shown / length) if length > 0 else 0.0
    return 1.0 - (1.0 - habits.finishing) * left


def _wants(editions: Sequence[Weights], habits: Habits) -> Iterator[tuple[str, _Wanted]]:
    """Yield each object of each edition with the chance that one of all viewers fetches it."""
    part = 1.0 / len(editions)
    for edition in editions:
        entry_s = habits.entry_s if habits.entries == "kept" else 0.0
        playlist_s = math.inf if habits.playlist_s is None else habits.playlist_s
        yield edition.edition, _Wanted(edition.entry, part, entry_s)
        for variant, share in zip(edition.variants, variant_shares(len(edition.variants), habits), strict=True):
            for track in variant.tracks:
                yield edition.edition, _Wanted(track.playlist, part * share, playlist_s)
                for piece in track.pieces:
                    chance = part * share * staying(piece.start, edition.seconds, habits)
                    yield edition.edition, _Wanted(piece, chance, math.inf)


def _merged(wants: Iterable[tuple[str, _Wanted]], sharing: Sharing) -> Iterator[_Wanted]:
    """Yield each object once: what two variants play is one, and what two editions play where it is shared."""
    found: dict[tuple[str, str], _Wanted] = {}
    for edition, one in wants:
        key = ("" if sharing == "shared" else edition, one.piece.name)
        known = found.get(key)
        chance = one.chance + (known.chance if known is not None else 0.0)
        found[key] = _Wanted(one.piece, chance, one.kept_s)
    yield from found.values()


def _origin_requests(one: _Wanted, viewers: int, habits: Habits) -> float:
    """Return how often all points ask for an object.

    Of what is kept for ever: how many points have at least one viewer who wants it. Of what is kept for some seconds:
    a point asks, answers by itself for so long, and asks again at the next request after that.
    """
    if one.kept_s <= 0:
        return viewers * one.chance
    if math.isinf(one.kept_s):
        return -habits.points * math.expm1(viewers * math.log1p(-min(one.chance, 1 - 1e-12) / habits.points))
    return habits.points * _asked_again(viewers * one.chance / habits.points, habits.hours * 3600, one.kept_s)


def _asked_again(arrivals: float, seconds: float, kept_s: float) -> float:
    """Return how often a point asks for what it keeps for some seconds, of so many arrivals in so many seconds.

    Renewals of Poisson arrivals with a dead time, delayed until the first, as they come out in the long run (Cox,
    Renewal Theory, 4.2); no more than all arrivals, and no less than the chance of any.
    """
    if arrivals <= 0:
        return 0.0
    gap = seconds / arrivals
    cycle = kept_s + gap
    asked = seconds / cycle + (gap**2 + cycle**2) / (2 * cycle**2) - gap / cycle
    return min(arrivals, max(asked, -math.expm1(-arrivals)))
