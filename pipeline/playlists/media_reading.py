"""Reading the tags of a media playlist (RFC 8216, 4.3.2 and 4.3.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, cast

from pipeline.playlists.lines import SEGMENTS_MAX, Line, Notebook
from pipeline.playlists.values import ByteRange, DateRange, InitSection, MediaPlaylist, PlaylistType, Segment

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


def read_media(lines: Iterable[Line], notes: Notebook) -> MediaPlaylist:
    """Return what the lines say, with every segment whose address is there."""
    reader = _MediaReader(notes)
    last = 0
    for line in lines:
        reader.take(line)
        last = line.number
    return reader.finish(last)


@dataclass
class _MediaReader:
    """What has been read so far: of the playlist, of what holds on, and of the next segment."""

    notes: Notebook
    numbers: dict[str, int] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    playlist_type: PlaylistType | None = None
    segments: list[Segment] = field(default_factory=list)
    init: InitSection | None = None
    key_method: str | None = None
    duration: Fraction | None = None
    extinf: Line | None = None
    span: tuple[int, int | None] | None = None
    follows_discontinuity: bool = False
    is_gap: bool = False
    date_time: str | None = None
    date_ranges: list[DateRange] = field(default_factory=list)
    dropped: int = 0

    def take(self, line: Line) -> None:
        """Read one line."""
        if not line.tag:
            self._end_segment(line)
        elif line.tag in _NUMBERS:
            number = self.notes.number(line)
            if number is not None:
                self.numbers.setdefault(line.tag, number)
        elif line.tag in _FLAGS:
            self.flags.add(line.tag)
        elif line.tag in _TAGS:
            _TAGS[line.tag](self, line)

    def take_extinf(self, line: Line) -> None:
        """Read 4.3.2.1."""
        if self.extinf is not None:
            self.notes.note(self.extinf.number, "EXTINF without an address", "an address after it", "lost")
        self.extinf, self.duration = line, self.notes.seconds(line)

    def take_span(self, line: Line) -> None:
        """Read 4.3.2.2."""
        self.span = self.notes.span(line.number, line.value)

    def take_discontinuity(self, line: Line) -> None:
        """Read 4.3.2.3."""
        if self.follows_discontinuity:
            self.notes.note(line.number, "EXT-X-DISCONTINUITY stands twice before a segment", "once", "odd")
        self.follows_discontinuity = True

    def take_gap(self, _: Line) -> None:
        """Read EXT-X-GAP: the segment is missing and must not be loaded."""
        self.is_gap = True

    def take_key(self, line: Line) -> None:
        """Read 4.3.2.4."""
        method = self.notes.attributes(line, "METHOD").get("METHOD")
        self.key_method = None if method == "NONE" else method

    def take_map(self, line: Line) -> None:
        """Read 4.3.2.5."""
        values = self.notes.attributes(line, "URI")
        if "URI" not in values:
            return
        span = self.notes.span(line.number, values["BYTERANGE"]) if "BYTERANGE" in values else None
        self.init = InitSection(values["URI"], None if span is None else ByteRange(span[0], span[1] or 0))

    def take_date_time(self, line: Line) -> None:
        """Read 4.3.2.6."""
        self.date_time = self._dated(line, line.value)

    def take_date_range(self, line: Line) -> None:
        """Read 4.3.2.7."""
        values = self.notes.attributes(line, "ID")
        start = self._dated(line, values.get("START-DATE", ""))
        if "ID" in values:
            duration = values.get("DURATION")
            own = tuple(sorted((name, text) for name, text in values.items() if name.startswith("X-")))
            exact = None if duration is None else Fraction(duration)
            self.date_ranges.append(DateRange(values["ID"], start, values.get("CLASS"), exact, own))

    def take_playlist_type(self, line: Line) -> None:
        """Read 4.3.3.5."""
        if line.value in ("VOD", "EVENT"):
            self.playlist_type = cast("PlaylistType", line.value)
        else:
            self.notes.note(line.number, f"{line.tag}:{line.value}", "VOD or EVENT")

    def finish(self, last: int) -> MediaPlaylist:
        """Return the playlist."""
        if self.extinf is not None:
            self.notes.note(self.extinf.number, "EXTINF without an address", "an address after it", "lost")
        if "EXT-X-TARGETDURATION" not in self.numbers:
            self.notes.note(0, "EXT-X-TARGETDURATION is missing", "it stands once", "lost")  # 4.3.3.1
        if self.dropped:
            told = f"{SEGMENTS_MAX + self.dropped} segments"
            self.notes.note(last, told, f"at most {SEGMENTS_MAX} segments", "lost")
        if not self.segments:
            self.notes.note(last, "the playlist has no segment", "at least one", "lost")
        return MediaPlaylist(
            target_duration=self.numbers.get("EXT-X-TARGETDURATION", 0),
            segments=tuple(self.segments),
            version=self.numbers.get("EXT-X-VERSION", 1),  # 4.3.1.2
            playlist_type=self.playlist_type,
            is_ended="EXT-X-ENDLIST" in self.flags,
            has_independent_segments="EXT-X-INDEPENDENT-SEGMENTS" in self.flags,
            is_i_frames_only="EXT-X-I-FRAMES-ONLY" in self.flags,
            media_sequence=self.numbers.get("EXT-X-MEDIA-SEQUENCE", 0),
            discontinuity_sequence=self.numbers.get("EXT-X-DISCONTINUITY-SEQUENCE", 0),
        )

    def _end_segment(self, line: Line) -> None:
        if self.extinf is None:
            self.notes.note(line.number, f"{line.value} has no EXTINF", "EXTINF before each address", "lost")
        segment = Segment(
            uri=line.value,
            duration=Fraction(0) if self.duration is None else self.duration,
            byte_range=self._byte_range(line),
            init=self.init,
            follows_discontinuity=self.follows_discontinuity,
            program_date_time=self.date_time,
            date_ranges=tuple(self.date_ranges),
            key_method=self.key_method,
            is_gap=self.is_gap,
            line=line.number,
        )
        if len(self.segments) < SEGMENTS_MAX:
            self.segments.append(segment)
        else:
            self.dropped += 1
        self.extinf = self.duration = self.span = self.date_time = None
        self.follows_discontinuity = self.is_gap = False
        self.date_ranges = []

    def _byte_range(self, line: Line) -> ByteRange | None:
        """Return the range; one without an offset goes on where the one before it in the same resource ended."""
        if self.span is None:
            return None
        length, offset = self.span
        if offset is None:
            before = self.segments[-1] if self.segments else None
            if before is None or before.uri != line.value or before.byte_range is None:
                self.notes.note(
                    line.number, "a byte range without an offset goes on from none", "length@offset", "lost"
                )
                return ByteRange(length, 0)
            offset = before.byte_range.offset + before.byte_range.length
        return ByteRange(length, offset)

    def _dated(self, line: Line, text: str) -> str:
        if _DATE.fullmatch(text) is None:
            self.notes.note(line.number, f"{line.tag}: the date {text!r}", "a date such as 2026-11-26T20:00:00.000Z")
        return text


_NUMBERS: Final = ("EXT-X-VERSION", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE")
_FLAGS: Final = ("EXT-X-ENDLIST", "EXT-X-INDEPENDENT-SEGMENTS", "EXT-X-I-FRAMES-ONLY")
_TAGS: Final[dict[str, Callable[[_MediaReader, Line], None]]] = {
    "EXTINF": _MediaReader.take_extinf,
    "EXT-X-BYTERANGE": _MediaReader.take_span,
    "EXT-X-DISCONTINUITY": _MediaReader.take_discontinuity,
    "EXT-X-GAP": _MediaReader.take_gap,
    "EXT-X-KEY": _MediaReader.take_key,
    "EXT-X-MAP": _MediaReader.take_map,
    "EXT-X-PROGRAM-DATE-TIME": _MediaReader.take_date_time,
    "EXT-X-DATERANGE": _MediaReader.take_date_range,
    "EXT-X-PLAYLIST-TYPE": _MediaReader.take_playlist_type,
}
