"""Writing playlists: the text of values, by the m3u8 package tag for tag, read back before it is handed out.

The order of tags and attributes is fixed, so equal values have equal text. Text that could end its quotes or its line
is refused: `quotable` makes any title fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from pipeline.errors import PlanError, VerifyFailed
from pipeline.playlists.reading import read_playlist
from pipeline.playlists.values import (
    ByteRange,
    DateRange,
    IframeVariant,
    InitSection,
    MediaPlaylist,
    MultivariantPlaylist,
    Rendition,
    Segment,
    Variant,
)
from pipeline.timebase import whole_microseconds

DECIMALS: Final = 6
_MICROSECOND: Final = Fraction(1, 10**DECIMALS)
# Quotes and line ends would end the value (4.2); other controls, halves of characters and line separators help nobody.
_UNQUOTABLE: Final = re.compile('["\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')
_URI: Final = re.compile(r"(?!#)[!#-~]+", re.ASCII)  # RFC 3986 leaves no blanks and no letters beyond ASCII
_WORD: Final = re.compile(r"[A-Z0-9-]+", re.ASCII)


def media_text(playlist: MediaPlaylist) -> str:
    """Return the text of a media playlist. Raises PlanError for text or numbers that a playlist cannot hold."""
    head, micros = _head(playlist), _micros(playlist.segments)
    body = "\n".join(_segment_lines(playlist.segments, micros))
    # 4.3.3.4; Apple 8.6: nothing is added to a film.
    text = "\n".join((head, *([body] if body else []), *(["#EXT-X-ENDLIST"] if playlist.is_ended else []), ""))
    _check(text, _rounded(playlist, micros))
    return text


def multivariant_text(playlist: MultivariantPlaylist) -> str:
    """Return the text of a multivariant playlist. Raises PlanError for text or numbers that it cannot hold."""
    from m3u8 import M3U8
    from m3u8.model import MediaList, PlaylistList

    written = M3U8()
    written.is_variant = True
    written.version = playlist.version  # 4.3.1.2
    written.is_independent_segments = playlist.has_independent_segments  # 4.3.5.1; Apple 9.11
    written.media = MediaList(map(_rendition, playlist.renditions))  # 4.3.4.1; Apple 8.9
    written.playlists = PlaylistList(_variant(one, written.media) for one in playlist.variants)  # 4.3.4.2
    written.iframe_playlists = PlaylistList(map(_iframe_variant, playlist.iframe_variants))  # 4.3.4.3; Apple 6.1
    text = _tidy(written.dumps())
    _check(text, playlist)
    return text


def quotable(text: str) -> str:
    """Return a title as a quoted text can hold it: straight quotes curled, controls as blanks."""
    return _UNQUOTABLE.sub(lambda found: "”" if found[0] == '"' else " ", text)


def _head(playlist: MediaPlaylist) -> str:
    """Return the tags before the first segment."""
    from m3u8 import M3U8

    written = M3U8()
    written.version = playlist.version  # 4.3.1.2
    written.target_duration = playlist.target_duration  # 4.3.3.1; Apple 7.5
    written.media_sequence = playlist.media_sequence  # 4.3.3.2
    written.discontinuity_sequence = playlist.discontinuity_sequence  # 4.3.3.3
    written.playlist_type = playlist.playlist_type  # 4.3.3.5; Apple 8.6
    written.is_i_frames_only = playlist.is_i_frames_only  # 4.3.3.6; Apple 6.8
    written.is_independent_segments = playlist.has_independent_segments  # 4.3.5.1; Apple 9.12
    return _tidy(written.dumps()).rstrip("\n")


def _segment_lines(segments: Sequence[Segment], micros: Sequence[int]) -> Iterator[str]:
    """Yield the lines of each segment.

    The package repeats no EXT-X-MAP that is the same again and puts it before the discontinuity; players start a new
    decoder at the discontinuity and want the map after it, so these lines are put together here.
    """
    from m3u8.model import DateRangeList, InitializationSection
    from m3u8.model import Segment as Written

    before: InitSection | None = None
    for segment, duration in zip(segments, micros, strict=True):
        if segment.follows_discontinuity:
            yield "#EXT-X-DISCONTINUITY"  # 4.3.2.3; Apple 8.13
        init = segment.init
        if init is not None and (init != before or segment.follows_discontinuity):
            spans = None if init.byte_range is None else _span(init.byte_range)
            yield str(InitializationSection(None, _uri(init.uri), spans))  # 4.3.2.5; Apple 8.20
        before = init
        written = Written(
            uri=_uri(segment.uri),
            duration=Decimal(duration).scaleb(-DECIMALS),  # 4.3.2.1; Apple 8.1
            byterange=None if segment.byte_range is None else _span(segment.byte_range),  # 4.3.2.2; Apple 6.10
            gap_tag=segment.is_gap or None,
        )
        if segment.program_date_time is not None:
            yield f"#EXT-X-PROGRAM-DATE-TIME:{_quotable('PROGRAM-DATE-TIME', segment.program_date_time)}"  # 4.3.2.6
        if segment.date_ranges:
            yield str(DateRangeList(map(_date_range, segment.date_ranges)))  # 4.3.2.7; Apple 8.19
        yield written.dumps(None, infspec="microseconds")


def _micros(segments: Iterable[Segment]) -> tuple[int, ...]:
    """Return the duration of each segment in microseconds, which is what the text has decimals for."""
    for segment in segments:
        if segment.duration < 0:
            raise PlanError(f"{segment.uri} lasts {segment.duration} s, and no segment is shorter than nothing.")
    return whole_microseconds(segment.duration for segment in segments)


def _rounded(playlist: MediaPlaylist, micros: Sequence[int]) -> MediaPlaylist:
    """Return the playlist as its text says it."""
    told = {one: one * _MICROSECOND for one in set(micros)}
    segments = (
        replace(segment, duration=told[duration]) for segment, duration in zip(playlist.segments, micros, strict=True)
    )
    return replace(playlist, segments=tuple(segments))


def _date_range(value: DateRange) -> Any:
    from m3u8.model import DateRange as Written

    own = {
        _word(name).lower().replace("-", "_"): f'"{_quotable(name, text)}"'
        for name, text in value.attributes
        if name.startswith("X-") or _refused(f"{name} is no attribute of a client's own", "a name such as X-TITLE")
    }
    return Written(
        **{
            "id": _quotable("ID", value.id),
            "start_date": _quotable("START-DATE", value.start_date),
            "class": None if value.class_name is None else _quotable("CLASS", value.class_name),
            "duration": None if value.duration is None else _decimal(value.duration),
            **own,
        }
    )


def _rendition(value: Rendition) -> Any:
    from m3u8 import Media

    if value.is_default and not value.is_autoselect:
        _refused(f"DEFAULT=YES with AUTOSELECT=NO for {value.name}", "a default that is selected by itself")
    return Media(
        type=value.type,
        group_id=_quotable("GROUP-ID", value.group_id),
        language=None if value.language is None else _quotable("LANGUAGE", value.language),  # Apple 8.10
        assoc_language=None if value.assoc_language is None else _quotable("ASSOC-LANGUAGE", value.assoc_language),
        name=_quotable("NAME", value.name),
        default="YES" if value.is_default else "NO",
        autoselect="YES" if value.is_autoselect else "NO",  # Apple 4.6, 5.11
        forced="YES" if value.is_forced else None,  # for subtitles alone
        characteristics=_listed("CHARACTERISTICS", value.characteristics),  # Apple 2.12, 4.5
        channels=None if value.channels is None else _quotable("CHANNELS", value.channels),
        instream_id=None if value.instream_id is None else _quotable("INSTREAM-ID", value.instream_id),
        uri=None if value.uri is None else _uri(value.uri),
    )


def _variant(value: Variant, media: Any) -> Any:
    from m3u8 import Playlist

    captions = value.closed_captions
    written = {
        "bandwidth": _bandwidth(value.uri, value.bandwidth),  # Apple 9.13, 1.27
        "average_bandwidth": value.average_bandwidth,  # Apple 9.14, 1.26
        "codecs": _listed("CODECS", value.codecs),  # Apple 9.1
        "resolution": None if value.resolution is None else "x".join(map(str, value.resolution)),  # Apple 9.2
        "frame_rate": None if value.frame_rate is None else str(_decimal(value.frame_rate)),  # Apple 9.15
        "video_range": None if value.video_range is None else _word(value.video_range),  # Apple 9.16
        "audio": None if value.audio is None else _quotable("AUDIO", value.audio),
        "video": None if value.video is None else _quotable("VIDEO", value.video),
        "subtitles": None if value.subtitles is None else _quotable("SUBTITLES", value.subtitles),
        "closed_captions": captions if captions in (None, "NONE") else f'"{_quotable("CLOSED-CAPTIONS", captions)}"',
    }
    # The package has no SCORE.
    score = "" if value.score is None else f",SCORE={_decimal(value.score)}"  # Apple 9.19
    return str(Playlist(_uri(value.uri), written, media, None)).replace("\n", f"{score}\n")


def _iframe_variant(value: IframeVariant) -> Any:
    from m3u8 import IFramePlaylist

    written = {
        "bandwidth": _bandwidth(value.uri, value.bandwidth),
        "average_bandwidth": value.average_bandwidth,
        "codecs": _listed("CODECS", value.codecs),  # Apple 9.3
        "resolution": None if value.resolution is None else "x".join(map(str, value.resolution)),  # Apple 9.4
        "video_range": None if value.video_range is None else _word(value.video_range),
    }
    return IFramePlaylist(None, _uri(value.uri), written)


def _bandwidth(uri: str, value: int | None) -> int:
    return value or _refused(f"{uri} has no bandwidth", "a whole number of bits in a second")


def _listed(name: str, values: tuple[str, ...]) -> str | None:
    if any("," in value for value in values):
        _refused(f"{name} {', '.join(values)}", "values without a comma, which parts them")
    return _quotable(name, ",".join(values)) if values else None


def _quotable(name: str, text: str | None) -> str:
    if text is None or not text or _UNQUOTABLE.search(text):
        _refused(f"{name} {text!r} in a playlist", "text without double quotes, line breaks and control characters")
    assert text is not None
    return text


def _uri(text: str) -> str:
    return text if _URI.fullmatch(text) else _refused(f"{text!r} as an address in a playlist", "percent-encoded ASCII")


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) else _refused(f"{text!r} in a playlist", "capital letters, digits and hyphens")


def _refused(what: str, allowed: str) -> Any:
    raise PlanError(f"{what} cannot be written.", remedy=f"Allowed: {allowed}.")


def _span(value: ByteRange) -> str:
    return f"{value.length}@{value.offset}"


def _decimal(value: Fraction) -> Decimal:
    """Return a number with three decimals, which is what FRAME-RATE has (4.3.4.2)."""
    return (Decimal(round(value * 1000)) / 1000).normalize() + 0


def _tidy(text: str) -> str:
    """Return text without the empty lines that the package leaves where it had nothing to say."""
    return "".join(f"{line}\n" for line in text.split("\n") if line)


def _check(text: str, expected: MediaPlaylist | MultivariantPlaylist) -> None:
    """Raise VerifyFailed where text does not read back as what was to be written."""
    read = read_playlist(text.encode())
    if read.playlist != expected or read.problems:
        differences = tuple((f"line {one.line}", one.allowed, one.what) for one in read.problems)
        raise VerifyFailed.of("A playlist", differences or (("what it says", str(expected), str(read.playlist)),))
