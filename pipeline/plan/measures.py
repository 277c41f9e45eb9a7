"""The measures of a film, prepared so that the mean over any of its frames costs the same, however long they are.

Levels go from 0 to 1 within the film: a quiet film has its loud moments too. Numbers are plain Python: a warm run
computes this again, and importing numpy would take longer than the work.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
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


@dataclass(frozen=True)
class Measure:
    """One curve and the scale on which it counts."""

    curve: Curve
    scale: Scale
    rate: FrameRate

    def mean(self, start: int, end: int) -> float:
        """Return the mean value over frames [start, end), in the curve's unit; that of the last step past its end."""
        first, last = self._steps(start, end)
        return (self._sums[last] - self._sums[first]) / (100 * (last - first))

    def level(self, start: int, end: int) -> float:
        """Return the level of the mean over frames [start, end), from 0 to 1."""
        return self.scale.level(self.mean(start, end))

    def _steps(self, start: int, end: int) -> tuple[int, int]:
        above, below = self._steps_per_frame
        count = len(self._sums) - 1
        first = min(max(0, start * above // below), count - 1)
        return first, min(count, max(first + 1, -(-end * above // below)))

    @cached_property
    def _steps_per_frame(self) -> tuple[int, int]:
        # Whole numbers: thousands of candidates are judged in a run that has nothing else to do.
        return (1 / (self.curve.step * self.rate.fps)).as_integer_ratio()

    @cached_property
    def _sums(self) -> tuple[int, ...]:
        return tuple(accumulate(self.curve.hundredths or (0,), initial=0))


class Faces:
    """The faces of a film: how much of them any of its frames show."""

    def __init__(self, samples: Sequence[FaceSample], rate: FrameRate) -> None:
        above, below = rate.fps.as_integer_ratio()
        self._frames = [s.time.numerator * above // (s.time.denominator * below) for s in samples]
        self._levels = [_face_level(sample) for sample in samples]
        self._sums = tuple(accumulate(self._levels, initial=0.0))

    def share(self, start: int, end: int) -> float:
        """Return the mean of how large the faces are, 0 to 1; 0 where nobody looked."""
        first, last = self._samples(start, end)
        return (self._sums[last] - self._sums[first]) / (last - first) if last > first else 0.0

    def largest(self, start: int, end: int) -> float:
        """Return how large the largest face is, 0 to 1."""
        first, last = self._samples(start, end)
        return max(self._levels[first:last], default=0.0)

    def _samples(self, start: int, end: int) -> tuple[int, int]:
        return bisect_left(self._frames, start), bisect_left(self._frames, end)


class Steady:
    """Values that hold for stretches of frames, such as a score for each shot."""

    def __init__(self, starts: Sequence[int], values: Sequence[float], frame_count: int) -> None:
        """Take the first frame of each stretch, in order; each lasts until the next one starts."""
        self._starts, self._values = list(starts), list(values)
        ends = [*self._starts[1:], frame_count]
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


def thinned(curve: Curve, step: Fraction) -> Curve:
    """Return a curve at wider steps, each the mean of those that it holds."""
    per = max(1, round(step / curve.step))
    values = curve.hundredths
    means = (sum(part) // len(part) for k in range(0, len(values), per) if (part := values[k : k + per]))
    return Curve(curve.step * per, tuple(means))


def _face_level(sample: FaceSample) -> float:
    return max((min(1.0, face.height / _CLOSE_UP) * face.confidence for face in sample.faces), default=0.0)
