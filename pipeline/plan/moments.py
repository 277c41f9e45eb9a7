"""Choose moments: continuous passages whose ends keep as many of an editor's rules as there are passages for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, partial
from typing import Final

from pipeline.plan.judgement import Judge
from pipeline.plan.passages import Passage, frames_of, fullest, share_within
from pipeline.plan.zones import Frames, Zones

_LIKENESS_COST: Final = 0.3
_OFF_SHOT_COST: Final = 0.1
_IN_WORD_COST: Final = 0.2
_IN_TRANSITION_COST: Final = 0.5
_CLEAN_ENDS: Final = 4
"""Ends that are judged for one start, where the length may vary."""
_FALLBACK_STEP: Final = Fraction(1)
_MOST_ANCHORS: Final = 1500
_DOWN: Final = 2.0
"""Taken from the score for each rule that a passage breaks: more than any passage is better than another."""


@dataclass(frozen=True)
class Lengths:
    """Shortest and longest passage, in frames."""

    least: int
    most: int


class Moments:
    """The moments of one film: all that could be chosen, and the choice."""

    def __init__(self, judge: Judge, allowed: Zones, never: Zones, lengths: Lengths) -> None:
        """`never` bars what may not even be shown for something that has to be."""
        self.judge, self.allowed, self.never, self.lengths = judge, allowed, never, lengths
        self.ground = judge.ground
        self.borders = judge.ground.borders
        self._tiers: dict[int, tuple[Passage, ...]] = {}

    def choose(self, wanted: int, always: Sequence[Frames]) -> tuple[Passage, ...]:
        """Return up to `wanted` passages, none sharing a frame with another, best first.

        Each stretch of `always` is shown by one of them where that is possible without touching what is never shown.
        """
        chosen: list[Passage] = []
        for stretch in always[:wanted]:
            if not any(passage.start <= stretch[0] and stretch[1] <= passage.end for passage in chosen):
                chosen.extend(self._around(stretch, chosen))
        kept = tuple(chosen)
        for tier in range(_TIERS):
            self._add(chosen, tier, wanted)
            if len(chosen) >= wanted:
                return tuple(sorted(chosen, key=_best_first))
        packed = self._packed(kept, wanted)
        # One more must be worth what it costs the others; for as many, those that keep the rules stay.
        if len(packed) > len(chosen) and sum(one.score for one in packed) > sum(one.score for one in chosen):
            chosen = packed
        return tuple(sorted(chosen, key=_best_first))

    def _packed(self, kept: Sequence[Passage], wanted: int) -> list[Passage]:
        """Return as many passages as fit beside those that stay, and of all such choices the best together."""
        # Broken rules count for more than any passage is better than another.
        free = [
            replace(one, score=one.score - _DOWN * tier)
            for tier in range(_TIERS)
            for one in self._candidates(tier)
            if not self.allowed.spoiled(one.pieces) and _is_apart(one, kept)
        ]
        packed = fullest(free, most=wanted - len(kept))
        return [*kept, *(replace(one, score=self._fair(one)) for one in packed)]

    def instead(self, kept: Sequence[Passage], rejected: Sequence[Frames]) -> Passage | None:
        """Return the best passage beside those that stay, and of which less than half was rejected; None for none."""
        chosen = list(kept)
        for tier in range(_TIERS):
            self._add(chosen, tier, len(kept) + 1, rejected)
            if len(chosen) > len(kept):
                return chosen[-1]
        return None

    def _add(self, chosen: list[Passage], tier: int, wanted: int, rejected: Sequence[Frames] = ()) -> None:
        """Add the best passages of a tier to those chosen, each judged beside what is chosen already."""
        left = [one for one in self._candidates(tier) if _is_apart(one, chosen)]
        left = [one for one in left if not rejected or share_within(one.pieces, rejected) <= _HALF]
        while left and len(chosen) < wanted:
            spoiled = self.allowed.spoiled(frames_of(chosen))
            best = self._best(left, chosen, spoiled)
            if best is None:
                return
            chosen.append(best)
            left = [one for one in left if _is_apart(one, (best,))]

    def _best(self, left: Sequence[Passage], chosen: Sequence[Passage], spoiled: int) -> Passage | None:
        """Return the best passage with its likeness to what is chosen taken off; None where all spoil too much."""
        best: Passage | None = None
        shown = [shot for passage in chosen for piece in passage.pieces for shot in self.borders.shots_in(*piece)]
        is_shown = cache(partial(self.ground.looks.has_twin, among=shown))  # those that are left share most shots
        for one in sorted(left, key=_best_first):
            if best is not None and one.score <= best.score:
                break  # likeness only takes away
            over = spoiled + self.allowed.spoiled(one.pieces) > self.allowed.budget
            if over and self.allowed.spoiled(one.pieces):
                continue
            likeness = _LIKENESS_COST * self._likeness(one, is_shown) if shown else 0.0
            judged = replace(one, score=round(one.score - likeness, 6), likeness=likeness)
            if best is None or judged.score > best.score:
                best = judged
        return best

    def _likeness(self, passage: Passage, is_shown: Callable[[int], bool]) -> float:
        """Return which share of a passage's shots looks like a shot that is shown already."""
        shots = self.borders.shots_in(passage.start, passage.end)
        if not self.ground.looks.signatures or not len(shots):
            return 0.0
        return sum(map(is_shown, shots)) / len(shots)

    def _candidates(self, tier: int) -> tuple[Passage, ...]:
        if tier not in self._tiers:
            self._tiers[tier] = tuple(self._scored(_starts_of(self, tier), self.allowed, tier))
        return self._tiers[tier]

    def _scored(self, starts: Iterable[int], free: Zones, tier: int) -> Iterator[Passage]:
        """Yield the passages from some starts whose ends break no more rules than a tier allows."""
        for start in sorted(set(starts)):
            if not free.allow(start, start + self.lengths.least) or not self._opens(start, tier):
                continue
            for end in self._ends(start, free, tier):
                cost = self._rules_cost(start, end) if tier else 0.0
                yield Passage(((start, end),), round(self.judge.score(start, end) - cost, 6), rules=cost)

    def _rules_cost(self, start: int, end: int) -> float:
        """Return what broken rules cost a passage beside others of its tier."""
        borders = self.borders
        in_words = borders.in_word(start) + borders.in_word(end)
        in_transitions = borders.opens_in_transition(start) + borders.closes_in_transition(end)
        off_shot = not borders.starts_shot(start)
        return _OFF_SHOT_COST * off_shot + _IN_WORD_COST * in_words + _IN_TRANSITION_COST * in_transitions

    def _opens(self, start: int, tier: int) -> bool:
        clear = tier >= _IN_TRANSITION or not self.borders.opens_in_transition(start)
        return clear and (tier >= _IN_WORD or not self.borders.in_word(start))

    def _closes(self, end: int, tier: int) -> bool:
        clear = tier >= _IN_TRANSITION or not self.borders.closes_in_transition(end)
        return clear and (tier >= _IN_WORD or not self.borders.in_word(end))

    def _ends(self, start: int, free: Zones, tier: int) -> list[int]:
        """Return the most natural ends for a start: one for an exact length."""
        first, last = start + self.lengths.least, start + self.lengths.most
        if first == last:
            return [first] if self._closes(first, tier) else []
        offered = {first, last, (first + last) // 2, *self.borders.ends_between(first, last)}
        ends = [end for end in offered if free.allow(start, end) and self._closes(end, tier)]
        return sorted(ends, key=lambda end: (-self.borders.rest_worth(end), -end))[:_CLEAN_ENDS]

    def _fair(self, one: Passage) -> float:
        return round(self.judge.score(one.start, one.end) - one.rules, 6)

    def _around(self, stretch: Frames, chosen: Sequence[Passage]) -> tuple[Passage, ...]:
        """Return the best passage that holds a stretch, or that lies in it where it is longer; none where none fits."""
        free = self.never.without(frames_of(chosen))
        least, most = self.lengths.least, self.lengths.most
        first, last = sorted((stretch[1] - most, stretch[0]))
        starts = {first, (first + last) // 2, last, stretch[0], max(0, stretch[1] - least)}
        anchors = (*self.borders.starts, *self.borders.anchors())
        starts |= {start for start in anchors if first <= start <= last}
        for tier in range(_TIERS):
            on_shots = [start for start in starts if tier >= _OFF_SHOT or self.borders.starts_shot(start)]
            found = [
                one
                for one in self._scored(on_shots, free, tier)
                if _holds(one, stretch) or _holds(Passage((stretch,), 0), one.pieces[0])
            ]
            if found:
                return (min(found, key=_best_first),)
        return ()


_ON_SHOT, _OFF_SHOT, _IN_WORD, _IN_TRANSITION = range(4)
_TIERS: Final = 4
"""Rules in the order in which they give way: start on a shot, then no end in a word, then none in a transition."""
_HALF: Final = 0.5


def _starts_of(moments: Moments, tier: int) -> Iterator[int]:
    """Yield where passages of a tier may start; what an earlier tier offers comes again, with weaker rules."""
    yield from moments.borders.starts
    if tier == _ON_SHOT:
        return
    rate, lengths = moments.ground.rate, moments.lengths
    anchors = moments.borders.anchors()
    anchors = anchors[:: -(-len(anchors) // _MOST_ANCHORS) or 1]
    yield from anchors
    yield from (anchor - lengths.most for anchor in anchors)
    yield from (end - lengths.most for end in moments.borders.ends)
    # Every second, and such that as many as possible fit into each free stretch.
    step = max(1, rate.nearest_frame(_FALLBACK_STEP), moments.ground.frame_count // _MOST_ANCHORS)
    for start, end in moments.allowed.free(0, moments.ground.frame_count):
        yield from range(start, end - lengths.least + 1, step)
        yield from range(start, end - lengths.least + 1, lengths.least)


def _is_apart(one: Passage, others: Iterable[Passage]) -> bool:
    return all(one.end <= other.start or other.end <= one.start for other in others)


def _holds(one: Passage, stretch: Frames) -> bool:
    return one.start <= stretch[0] and stretch[1] <= one.end


def _best_first(passage: Passage) -> tuple[float, int, int]:
    return -passage.score, passage.start, passage.end
