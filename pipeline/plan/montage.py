"""Choose montages: the best pieces of shots, in film order, that together last exactly as long as was asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pipeline.plan.ground import Ground, Passage
from pipeline.plan.zones import Frames, Zones, merged

_CONTINUES_COST: Final = 0.15
"""Taken from the interest of a piece that only continues a shot: another shot is more of a montage."""


@dataclass(frozen=True)
class PieceLengths:
    """Shortest and longest piece of a montage, in frames."""

    least: int
    most: int


@dataclass(frozen=True)
class _Piece:
    start: int
    end: int
    score: float
    is_asked_for: bool

    @property
    def length(self) -> int:
        return self.end - self.start


def plan_montages(
    ground: Ground,
    allowed: Zones,
    pieces: PieceLengths,
    *,
    always: tuple[Frames, ...],
    never: Zones,
    wanted: int,
    length: int,
) -> tuple[Passage, ...]:
    """Return up to `wanted` montages of exactly `length` frames; no frame is in two of them, and the first is best."""
    asked = [_piece(ground, part, is_asked_for=True) for each in merged(always) for part in never.free(*each)]
    pool = asked + sorted(
        _offered(ground, allowed.without(always), pieces), key=lambda piece: (-piece.score, piece.start)
    )
    montages: list[Passage] = []
    while len(montages) < wanted:
        chosen = _filled(pool, pieces, length)
        if not chosen:
            break
        kept = sorted(_trimmed(chosen, pieces, length), key=lambda piece: piece.start)
        score = sum(piece.score * piece.length for piece in kept) / length
        montages.append(Passage(tuple((piece.start, piece.end) for piece in kept), round(score, 6)))
        used = {piece.start for piece in chosen}
        pool = [piece for piece in pool if piece.start not in used]
    return tuple(montages)


def _offered(ground: Ground, allowed: Zones, pieces: PieceLengths) -> Iterator[_Piece]:
    """Yield the pieces that shots give: each starts on its cut, long shots give several in a row."""
    for first, last in zip(ground.starts, ground.ends, strict=True):
        for start, end in allowed.free(first, last):
            for at in range(start, end, pieces.most):
                stop = min(at + pieces.most, end)
                if stop - at >= pieces.least:
                    cost = 0.0 if at == start else _CONTINUES_COST
                    yield _piece(ground, (at, stop), is_asked_for=False, cost=cost)


def _piece(ground: Ground, frames: Frames, *, is_asked_for: bool, cost: float = 0.0) -> _Piece:
    return _Piece(*frames, round(ground.mean(*frames) - cost, 6), is_asked_for)


def _filled(pool: Iterable[_Piece], pieces: PieceLengths, length: int) -> tuple[_Piece, ...]:
    """Return the first pieces of the pool that can be trimmed to the length; none where they do not reach it."""
    chosen: list[_Piece] = []
    total = trimmable = 0
    for piece in pool:
        spare = max(0, piece.length - pieces.least)
        if total + piece.length - length > trimmable + spare and not piece.is_asked_for:
            continue  # too long even at its shortest: a shorter one further down may fit
        chosen.append(piece)
        total += piece.length
        trimmable += spare
        if total >= length:
            return tuple(chosen)
    return ()


def _trimmed(chosen: tuple[_Piece, ...], pieces: PieceLengths, length: int) -> Iterator[_Piece]:
    """Yield the pieces with what is too much taken from the ends of the weakest, down to their shortest."""
    excess = sum(piece.length for piece in chosen) - length
    for floor in (pieces.least, 0):  # below the shortest only where stretches that must be used fill the montage
        kept = []
        for piece in reversed(chosen):
            cut = min(excess, max(0, piece.length - floor))
            excess -= cut
            kept.append(_Piece(piece.start, piece.end - cut, piece.score, piece.is_asked_for))
        chosen = tuple(piece for piece in reversed(kept) if piece.length)
    yield from chosen
