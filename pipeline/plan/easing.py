"""Make a way that a window should go fit to be looked at: few knots, bounded speed, and bounded change of speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Final

from pipeline.camera import CameraPath, Frame, Knot

GRID_PX: Final = 16
"""Windows that move do so from and to sixteenths of a pixel."""
# Moments between two knots, at most: fewer knots give smoother ways and files that people can read.
_STRIDE: Final = 5
# A way is rounded off more and more until it keeps to its bounds.
_LONGER: Final = Fraction(5, 4)


@dataclass(frozen=True)
class Pace:
    """How fast a window may go, and how fast it may come to that."""

    speed: Fraction
    """Pixels per frame."""
    change: Fraction
    """Pixels per frame by which its speed may change from one frame to the next."""

    def bears(self, path: CameraPath) -> bool:
        """Return whether a path keeps to it, at every frame and between frames."""
        return path.speed_max <= self.speed and path.change_max <= self.change


def eased(
    frames: Sequence[Frame], way: Sequence[float], pace: Pace, *, moments: int
) -> tuple[tuple[int, Fraction], ...] | None:
    """Return (moment, pixel) of the knots of a path near a way at a pace; None where no path that moves keeps to it.

    `way` has a pixel for each moment, which are at `frames`; it is rounded off over `moments` at least.
    """
    length = moments
    while 2 * _hold(length) < len(way):
        smooth = [Fraction(place, GRID_PX) for place in _smoothed([round(place * GRID_PX) for place in way], length)]
        knots = tuple((moment, smooth[moment]) for moment in _knots(smooth))
        path = CameraPath(tuple(Knot(frames[moment], place, Fraction(0)) for moment, place in knots))
        if path.is_still:
            return None
        if pace.bears(path):
            return knots
        length = (length * _LONGER).__ceil__()
    return None


def _smoothed(way: Sequence[int], length: int) -> list[int]:
    """Return a way averaged over some moments, then over half as many; it stands at its ends, where nothing is known.

    Whole numbers: where all are the same, the average is that very number.
    """
    hold, half = _hold(length), max(1, length // 2)
    held = [way[hold]] * hold + list(way[hold : len(way) - hold]) + [way[-1 - hold]] * hold
    return [round(Fraction(total, length * half)) for total in _sums(_sums(held, length), half)]


def _hold(length: int) -> int:
    return (length + length // 2) // 2 + 1


def _sums(way: Sequence[int], length: int) -> list[int]:
    """Return the sum of so many values around each, the first and the last one held beyond the ends."""
    before, after = (length - 1) // 2, length // 2
    sums = list(accumulate([way[0]] * before + list(way) + [way[-1]] * after, initial=0))
    return [end - start for start, end in zip(sums, sums[length:], strict=False)]


def _knots(way: Sequence[Fraction]) -> list[int]:
    """Return the moments at which a way turns, stops or sets out, and as few in between as will do."""
    headings = [(after > before) - (after < before) for before, after in pairwise(way)]
    turns = [moment for moment in range(1, len(headings)) if headings[moment - 1] != headings[moment]]
    knots = [0]
    for start, end in pairwise([0, *turns, len(way) - 1]):
        steps = -(-(end - start) // _STRIDE) if headings[start] else 1
        knots += [start + (end - start) * step // steps for step in range(1, steps + 1)]
    return knots
