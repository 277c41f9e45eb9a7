"""Find dissolves: stretches in which one picture turns evenly into an unlike one, and loses detail half-way.

No movement does all three: what moves changes here and there rather than evenly, and keeps its detail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.plan.miniatures import CHROMA_SIZE
from pipeline.plan.movement import correlation
from pipeline.plan.shots import Transition
from pipeline.plan.stretch import Stretch
from pipeline.plan.windows import best_apart, free_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Frames = NDArray[np.intp]
    Floats = NDArray[np.float32]

# Steps from the last whole picture to the first whole one; what lies between is within an eighth of one of them.
_LENGTHS: Final = (5, 6, 7, 9, 11, 14, 18, 23, 29, 37, 47, 59, 75, 95)
_STEP: Final = 8
_DETAIL_LEFT: Final = (0.28, 0.9)
_LEAST_CHANGE: Final = 8.0
_LEAST_CONTRAST: Final = 3.0
_MOST_LIKENESS: Final = 0.75
_LEAST_EVENNESS: Final = 0.65
_SHORT: Final = 7  # steps in which a fast movement can look even
_LEAST_EVENNESS_SHORT: Final = 0.85
# A logistic regression on dissolves of labelled reels and of half a film, against what else passes the bounds above.
_WEIGHTS: Final = {"evenness": 16.8, "change": -1.85, "detail": -12.5, "likeness": -4.42, "kept": -11.1, "length": 1.6}
_OFFSET: Final = -1.08
_DARK_LUMA: Final = 24
_KEPT_CHANGE: Final = 5
_LUMA: Final = CHROMA_SIZE[0] * CHROMA_SIZE[1]
_GROWTHS: Final = 5
_MOST_RESIDUE: Final = 0.45


@dataclass(frozen=True)
class _Window:
    """A stretch that may be a dissolve, from the last whole picture to the first whole one."""

    start: int
    length: int
    evenness: float
    """Share of all change that a straight line from the first to the last picture explains."""
    change: float
    """Root mean square of what changes from the first picture to the last."""
    detail: float
    """Detail in the middle third over that at the ends; a half-and-half mixture of unlike pictures has half."""
    likeness: float
    """Correlation of first and last picture."""
    kept: float
    """Share of the lit picture that stays as it is: most of it where a title comes and goes."""

    @property
    def bounds(self) -> tuple[int, int]:
        return self.start, self.start + self.length

    @property
    def score(self) -> float:
        """Return the logarithm of the odds that this is a dissolve."""
        return (
            _OFFSET
            + _WEIGHTS["evenness"] * self.evenness
            + _WEIGHTS["change"] * float(np.log(self.change))
            + _WEIGHTS["detail"] * self.detail
            + _WEIGHTS["likeness"] * self.likeness
            + _WEIGHTS["kept"] * self.kept
            + _WEIGHTS["length"] * float(np.log(self.length))
        )

    @property
    def fit(self) -> float:
        """Return how well the window holds a whole dissolve and no more, to be compared with others on the same one."""
        return self.evenness**2 * self.change * (1 - self.detail)


def find_dissolves(stretch: Stretch, barred: NDArray[np.bool_]) -> tuple[Transition, ...]:
    """Return the dissolves of a stretch in order, none overlapping another; `barred` frames start or hold others."""
    found = []
    for window in best_apart(window for length in _LENGTHS for window in _windows(stretch, length, barred)):
        start, end = _ends(stretch, window.start, window.length, barred)
        found.append(Transition("dissolve", stretch.start_frame + start, stretch.start_frame + end))
    return tuple(found)


def _windows(stretch: Stretch, length: int, barred: NDArray[np.bool_]) -> Iterator[_Window]:
    """Yield the windows of one length that are more likely dissolves than not."""
    pictures = stretch.coarse.reshape(len(stretch), -1)
    starts = free_starts(barred, length, step=length // _STEP)
    detail = _detail_left(stretch.detail, starts, length)
    contrast = np.minimum(stretch.contrast[starts], stretch.contrast[starts + length])
    likely = (detail > _DETAIL_LEFT[0]) & (detail < _DETAIL_LEFT[1]) & (contrast > _LEAST_CONTRAST)
    starts, detail = starts[likely], detail[likely]
    before, after = pictures[starts], pictures[starts + length]
    change = np.sqrt(np.square(after - before).mean(axis=1))
    likeness = correlation(before[:, :_LUMA], after[:, :_LUMA])
    for at in np.flatnonzero((change > _LEAST_CHANGE) & (likeness < _MOST_LIKENESS)).tolist():
        start = int(starts[at])
        evenness = _evenness(pictures[start : start + length + 1])
        if evenness > (_LEAST_EVENNESS if length > _SHORT else _LEAST_EVENNESS_SHORT):
            kept = _kept(before[at, :_LUMA], after[at, :_LUMA])
            window = _Window(start, length, evenness, float(change[at]), float(detail[at]), float(likeness[at]), kept)
            if window.score > 0:
                yield window


def _kept(before: Floats, after: Floats) -> float:
    lit = np.maximum(before, after) > _DARK_LUMA  # bars above and below stay as they are whatever happens
    return float((np.abs(after - before)[lit] < _KEPT_CHANGE).mean()) if lit.any() else 1.0


def _detail_left(detail: Floats, starts: Frames, length: int) -> Floats:
    sums = np.concatenate([[0.0], np.cumsum(detail, dtype=np.float64)])
    first, last = starts + length // 3, starts + length - length // 3 + 1
    middle = (sums[last] - sums[first]) / (last - first)
    left: Floats = middle / np.maximum(1, (detail[starts] + detail[starts + length]) / 2)
    return left


def _evenness(pictures: Floats) -> float:
    """Return which share of the change a straight line through all pictures explains."""
    steps = np.arange(len(pictures), dtype=np.float32) - (len(pictures) - 1) / 2
    apart = pictures - pictures.mean(axis=0)
    slope = steps @ apart / (steps @ steps)
    return float(slope @ slope) * float(steps @ steps) / max(float(np.square(apart).sum()), 1e-6)


def _ends(stretch: Stretch, start: int, length: int, barred: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the first mixed frame and the first whole one after it.

    A line through the middle of the mixture says where it begins and ends; the window then grows to hold both, as one
    that is too short takes a half-mixed picture for the end.
    """
    pictures = stretch.coarse.reshape(len(stretch), -1)
    first, end = start + 1, start + length
    lowest = _free_from(barred, start, -1, length // 2)
    highest = _free_from(barred, start + length, 1, length // 2)
    for _ in range(_GROWTHS):
        margin = max(2, (end - first) // 4)
        low, high = max(lowest, first - margin), min(highest, end + margin) + 1
        share, residue = _mixture(pictures[low:high])
        middle = np.flatnonzero((share > 0.2) & (share < 0.8))
        slope, offset = np.polyfit(middle, share[middle], 1) if len(middle) > 1 else (0.0, 0.0)
        if slope <= 0 or residue.max() > _MOST_RESIDUE:
            break
        begins, finishes = low - offset / slope, low + (1 - offset) / slope
        # A quarter of a frame of doubt on either side is the movement's, not the mixture's.
        fitted = max(low + 1, int(np.ceil(begins + 0.25))), min(high - 1, int(np.ceil(finishes - 0.25)))
        if fitted == (first, end) or not fitted[0] < start + length / 2 < fitted[1]:
            break
        first, end = fitted
    return first, end


def _free_from(barred: NDArray[np.bool_], frame: int, step: int, most: int) -> int:
    """Return the frame up to `most` steps away that no barred one parts from `frame`."""
    for _ in range(most):
        beyond = frame + step
        # A barred frame starts something new: the one before it may still be looked at.
        if not 0 <= beyond < len(barred) or barred[beyond if step > 0 else frame]:
            break
        frame = beyond
    return frame


def _mixture(pictures: Floats) -> tuple[Floats, Floats]:
    """Return for each picture its share of the last one against the first, and what that mixture leaves unexplained."""
    course = pictures - pictures[0]
    whole = course[-1]
    size = float((whole**2).sum()) + 1e-6
    share = course @ whole / size
    residue = np.sqrt(((course - share[:, None] * whole) ** 2).sum(axis=1) / size)
    return share.astype(np.float32), residue.astype(np.float32)
