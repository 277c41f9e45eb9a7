"""Find fades: stretches of one flat colour with an even ramp to a picture on at least one side."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.plan.series import runs
from pipeline.plan.shots import Transition
from pipeline.plan.stretch import Stretch
from pipeline.timebase import FrameRate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# In steps of 8-bit luma: above the noise of compressed black, below a title on black.
_FLAT_CONTRAST: Final = 2.0
_LONG_FLAT: Final = Fraction(2)
_LONGEST_RAMP: Final = Fraction(8)
_SHORTEST_RAMP: Final = Fraction(1, 6)
_STEEPEST_STEP: Final = 0.5
_SETTLES: Final = Fraction(1, 6)


def find_fades(stretch: Stretch, rate: FrameRate) -> tuple[Transition, ...]:
    """Return the fades of a stretch in order.

    Two ramps with two seconds of the flat colour between them, or less, are one fade.
    """
    return tuple(
        Transition("fade", stretch.start_frame + start, stretch.start_frame + end)
        for start, end in _fades(stretch, rate)
    )


def _fades(stretch: Stretch, rate: FrameRate) -> Iterator[tuple[int, int]]:
    last_end = 0
    long_flat = rate.frames_within(_LONG_FLAT)
    for first, end in _flat_runs(stretch):
        start = max(last_end, _ramp_end(stretch, rate, first, step=-1))
        stop = _ramp_end(stretch, rate, end - 1, step=1)
        if start < first and end < stop and end - first <= long_flat:
            yield start, stop
        else:
            if start < first:
                yield start, first
            if end < stop:
                yield end, stop
        last_end = stop


def _flat_runs(stretch: Stretch) -> Iterator[tuple[int, int]]:
    """Yield the stretches [first, end) of one flat colour: the longest such part of each stretch without contrast."""
    for first, end in runs(stretch.contrast < _FLAT_CONTRAST):
        brightness = stretch.brightness[first:end]
        colour = np.bincount(np.rint(brightness).astype(np.intp)).argmax()
        alike = runs(np.abs(brightness - colour) <= _FLAT_CONTRAST)
        start, stop = max(alike, key=lambda run: run[1] - run[0])
        yield first + start, first + stop


def _ramp_end(stretch: Stretch, rate: FrameRate, flat_frame: int, *, step: int) -> int:
    """Return where the ramp beside a flat frame ends, as a half-open border; the flat run's own border without one.

    Walking away from the flat colour, the picture's distance from it grows evenly until the picture is whole.
    """
    border = flat_frame + 1 if step > 0 else flat_frame
    count = min(rate.frames_within(_LONGEST_RAMP), len(stretch) - border if step > 0 else border)
    shortest = (_SHORTEST_RAMP * rate.fps).__ceil__()
    if count < shortest:
        return border
    frames = border + np.arange(count) if step > 0 else border - 1 - np.arange(count)
    distance = np.hypot(stretch.brightness[frames] - stretch.brightness[flat_frame], stretch.contrast[frames])
    length = _rise(distance, ahead=max(2, rate.frames_within(_SETTLES)))
    if length < shortest or not _is_even(distance[:length]):
        return border
    return border + length if step > 0 else border - length


def _rise(distance: Floats, *, ahead: int) -> int:
    """Return how many frames the distance keeps growing, by 2 % over `ahead` frames at least."""
    length = len(distance)
    for at in range(length):
        target = float(distance[min(at + ahead, length - 1)])
        if target - float(distance[at]) < 0.02 * target:
            return at
    return length


def _is_even(distance: Floats) -> bool:
    """Return whether a ramp grows step by step; one big step is a cut from or to the flat colour."""
    whole = float(distance[-1])
    steps = np.diff(distance, prepend=0.0)
    return whole > 4 * _FLAT_CONTRAST and float(steps.max()) <= _STEEPEST_STEP * whole
