"""The playlists of a package, from what its segments hold: media playlists, I-frame playlists, and the master.

Rule numbers are those of the HLS Authoring Specification for Apple devices, 2025-06-26.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Final

from pipeline.languages import language_name
from pipeline.plan.boundaries import Boundary, with_boundaries
from pipeline.plan.hls.rates import measure_rates
from pipeline.playlists import (
    ByteRange,
    IframeVariant,
    InitSection,
    MediaPlaylist,
    MultivariantPlaylist,
    Rendition,
    Segment,
    Variant,
)
from pipeline.timebase import FrameRate

SUBTITLES: Final = "subtitles"
"""The one group of subtitles."""
_FIRST_KBPS: Final = 2000
"""Players begin with the variant that comes first: the one nearest to this (rule 1.32)."""


@dataclass(frozen=True)
class PublishedKeyPicture:
    """A picture of a segment that stands alone: when it is shown, and the bytes that show it."""

    seconds: Fraction
    """From the start of its segment on."""
    start: int
    """Its first byte, in its segment."""
    size: int


@dataclass(frozen=True)
class BitRates:
    """Bits per second, rounded up."""

    peak: int
    average: int


@dataclass(frozen=True)
class PublishedSegment:
    """One segment of a rendition as it is published."""

    uri: str
    init: str
    size: int
    seconds: Fraction
    key_pictures: tuple[PublishedKeyPicture, ...] = ()


@dataclass(frozen=True)
class Track:
    """One rendition: its segments, section by section, between which there are discontinuities."""

    name: str
    codec: str
    """As CODECS has it."""
    sections: tuple[tuple[PublishedSegment, ...], ...]

    @cached_property
    def segments(self) -> tuple[PublishedSegment, ...]:
        """All segments in order."""
        return tuple(segment for section in self.sections for segment in section)

    @property
    def bytes(self) -> int:
        """How many it has."""
        return sum(segment.size for segment in self.segments)

    def rates(self, target_s: int) -> BitRates:
        """Return the bit rates of its bytes."""
        return _rates(((segment.size, segment.seconds) for segment in self.segments), target_s)

    def key_rates(self, target_s: int) -> BitRates:
        """Return the bit rates of its key pictures, each of which lasts until the next."""
        frames = ((one.byte_range.length if one.byte_range else 0, one.duration) for one in self.iframes)
        return _rates(frames, target_s)

    @cached_property
    def iframes(self) -> tuple[Segment, ...]:
        """Its key pictures as segments, each of which is shown until the next."""
        return tuple(_iframes(self))


@dataclass(frozen=True)
class PictureTrack(Track):
    """A rendition of the picture."""

    size: tuple[int, int]
    rate: FrameRate
    groups: tuple[str, ...]
    """The sounds that go with it, by their groups, each of which makes a variant; none where the package is silent."""

    @property
    def entry(self) -> str:
        """The sample entry that its codec has: 'avc1'."""
        return self.codec.partition(".")[0]


@dataclass(frozen=True)
class SoundTrack(Track):
    """A rendition of the sound."""

    group: str
    language: str
    channels: int
    is_main: bool


@dataclass(frozen=True)
class TextTrack(Track):
    """A rendition of the subtitles."""

    language: str
    title: str
    """What players call it."""
    is_forced: bool
    is_for_the_deaf: bool
    is_default: bool = False
    """Whether players show it unasked."""


def media_playlist(track: Track, target_s: int, boundaries: Sequence[Boundary] = ()) -> MediaPlaylist:
    """Return the playlist of a rendition: a discontinuity and the init segment again where a section begins (8.13).

    `boundaries` are the programmes that it tells players of, as all other playlists of the package do.
    """
    segments = tuple(
        Segment(
            uri=segment.uri,
            duration=segment.seconds,
            init=InitSection(segment.init) if segment.init else None,
            follows_discontinuity=number > 0 and at == 0,
        )
        for number, section in enumerate(track.sections)
        for at, segment in enumerate(section)
    )
    return MediaPlaylist(target_s, with_boundaries(segments, boundaries))


def iframe_playlist(track: Track, target_s: int, boundaries: Sequence[Boundary] = ()) -> MediaPlaylist:
    """Return the playlist of a rendition's key pictures, each shown until the next one (rules 6.1, 6.8 and 6.10)."""
    return MediaPlaylist(target_s, with_boundaries(track.iframes, boundaries), is_i_frames_only=True)


def target_duration(tracks: Sequence[Track]) -> int:
    """Return the target duration of all playlists: that of the longest segment, rounded (RFC 8216, 4.3.3.1)."""
    longest = max(segment.seconds for track in tracks for segment in track.segments)
    return max(1, (longest + Fraction(1, 2)).__floor__())


def multivariant_playlist(
    pictures: Sequence[PictureTrack],
    sounds: Sequence[SoundTrack],
    texts: Sequence[TextTrack],
    *,
    target_s: int,
    uri_of: Callable[[str], str],
    keyed: Sequence[tuple[PictureTrack, str]],
) -> MultivariantPlaylist:
    """Return the master playlist; `uri_of` says the playlist of a track by its name, `keyed` those of key pictures.

    Pictures come from the lowest on; bit rates are those of the bytes (rules 1.26, 1.27, 9.13 and 9.14).
    """
    variants = [
        _variant(one, group, sounds, texts, target_s, uri_of(one.name))
        for one in pictures
        for group in (one.groups or (None,))
    ]
    first = min(variants, key=lambda one: abs((one.average_bandwidth or 0) - 1000 * _FIRST_KBPS))
    heard = [_sound(one, uri_of(one.name)) for one in sounds]
    read = [_text(one, uri_of(one.name)) for one in texts]
    return MultivariantPlaylist(
        variants=(first, *(one for one in variants if one is not first)),
        renditions=tuple(_told_apart((*heard, *read))),
        iframe_variants=tuple(_iframe_variant(one, target_s, uri) for one, uri in keyed),
    )


def iframe_sources(pictures: Sequence[PictureTrack], dense: PictureTrack) -> tuple[PictureTrack, ...]:
    """Return the tracks whose key pictures are offered: the dense ones, and those of the renditions that play.

    Of each size those of the lowest rate (rule 6.4), at several rates in all (6.6): of the fewest bytes, since of an
    easy picture the rendition that may take more can come out smaller. Beside the dense ones of the same size and codec
    they are left out: they take more bits each, and show more where a shot begins alone.
    """
    lowest: dict[tuple[int, int], PictureTrack] = {}
    for one in pictures:
        if one.size not in lowest or one.bytes < lowest[one.size].bytes:
            lowest[one.size] = one
    own = (one for one in lowest.values() if (one.size, one.entry) != (dense.size, dense.entry))
    return (dense, *own)


def _told_apart(renditions: Sequence[Rendition]) -> Iterator[Rendition]:
    """Yield renditions with names that no two of a group share: 'zh-CN' and 'zh-Hans-CN' are called alike."""
    names = Counter((one.type, one.group_id, one.name) for one in renditions)
    for one in renditions:
        is_alone = names[one.type, one.group_id, one.name] == 1
        yield one if is_alone else replace(one, name=f"{one.name} ({one.language})")


def _iframes(track: Track) -> Iterator[Segment]:
    for number, section in enumerate(track.sections):
        at = Fraction(0)
        frames: list[tuple[Fraction, PublishedSegment, PublishedKeyPicture]] = []
        for segment in section:
            frames += ((at + frame.seconds, segment, frame) for frame in segment.key_pictures)
            at += segment.seconds
        times = [time for time, _, _ in frames] + [at]
        for (time, segment, frame), (_, following) in zip(frames, pairwise(times), strict=True):
            yield Segment(
                uri=segment.uri,
                duration=following - time,
                byte_range=ByteRange(frame.size, frame.start),
                init=InitSection(segment.init),
                follows_discontinuity=number > 0 and time == times[0],
            )


def _variant(
    picture: PictureTrack,
    group: str | None,
    sounds: Sequence[SoundTrack],
    texts: Sequence[TextTrack],
    target_s: int,
    uri: str,
) -> Variant:
    heard = [one for one in sounds if one.group == group]
    shown, sounding = picture.rates(target_s), [one.rates(target_s) for one in heard]
    return Variant(
        uri=uri,
        bandwidth=shown.peak + max((one.peak for one in sounding), default=0),
        average_bandwidth=shown.average + max((one.average for one in sounding), default=0),
        codecs=tuple(dict.fromkeys((picture.codec, *(one.codec for one in heard)))),
        resolution=picture.size,
        frame_rate=round(picture.rate.fps * 1000) / Fraction(1000),
        video_range="SDR",
        audio=group,
        subtitles=SUBTITLES if texts else None,
        closed_captions="NONE",
    )


def _iframe_variant(picture: PictureTrack, target_s: int, uri: str) -> IframeVariant:
    rates = picture.key_rates(target_s)
    return IframeVariant(
        uri=uri,
        bandwidth=rates.peak,
        average_bandwidth=rates.average,
        codecs=(picture.codec,),
        resolution=picture.size,
        video_range="SDR",
    )


def _rates(weighed: Iterable[tuple[int, Fraction]], target_s: int) -> BitRates:
    """Return the bit rates of some bytes, each played for some seconds."""
    found = measure_rates([(size * 8, seconds) for size, seconds in weighed], target=target_s)
    assert found is not None, "what is packaged lasts some time"
    return BitRates(found.peak.__ceil__(), found.average.__ceil__())


def _sound(track: SoundTrack, uri: str) -> Rendition:
    return Rendition(
        type="AUDIO",
        group_id=track.group,
        name=language_name(track.language),
        uri=uri,
        language=track.language,
        is_default=track.is_main,
        is_autoselect=True,
        channels=str(track.channels),
    )


def _text(track: TextTrack, uri: str) -> Rendition:
    deaf = ("public.accessibility.transcribes-spoken-dialog", "public.accessibility.describes-music-and-sound")
    return Rendition(
        type="SUBTITLES",
        group_id=SUBTITLES,
        name=track.title,
        uri=uri,
        language=track.language,
        is_default=track.is_default,
        is_autoselect=True,
        is_forced=track.is_forced,
        characteristics=deaf if track.is_for_the_deaf else (),
    )
