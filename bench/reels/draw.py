"""Random draws for reels: joins, disturbances and lengths, by weights, all from one seeded generator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from bench.reels.values import BLACK, WHITE, Colour, Cut, Disturbance, Ease, Fade, Join, Mix
from pipeline.timebase import FrameRate

JOINS: Final = {
    "cut": 10.0, "dissolve": 3.0, "fade": 2.0, "white": 0.5, "colour": 0.3, "wipe": 0.0, "jump": 1.0, "cutaway": 1.5,
}  # fmt: skip
"""How often each kind of join is drawn, against the others; fades are named by what they go through."""
WITHIN: Final = ("jump", "cutaway")
"""Joins that keep to one shot of a film, or come back to it."""
DISTURBANCES: Final = {
    "flash": 0.12, "strobe": 0.04, "exposure": 0.08, "whip": 0.05,
    "title": 0.06, "passing": 0.04, "zoom": 0.06,
    "grain": 0.12, "shake": 0.12, "letterbox": 0.06, "pillarbox": 0.04,
}  # fmt: skip
"""The chance of each in one take."""

# Seconds of those that do not last as long as their take; they keep away from joins and from one another.
_BRIEF: Final = {
    "flash": (1 / 24, 3 / 24), "strobe": (0.5, 1.5), "exposure": (0.2, 1.0), "whip": (0.25, 0.6),
    "title": (1.0, 3.0), "passing": (0.25, 0.8),
}  # fmt: skip
_CLEAR_S: Final = 0.4
_SMOOTH_SHARE: Final = 0.3
_LONG_HOLD_SHARE: Final = 0.1
_EDGES: Final[tuple[Literal["left", "right", "top", "bottom"], ...]] = ("left", "right", "top", "bottom")
_BRIGHTEST_COLOUR: Final = 200


@dataclass(frozen=True)
class Lengths:
    """How long takes are without what joins mix of them, in seconds; short ones are as likely as long ones."""

    shortest: float = 0.6
    longest: float = 6.0


class Draw:
    """A seeded generator that speaks of reels; the same seed and calls give the same draws."""

    def __init__(self, seed: int | str, rate: FrameRate, lengths: Lengths) -> None:
        self._random = Random(seed)
        self._rate = rate
        self._lengths = lengths

    def one_of(self, weights: Mapping[str, float]) -> str:
        """Return a name, by weight."""
        return self._random.choices(tuple(weights), tuple(weights.values()))[0]

    def index(self, weights: tuple[float, ...]) -> int:
        """Return a place in a list of weights, by weight."""
        return int(self._random.choices(range(len(weights)), weights)[0])

    def below(self, count: int) -> int:
        """Return a whole number from 0 up to a count, which it does not reach."""
        return int(self._random.random() * count)

    def share(self) -> float:
        """Return anything from 0 up to 1."""
        return self._random.random()

    def happens(self, chance: float) -> bool:
        """Return whether something of a chance comes about."""
        return self._random.random() < chance

    def frames(self, shortest: float, longest: float) -> int:
        """Return a length between two, given in seconds, in frames; each octave is as likely as another."""
        seconds: float = shortest * (longest / shortest) ** self._random.random()
        return max(1, round(seconds * float(self._rate.fps)))

    def clear_frames(self) -> int:
        """Return how long a take is seen whole."""
        return self.frames(self._lengths.shortest, self._lengths.longest)

    def join(self, name: str) -> Join:
        """Return a join between two shots, of a kind that JOINS names."""
        match name:
            case "cut" | "jump" | "cutaway":
                return Cut("" if name == "cut" else name)
            case "dissolve":
                return Mix("dissolve", self.frames(6 / 24, 72 / 24), self._ease())
            case "wipe":
                edge = _EDGES[self.below(len(_EDGES))]
                return Mix("wipe", self.frames(12 / 24, 36 / 24), edge=edge)
            case "fade":
                return self.fade(BLACK)
            case "white":
                ramps = self.frames(4 / 24, 24 / 24), self.frames(4 / 24, 24 / 24)
                return Fade(ramps[0], self.frames(1 / 24, 8 / 24), ramps[1], WHITE, self._ease(), note="white")
            case "colour":
                blue, green, red = (self.below(_BRIGHTEST_COLOUR) for _ in range(3))
                return self.fade((blue, green, red), note="colour")
        raise ValueError(f"there is no join {name!r}")

    def fade(self, colour: Colour, *, note: str = "") -> Fade:
        """Return a fade through a colour, which now and then stays for long."""
        out_frames, in_frames = self.frames(8 / 24, 48 / 24), self.frames(8 / 24, 48 / 24)
        # Nothing near LONG_HOLD, where one fade or two is a matter of taste.
        hold = self.frames(2.6, 3.5) if self.happens(_LONG_HOLD_SHARE) else self.frames(1 / 24, 1.0)
        return Fade(out_frames, hold, in_frames, colour, self._ease(), note)

    def disturbances(self, chances: Mapping[str, float], frames: int, clear: range) -> tuple[Disturbance, ...]:
        """Return what disturbs a take: brief things only among its clear frames, and apart from one another."""
        found: list[Disturbance] = []
        margin = round(_CLEAR_S * float(self._rate.fps))
        start = clear.start + margin
        seed = self.below(1 << 31)
        for what in DISTURBANCES:
            # A generator of its own for each kind: what one does changes neither the others nor the reel's labels.
            own = Draw(f"{seed} {what}", self._rate, self._lengths)
            happens, length = own.happens(chances.get(what, 0.0)), own.frames(*_BRIEF.get(what, (1.0, 1.0)))
            place, strength = own.share(), own.share()
            if not happens or (what == "pillarbox" and any(other.what == "letterbox" for other in found)):
                continue
            if what not in _BRIEF:
                found.append(Disturbance(what, 0, frames, strength, own.below(1 << 31)))
            elif (room := clear.stop - margin - start - length) > 0:
                found.append(Disturbance(what, start + int(place * room), length, strength, own.below(1 << 31)))
                start = found[-1].start_frame + length + margin
        return tuple(found)

    def _ease(self) -> Ease:
        return "smooth" if self.happens(_SMOOTH_SHARE) else "even"
