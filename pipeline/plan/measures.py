"""The measures of a film, prepared so that the mean over any of its frames costs the same, however long they are.

Levels go from 0 to 1 within the film: a quiet film has its loud moments too. Numbers are plain Python: a warm run
computes this again, and importing numpy would take longer than the work.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Final

from pipeline.plan.features import FaceSample
from pipeline.plan.shots import Curve
from pipeline.timebase import FrameRate

_LOOKS: Final = 2000
"""Values from which a film's own scale is taken."""
_CLOSE_UP: Final = 0.35
"""Height of a face, as a share of the picture's, from which on it fills the screen."""


@dataclass(frozen=True)
class Scale:
    """From which value on a measure counts, and from which on it counts fully, in the curve's own unit."""

    low: float
    high: float

    def level(self, value: float) -> float:
        """Return where a value lies, from 0 to 1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def scale_of(curve: Curve, *, low: float, high: float, least: float, floor: float) -> Scale:
    """Return a film's own scale: the values that shares `low` and `high` of it lie below.

    `floor` is below what anybody notices, and `least` the smallest range that counts as one: a film in which nothing
    happens must not have its noise taken for events.
    """
    values = sorted(curve.hundredths[:: max(1, len(curve.hundredths) // _LOOKS)]) or [0]
    bottom, top = (values[min(len(values) - 1, int(len(values) * share))] / 100 for share in (low, high))
    bottom = max(floor, bottom)
    top = max(top, floor + least)
    return Scale(min(bottom, top - least), top)


class Levels:
    """Levels from 0 to 1 at even steps, of which any frames have a mean."""

    def __init__(self, levels: Iterable[float], step: Fraction, rate: FrameRate) -> None:
        self._sums = tuple(accumulate(levels, initial=0.0))
        if len(self._sums) == 1:
            self._sums = (0.0, 0.0)
        # Whole numbers: thousands of candidates are judged in a run that has nothing else to do.
        self._above, self._below = (1 / (step * rate.fps)).as_integer_ratio()

    def mean(self, start: int, end: int) -> float:
        """Return the mean over frames [start, end), over the steps that they touch; past the end, that of the last."""
        sums, above, below = self._sums, self._above, self._below
        count = len(sums) - 1
        first, last = start * above // below, -(-end * above // below)
        # Asked so often that calls of min and max would take longer than all else.
        if first >= count:
            first = count - 1
        if first < 0:
            first = 0
        if last <= first:
            last = first + 1
        elif last > count:
            last = count
        return (sums[last] - sums[first]) / (last - first)


def levels_of(curve: Curve, scale: Scale) -> list[float]:
    """Return the level of each step of a curve."""
    low, high = 100 * scale.low, 100 * scale.high
    span = high - low
    return [0.0 if v <= low else 1.0 if v >= high else (v - low) / span for v in curve.hundredths]


def at_steps(curve: Curve, step: Fraction, *, count: int, after: int) -> Curve:
    """Return a curve at wider steps, each the highest value that it holds; `after` is what is so past its end."""
    each, per = (step / curve.step).as_integer_ratio()
    ends = [-(-k * each // per) for k in range(count + 1)]
    values = curve.hundredths
    return Curve(step, tuple(max(values[first : max(first + 1, end)], default=after) for first, end in pairwise(ends)))


class Faces:
    """The faces of a film: how much of them any of its frames show."""

    def __init__(self, samples: Sequence[FaceSample], rate: FrameRate, frame_count: int) -> None:
        above, below = rate.fps.as_integer_ratio()
        self._frames = [s.time.numerator * above // (s.time.denominator * below) for s in samples]
        self._levels = [_face_level(sample) for sample in samples]
        # Each holds until the next: where somebody looked more often, that counts no more.
        self._held = Steady(self._frames, self._levels, frame_count)

    def share(self, start: int, end: int) -> float:
        """Return the mean of how large the faces are, 0 to 1; 0 where nobody looked."""
        return self._held.mean(start, end)

    def largest(self, start: int, end: int) -> float:
        """Return how large the largest face is, 0 to 1."""
        return max(self._levels[bisect_left(self._frames, start) : bisect_left(self._frames, end)], default=0.0)


class Steady:
    """Values that hold for stretches of frames, such as a score for each shot."""

    def __init__(self, starts: Sequence[int], values: Sequence[float], frame_count: int) -> None:
        """Take the first frame of each stretch, in order; each lasts until the next one starts."""
        self._starts, self._values = list(starts), list(values)
        ends = [*self._starts[1:], frame_count][: len(self._starts)]
        pieces = ((end - start) * value for start, end, value in zip(starts, ends, values, strict=True))
        self._sums = tuple(accumulate(pieces, initial=0.0))

    def mean(self, start: int, end: int) -> float:
        """Return the mean over frames [start, end); 0 where there is no stretch at all."""
        return (self._upto(end) - self._upto(start)) / (end - start) if self._starts and end > start else 0.0

    def _upto(self, frame: int) -> float:
        k = max(0, bisect_left(self._starts, frame) - 1)
        return self._sums[k] + (frame - self._starts[k]) * self._values[k]


def ranks(values: Sequence[float]) -> tuple[float, ...]:
    """Return the share of values below each one, ties counted half: from 0 to 1 whatever their unit."""
    ordered = sorted(values)
    rank: dict[float, float] = {}
    for value in values:
        if value not in rank:
            below = bisect_left(ordered, value)
            same = bisect_right(ordered, value) - below
            rank[value] = (below + same / 2) / len(ordered)
    return tuple(rank[value] for value in values)


def _face_level(sample: FaceSample) -> float:
    return max((min(1.0, face.height / _CLOSE_UP) * face.confidence for face in sample.faces), default=0.0)
