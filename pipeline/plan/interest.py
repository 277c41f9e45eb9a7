"""Say how interesting each quarter of a second of a film is, from 0 to 1, by a preset's weights.

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

from pipeline.plan.features import PictureFeatures
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
    picture, sound = analysis.features.picture, analysis.features.sound
    columns: dict[Measure, tuple[float, ...]] = {
        "motion": _motion(picture),
        "brightness": picture.brightness.hundredths,
        "sharpness": picture.sharpness.hundredths,
    }
    if sound is not None:
        columns["loudness"] = _thinned(sound.loudness, picture.brightness)
    measures = tuple(
        Ranked(measure, float(weight), _ranks(columns[measure]))
        for measure in MEASURES
        if measure in columns and (weight := getattr(weights, measure)) > 0
    )
    step, count = picture.brightness.step, len(picture.brightness.hundredths)
    return Interest(step, measures, Ranked("motion", 1.0, _weighted(measures, count)))


def _motion(picture: PictureFeatures) -> tuple[float, ...]:
    """Return the movement of camera and subject together, each as its rank: their units have nothing in common."""
    pairs = zip(_ranks(picture.camera_motion.hundredths), _ranks(picture.subject_motion.hundredths), strict=True)
    return tuple(map(sum, pairs))


def _weighted(measures: tuple[Ranked, ...], count: int) -> tuple[float, ...]:
    whole = sum(ranked.weight for ranked in measures)
    if not measures:
        return (0.5,) * count
    total = [0.0] * len(measures[0].ranks)
    for ranked in measures:
        share = ranked.weight / whole
        total = [so_far + share * rank for so_far, rank in zip(total, ranked.ranks, strict=True)]
    return tuple(total)


def _thinned(loudness: Curve, like: Curve) -> tuple[float, ...]:
    """Return the loudest value in each step of another curve; silence where the sound has ended."""
    values = loudness.hundredths
    floor = min(values, default=0)
    steps = range(len(like.hundredths))
    each, per = (like.step / loudness.step).as_integer_ratio()
    ends = [-(-k * each // per) for k in (*steps, len(steps))]
    return tuple(max(values[ends[k] : max(ends[k] + 1, ends[k + 1])], default=floor) for k in steps)


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
