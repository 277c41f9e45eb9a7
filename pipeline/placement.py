"""Where the parts of an edit lie on an editor's timeline, in whole frames; every exchange format is written from this.

Rounding happens here and once: lengths come from `edit.frame_lengths`, each part starts where the one before ends, and
an out point is the in point plus the length, never a second rounding, so that it cannot pass the end of the media.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from pipeline.edit import Edit, MasterSpan, Part, frame_lengths
from pipeline.errors import ProjectError
from pipeline.facts import MediaFacts
from pipeline.timebase import FrameRate, parse_timecode

# The rates that Final Cut Pro, Resolve and Premiere all offer for a timeline.
EDITOR_RATES: Final = tuple(
    FrameRate(fps)
    for fps in (Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30),
                Fraction(48000, 1001), Fraction(48), Fraction(50), Fraction(60000, 1001), Fraction(60))
)  # fmt: skip
# Containers round time stamps to milliseconds, an eighth of a frame at 120 fps: so late a time still means its frame.
_LATE: Final = Fraction(1, 8)


@dataclass(frozen=True)
class Source:
    """What an editing program has to know of one master."""

    path: Path
    rate: FrameRate
    frame_count: int
    width_px: int
    height_px: int
    start_timecode: str | None = None
    """Timecode of the first picture as the file says it; editors refuse media whose timecode they do not find."""
    channels: int = 0
    sample_rate_hz: int = 48_000

    @classmethod
    def of(cls, path: Path, facts: MediaFacts, *, frame_count: int, start_timecode: str | None = None) -> Source:
        """Return the source for a probed file whose frames were counted."""
        width, height = facts.picture.display_size
        sound = facts.main_sound
        return cls(
            path=path.absolute(),
            rate=facts.picture.rate,
            frame_count=frame_count,
            width_px=width,
            height_px=height,
            start_timecode=start_timecode,
            channels=sound.channels if sound else 0,
            sample_rate_hz=sound.sample_rate_hz if sound else 48_000,
        )

    @property
    def name(self) -> str:
        """The file's name on one line, in characters that XML and every encoding can hold."""
        return plain_text(self.path.name)

    @property
    def drops_frames(self) -> bool:
        """Whether the file counts drop-frame timecode; where it says nothing, what is customary for its rate."""
        return self.rate.drops_frames and (self.start_timecode is None or ";" in self.start_timecode)

    @property
    def first_frame(self) -> int:
        """The frame number that the file's own timecode gives to its first picture."""
        return 0 if self.start_timecode is None else self.frame_of(self.start_timecode, self.rate)

    def frame_of(self, text: str, rate: FrameRate) -> int:
        """Return what number timecode text of this file has at a rate, which may be another than the file's.

        Phones write drop-frame marks at 30/1, where drop-frame does not exist: the mark is then ignored.
        """
        mark = ";" if rate.drops_frames and self.drops_frames else ":"
        try:
            scaled = int(text[9:]) * rate.nominal // self.rate.nominal
            return parse_timecode(f"{text[:8].replace(';', ':')}{mark}{scaled:02}", rate)
        except ValueError as error:
            raise ProjectError(f"{self.path}: the file's start timecode cannot be used: {error}.") from None


@dataclass(frozen=True)
class Placement:
    """One part on the timeline; a part of less than half a frame has length 0."""

    part: Part
    start: int
    """First frame on the timeline, from 0."""
    length: int
    """Frames on the timeline."""
    source: Source | None
    source_start: int
    """First frame in the source, from 0 at its first picture and at its own rate; 0 without a source."""


def place_parts(edit: Edit, sources: Mapping[str, Source], rate: FrameRate) -> tuple[Placement, ...]:
    """Return where each part lies at a timeline rate. Raises ProjectError for a span that its master does not have.

    A time between two frames means the later one: on variable-rate media the earlier still shows the shot before.
    """
    placed: list[Placement] = []
    start = 0
    for part, frames in zip(edit.parts, frame_lengths(edit, rate), strict=True):
        source, source_start, length = None, 0, frames
        if isinstance(part, MasterSpan):
            source = source_of(edit, part.master, sources)
            source_start = max(0, (part.span.start * source.rate.fps - _LATE).__ceil__())
            length = min(frames, ((source.frame_count - source_start) * rate.fps / source.rate.fps).__floor__())
            if length < min(frames, 1):
                raise ProjectError(
                    f"{edit.name}: a part starts at frame {source_start}, but {source.path} has {source.frame_count}.",
                    remedy="The edit was made for another version of the file.",
                    master=part.master,
                )
        placed.append(Placement(part, start, length, source, source_start))
        start += length
    return tuple(placed)


def source_of(edit: Edit, digest: str, sources: Mapping[str, Source]) -> Source:
    """Return the source of a master. Raises ProjectError where it is not known."""
    if digest not in sources:
        raise ProjectError(
            f"{edit.name}: the edit uses a master that was not found, sha256 {digest}.",
            remedy="Name the film's file as well, so that it can be matched.",
            master=digest,
        )
    return sources[digest]


def match_source(url: str, sources: Mapping[str, Source]) -> str | None:
    """Return the digest of the source that a clip's address names: the same path, else the one file of that name."""
    try:
        path = Path(unquote(urlsplit(url).path))
    except ValueError:
        return None
    exact = [digest for digest, source in sources.items() if source.path == path]
    named = [digest for digest, source in sources.items() if source.path.name == path.name]
    return exact[0] if exact else named[0] if len(named) == 1 else None


def timeline_rate(edit: Edit, sources: Mapping[str, Source]) -> FrameRate:
    """Return the rate of the timeline: that of the first master, or the nearest that editing programs offer.

    Up to 60 frames per second; 12 becomes 24, 15 becomes 30, an odd rate of variable-rate media the next one up.
    """
    if not edit.masters:
        return FrameRate(Fraction(24))
    fps = source_of(edit, edit.masters[0], sources).rate.halved_to(Fraction(60)).fps
    whole = (rate for rate in EDITOR_RATES if (rate.fps / fps).denominator == 1)
    above = (rate for rate in EDITOR_RATES if rate.fps >= fps)
    return next(whole, None) or next(above)


def plain_text(text: str) -> str:
    """Return text on one line without control characters, so that no format reads a command or a new line in it."""
    shown = ((char, unicodedata.category(char)) for char in text.encode("utf-8", "replace").decode())
    kept = (" " if kind in ("Cc", "Zl", "Zp") else char for char, kind in shown if kind != "Cn")
    return "".join(kept).strip()
