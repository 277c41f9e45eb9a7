"""Judge a passage as an editor would: its hook, shape, interest, faces, movement and end, and its faults."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pipeline.plan.ground import Ground
from pipeline.plan.zones import Frames

if TYPE_CHECKING:
    from pipeline.presets import Weights

HOOK: Final = Fraction(2)
"""Seconds in which somebody decides whether to go on watching."""
_BEFORE: Final = Fraction(1)
_STUB: Final = Fraction(1, 2)
"""A shot shown for less at either end of a passage reads as a mistake."""
_BUCKETS: Final = 12
_FIRST_THIRD: Final = _BUCKETS // 3
_CONTRAST: Final = 0.3
_PACE_SHARE: Final = 0.35
"""Of movement: cuts move a film on as well as what moves within its shots."""
_MOVING_COST: Final = 0.5
"""Of a natural end's worth: what an end in the middle of a movement costs."""
_STILL_SHARE: Final = 0.3
"""Part of a passage in which nothing has to move."""

_TEXT_COST: Final = 0.5
_BLACK_COST: Final = 0.6
_STATIC_COST: Final = 0.25
_STUB_COST: Final = 0.1


@dataclass(frozen=True)
class Criteria:
    """What speaks for a passage, each from 0 to 1; the names are those of a preset's weights."""

    hook: float
    shape: float
    interest: float
    faces: float
    movement: float
    rest: float


@dataclass(frozen=True)
class Faults:
    """What speaks against a passage, as taken from its score."""

    text: float = 0.0
    black: float = 0.0
    static: float = 0.0
    stubs: float = 0.0
    likeness: float = 0.0
    """That it looks like a highlight chosen before."""
    rules: float = 0.0
    """That it begins or ends where an editor would not."""

    @property
    def total(self) -> float:
        """The sum of all."""
        return self.text + self.black + self.static + self.stubs + self.likeness + self.rules


@dataclass(frozen=True)
class Hook:
    """What the opening offers, each from 0 to 1."""

    face: float
    movement: float
    sound: float
    hidden: float
    """How much of it is black or lettering."""

    @property
    def total(self) -> float:
        """How well it hooks: one strong reason to stay is enough."""
        return (1 - self.hidden) * (1 - (1 - 0.8 * self.face) * (1 - 0.75 * self.movement) * (1 - 0.6 * self.sound))


class Judge:
    """Judges passages of one film by a preset's weights; the same passage always gets the same score."""

    def __init__(self, ground: Ground, weights: Weights) -> None:
        self.ground = ground
        whole = sum(getattr(weights, field.name) for field in fields(Criteria))
        self._weights = {field.name: float(getattr(weights, field.name) / whole) for field in fields(Criteria)}
        self._hook_frames = max(1, ground.frames_within(HOOK))
        self._before_frames = ground.frames_within(_BEFORE)
        self._stub_frames = ground.frames_within(_STUB)

    def score(self, start: int, end: int) -> float:
        """Return how good a passage is: about 0 to 1, below 0 where more speaks against it."""
        return self.weighed(self.criteria(start, end), self.faults(start, end))

    def weighed(self, criteria: Criteria, faults: Faults) -> float:
        """Return the score of a passage from what speaks for and against it."""
        total: float = sum(weight * getattr(criteria, name) for name, weight in self._weights.items())
        return round(total - faults.total, 6)

    def criteria(self, start: int, end: int) -> Criteria:
        """Return what speaks for a passage."""
        ground = self.ground
        return Criteria(
            hook=self.hook(start, end).total,
            shape=_shape(self._energies(start, end)),
            interest=ground.interest.mean(start, end),
            faces=min(1.0, 2 * ground.faces.share(start, end)),
            movement=(1 - _PACE_SHARE) * ground.movement.mean(start, end) + _PACE_SHARE * self._pace(start, end),
            rest=self._rest(end),
        )

    def faults(self, start: int, end: int) -> Faults:
        """Return what speaks against a passage by itself."""
        ground, borders = self.ground, self.ground.borders
        shots = borders.shots_in(start, end)
        early = borders.ends[shots[0]] - start if len(shots) > 1 else end - start
        late = end - borders.starts[shots[-1]] if len(shots) > 1 else end - start
        still = ground.stillness.mean(start, end)
        return Faults(
            text=_TEXT_COST * ground.text.mean(start, end),
            black=_BLACK_COST * ground.black.mean(start, end),
            static=_STATIC_COST * max(0.0, still - _STILL_SHARE) / (1 - _STILL_SHARE),
            stubs=_STUB_COST * sum(0 < length < self._stub_frames for length in (early, late)),
        )

    def hook_of(self, start: int, end: int) -> Frames:
        """Return the first two seconds of a passage, or all of a shorter one."""
        return start, min(end, start + self._hook_frames)

    def hook(self, start: int, end: int) -> Hook:
        """Return what a passage's first two seconds offer."""
        ground = self.ground
        start, stop = self.hook_of(start, end)
        return Hook(
            face=ground.faces.largest(start, stop),
            movement=ground.movement.mean(start, stop),
            sound=self._opening_sound(start, stop),
            hidden=min(1.0, ground.black.mean(start, stop) + 0.8 * ground.text.mean(start, stop)),
        )

    def peak(self, start: int, end: int) -> Frames:
        """Return the second of a passage in which most happens."""
        second = max(1, self.ground.frames_within(Fraction(1)))
        firsts = range(start, max(start, end - second) + 1, max(1, second // 4))
        first = max(firsts, key=lambda frame: (self.ground.energy.mean(frame, frame + second), -frame))
        return first, min(end, first + second)

    def _rest(self, end: int) -> float:
        """Return how natural an end is; one in the middle of a movement less so, unless the shot itself ends there."""
        borders = self.ground.borders
        worth = borders.rest_worth(end)
        if borders.ends_shot(end):
            return worth
        return worth * (1 - _MOVING_COST * self.ground.movement.mean(max(0, end - self._stub_frames), end))

    def _pace(self, start: int, end: int) -> float:
        """Return how fast a passage is cut beside the whole film, of which the mean is one half."""
        borders = self.ground.borders
        usual = len(borders.starts) * (end - start) / max(1, self.ground.frame_count)
        return min(1.0, len(borders.shots_in(start, end)) / (2 * max(1.0, usual)))

    def _opening_sound(self, start: int, stop: int) -> float:
        """Return how much the sound pulls in: loud for this film, or louder than what came before."""
        loudness = self.ground.loudness
        if loudness is None:
            return 0.0
        level = loudness.mean(start, stop)
        before = loudness.mean(start - self._before_frames, start) if start > self._before_frames else level
        return min(1.0, max(0.8 * level, level + (level - before)))

    def _energies(self, start: int, end: int) -> list[float]:
        return [self.ground.energy.mean(*part) for part in _parts(start, end)]


def _parts(start: int, end: int) -> list[Frames]:
    """Return a passage in twelve parts of equal length, fewer where it has fewer frames."""
    count = min(_BUCKETS, max(1, end - start))
    edges = [start + (end - start) * k // count for k in range(count + 1)]
    return list(pairwise(edges))


def _shape(energies: list[float]) -> float:
    """Return how far a passage rises towards a peak in its last two thirds, rather than lie flat or sink."""
    mean, peak = sum(energies) / len(energies), max(energies)
    early, late = energies[:_FIRST_THIRD], energies[_FIRST_THIRD:] or energies
    rise = sum(late) / len(late) - sum(early) / max(1, len(early))
    contrast = min(1.0, (peak - mean) / _CONTRAST)
    return peak * (0.5 * contrast + 0.3 * (max(late) >= peak) + 0.2 * min(1.0, max(0.0, 0.5 + rise / _CONTRAST)))
