"""Passages: candidate frames for a highlight, and the choice of several that leave each other alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.plan.zones import Frames


@dataclass(frozen=True)
class Passage:
    """Candidate frames in film order, one range or several, with their score."""

    pieces: tuple[Frames, ...]
    score: float
    bed: Frames | None = None
    """The frames that are heard under all pieces; None: each piece sounds itself."""
    likeness: float = 0.0
    """What was taken off its score for shots that look like shots of passages chosen before."""
    rules: float = 0.0
    """What was taken off its score for rules that it breaks."""

    @property
    def start(self) -> int:
        """First frame."""
        return self.pieces[0][0]

    @property
    def end(self) -> int:
        """Frame after the last."""
        return self.pieces[-1][1]

    @property
    def length(self) -> int:
        """Frames shown."""
        return sum(end - start for start, end in self.pieces)


def frames_of(passages: Iterable[Passage]) -> tuple[Frames, ...]:
    """Return every range that passages show."""
    return tuple(piece for passage in passages for piece in passage.pieces)


def share_within(pieces: Sequence[Frames], ranges: Sequence[Frames]) -> float:
    """Return which share of some frames lies within ranges that do not overlap each other."""
    shown = sum(end - start for start, end in pieces)
    inside = sum(max(0, min(e, end) - max(s, start)) for start, end in pieces for s, e in ranges)
    return inside / shown if shown else 0.0


def fullest(candidates: Iterable[Passage], *, most: int) -> tuple[Passage, ...]:
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
