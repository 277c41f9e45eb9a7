"""A package under test and what is known of it: all that the tests of players ask about."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True)
class Cue:
    """A line of subtitles: from and to in seconds of the whole package."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Package:
    """A folder and what must be seen and heard in it.

    Every second of each section begins with a white picture and, in every language, with a beep. `sections` holds the
    number of frames between two discontinuities; `flash_phases` how many frames after each section's start its first
    flash stands. `rungs` are width and height, the smallest first.
    """

    name: str
    folder: Path
    rate: Fraction
    sections: tuple[int, ...]
    flash_phases: tuple[int, ...]
    rungs: tuple[tuple[int, int], ...]
    languages: tuple[str, ...]
    subtitles: dict[str, tuple[Cue, ...]]

    @property
    def frames(self) -> int:
        return sum(self.sections)

    @property
    def duration(self) -> Fraction:
        return self.frames / self.rate

    @property
    def joins(self) -> tuple[Fraction, ...]:
        """Return the seconds at which one section follows another."""
        return tuple(sum(self.sections[:count]) / self.rate for count in range(1, len(self.sections)))

    @property
    def flash_frames(self) -> tuple[int, ...]:
        """Return the frames of the whole package that are white."""
        second, found, start = int(self.rate), [], 0
        for frames, phase in zip(self.sections, self.flash_phases, strict=True):
            found += [start + frame for frame in range(phase, frames, second)]
            start += frames
        return tuple(found)
