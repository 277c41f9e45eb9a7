"""Decide from per-frame evidence where one shot gives way to the next, and whether by a cut, a dissolve or a fade.

A fade is a stretch of one flat colour with a ramp on at least one side. A dissolve is a stretch whose pictures are
mixtures of the one before and the one after, with a loss of detail half-way that no camera movement shows.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.plan.shots import Transition
from pipeline.timebase import FrameRate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SIGNATURE_SIZE: Final = (16, 9)
"""Width and height of the luma picture that is kept of each frame: small, and blind to fine motion."""
_BYTES: Final = SIGNATURE_SIZE[0] * SIGNATURE_SIZE[1]

# In steps of 8-bit luma: above the noise of compressed black, below a title on black.
_FLAT_CONTRAST: Final = 2.0
_LONG_FLAT: Final = Fraction(2)
_LONGEST_RAMP: Final = Fraction(8)
_SHORTEST_RAMP: Final = Fraction(1, 5)
_STEEPEST_STEP: Final = 0.5

# Whole lengths tried, in seconds; the ends are then found from the mixture itself.
_DISSOLVE_LENGTHS: Final = tuple(Fraction(n, 24) for n in (6, 8, 12, 16, 24, 32, 48, 64))
_MIXTURE_RESIDUE: Final = 0.35
_MIXTURE_UNEVENNESS: Final = 0.18
_LIKENESS: Final = 0.55
_DETAIL_LEFT: Final = 0.8
_LEAST_CHANGE: Final = 10.0
_LEAST_CONTRAST: Final = 4.0
_BLOCK: Final = 4096
_GROWTHS: Final = 5

_FLASH_LENGTH: Final = Fraction(1, 8)
_FLASH_RETURN: Final = 0.3
_LEAST_MOTION: Final = 1.0  # hue and saturation of nearly black pixels are noise, which the detector may take for a cut


@dataclass(frozen=True)
class FrameEvidence:
    """One value for each frame; luma is 0 to 255."""

    brightness: array[float]
    """Mean luma."""
    contrast: array[float]
    """Standard deviation of luma."""
    motion: array[float]
    """Mean luma difference from the frame before; 0 for the first."""
    sharpness: array[float]
    """Variance of the Laplacian."""
    black: array[float]
    """Share of black pixels."""
    signatures: bytes
    """Luma of each frame reduced to SIGNATURE_SIZE, row by row."""
    cut_frames: tuple[int, ...]
    """First frames of new shots as PySceneDetect's detector sees them."""

    @property
    def frame_count(self) -> int:
        """Number of frames."""
        return len(self.brightness)

    def pictures(self, start: int, end: int) -> Floats:
        """Return the signatures of frames [start, end), one row each."""
        held = np.frombuffer(self.signatures, np.uint8, (end - start) * _BYTES, start * _BYTES)
        return held.reshape(-1, _BYTES).astype(np.float32)

    def change(self, sooner: int, later: int) -> float:
        """Return the mean luma difference between two frames' signatures."""
        return float(np.abs(self.pictures(later, later + 1) - self.pictures(sooner, sooner + 1)).mean())


def find_transitions(evidence: FrameEvidence, rate: FrameRate) -> tuple[Transition, ...]:
    """Return the transitions of a film in order, none overlapping another."""
    found = list(_fades(evidence, rate))
    for dissolve in _dissolves(evidence, rate):
        if not any(_touches(dissolve, other) for other in found):
            found.append(dissolve)
    gradual = tuple(found)
    found.extend(
        cut
        for cut in (Transition("cut", frame, frame) for frame in _without_flashes(evidence, rate))
        if not any(_touches(cut, other) for other in gradual)
    )
    return tuple(sorted(found, key=lambda transition: (transition.start_frame, transition.end_frame)))


def _touches(one: Transition, other: Transition) -> bool:
    return one.start_frame <= other.end_frame and other.start_frame <= one.end_frame


def _fades(evidence: FrameEvidence, rate: FrameRate) -> Iterator[Transition]:
    last_end = 0
    long_flat = rate.frames_within(_LONG_FLAT)
    for first, end in _flat_runs(evidence):
        start = max(last_end, _ramp_end(evidence, rate, first, step=-1))
        stop = _ramp_end(evidence, rate, end - 1, step=1)
        if start < first and end < stop and end - first <= long_flat:
            yield Transition("fade", start, stop)
        else:
            if start < first:
                yield Transition("fade", start, first)
            if end < stop:
                yield Transition("fade", end, stop)
        last_end = stop


def _flat_runs(evidence: FrameEvidence) -> Iterator[tuple[int, int]]:
    """Yield the stretches [first, end) of one flat colour: the longest such part of each stretch without contrast."""
    flat = np.frombuffer(evidence.contrast, np.float32) < _FLAT_CONTRAST
    brightness = np.frombuffer(evidence.brightness, np.float32)
    for first, end in _runs(flat):
        colour = np.bincount(np.rint(brightness[first:end]).astype(np.intp)).argmax()
        alike = list(_runs(np.abs(brightness[first:end] - colour) <= _FLAT_CONTRAST))
        start, stop = max(alike, key=lambda run: run[1] - run[0])
        yield first + start, first + stop


def _runs(mask: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.view(np.int8), [0]))))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _ramp_end(evidence: FrameEvidence, rate: FrameRate, flat_frame: int, *, step: int) -> int:
    """Return where the ramp beside a flat frame ends, as a half-open border; the flat run's own border without one.

    Walking away from the flat colour, the picture's distance from it grows evenly until the picture is whole.
    """
    border = flat_frame + 1 if step > 0 else flat_frame
    count = min(rate.frames_within(_LONGEST_RAMP), evidence.frame_count - border if step > 0 else border)
    shortest = (_SHORTEST_RAMP * rate.fps).__ceil__()
    if count < shortest:
        return border
    frames = border + np.arange(count) if step > 0 else border - 1 - np.arange(count)
    colour = evidence.brightness[flat_frame]
    distance = np.hypot(
        np.frombuffer(evidence.brightness, np.float32)[frames] - colour,
        np.frombuffer(evidence.contrast, np.float32)[frames],
    )
    length = _rise(distance, ahead=max(2, rate.frames_within(Fraction(1, 6))))
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


def _dissolves(evidence: FrameEvidence, rate: FrameRate) -> Iterator[Transition]:
    """Yield dissolves, in no order; of overlapping candidates the one that changes the picture most wins."""
    candidates = sorted(
        (candidate for seconds in _DISSOLVE_LENGTHS for candidate in _mixtures(evidence, rate.nearest_frame(seconds))),
        key=lambda candidate: (-candidate[2], candidate[0]),
    )
    taken: list[tuple[int, int]] = []
    for start, length, _ in candidates:
        if any(start < end and first < start + length for first, end in taken):
            continue
        first, end = _mixture_ends(evidence, start, length)
        taken.append((min(first, start), max(end, start + length)))
        yield Transition("dissolve", first, end)


def _mixtures(evidence: FrameEvidence, length: int) -> Iterator[tuple[int, int, float]]:
    """Yield (start, length, change) of the windows whose frames mix their first and last pictures evenly."""
    if length < 4:
        return
    contrast, sharpness = (np.frombuffer(each, np.float32) for each in (evidence.contrast, evidence.sharpness))
    for block in range(0, max(0, evidence.frame_count - length), _BLOCK):
        starts = np.arange(block, min(block + _BLOCK, evidence.frame_count - length))
        pictures = evidence.pictures(block, int(starts[-1]) + length + 1)
        before, after = pictures[: len(starts)], pictures[length : length + len(starts)]
        ends_sharp = (sharpness[starts] + sharpness[starts + length]) / 2
        change = np.sqrt(((after - before) ** 2).mean(axis=1))
        likely = (
            (change > _LEAST_CHANGE)
            & (np.minimum(contrast[starts], contrast[starts + length]) > _LEAST_CONTRAST)
            & (sharpness[starts + length // 2] < _DETAIL_LEFT * ends_sharp)
            & (_likeness(before, after) < _LIKENESS)
        )
        for at in np.flatnonzero(likely).tolist():
            share, residue = _mixture(pictures[at : at + length + 1])
            uneven = np.abs(share - np.linspace(0, 1, length + 1))
            if residue.max() < _MIXTURE_RESIDUE and uneven.max() < _MIXTURE_UNEVENNESS:
                yield block + at, length, float(change[at] * (1 - uneven.max() - residue.max()))


def _mixture(pictures: Floats) -> tuple[Floats, Floats]:
    """Return for each picture its share of the last one against the first, and what that mixture leaves unexplained."""
    course = pictures - pictures[0]
    whole = course[-1]
    size = float((whole**2).sum()) + 1e-6
    share = course @ whole / size
    residue = np.sqrt(((course - share[:, None] * whole) ** 2).sum(axis=1) / size)
    return share.astype(np.float32), residue.astype(np.float32)


def _mixture_ends(evidence: FrameEvidence, start: int, length: int) -> tuple[int, int]:
    """Return the first mixed frame and the first whole one after it.

    A line through the middle of the mixture says where it begins and ends; the window then grows to hold both, as one
    that is too short takes a half-mixed picture for the end.
    """
    first, end = start, start + length
    for _ in range(_GROWTHS):
        margin = max(2, (end - first) // 4)
        low = max(0, first - margin, start - length // 2)
        high = min(evidence.frame_count, end + margin + 1, start + length * 3 // 2 + 1)
        share, residue = _mixture(evidence.pictures(low, high))
        middle = np.flatnonzero((share > 0.2) & (share < 0.8))
        slope, offset = np.polyfit(middle, share[middle], 1) if len(middle) > 1 else (0.0, 0.0)
        if slope <= 0 or residue.max() > _MIXTURE_RESIDUE:
            break
        begins, finishes = low - offset / slope, low + (1 - offset) / slope
        # A quarter of a frame of doubt on either side is the movement's, not the mixture's.
        fitted = max(low, int(np.ceil(begins + 0.25))), min(high - 1, int(np.ceil(finishes - 0.25)))
        if fitted == (first, end) or not fitted[0] < start + length / 2 < fitted[1]:
            break
        first, end = fitted
    return first, end


def _likeness(before: Floats, after: Floats) -> Floats:
    """Return the correlation of pictures, row by row."""
    before = before - before.mean(axis=1, keepdims=True)
    after = after - after.mean(axis=1, keepdims=True)
    size = np.sqrt((before**2).sum(axis=1) * (after**2).sum(axis=1)) + 1e-6
    likeness: Floats = (before * after).sum(axis=1) / size
    return likeness


def _without_flashes(evidence: FrameEvidence, rate: FrameRate) -> tuple[int, ...]:
    """Return the detector's cuts but for pairs around a few frames after which the picture is as before."""
    most = max(2, rate.frames_within(_FLASH_LENGTH))
    kept: list[int] = []
    for cut in (frame for frame in evidence.cut_frames if 0 < frame < evidence.frame_count):
        if kept and cut - kept[-1] <= most and _returns(evidence, kept[-1], cut):
            kept.pop()
        else:
            kept.append(cut)
    return tuple(cut for cut in kept if evidence.motion[cut] > _LEAST_MOTION)


def _returns(evidence: FrameEvidence, first: int, second: int) -> bool:
    """Return whether the picture after two cuts is the one before them."""
    return evidence.change(first - 1, second) < _FLASH_RETURN * evidence.change(first - 1, first)
