"""Find hard cuts: pictures that no movement makes of the one before, while those around follow from each other."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from pipeline.plan.movement import correlation, recolour, relit, unexplained_change
from pipeline.plan.series import medians_around
from pipeline.plan.shots import Transition
from pipeline.plan.stretch import Stretch
from pipeline.timebase import FrameRate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Frames = NDArray[np.intp]
    Floats = NDArray[np.float32]

_LEAST_CHANGE: Final = 2.5
_STANDS_OUT: Final = 1.3
_HOLDS_UP: Final = 0.7
_HELD: Final = 0.3
_ABOVE_HELD: Final = 2.5
_NEIGHBOURS: Final = 3
_REACH: Final = Fraction(1, 3)
# A logistic regression on cuts of labelled reels and of half a film, against everything else that stands out there.
_WEIGHTS: Final = {
    "change": 3.02,
    "above_livelier": 3.22,
    "above_calmer": 2.12,
    "recolour": 2.44,
    "likeness": 0.42,
    "unexplained": 0.69,
    "above_contrast": 0.3,
}
_OFFSET: Final = -7.24
_RENEWAL: Final = 7.0
_LIT_LEFT: Final = 0.45
_LIT_LIKENESS: Final = 0.65


def find_cuts(stretch: Stretch, rate: FrameRate) -> tuple[Transition, ...]:
    """Return the cuts of a stretch in order. Flashes should have been taken out, see `plan.flashes`."""
    candidates = cut_candidates(stretch, rate)
    frames = stretch.start_frame + candidates.frames
    is_renewal = np.isin(frames, stretch.renewed) & (candidates.unexplained < _RENEWAL)
    return tuple(Transition("cut", frame, frame) for frame in frames[candidates.is_cut & ~is_renewal].tolist())


@dataclass(frozen=True, eq=False)
class Candidates:
    """Frames that may start a shot, with what speaks for and against each; all arrays of one length."""

    frames: Frames
    """Places in the stretch."""
    change: Floats
    """Mean luma difference from the picture before."""
    change_beside: Floats
    """The most of that among three pictures on either side."""
    unexplained: Floats
    """Mean luma difference from the picture before that no movement explains."""
    calmer: Floats
    """The most of that on the calmer side, over three pictures."""
    livelier: Floats
    """The most of that on the livelier side."""
    relit: Floats
    """What is left of it in the other picture's light: a lamp that is switched, a strobe, a fade leave little."""
    recolour: Floats
    """Share of the picture whose colours are not those of the picture before."""
    likeness: Floats
    """Correlation of the two pictures' luma."""
    contrast: Floats
    """Mean standard deviation of the two pictures' luma."""

    @property
    def is_cut(self) -> NDArray[np.bool_]:
        """Return which are cuts: more likely than not, and not the same picture in another light."""
        is_same = (self.relit < _LIT_LEFT * self.unexplained) & (self.likeness > _LIT_LIKENESS)
        return (self.odds > 0) & ~is_same

    @property
    def odds(self) -> Floats:
        """Return the logarithm of the odds that each is a cut."""
        unexplained = self.unexplained + 0.3
        evidence = {
            "change": np.log((self.change + 0.5) / (self.change_beside + 1)),
            "above_livelier": np.log(unexplained / (self.livelier + 0.6)),
            "above_calmer": np.log(unexplained / (self.calmer + 0.6)),
            "recolour": self.recolour,
            "likeness": self.likeness,
            "unexplained": np.log(unexplained),
            "above_contrast": np.log(unexplained / (self.contrast + 4)),
        }
        told = np.stack([evidence[name] for name in _WEIGHTS], axis=1)
        odds: Floats = (told @ np.array(list(_WEIGHTS.values())) + _OFFSET).astype(np.float32)
        return odds


def cut_candidates(stretch: Stretch, rate: FrameRate) -> Candidates:
    """Return the frames whose change stands out on one side at least."""
    change, beside = stretch.change, _Beside(stretch.change, rate.nearest_frame(_REACH))
    before, after = beside.most(change)
    livelier = np.maximum(before, after)
    stands_out = (change > _STANDS_OUT * np.minimum(before, after)) & (change > _HOLDS_UP * livelier)
    frames = np.flatnonzero((change >= _LEAST_CHANGE) & stands_out)
    residue, pictures = np.zeros_like(change), stretch.half
    around = beside.looked_at(frames)
    residue[around] = unexplained_change(pictures[around - 1], pictures[around])
    before, after = (side[frames] for side in beside.most(residue))
    # At the ends of a stretch there is one side only, and it speaks for both.
    before = np.where(frames > 1, before, after)
    after = np.where(frames < len(stretch) - 1, after, before)
    return Candidates(
        frames=frames,
        change=change[frames],
        change_beside=livelier[frames],
        unexplained=residue[frames],
        calmer=np.minimum(before, after),
        livelier=np.maximum(before, after),
        relit=unexplained_change(relit(pictures[frames - 1], pictures[frames]), pictures[frames]),
        recolour=recolour(stretch.colours[frames - 1], stretch.colours[frames]),
        likeness=correlation(stretch.luma[frames - 1], stretch.luma[frames]),
        contrast=(stretch.contrast[frames - 1] + stretch.contrast[frames]) * np.float32(0.5),
    )


class _Beside:
    """How much goes on beside each frame: in the three next to it, or in the next three steps of what moves in steps.

    Films of few pictures a second hold each of them in a film of more; each step then stands out from what is held.
    Three steps near by say that it is one of many. A cut near by is no such step: there are not three.
    """

    def __init__(self, change: Floats, reach: int) -> None:
        self._steps = np.flatnonzero(change > np.maximum(_HELD, _ABOVE_HELD * _medians_of_steps(change, reach)))
        self._reach = reach
        self._count = len(change)

    def most(self, values: Floats) -> tuple[Floats, Floats]:
        """Return what goes on before, and after, each frame by a measure of each frame."""
        padded = np.pad(values, _NEIGHBOURS)
        near = [padded[k : k + self._count] for k in range(2 * _NEIGHBOURS + 1)]
        before, after = np.maximum.reduce(near[:_NEIGHBOURS]), np.maximum.reduce(near[_NEIGHBOURS + 1 :])
        steps = self._steps
        if len(steps) > _NEIGHBOURS:
            stepped = np.lib.stride_tricks.sliding_window_view(values[steps], _NEIGHBOURS).min(axis=1)
            is_near = steps[_NEIGHBOURS:] - steps[:-_NEIGHBOURS] <= self._reach
            later, sooner = steps[_NEIGHBOURS:][is_near], steps[:-_NEIGHBOURS][is_near]
            before[later] = np.maximum(before[later], stepped[:-1][is_near])
            after[sooner] = np.maximum(after[sooner], stepped[1:][is_near])
        return before, after

    def looked_at(self, frames: Frames) -> Frames:
        """Return the frames whose measures `most` takes for these ones, themselves included."""
        beside = range(-_NEIGHBOURS, _NEIGHBOURS + 1)
        around = [frames + k for k in beside]
        if len(self._steps):
            places = np.searchsorted(self._steps, frames)
            around += [self._steps[np.clip(places + k, 0, len(self._steps) - 1)] for k in beside]
        every = np.unique(np.concatenate(around))
        return every[(every > 0) & (every < self._count)]


def _medians_of_steps(change: Floats, reach: int) -> Floats:
    """Return the median of the changes within reach on either side of each that may be a step, else 0."""
    medians = np.zeros_like(change)
    # What does not change by more than what is held does is no step whatever lies around it.
    steps = np.flatnonzero(change > _HELD)
    if len(steps):
        beyond: Literal["edge", "reflect"] = "reflect" if len(change) > reach else "edge"
        medians[steps] = medians_around(change, reach, steps, beyond=beyond)
    return medians
