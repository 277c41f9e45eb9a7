"""Choose moments: continuous passages of one length that start or end on a cut where they can."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

from pipeline.plan.ground import Ground, Passage
from pipeline.plan.zones import Frames, Zones

# Added to a mean interest between 0 and 1: enough to prefer a clean start, too little to prefer a dull passage.
_STARTS_ON_CUT: Final = 0.06
_ENDS_ON_CUT: Final = 0.03
_STUB_COST: Final = 0.05
_OPENING_SHARE: Final = 0.2
_STUB: Final = Fraction(2, 5)
_OPENING: Final = Fraction(3)
_FALLBACK_STEP: Final = Fraction(1)


def plan_moments(
    ground: Ground, allowed: Zones, *, always: tuple[Frames, ...], never: Zones, wanted: int, length: int
) -> tuple[Passage, ...]:
    """Return up to `wanted` passages of exactly `length` frames, none sharing a frame with another, in no order.

    Each stretch of `always` is shown by one of them where that is possible without touching `never`.
    """
    chosen: list[Passage] = []
    for stretch in always[:wanted]:
        if not any(passage.start <= stretch[0] and stretch[1] <= passage.end for passage in chosen):
            chosen.extend(_around(ground, never.without(_frames(chosen)), stretch, length=length))
    free = allowed.without(_frames(chosen))
    missing = wanted - len(chosen)
    on_cuts = _scored(ground, free, {*ground.starts, *(end - length for end in ground.ends)}, length=length)
    best = _best_apart(on_cuts, most=missing)
    if len(best) < missing:
        anywhere = _scored(ground, free, _everywhere(ground, free, length=length), length=length)
        best = _fullest((*on_cuts, *anywhere), most=missing)
    return (*chosen, *best)


def score_passage(ground: Ground, start: int, end: int) -> float:
    """Return how good a passage is: its interest, that of its opening, and how cleanly it is cut."""
    opening = min(end, start + ground.frames_within(_OPENING))
    stub = ground.frames_within(_STUB)
    interest = (1 - _OPENING_SHARE) * ground.mean(start, end) + _OPENING_SHARE * ground.mean(start, opening)
    clean = _STARTS_ON_CUT * ground.starts_shot(start) + _ENDS_ON_CUT * ground.ends_shot(end)
    stubs = _any_within(ground.starts, start + 1, start + stub) + _any_within(ground.starts, end - stub, end)
    return round(interest + clean - _STUB_COST * stubs, 6)


def _scored(ground: Ground, free: Zones, starts: Iterable[int], *, length: int) -> tuple[Passage, ...]:
    return tuple(
        Passage(((start, start + length),), score_passage(ground, start, start + length))
        for start in sorted(starts)
        if free.allow(start, start + length)
    )


def _everywhere(ground: Ground, free: Zones, *, length: int) -> Iterator[int]:
    """Yield starts at every second, and such that as many passages as possible fit into each free stretch."""
    step = max(1, ground.rate.nearest_frame(_FALLBACK_STEP))
    for start, end in free.free(0, ground.frame_count):
        yield from range(start, end - length + 1, step)
        yield from range(start, end - length + 1, length)


def _best_apart(candidates: Iterable[Passage], *, most: int) -> tuple[Passage, ...]:
    """Return the best passages that leave each other alone, taking the best first."""
    chosen: list[Passage] = []
    for candidate in sorted(candidates, key=lambda passage: (-passage.score, passage.start)):
        if len(chosen) == most:
            break
        if all(candidate.end <= other.start or other.end <= candidate.start for other in chosen):
            chosen.append(candidate)
    return tuple(chosen)


def _fullest(candidates: Iterable[Passage], *, most: int) -> tuple[Passage, ...]:
    """Return as many passages as fit apart, up to `most`, and of all such choices the one with the highest sum."""
    ordered = sorted(candidates, key=lambda passage: (passage.end, passage.start, -passage.score))
    ends = [passage.end for passage in ordered]
    before = [bisect_right(ends, passage.start) for passage in ordered]
    # sums[k]: the best sum of one choice among the first k candidates, and how it was reached.
    sums: list[float | None] = [0.0] * (len(ordered) + 1)
    layers: list[list[int | None]] = []
    for _ in range(most):
        taken: list[float | None] = [None]
        last: list[int | None] = [None]
        for k, passage in enumerate(ordered):
            rest = sums[before[k]]
            total = None if rest is None else rest + passage.score
            better = total is not None and (taken[-1] is None or total > taken[-1])
            taken.append(total if better else taken[-1])
            last.append(k if better else last[-1])
        if taken[-1] is None:
            break
        layers.append(last)
        sums = taken
    chosen: list[Passage] = []
    upto = len(ordered)
    for last in reversed(layers):
        picked = last[upto]
        assert picked is not None, "each layer extends a choice of the one before"
        chosen.append(ordered[picked])
        upto = before[picked]
    return tuple(chosen)


def _around(ground: Ground, free: Zones, stretch: Frames, *, length: int) -> tuple[Passage, ...]:
    """Return the best passage that holds a stretch, or that lies in it where it is longer; none where none is free."""
    first, last = sorted((stretch[1] - length, stretch[0]))
    middle = (first + last) // 2
    starts = {first, middle, last, *(start for start in ground.starts if first <= start <= last)}
    return _best_apart(_scored(ground, free, starts, length=length), most=1)


def _frames(passages: Iterable[Passage]) -> tuple[Frames, ...]:
    return tuple(piece for passage in passages for piece in passage.pieces)


def _any_within(borders: tuple[int, ...], first: int, end: int) -> bool:
    return bisect_left(borders, first) < bisect_left(borders, end)
