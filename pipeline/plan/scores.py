"""Turn per-frame evidence into what the analysis says: shots with their scores, and curves over the film's time."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.plan.shots import (
    SILENCE_LUFS,
    Curve,
    Decoding,
    FilmAnalysis,
    Shot,
    ShotScores,
    Timeline,
    shots_between,
)
from pipeline.plan.transitions import FrameEvidence, find_transitions

if TYPE_CHECKING:
    from array import array

    from numpy.typing import NDArray

CURVE_STEP: Final = Fraction(1, 2)


def film_analysis(
    evidence: FrameEvidence, timeline: Timeline, decoding: Decoding, *, loudness: Curve | None
) -> FilmAnalysis:
    """Return the analysis of a film from what was measured of its pictures and its sound."""
    transitions = find_transitions(evidence, timeline.rate)
    shots = shots_between(transitions, timeline.frame_count)
    bins = _bins(timeline)
    return FilmAnalysis(
        timeline=timeline,
        transitions=transitions,
        shots=shots,
        scores=tuple(_scores(evidence, timeline, shot, loudness) for shot in shots),
        motion=_curve(evidence.motion, bins),
        brightness=_curve(evidence.brightness, bins),
        black=_curve(evidence.black, bins),
        loudness=loudness,
        decoding=decoding,
    )


def mean_loudness(hundredths: tuple[int, ...]) -> float:
    """Return the loudness in LUFS of some momentary values' mean power, silence at the lowest."""
    power = np.power(10.0, np.asarray(hundredths, np.float64) / 1000)
    return max(SILENCE_LUFS, float(10 * np.log10(power.mean())))


def _scores(evidence: FrameEvidence, timeline: Timeline, shot: Shot, loudness: Curve | None) -> ShotScores:
    frames = slice(shot.start_frame, shot.end_frame)
    # The first frame's difference is from the shot before: it says nothing of this shot's movement.
    moving = slice(min(shot.start_frame + 1, shot.end_frame - 1), shot.end_frame)
    heard = None if loudness is None else loudness.within(timeline.span_of(shot))
    return ShotScores(
        motion=_mean(evidence.motion[moving]),
        brightness=_mean(evidence.brightness[frames]),
        sharpness=_mean(evidence.sharpness[frames]),
        loudness_lufs=round(mean_loudness(heard), 2) if heard else None,
        black_fraction=_mean(evidence.black[frames]),
    )


def _mean(values: array[float]) -> float:
    return round(float(np.frombuffer(values, np.float32).mean(dtype=np.float64)), 3)


def _bins(timeline: Timeline) -> NDArray[np.intp]:
    """Return for each frame the step of the curves in which it starts."""
    if timeline.ticks is None:
        frames, scale = np.arange(timeline.frame_count, dtype=np.int64), timeline.rate.frame_duration / CURVE_STEP
    else:
        frames, scale = np.asarray(timeline.ticks, np.int64), timeline.tick / CURVE_STEP
    return (frames * scale.numerator // scale.denominator).astype(np.intp)


def _curve(values: array[float], bins: NDArray[np.intp]) -> Curve:
    counts = np.bincount(bins)
    sums = np.bincount(bins, weights=np.frombuffer(values, np.float32))
    # A step in which no frame starts (a picture held for long) keeps the value before it.
    filled = np.maximum.accumulate(np.where(counts > 0, np.arange(len(counts)), 0))
    means = (sums / np.maximum(counts, 1))[filled]
    return Curve(CURVE_STEP, tuple(np.rint(means * 100).astype(int).tolist()))
