"""What was read of an HLS package, as values that rules ask: streams with their segments, and how a server answered.

All times are exact seconds. A stream is one media playlist, however many variants and renditions name it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Final, Literal
from urllib.parse import urljoin

from pipeline.boxes.fragments import InitSegment, TrackHead
from pipeline.boxes.parameter_sets import SequenceParameters
from pipeline.plan.hls.rates import Rates, measure_rates
from pipeline.plan.measurements import Measured, Unmeasured
from pipeline.playlists import (
    IframeVariant,
    MediaPlaylist,
    MultivariantPlaylist,
    Reading,
    Rendition,
    Segment,
    Variant,
)
from pipeline.timebase import total

_TEXT_SLACK: Final = Fraction(1, 20)
OTHER_HOST: Final = "it leads to another host, which is not asked"
Role = Literal["video", "audio", "subtitles", "key pictures"]
Kind = Literal["playlist", "init", "segment"]


@dataclass(frozen=True)
class Init:
    """One initialization segment; `parameters` is what its stream says of its pictures, None where it does not."""

    uri: str
    segment: InitSegment
    parameters: SequenceParameters | None
    size: int

    @cached_property
    def track(self) -> TrackHead | None:
        """The track that segments are cut by."""
        return self.segment.main


@dataclass(frozen=True, slots=True)
class KeyPicture:
    """A picture that a fragment starts with: where fragment and picture lie in their file, when it is shown."""

    start: int
    end: int
    shown: Fraction
    is_key: bool | None
    """None where the codec does not let us see."""


@dataclass(frozen=True)
class Media:
    """What a segment of movie fragments holds of the track that it is cut by, in that track's own time."""

    tracks: int
    kinds: tuple[str, ...]
    """Of its top-level boxes."""
    decode_time: Fraction | None
    """What its first tfdt says; None without one."""
    is_continuous: bool
    """Whether each fragment starts where the one before it ended."""
    duration: Fraction
    samples: int
    first_shown: Fraction
    """The earliest picture, before any edit list."""
    shortest_step: Fraction
    longest_step: Fraction
    """Durations of samples."""
    pictures: tuple[KeyPicture, ...]
    """The first of each fragment."""
    keys: tuple[Fraction, ...]
    """When each key picture is decoded, counted from the segment's start."""
    false_keys: int
    """Samples marked as key pictures that are none."""

    @cached_property
    def longest_interval(self) -> Fraction:
        """From one key picture to the next or to the end, counted once however often a playlist names the segment."""
        marks = (*self.keys, self.duration)
        return max((later - earlier for earlier, later in pairwise(marks)), default=marks[0])


@dataclass(frozen=True)
class Cues:
    """What a segment of WebVTT says: the X-TIMESTAMP-MAP header's two times, and when its cues are shown."""

    local: Fraction | None
    mpegts: int | None
    cues: tuple[tuple[Fraction, Fraction], ...]
    faults: tuple[str, ...]

    @cached_property
    def extremes(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """The cues that end first and begin last: where these are in their place, all others are."""
        if not self.cues:
            return ()
        return min(self.cues, key=lambda one: one[1]), max(self.cues, key=lambda one: one[0])


@dataclass(frozen=True)
class KeyRange:
    """One entry of an I-frame playlist, held against the fragment that it points into."""

    has_moof: bool
    holds_picture: bool
    holds_more: bool
    is_key: bool | None
    shown: Fraction | None


Content = Media | Cues | KeyRange


@dataclass(frozen=True)
class Piece:
    """One segment: what the playlist says, how many bytes it has, and what they say."""

    entry: Segment
    size: int
    content: Measured[Content]
    init: Init | None = None


@dataclass(frozen=True)
class Stream:
    """One media playlist with all it points at, and what names it."""

    uri: str
    role: Role
    reading: Measured[Reading]
    pieces: tuple[Piece, ...]
    variants: tuple[Variant, ...] = ()
    renditions: tuple[Rendition, ...] = ()
    iframe_variants: tuple[IframeVariant, ...] = ()

    @property
    def playlist(self) -> MediaPlaylist | None:
        """What the playlist says; None where it is none."""
        found = None if isinstance(self.reading, Unmeasured) else self.reading.playlist
        return found if isinstance(found, MediaPlaylist) else None

    @cached_property
    def fault(self) -> str | None:
        """Why not everything of it is known; None where it is."""
        if isinstance(self.reading, Unmeasured):
            return self.reading.reason
        if not self.reading.is_whole or self.playlist is None:
            lost = [one.what for one in self.reading.problems if one.weight == "lost"]
            return f"its playlist cannot be read whole: {'; '.join(lost[:2]) or 'it is no media playlist'}"
        broken = [piece for piece in self.pieces if isinstance(piece.content, Unmeasured)]
        if broken:
            assert isinstance(broken[0].content, Unmeasured)
            more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
            return f"{broken[0].entry.uri}{more}: {broken[0].content.reason}"
        return None

    @cached_property
    def sections(self) -> tuple[tuple[Piece, ...], ...]:
        """The segments from one discontinuity to the next."""
        found: list[list[Piece]] = []
        for piece in self.pieces:
            if not found or piece.entry.follows_discontinuity:
                found.append([])
            found[-1].append(piece)
        return tuple(map(tuple, found))

    @cached_property
    def addresses(self) -> frozenset[str]:
        """Where its segments lie, counted from the master playlist: each playlist names them from its own place."""
        return frozenset(urljoin(self.uri, uri) for uri in {piece.entry.uri for piece in self.pieces})

    @cached_property
    def duration(self) -> Fraction:
        """What the playlist says that it lasts."""
        return total(piece.entry.duration for piece in self.pieces)

    @cached_property
    def longest_step(self) -> Fraction:
        """How long its longest sample lasts: a picture, a packet of sound, or what texts may be off by."""
        steps = {piece.content.longest_step for piece in self.pieces if isinstance(piece.content, Media)}
        return max(steps, default=_TEXT_SLACK)

    @cached_property
    def rates(self) -> Rates | None:
        """Its bit rates; None where nothing of it lasts."""
        if self.playlist is None:
            return None
        sizes = [(piece.size * 8, piece.entry.duration) for piece in self.pieces]
        return measure_rates(sizes, target=self.playlist.target_duration)

    @cached_property
    def inits(self) -> tuple[Init, ...]:
        """Its initialization segments, each once."""
        # One file can hold several, each in a byte range of its own.
        return tuple({id(piece.init): piece.init for piece in self.pieces if piece.init is not None}.values())

    @property
    def head(self) -> TrackHead | None:
        """The track of its first initialization segment that segments are cut by."""
        return self.inits[0].track if self.inits else None


@dataclass(frozen=True)
class Answer:
    """How a server answered for one resource."""

    uri: str
    kind: Kind
    status: int
    content_type: str
    encoding: str
    cache_control: str | None
    allows_origin: str | None
    redirects: tuple[str, ...]
    range_status: int | None
    """The status for a part of it, where one was asked for."""


@dataclass(frozen=True)
class Stray:
    """An address that was not followed, and why."""

    playlist: str
    uri: str
    reason: str


@dataclass(frozen=True)
class Package:
    """All of it. `master` is None where a media playlist was given alone."""

    where: str
    master_uri: str
    master: Reading | None
    streams: tuple[Stream, ...]
    strays: tuple[Stray, ...]
    answers: Measured[tuple[Answer, ...]]
    """Why not, where it was read from a folder."""

    @property
    def choices(self) -> MultivariantPlaylist | None:
        """What the multivariant playlist says."""
        found = None if self.master is None else self.master.playlist
        return found if isinstance(found, MultivariantPlaylist) else None

    def having(self, *roles: Role) -> tuple[Stream, ...]:
        """Return the streams of some roles."""
        return tuple(stream for stream in self.streams if stream.role in roles)

    def stream(self, uri: str | None) -> Stream | None:
        """Return the stream that a multivariant playlist's address names."""
        return None if uri is None else self._by_uri.get(uri)

    @cached_property
    def _by_uri(self) -> dict[str, Stream]:
        return {one.uri: one for one in self.streams}

    @cached_property
    def is_vod(self) -> bool:
        """Whether nothing will be added: every playlist ends, or says that it is of that kind."""
        playlists = [stream.playlist for stream in self.streams if stream.playlist is not None]
        return any(one.is_ended or one.playlist_type == "VOD" for one in playlists)
