"""Choose the sound that lies under a montage: one stretch of the film, music where there is some, and its beats."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from pipeline.plan.ground import Ground
from pipeline.plan.zones import Frames, Zones

_STEP: Final = Fraction(1, 2)
_LOOKS: Final = 1500
_FINALISTS: Final = 60
_SPEECH_COST: Final = 2.0
"""A voice under other pictures belongs to somebody who is not to be seen: twice as bad as music is good."""
_RISE: Final = 0.3
_REST: Final = 0.1
_NEAR: Final = Fraction(1, 6)
"""Seconds by which a cut is moved to fall on a beat."""


def choose_bed(ground: Ground, free: Zones, length: int, used: Sequence[Frames] = ()) -> Frames | None:
    """Return the frames whose sound suits a montage of some length best; None without sound or room.

    Music is wanted, voices are not, and the sound should grow. Stretches that are `used` count only where nothing else
    is left.
    """
    music, speech, loudness, borders = ground.music, ground.speech, ground.loudness, ground.borders
    if music is None or speech is None or loudness is None:
        return None

    def worth(start: int) -> float:
        end, half = start + length, start + length // 2
        rise = loudness.mean(half, end) - loudness.mean(start, half)
        level = music.mean(start, end) + loudness.mean(start, end) - _SPEECH_COST * speech.mean(start, end)
        return level + _RISE * rise

    def clean(start: int) -> float:
        ends = start, start + length
        return sum(borders.rest_worth(frame) - borders.in_word(frame) for frame in ends)

    step = max(1, ground.frames_within(_STEP), ground.frame_count // _LOOKS)
    for room in (free.without(used), free):
        spaces = tuple(room.free(0, ground.frame_count))
        offered = {start for first, end in spaces for start in range(first, end - length + 1, step)}
        offered |= {start for start in borders.starts if room.allow(start, start + length)}
        if offered:
            best = sorted(offered, key=lambda frame: (-worth(frame), frame))[:_FINALISTS]
            start = max(best, key=lambda frame: (worth(frame) + _REST * clean(frame), -frame))
            return start, start + length
    return None


class Beats:
    """The moments of a bed on which a cut looks as if it had to be there."""

    def __init__(self, ground: Ground, bed: Frames | None) -> None:
        self._strengths: dict[int, float] = {}
        if bed is not None:
            for frame, strength in ground.borders.beats(*bed):
                at = frame - bed[0]
                self._strengths[at] = max(strength, self._strengths.get(at, 0.0))
        self._frames = sorted(self._strengths)
        self._reach = ground.frames_within(_NEAR)

    def near(self, frame: int, *, least: int, most: int) -> int:
        """Return the frame of the strongest beat near one and within bounds; the nearer of equals; else the frame."""
        first, last = max(least, frame - self._reach), min(most, frame + self._reach)
        beats = self._frames[bisect_left(self._frames, first) : bisect_right(self._frames, last)]
        if not beats:
            return min(most, max(least, frame))
        return max(beats, key=lambda beat: (self._strengths[beat], -abs(beat - frame), -beat))

    def holds(self, frame: int) -> bool:
        """Return whether a beat falls on a frame, or on one beside it."""
        return any(near in self._strengths for near in (frame - 1, frame, frame + 1))
