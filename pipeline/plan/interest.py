"""Say how interesting each half second of a film is, from 0 to 1, by a preset's weights.

Every measure is turned into its rank within the film first, so that a quiet film has its loud moments too. Numbers are
plain Python: a warm run computes this again, and importing numpy would take longer than the work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, get_args

from pipeline.plan.shots import Curve, FilmAnalysis

if TYPE_CHECKING:
    from pipeline.presets import Weights

Measure = Literal["motion", "brightness", "sharpness", "loudness"]
MEASURES: tuple[Measure, ...] = get_args(Measure)


@dataclass(frozen=True)
class Ranked:
    """One measure of a film, as the rank from 0 to 1 of each step's value among all steps."""

    measure: Measure
    weight: float
    ranks: tuple[float, ...]

    @cached_property
    def sums(self) -> tuple[float, ...]:
        """Sums of the ranks before each step."""
        return tuple(accumulate(self.ranks, initial=0.0))

    def mean(self, first: int, end: int) -> float:
        """Return the mean rank of steps [first, end); 0 for none."""
        end = min(end, len(self.ranks))
        return (self.sums[end] - self.sums[first]) / (end - first) if end > first else 0.0


@dataclass(frozen=True)
class Interest:
    """The measures that count for a film, and their weighted mean, at steps of equal length."""

    step: Fraction
    measures: tuple[Ranked, ...]
    total: Ranked


def interest(analysis: FilmAnalysis, weights: Weights) -> Interest:
    """Return how interesting a film is over its time. Measures without weight, or that the film lacks, do not count."""
    columns: dict[Measure, tuple[float, ...]] = {
        "motion": analysis.motion.hundredths,
        "brightness": analysis.brightness.hundredths,
        "sharpness": _sharpness(analysis),
    }
    if analysis.loudness is not None:
        columns["loudness"] = _thinned(analysis.loudness, analysis.motion)
    measures = tuple(
        Ranked(measure, float(weight), _ranks(columns[measure]))
        for measure in MEASURES
        if measure in columns and (weight := getattr(weights, measure)) > 0
    )
    return Interest(analysis.motion.step, measures, Ranked("motion", 1.0, _weighted(measures, analysis)))


def _weighted(measures: tuple[Ranked, ...], analysis: FilmAnalysis) -> tuple[float, ...]:
    whole = sum(ranked.weight for ranked in measures)
    if not measures:
        return (0.5,) * len(analysis.motion.hundredths)
    total = [0.0] * len(measures[0].ranks)
    for ranked in measures:
        share = ranked.weight / whole
        total = [so_far + share * rank for so_far, rank in zip(total, ranked.ranks, strict=True)]
    return tuple(total)


def _sharpness(analysis: FilmAnalysis) -> tuple[float, ...]:
    """Return the sharpness of the shot on screen in the middle of each step; transitions keep the shot before."""
    per_second = 1 / analysis.motion.step
    edges = [analysis.timeline.steps_to(shot.start_frame, per_second)[1] for shot in analysis.shots]
    count = len(analysis.motion.hundredths)
    column: list[float] = []
    for scores, end in zip(analysis.scores, [*edges[1:], count], strict=True):
        column.extend([scores.sharpness] * (min(end, count) - len(column)))
    return tuple(column) or (0.0,) * count


def _thinned(loudness: Curve, like: Curve) -> tuple[float, ...]:
    """Return the loudest value in each step of another curve; silence where the sound has ended."""
    per_step = int(like.step / loudness.step)
    values = loudness.hundredths
    floor = min(values, default=0)
    count = len(like.hundredths)
    return tuple(max(values[k : k + per_step], default=floor) for k in range(0, count * per_step, per_step))


def _ranks(values: Iterable[float]) -> tuple[float, ...]:
    """Return the share of values below each one, ties counted half."""
    values = tuple(values)
    counts = Counter(values)
    rank: dict[float, float] = {}
    below = 0
    for value in sorted(counts):
        rank[value] = (below + counts[value] / 2) / len(values)
        below += counts[value]
    return tuple(map(rank.__getitem__, values))
