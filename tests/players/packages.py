"""A package under test and what is known of it: all that the tests of players ask about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
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

    `sections` holds the number of frames between two discontinuities. `flashes` are the frames, counted over the whole
    package, that are white; with each a beep begins, in every language. `rungs` are width and height, the smallest
    first. `begins` holds the frames of each section at which another picture is shown: cards are held.
    """

    name: str
    folder: Path
    rate: Fraction
    sections: tuple[int, ...]
    begins: tuple[tuple[int, ...], ...]
    flashes: tuple[int, ...]
    rungs: tuple[tuple[int, int], ...]
    languages: tuple[str, ...]
    subtitles: dict[str, tuple[Cue, ...]]

    @property
    def frames(self) -> int:
        return sum(self.sections)

    @property
    def pictures(self) -> int:
        return sum(map(len, self.begins))

    @property
    def times(self) -> tuple[Fraction, ...]:
        """The seconds at which each picture begins to be shown."""
        return tuple(
            (start + frame) / self.rate
            for start, of_section in zip(self.starts, self.begins, strict=True)
            for frame in of_section
        )

    @property
    def duration(self) -> Fraction:
        return self.frames / self.rate

    @property
    def starts(self) -> tuple[int, ...]:
        """The first frame of each section."""
        return tuple(accumulate(self.sections[:-1], initial=0))

    @property
    def joins(self) -> tuple[Fraction, ...]:
        """The seconds at which one section follows another."""
        return tuple(start / self.rate for start in self.starts[1:])

    def flashes_of(self, section: int) -> tuple[int, ...]:
        """Return the white frames of one section, counted from its start."""
        start, frames = self.starts[section], self.sections[section]
        return tuple(frame - start for frame in self.flashes if start <= frame < start + frames)

    def playlists(self, kind: str) -> tuple[Path, ...]:
        """Return the playlists of video (v), sound (a), subtitles (s) or key pictures (i), as the master names them."""
        named = re.findall(r"[\w./-]+\.m3u8", (self.folder / "master.m3u8").read_text())
        found = (self.folder / name for name in dict.fromkeys(named))
        return tuple(path for path in found if re.match(rf"{kind}\d|{kind}-", path.name))
