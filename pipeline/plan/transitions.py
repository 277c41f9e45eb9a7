"""Decide where one shot gives way to the next, and whether by a cut, a dissolve, a fade or a wipe."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.plan.cuts import find_cuts
from pipeline.plan.dissolves import find_dissolves
from pipeline.plan.fades import find_fades
from pipeline.plan.flashes import without_flashes
from pipeline.plan.shots import Transition
from pipeline.plan.stretch import Stretch
from pipeline.plan.wipes import find_wipes
from pipeline.timebase import FrameRate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

# Longer than two ramps of a fade and the blank between them: what ends so far from either end was seen whole.
_CONTEXT: Final = Fraction(20)
_JUDGED: Final = Fraction(80)


def find_transitions(stretch: Stretch, rate: FrameRate) -> tuple[Transition, ...]:
    """Return the transitions of a stretch in order, none overlapping another."""
    stretch = without_flashes(stretch, rate)
    fades = find_fades(stretch, rate)
    cuts = tuple(cut for cut in find_cuts(stretch, rate) if not any(_touches(cut, fade) for fade in fades))
    barred = np.zeros(len(stretch), np.bool_)
    _bar(barred, stretch, (*fades, *cuts))
    wipes = find_wipes(stretch, barred)
    _bar(barred, stretch, wipes)
    every = (*fades, *cuts, *wipes, *find_dissolves(stretch, barred))
    return tuple(sorted(every, key=lambda found: (found.start_frame, found.end_frame)))


def _bar(barred: NDArray[np.bool_], stretch: Stretch, found: Iterable[Transition]) -> None:
    """Mark the frames of transitions as taken."""
    for each in found:
        start, end = each.start_frame - stretch.start_frame, each.end_frame - stretch.start_frame
        barred[start : max(end, start + 1)] = True


def joined(found: Iterable[Transition]) -> tuple[Transition, ...]:
    """Return what was found in stretches of one film, in order: of what overlaps, the longest."""
    kept: list[Transition] = []
    for each in sorted(found, key=lambda each: (each.start_frame, each.end_frame)):
        if kept and each.start_frame < max(kept[-1].end_frame, kept[-1].start_frame + 1):
            if each.end_frame - each.start_frame > kept[-1].end_frame - kept[-1].start_frame:
                kept[-1] = each
            continue
        kept.append(each)
    return tuple(kept)


class TransitionFinder:
    """Find the transitions of successive pictures that come one by one, of any number, in bounded memory.

    Pictures are judged two minutes at a time, of which the middle counts.
    """

    def __init__(self, rate: FrameRate, start_frame: int = 0) -> None:
        self._rate = rate
        self._context = rate.nearest_frame(_CONTEXT)
        self._judged = rate.nearest_frame(_JUDGED)
        self._start = start_frame
        self._settled = start_frame
        self._luma: list[Bytes] = []
        self._chroma: list[Bytes] = []
        self._renewed: list[int] = []
        self._found: list[Transition] = []

    def renew(self) -> None:
        """Say that the next picture is decoded afresh, without what errors the ones before have added up."""
        self._renewed.append(self._start + len(self._luma))

    def add(self, luma: Bytes, chroma: Bytes) -> None:
        """Take the next picture: luma (36, 64), chroma (2, 9, 16)."""
        self._luma.append(luma)
        self._chroma.append(chroma)
        if len(self._luma) >= self._judged + 2 * self._context:
            self._settle(self._start + self._judged + self._context)
            del self._luma[: self._judged], self._chroma[: self._judged]
            self._start += self._judged
            self._renewed = [frame for frame in self._renewed if frame >= self._start]

    def finish(self) -> tuple[Transition, ...]:
        """Return all transitions in order, once the last picture has been taken."""
        if self._luma:
            self._settle(self._start + len(self._luma) + 1)
        return tuple(self._found)

    def _settle(self, end_frame: int) -> None:
        """Keep what ends before a frame and was not kept before."""
        stretch = Stretch(self._start, np.stack(self._luma), np.stack(self._chroma), tuple(self._renewed))
        for found in find_transitions(stretch, self._rate):
            last = self._found[-1].end_frame if self._found else self._settled
            if self._settled <= found.end_frame < end_frame and found.start_frame >= last:
                self._found.append(found)
        self._settled = end_frame


def _touches(one: Transition, other: Transition) -> bool:
    return one.start_frame <= other.end_frame and other.start_frame <= one.end_frame
