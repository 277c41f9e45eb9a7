"""Choose montages: the best pieces of shots in film order, cut on the beats of one stretch of sound, to the frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from heapq import heapify, heappop, heappush
from typing import Final

from pipeline.plan.beds import Beats, choose_bed
from pipeline.plan.judgement import Judge
from pipeline.plan.passages import Passage, frames_of, share_within
from pipeline.plan.zones import Frames, Zones, merged

_CONTINUES_COST: Final = 0.15
"""Taken from a piece that only continues a shot: another shot is more of a montage."""
_TWIN_COST: Final = 0.3
_CLOSE_COST: Final = 0.1
_CLOSE: Final = Fraction(5)
_HALF: Final = 0.5


@dataclass(frozen=True)
class PieceLengths:
    """Shortest and longest piece of a montage, in frames."""

    least: int
    most: int

    @property
    def usual(self) -> int:
        """The length that pieces have where nothing else decides."""
        return (self.least + self.most + 1) // 2


@dataclass(frozen=True)
class Piece:
    """Frames of one shot that a montage may show: from `start` on, up to `end` at most."""

    start: int
    end: int
    score: float
    shot: int
    is_asked_for: bool = False

    @property
    def room(self) -> int:
        """Frames that there are."""
        return self.end - self.start


class Montages:
    """The montages of one film: the pieces that they are made of, and the choice."""

    def __init__(self, judge: Judge, allowed: Zones, never: Zones, pieces: PieceLengths, lengths: Frames) -> None:
        """`lengths` are the shortest and longest montage in frames; `never` bars what may not even be heard."""
        self.judge, self.ground, self.borders = judge, judge.ground, judge.ground.borders
        self.allowed, self.never, self.pieces, self.lengths = allowed, never, pieces, lengths

    def choose(self, wanted: int, always: Sequence[Frames]) -> tuple[Passage, ...]:
        """Return up to `wanted` montages, no frame in two of them, best first."""
        asked = tuple(
            Piece(*part, self._worth(part), self._shot_of(part[0]), is_asked_for=True)
            for each in merged(always)
            for part in self.never.free(*each)
        )
        montages: list[Passage] = []
        while len(montages) < wanted:
            made = self._make(asked, montages, ())
            if made is None:
                break
            montages.append(made)
            asked = tuple(piece for piece in asked if share_within([(piece.start, piece.end)], made.pieces) == 0)
        return tuple(sorted(montages, key=lambda passage: (-passage.score, passage.start)))

    def instead(self, kept: Sequence[Passage], rejected: Sequence[Frames]) -> Passage | None:
        """Return the best montage beside those that stay, of pieces that were not rejected; None where none is left."""
        return self._make((), kept, rejected)

    def _make(self, asked: Sequence[Piece], others: Sequence[Passage], rejected: Sequence[Frames]) -> Passage | None:
        taken = frames_of(others)
        # What has to be used may exceed it.
        budget = max(0, self.allowed.budget - self.allowed.spoiled(taken))
        free = self.allowed.without((*taken, *((piece.start, piece.end) for piece in asked)))
        offered = [
            piece
            for piece in self._offered(free)
            if not rejected or share_within([(piece.start, piece.end)], rejected) <= _HALF
        ]
        length = self._length((*asked, *offered))
        if length is None:
            return None
        chosen = self._picked(asked, offered, length, budget)
        if sum(piece.room for piece in chosen) < length:
            return None
        used = [passage.bed for passage in others if passage.bed is not None]
        bed = choose_bed(self.ground, self._audible(), length, used)
        shown = tuple(self._cut(sorted(chosen, key=lambda piece: piece.start), length, Beats(self.ground, bed)))
        return Passage(shown, self._score(shown), bed)

    def _audible(self) -> Zones:
        """Return what may be heard: not what must never be shown, and nothing of the last act or the credits."""
        return replace(self.allowed, barred=merged((*self.never.barred, *self._endings())))

    def _endings(self) -> tuple[Frames, ...]:
        first = self.allowed.last_act[0]
        return () if self.allowed.budget else ((first, self.ground.frame_count),)

    def _length(self, pieces: Sequence[Piece]) -> int | None:
        """Return the longest length that there are pieces for; None where there are not enough."""
        least, most = self.lengths
        room = sum(piece.room for piece in pieces)
        return None if room < least else min(most, room)

    def _offered(self, free: Zones) -> Iterator[Piece]:
        """Yield the pieces that shots give: each starts on its cut, long shots give several in a row."""
        for shot, (first, last) in enumerate(zip(self.borders.starts, self.borders.ends, strict=True)):
            for start, end in free.free(first, last):
                for at in range(start, end, self.pieces.most):
                    stop = min(at + self.pieces.most, end)
                    if stop - at >= self.pieces.least:
                        cost = 0.0 if at == first else _CONTINUES_COST
                        yield Piece(at, stop, round(self._worth((at, stop)) - cost, 6), shot)

    def _worth(self, frames: Frames) -> float:
        """Return how good a piece is: what its shot is worth, what happens in it, who is in it."""
        ground = self.ground
        shown = frames[0], min(frames[1], frames[0] + self.pieces.usual)
        worth = (
            0.5 * ground.interest.mean(*shown) + 0.3 * ground.movement.mean(*shown) + 0.2 * ground.faces.share(*shown)
        )
        return worth - 0.5 * ground.text.mean(*shown) - 0.5 * ground.black.mean(*shown)

    def _picked(self, asked: Sequence[Piece], offered: Sequence[Piece], length: int, budget: int) -> list[Piece]:
        """Return pieces that fill the length, the best first, with twins and neighbours of chosen ones put back."""
        chosen: list[Piece] = []
        for piece in asked:
            if sum(one.room for one in chosen) < length:
                chosen.append(piece)
        left = {piece: piece.score for piece in sorted(offered, key=lambda piece: (-piece.score, piece.start))}
        for piece in chosen:
            self._put_back(left, piece)
        ranked = [(-score, piece.start, piece) for piece, score in left.items()]
        heapify(ranked)
        while sum(self._usual(piece) for piece in chosen) < length and ranked:
            score, start, best = heappop(ranked)
            if left[best] != -score:  # it was put back since
                heappush(ranked, (-left[best], start, best))
                continue
            del left[best]
            too_many = sum(self._least(one) for one in (*chosen, best)) > length
            if too_many and sum(one.room for one in chosen) >= length:
                break  # those that are there last long enough if they are shown longer
            spoils = self.allowed.spoiled([(best.start, best.end)])
            if spoils > budget:
                continue
            budget -= spoils
            chosen.append(best)
            self._put_back(left, best)
        return chosen

    def _put_back(self, left: dict[Piece, float], chosen: Piece) -> None:
        close, twins = self.ground.frames_within(_CLOSE), self.ground.looks.twins_of(chosen.shot)
        for piece in left:
            if piece.shot in twins:
                left[piece] -= _TWIN_COST
            if abs(piece.start - chosen.start) < close:
                left[piece] -= _CLOSE_COST

    def _usual(self, piece: Piece) -> int:
        return piece.room if piece.is_asked_for else min(piece.room, self.pieces.usual)

    def _cut(self, chosen: Sequence[Piece], length: int, beats: Beats) -> Iterator[Frames]:
        """Yield the pieces with lengths that add up to the whole, each cut moved to a beat that is near."""
        lengths = self._fitted(chosen, length)
        at = 0
        for number, (piece, frames) in enumerate(zip(chosen, lengths, strict=True)):
            later = chosen[number + 1 :]
            if later:
                rest = sum(one.room for one in later), sum(self._least(one) for one in later)
                least = max(at + self._least(piece), length - rest[0])
                most = min(at + piece.room, length - rest[1])
                end = beats.near(at + frames, least=least, most=most) if least <= most else at + frames
            else:
                end = length
            frames, at = end - at, end
            if later:
                lengths[number + 1 :] = self._fitted(later, length - at)
            if frames > 0:
                yield piece.start, piece.start + frames

    def _least(self, piece: Piece) -> int:
        return piece.room if piece.is_asked_for else min(piece.room, self.pieces.least)

    def _fitted(self, pieces: Sequence[Piece], length: int) -> list[int]:
        """Return lengths that add up to a whole: the usual ones, then what is too much or missing from the weakest."""
        lengths = [self._usual(piece) for piece in pieces]
        weakest = sorted(range(len(pieces)), key=lambda k: (pieces[k].is_asked_for, pieces[k].score, pieces[k].start))
        # Below the shortest only where stretches that must be used fill the montage.
        for floors in ([self._least(piece) for piece in pieces], [0] * len(pieces)):
            for k in weakest:
                lengths[k] -= min(max(0, sum(lengths) - length), max(0, lengths[k] - floors[k]))
        for k in reversed(weakest):
            lengths[k] += min(max(0, length - sum(lengths)), pieces[k].room - lengths[k])
        return lengths

    def _score(self, shown: Sequence[Frames]) -> float:
        whole = sum(end - start for start, end in shown)
        hook = self.judge.hook(*shown[0]).total
        return round(0.8 * sum(self._worth(piece) * (piece[1] - piece[0]) for piece in shown) / whole + 0.2 * hook, 6)

    def _shot_of(self, frame: int) -> int:
        shots = self.borders.shots_in(frame, frame + 1)
        return shots[0] if len(shots) else 0
