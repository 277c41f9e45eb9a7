"""What HLS playlists say, as values: media playlists with their segments, multivariant playlists with their choices.

Numbers in parentheses are sections of RFC 8216, "Apple" those of the HLS Authoring Specification of 2025-06-26.
`line` is where a value stood in the text that it was read from, 0 where it was not read; values are equal without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal

from pipeline.timebase import total

VERSION: Final = 7
"""What Matinee writes. EXT-X-MAP needs 6 in a playlist of whole segments (7)."""

PlaylistType = Literal["VOD", "EVENT"]
MediaType = Literal["AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"]
VideoRange = Literal["SDR", "HLG", "PQ"]


@dataclass(frozen=True)
class ByteRange:
    """A part of a resource, in bytes (4.3.2.2)."""

    length: int
    offset: int


@dataclass(frozen=True)
class InitSection:
    """The initialization section of the segments after it: EXT-X-MAP (4.3.2.5)."""

    uri: str
    byte_range: ByteRange | None = None


@dataclass(frozen=True)
class DateRange:
    """A stretch of time with a meaning: EXT-X-DATERANGE (4.3.2.7); `attributes` are a client's own, X-NAME and text."""

    id: str
    start_date: str
    class_name: str | None = None
    duration: Fraction | None = None
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Segment:
    """One media segment, or one key picture of an I-frame playlist."""

    uri: str
    duration: Fraction
    byte_range: ByteRange | None = None
    init: InitSection | None = None
    follows_discontinuity: bool = False
    program_date_time: str | None = None
    """ISO 8601, of the first picture (4.3.2.6)."""
    date_ranges: tuple[DateRange, ...] = ()
    key_method: str | None = None
    """How it is encrypted, where it is (4.3.2.4)."""
    is_gap: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class MediaPlaylist:
    """The segments of one rendition, in order."""

    target_duration: int
    segments: tuple[Segment, ...]
    version: int = VERSION
    playlist_type: PlaylistType | None = "VOD"
    is_ended: bool = True
    has_independent_segments: bool = False
    is_i_frames_only: bool = False
    media_sequence: int = 0
    discontinuity_sequence: int = 0

    @property
    def duration(self) -> Fraction:
        """The sum of all segments' seconds."""
        return total(segment.duration for segment in self.segments)


@dataclass(frozen=True)
class Rendition:
    """One alternative of a group: EXT-X-MEDIA (4.3.4.1)."""

    type: MediaType
    group_id: str
    name: str
    uri: str | None = None
    language: str | None = None
    assoc_language: str | None = None
    is_default: bool = False
    is_autoselect: bool = False
    is_forced: bool = False
    characteristics: tuple[str, ...] = ()
    channels: str | None = None
    instream_id: str | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Variant:
    """One choice of bit rate, size and groups: EXT-X-STREAM-INF (4.3.4.2). None where an attribute is left out."""

    uri: str
    bandwidth: int | None
    average_bandwidth: int | None = None
    codecs: tuple[str, ...] = ()
    resolution: tuple[int, int] | None = None
    frame_rate: Fraction | None = None
    """As written: three decimals."""
    video_range: str | None = None
    audio: str | None = None
    video: str | None = None
    subtitles: str | None = None
    closed_captions: str | None = None
    """The group's id, or NONE."""
    score: Fraction | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class IframeVariant:
    """One playlist of key pictures: EXT-X-I-FRAME-STREAM-INF (4.3.4.3)."""

    uri: str
    bandwidth: int | None
    average_bandwidth: int | None = None
    codecs: tuple[str, ...] = ()
    resolution: tuple[int, int] | None = None
    video_range: str | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class MultivariantPlaylist:
    """What a player may choose from; the first variant is the one that it starts with (Apple 1.32)."""

    variants: tuple[Variant, ...]
    renditions: tuple[Rendition, ...] = ()
    iframe_variants: tuple[IframeVariant, ...] = ()
    version: int = VERSION
    has_independent_segments: bool = True

    def group(self, kind: MediaType, group_id: str | None) -> tuple[Rendition, ...]:
        """Return the renditions of a group."""
        return tuple(one for one in self.renditions if one.type == kind and one.group_id == group_id)
