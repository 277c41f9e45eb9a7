"""What is true of one media file, as values: streams, sizes, rates, colour, rotation. Nothing here opens a file.

Times are the file's own (its first picture may be at 3600 s); `PictureFacts.start` is the origin that `timebase` counts
from, so everything outside argv speaks of seconds since the first picture.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal

from pipeline.languages import same_language
from pipeline.timebase import FrameRate
from pipeline.values import hashed_once

Scan = Literal["progressive", "interlaced", "top first", "bottom first"]
Alpha = Literal["none", "straight"]

# Codecs whose pictures say one by one whether they are two fields, so that a film may turn interlaced on its way.
_OF_EITHER_SCAN: Final = ("h264", "hevc", "mpeg2video", "mpeg4", "vc1")

# What people export and cameras write. In a folder of films, any other file is notes beside them.
FILM_SUFFIXES: Final = (
    *(".mp4", ".mov", ".m4v", ".qt", ".3gp", ".mkv", ".webm", ".ogv"),
    *(".avi", ".dv", ".wmv", ".flv", ".mxf"),
    *(".mpg", ".mpeg", ".m2v", ".vob", ".ts", ".mts", ".m2ts"),
)


@hashed_once
@dataclass(frozen=True)
class Colour:
    """Colour description in ffmpeg's names; None where the file does not say."""

    primaries: str | None
    transfer: str | None
    matrix: str | None
    full_range: bool | None

    @property
    def is_hdr(self) -> bool:
        """True for the two HDR transfer functions, PQ (SMPTE ST 2084) and HLG (ARIB STD-B67)."""
        return self.transfer in ("smpte2084", "arib-std-b67")


@dataclass(frozen=True)
class PictureFacts:
    """The video stream that is the film: the first that is neither a cover picture nor a thumbnail."""

    index: int
    codec: str
    width_px: int
    height_px: int
    sample_aspect: Fraction
    rotation_deg: int
    """Clockwise turn that the player makes before showing: 0, 90, 180 or 270."""
    pixel_format: str
    bit_depth: int
    colour: Colour
    scan: Scan
    """What the first pictures are. Interlaced ones tell each which field comes first, not always the same in one file;
    for codecs that cannot tell, the container does: `top first`, `bottom first`."""
    rate: FrameRate
    """The constant rate that is natural to the film, see `timebase.FrameRate.nearest_standard`."""
    start: Fraction
    """Time stamp of the first shown picture, in the file's time."""
    frame_count: int | None
    """What the container claims; the analysis counts."""
    alpha: Alpha = "none"
    """`straight` where pictures say how much of their colours is seen: what is not is black."""

    @property
    def may_be_interlaced(self) -> bool:
        """True unless no picture of the film can consist of two fields."""
        return self.scan != "progressive" or self.codec in _OF_EITHER_SCAN

    @functools.cached_property
    def display_size(self) -> tuple[int, int]:
        """Width and height in square pixels as shown, even numbers, never below what is stored on either side."""
        width, height = Fraction(self.width_px), Fraction(self.height_px)
        if self.sample_aspect >= 1:
            width *= self.sample_aspect
        else:
            height /= self.sample_aspect
        if self.rotation_deg in (90, 270):
            width, height = height, width
        return _even(width), _even(height)


@dataclass(frozen=True)
class SoundFacts:
    """One audio stream."""

    index: int
    codec: str
    channels: int
    layout: str
    sample_rate_hz: int
    start: Fraction
    language: str | None
    is_default: bool


@dataclass(frozen=True)
class SubtitleFacts:
    """One subtitle stream."""

    index: int
    codec: str
    language: str | None


@dataclass(frozen=True)
class MediaFacts:
    """One file: its container and streams."""

    container: str
    """The name of libav's demuxer, such as 'mov,mp4,m4a,3gp,3g2,mj2'."""
    size_bytes: int
    duration: Fraction
    """Seconds from the first picture to the end, as the container claims; 0 where it does not say."""
    picture: PictureFacts
    sounds: tuple[SoundFacts, ...]
    subtitles: tuple[SubtitleFacts, ...]
    start_timecode: str | None = None
    """Timecode of the first picture, where the file carries one."""

    @property
    def main_sound(self) -> SoundFacts | None:
        """The audio stream that the container marks as default, else the first."""
        return main_sound_of(self.sounds)


def main_sound_of(sounds: Sequence[SoundFacts]) -> SoundFacts | None:
    """Return the audio stream that the container marks as default, else the first."""
    return next((sound for sound in sounds if sound.is_default), sounds[0] if sounds else None)


def spoken_in(facts: MediaFacts, languages: Sequence[str]) -> MediaFacts:
    """Return facts whose main sound is the first track in the first language of those that any track has.

    They stay as they are where no track says that it is in one of them.
    """
    for wanted in languages:
        for number, sound in enumerate(facts.sounds):
            if same_language(wanted, sound.language):
                sounds = (replace(one, is_default=place == number) for place, one in enumerate(facts.sounds))
                return replace(facts, sounds=tuple(sounds))
    return facts


FACTS: Final = (MediaFacts, PictureFacts, SoundFacts, SubtitleFacts, Colour)
FACTS_VERSION: Final = 3
"""Raised when the same file would be described by other values of the same fields."""


def _even(length: Fraction) -> int:
    return max(2, round(length / 2) * 2)
