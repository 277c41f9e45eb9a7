"""Find flashes: a few lit, blank or darkened pictures after which the picture is as it was before."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.plan.movement import correlation, unexplained_change
from pipeline.plan.stretch import Stretch
from pipeline.timebase import FrameRate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Floats = NDArray[np.float32]

_LONGEST: Final = Fraction(1, 7)
_LEAST_CHANGE: Final = 8.0
_STANDS_OUT: Final = 2.0
_RETURNS: Final = 0.4
_NEARER: Final = 0.8
_BLANK: Final = 0.6
_ALIKE: Final = 0.6
_LEAST_LIGHT: Final = 6.0


def without_flashes(stretch: Stretch, rate: FrameRate) -> Stretch:
    """Return a stretch in which flashes show mixtures of the pictures around them."""
    flashes = tuple(_flashes(stretch, max(2, rate.frames_within(_LONGEST))))
    if not flashes:
        return stretch
    luma, chroma = stretch.luma.copy(), stretch.chroma.copy()
    for start, end in flashes:
        for planes in (luma, chroma):
            planes[start:end] = _between(planes[start - 1], planes[end], end - start)
    return Stretch(stretch.start_frame, luma, chroma, stretch.renewed)


def _between(before: Bytes, after: Bytes, count: int) -> Floats:
    shares = np.arange(1, count + 1, dtype=np.float32).reshape(-1, *(1,) * before.ndim) / (count + 1)
    mixtures: Floats = np.rint(before + shares * (after.astype(np.float32) - before))
    return mixtures


def _flashes(stretch: Stretch, most: int) -> Iterator[tuple[int, int]]:
    """Yield the flashes as [first lit picture, first picture as before), none overlapping another."""
    change = stretch.change
    starts = np.flatnonzero((change > _LEAST_CHANGE) & (change > _STANDS_OUT * np.roll(change, 1)))
    last_end = 0
    for start in starts[starts > 0].tolist():
        if start < last_end:
            continue
        end = _return(stretch, start, most)
        if end is not None and _is_flash(stretch, start, end):
            yield start, end
            last_end = end


def _return(stretch: Stretch, start: int, most: int) -> int | None:
    """Return the first picture that is the one before `start` again; None where none of the next is."""
    later = np.arange(start, min(start + most + 1, len(stretch)))
    # A cheap look first: what comes back is nearer at once, movement or not.
    apart = np.abs(stretch.half[later] - stretch.half[start - 1]).mean(axis=(1, 2))
    if not (apart[1:] < _NEARER * apart[0]).any():
        return None
    apart = unexplained_change(stretch.half[np.full(len(later), start - 1)], stretch.half[later])
    back = np.flatnonzero(apart[1:] < _RETURNS * apart[0])
    return int(later[back[0] + 1]) if len(back) else None


def _is_flash(stretch: Stretch, start: int, end: int) -> bool:
    """Return whether what lies between is another light on the same picture, or a blank, and not another picture."""
    lit = stretch.brightness[start:end] - stretch.brightness[start - 1]
    is_blank = stretch.contrast[start:end].min() < _BLANK * stretch.contrast[start - 1]
    alike = correlation(stretch.luma[start - 1 : start], stretch.luma[start : start + 1])[0]
    return bool(np.abs(lit).max() > _LEAST_LIGHT and (is_blank or alike > _ALIKE))
