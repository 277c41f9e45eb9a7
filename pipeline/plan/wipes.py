"""Find wipes: an edge moves evenly over the picture, with the old shot on one side of it and the new on the other."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pipeline.plan.miniatures import CHROMA_SIZE
from pipeline.plan.movement import correlation
from pipeline.plan.shots import Transition
from pipeline.plan.stretch import Stretch
from pipeline.plan.windows import best_apart, free_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# Steps from the last whole picture to the first whole one.
_LENGTHS: Final = (12, 16, 20, 26, 32, 40, 50)
_STEP: Final = 6
_LEAST_CHANGE: Final = 12.0
_LEAST_CHANGED: Final = 0.55
_MOST_LIKENESS: Final = 0.75
_LEAST_CONTRAST: Final = 10.0
_MOST_UNDECIDED: Final = 0.22
_LEAST_EVENNESS: Final = 0.8
_MOST_RESIDUE: Final = 0.075
_LEAST_TRAVEL: Final = 0.42
_SHORTEST: Final = 8  # what passes close to the camera is faster


@dataclass(frozen=True)
class _Window:
    start: int
    length: int
    first: int
    end: int
    evenness: float
    """Share of the cells' moments of change that a straight edge at an even pace explains."""
    residue: float
    """Mean distance of the cells' courses from one step each."""
    changed: float
    """Share of the picture that changes."""

    @property
    def bounds(self) -> tuple[int, int]:
        return self.first, self.end

    @property
    def fit(self) -> float:
        return self.evenness - 2 * self.residue + self.changed


def find_wipes(stretch: Stretch, barred: NDArray[np.bool_]) -> tuple[Transition, ...]:
    """Return the wipes of a stretch in order, none overlapping another; `barred` frames start or hold others."""
    windows = best_apart(window for length in _LENGTHS for window in _windows(stretch, length, barred))
    return tuple(
        Transition("wipe", stretch.start_frame + window.first, stretch.start_frame + window.end) for window in windows
    )


def _windows(stretch: Stretch, length: int, barred: NDArray[np.bool_]) -> Iterator[_Window]:
    """Yield the windows of one length that hold a wipe."""
    cells = stretch.coarse.reshape(len(stretch), 3, -1)
    starts = free_starts(barred, length, step=length // _STEP)
    before, after = cells[starts], cells[starts + length]
    changed = np.square(after - before).sum(axis=1) > _LEAST_CHANGE**2
    # What passes close to the camera wipes as well, but into nothing.
    contrast = np.minimum(stretch.contrast[starts], stretch.contrast[starts + length])
    likely = (changed.mean(axis=1) > _LEAST_CHANGED) & (contrast > _LEAST_CONTRAST)
    likely &= correlation(before[:, 0], after[:, 0]) < _MOST_LIKENESS
    likely &= _undecided(cells, starts, length, changed) < _MOST_UNDECIDED
    for at in np.flatnonzero(likely).tolist():
        start = int(starts[at])
        window = _judge(cells[start : start + length + 1][:, :, changed[at]], start, changed[at])
        if window is not None:
            yield window


def _undecided(
    cells: Floats, starts: NDArray[np.intp], length: int, changed: NDArray[np.bool_]
) -> NDArray[np.floating[Any]]:
    """Return how far the changing cells half-way are from the old shot or the new one, 0 to 0.5 in the mean."""
    before = cells[starts]
    whole, course = cells[starts + length] - before, cells[starts + length // 2] - before
    share = np.clip((course * whole).sum(axis=1) / np.maximum(np.square(whole).sum(axis=1), 1), 0, 1)
    undecided: NDArray[np.floating[Any]] = (np.abs(share - np.rint(share)) * changed).sum(axis=1)
    share_of_changed: NDArray[np.floating[Any]] = undecided / np.maximum(changed.sum(axis=1), 1)
    return share_of_changed


def _judge(cells: Floats, start: int, changed: NDArray[np.bool_]) -> _Window | None:
    """Return the wipe that the changing cells of some pictures, (n, 3, cells), show; None where they show none."""
    places, whole = _places(), cells[-1] - cells[0]
    sizes = np.square(whole).sum(axis=0)
    share = np.clip(((cells - cells[0]) * whole).sum(axis=1) / sizes, 0, 1)
    # The number of pictures in which a cell still shows the old shot.
    moments = (1 - share).sum(axis=0) - 0.5
    residue = float(np.abs(share - (np.arange(len(cells))[:, None] > moments)).mean())
    plane, *_ = np.linalg.lstsq(places[changed], moments, rcond=None)
    apart = float(np.square(moments - moments.mean()).sum())
    evenness = 1 - float(np.square(moments - places[changed] @ plane).sum()) / max(apart, 1e-6)
    travel = float(np.hypot(plane[0], plane[1])) / (len(cells) - 1)
    if evenness < _LEAST_EVENNESS or residue > _MOST_RESIDUE or travel < _LEAST_TRAVEL:
        return None
    edges = np.clip(places @ plane, 0, len(cells) - 2)
    first, end = start + 1 + int(np.floor(edges.min())), start + 1 + int(np.ceil(edges.max()))
    if end - first < _SHORTEST:
        return None
    return _Window(start, len(cells) - 1, first, end, evenness, residue, float(changed.mean()))


@functools.cache
def _places() -> NDArray[np.float64]:
    width, height = CHROMA_SIZE
    down, across = np.mgrid[0:height, 0:width]
    return np.stack([across.ravel() / (width - 1), down.ravel() / (height - 1), np.ones(width * height)], axis=1)
