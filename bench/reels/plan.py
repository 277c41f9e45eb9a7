"""Plan a reel: which takes, how long, how joined. Pure but for `look`, which shows a film's frame very small."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.reels.draw import DISTURBANCES, JOINS, WITHIN, Draw, Lengths
from bench.reels.errors import ReelError
from bench.reels.source import Source, Stretch
from bench.reels.values import BLACK, Cut, Disturbance, Fade, Join, Reel, Take, entry_frames, exit_frames
from pipeline.timebase import FrameRate

Look = Callable[[int, int], NDArray[np.uint8]]
"""Source and frame to a very small picture of it."""

_TRIES: Final = 400
# In steps of 8 bits, means over a very small picture: what a person sees at once.
_LEAST_CHANGE: Final = 12.0
_LEAST_JUMP: Final = 5.0
_LEAST_CONTRAST: Final = 8.0
_LEAST_FADE: Final = 25.0
_JUMP_S: Final = (0.5, 2.0)
_CUTAWAY_S: Final = (6 / 24, 24 / 24)
_SHORTEST_S: Final = Fraction(1, 2)
_END_CHANCE: Final = 0.5


@dataclass(frozen=True)
class Wishes:
    """What a reel should be like."""

    seconds: Fraction
    rate: FrameRate
    seed: int = 0
    joins: Mapping[str, float] = field(default_factory=lambda: dict(JOINS))
    disturbances: Mapping[str, float] = field(default_factory=lambda: dict(DISTURBANCES))
    lengths: Lengths = field(default_factory=Lengths)


@dataclass(frozen=True)
class _Spot:
    """A stretch of a film."""

    source: int
    stretch: Stretch


def plan_reel(sources: Sequence[Source], wishes: Wishes, look: Look) -> Reel:
    """Return a reel of about the wished length; the same films and wishes give an equal one.

    Raises ReelError where the films hold too little, or too little that looks different.
    """
    return _Planner(sources, wishes, look).plan()


class _Planner:
    def __init__(self, sources: Sequence[Source], wishes: Wishes, look: Look) -> None:
        self._wishes = wishes
        self._look = look
        self._rate = wishes.rate
        self._draw = Draw(wishes.seed, wishes.rate, wishes.lengths)
        self._steps = tuple(source.rate.fps / wishes.rate.fps for source in sources)
        spots = [
            (_Spot(index, stretch), source) for index, source in enumerate(sources) for stretch in source.stretches
        ]
        self._spots = tuple(spot for spot, _ in spots)
        # A film of many shots is seen more often than one of few, but not by their number.
        self._weights = tuple(1 / sqrt(len(source.stretches)) for _, source in spots)
        if not spots:
            raise ReelError("no stretch of these films lies inside one shot.")

    def plan(self) -> Reel:
        wanted = self._rate.frames_within(self._wishes.seconds)
        opening = self._end_fade()
        takes: list[Take] = []
        joins: list[Join] = []
        before: Join | None = opening
        between = {name: weight for name, weight in self._wishes.joins.items() if name not in WITHIN and weight}
        within = {name: self._wishes.joins.get(name, 0.0) for name in WITHIN}
        counted = opening.hold_frames if opening else 0
        spot: _Spot | None = None
        while True:
            after = self._draw.join(self._draw.one_of(between or {"cut": 1.0}))
            unit = self._draw.one_of({**within, "plain": sum(between.values()) or 1.0})
            shot = spot
            spot, new, inner = self._unit(unit, before, after, takes[-1] if takes else None, shot)
            if spot == shot and joins and joins[-1] == Cut():
                joins[-1] = Cut("jump")
            joins += inner
            takes += new
            counted += sum(take.frames for take in new)
            if counted >= wanted:
                break
            joins.append(after)
            counted += after.hold_frames if isinstance(after, Fade) else -exit_frames(after)
            before = after
        return self._closed(Reel(self._rate, tuple(takes), tuple(joins), opening))

    def _unit(
        self, kind: str, before: Join | None, after: Join, last: Take | None, taken: _Spot | None
    ) -> tuple[_Spot, list[Take], list[Join]]:
        """Return takes that belong together and what joins them, of a kind or, where none fits, a plain one."""
        for attempt in range(_TRIES):
            spot = self._spots[self._draw.index(self._weights)]
            # The same shot twice would be a jump cut; a single shot is all that some films have.
            if spot == taken and attempt < _TRIES // 4:
                continue
            if attempt == _TRIES // 2:
                kind = "plain"
            found = self._split(spot, kind, before, after) if kind in WITHIN else self._whole(spot, before, after)
            if found and self._is_seen(last, before, found[0][0]) and self._can_end(found[0][-1], after):
                return spot, *found
        raise ReelError(f"{_TRIES} draws found no take that fits; other films, weights or lengths may.")

    def _whole(self, spot: _Spot, before: Join | None, after: Join) -> tuple[list[Take], list[Join]] | None:
        edges = entry_frames(before) + exit_frames(after)
        clear = min(self._draw.clear_frames(), self._room(spot) - edges)
        if clear < self._rate.frames_within(_SHORTEST_S):
            return None
        frames = edges + clear
        first = spot.stretch.start_frame + self._draw.below(self._spare(spot, frames))
        whole = range(entry_frames(before), entry_frames(before) + clear)
        disturbances = self._draw.disturbances(self._wishes.disturbances, frames, whole)
        return [Take(spot.source, first, frames, self._steps[spot.source], disturbances)], []

    def _split(self, spot: _Spot, kind: str, before: Join | None, after: Join) -> tuple[list[Take], list[Join]] | None:
        """Return two takes of a shot with a gap between them, in which a cutaway shows another shot."""
        gap = self._draw.frames(*(_JUMP_S if kind == "jump" else _CUTAWAY_S))
        room = self._room(spot) - entry_frames(before) - exit_frames(after) - gap
        sooner, later = (min(self._draw.clear_frames(), room // 2) for _ in range(2))
        if min(sooner, later) < self._rate.frames_within(_SHORTEST_S):
            return None
        sooner, later = sooner + entry_frames(before), later + exit_frames(after)
        first = spot.stretch.start_frame + self._draw.below(self._spare(spot, sooner + gap + later))
        whole = self._draw.disturbances(self._wishes.disturbances, sooner, range(0))
        step = self._steps[spot.source]
        leaving = Take(spot.source, first, sooner, step, whole)
        returning = Take(spot.source, first + ((sooner + gap) * step).__floor__(), later, step, _lasting(whole, later))
        if kind == "jump":
            jump = Cut("jump")
            return ([leaving, returning], [jump]) if self._is_seen(leaving, jump, returning) else None
        other = self._spots[self._draw.index(self._weights)]
        if other == spot or self._room(other) < gap:
            return None
        there = other.stretch.start_frame + self._draw.below(self._spare(other, gap))
        away = Take(other.source, there, gap, self._steps[other.source], _lasting(whole, gap))
        cut = Cut("cutaway")
        seen = self._is_seen(leaving, cut, away) and self._is_seen(away, cut, returning)
        return ([leaving, away, returning], [cut, cut]) if seen else None

    def _is_seen(self, last: Take | None, join: Join | None, new: Take) -> bool:
        """Return whether a person sees that there is a new picture, or that it comes out of a colour."""
        coming = self._look(new.source, new.first).astype(np.float32)
        if coming.std(axis=(0, 1)).mean() < _LEAST_CONTRAST:
            return False
        if isinstance(join, Fade) and _distance(coming, join) < _LEAST_FADE:
            return False
        if last is None:
            return True
        change = np.abs(coming - self._look(last.source, last.number_at(last.frames - 1))).mean()
        return bool(change >= (_LEAST_JUMP if isinstance(join, Cut) and join.note == "jump" else _LEAST_CHANGE))

    def _can_end(self, take: Take, after: Join) -> bool:
        leaving = self._look(take.source, take.number_at(take.frames - 1)).astype(np.float32)
        if leaving.std(axis=(0, 1)).mean() < _LEAST_CONTRAST:
            return False
        return not isinstance(after, Fade) or _distance(leaving, after) >= _LEAST_FADE

    def _room(self, spot: _Spot) -> int:
        """Return how many frames of the reel a stretch gives."""
        return ((spot.stretch.frame_count - 1) / self._steps[spot.source]).__floor__()

    def _spare(self, spot: _Spot, frames: int) -> int:
        """Return at how many places of a stretch a take of some frames may start."""
        return spot.stretch.frame_count - ((frames - 1) * self._steps[spot.source]).__floor__()

    def _end_fade(self) -> Fade | None:
        drawn = self._draw.fade(BLACK, note="end")
        happens = self._draw.happens(_END_CHANCE) and self._wishes.joins.get("fade", 0.0) > 0
        return replace(drawn, out_frames=0) if happens else None

    def _closed(self, reel: Reel) -> Reel:
        drawn = self._end_fade()
        last = reel.takes[-1]
        joined = entry_frames(reel.joins[-1] if reel.joins else reel.opening)
        longest = last.frames - joined - self._rate.frames_within(_SHORTEST_S)
        if drawn is None or longest < self._rate.frames_within(_SHORTEST_S) or not self._can_end(last, drawn):
            return reel
        out_frames = min(longest, self._draw.frames(8 / 24, 48 / 24))
        lasting = tuple(item for item in last.disturbances if item.frames == last.frames)
        takes = (*reel.takes[:-1], replace(last, disturbances=lasting))
        return replace(reel, takes=takes, closing=replace(drawn, out_frames=out_frames, in_frames=0))


def _lasting(disturbances: tuple[Disturbance, ...], frames: int) -> tuple[Disturbance, ...]:
    return tuple(replace(disturbance, frames=frames) for disturbance in disturbances)


def _distance(picture: NDArray[np.float32], fade: Fade) -> float:
    return float(np.abs(picture - np.array(fade.colour, np.float32)).mean())
