"""The lines of a playlist: tags with their values, addresses, and a notebook for what is wrong with them.

RFC 8216, 4.1: UTF-8 without a byte order mark, one tag or address a line, comments after a hash sign.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal

from pipeline.playlists.attributes import read_attributes

Weight = Literal["lost", "wrong", "odd"]
Place = Literal["media", "multivariant", "both"]
BYTES_MAX: Final = 16 << 20
"""A film of three hours with an entry for each second takes one megabyte."""
LINES_MAX: Final = 400_000
SEGMENTS_MAX: Final = 50_000
"""Half a day of key pictures, one a second."""
PROBLEMS_MAX: Final = 100
_LINE_MAX: Final = 16_384
_TOLD_MAX: Final = 120
_ONCE_MEDIA: Final = ("EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE", "EXT-X-ENDLIST",
                      "EXT-X-PLAYLIST-TYPE", "EXT-X-I-FRAMES-ONLY", "EXT-X-PART-INF", "EXT-X-SERVER-CONTROL",
                      "EXT-X-SKIP", "EXT-X-ALLOW-CACHE")  # fmt: skip
_MANY_MEDIA: Final = ("EXTINF", "EXT-X-BYTERANGE", "EXT-X-DISCONTINUITY", "EXT-X-KEY", "EXT-X-MAP",
                      "EXT-X-PROGRAM-DATE-TIME", "EXT-X-DATERANGE", "EXT-X-GAP", "EXT-X-BITRATE", "EXT-X-PART",
                      "EXT-X-PRELOAD-HINT", "EXT-X-RENDITION-REPORT")  # fmt: skip
_MULTIVARIANT: Final = ("EXT-X-MEDIA", "EXT-X-STREAM-INF", "EXT-X-I-FRAME-STREAM-INF", "EXT-X-SESSION-DATA",
                        "EXT-X-SESSION-KEY", "EXT-X-CONTENT-STEERING")  # fmt: skip
_ONCE_BOTH: Final = ("EXTM3U", "EXT-X-VERSION", "EXT-X-INDEPENDENT-SEGMENTS", "EXT-X-START")
PLACES: Final[dict[str, Place]] = {
    **dict.fromkeys((*_ONCE_MEDIA, *_MANY_MEDIA), "media"),
    **dict.fromkeys(_MULTIVARIANT, "multivariant"),
    **dict.fromkeys((*_ONCE_BOTH, "EXT-X-DEFINE"), "both"),
}
"""Every tag that is known (RFC 8216, 4.3, and its successor's drafts), and the kind of playlist that it stands in."""
ONCE: Final = frozenset((*_ONCE_MEDIA, *_ONCE_BOTH))
_BARE: Final = frozenset(("EXTM3U", "EXT-X-DISCONTINUITY", "EXT-X-ENDLIST", "EXT-X-I-FRAMES-ONLY", "EXT-X-GAP",
                          "EXT-X-INDEPENDENT-SEGMENTS"))  # fmt: skip
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_NUMBER: Final = re.compile(r"\d{1,18}", re.ASCII)
_SECONDS: Final = re.compile(r"\d{1,12}(\.\d{0,18})?", re.ASCII)
_RANGE: Final = re.compile(r"(\d{1,18})(?:@(\d{1,18}))?", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """One fault of a playlist's text; `line` counts from 1, 0 where it is of the whole."""

    line: int
    what: str
    allowed: str
    weight: Weight = "wrong"


@dataclass(frozen=True)
class Line:
    """One line that says something: a tag and its value, or an address (`tag` is empty)."""

    number: int
    tag: str
    value: str


@dataclass
class Notebook:
    """Write down what is wrong, up to a bound, and read the values of tags."""

    problems: list[Problem] = field(default_factory=list)
    is_whole: bool = True
    """Whether nothing was lost."""

    def note(self, line: int, what: str, allowed: str, weight: Weight = "wrong") -> None:
        """Write one problem down; the first that loses something is told after any number of others."""
        is_first_loss = weight == "lost" and self.is_whole
        if len(self.problems) < PROBLEMS_MAX or is_first_loss:
            short = what if len(what) <= _TOLD_MAX else f"{what[:_TOLD_MAX]}…"
            self.problems.append(Problem(line, short, allowed, weight))
        self.is_whole = self.is_whole and weight != "lost"

    def attributes(self, line: Line, *needed: str) -> dict[str, str]:
        """Return a tag's attributes; one that is needed and is not there is lost."""
        values, faults = read_attributes(line.value)
        for fault in faults:
            self.note(line.number, f"{line.tag}: {fault.what}", fault.allowed)
        for name in needed:
            if name not in values:
                self.note(line.number, f"{line.tag} has no {name}", f"{name} is needed", "lost")
        return values

    def number(self, line: Line) -> int | None:
        """Return a tag's whole number."""
        if _NUMBER.fullmatch(line.value):
            return int(line.value)
        self.note(line.number, f"{line.tag}:{line.value}", f"{line.tag} and a whole number", "lost")
        return None

    def seconds(self, line: Line) -> Fraction | None:
        """Return the duration of an EXTINF (4.3.2.1), whose title may be empty, but not its comma."""
        duration, comma, _ = line.value.partition(",")
        if _SECONDS.fullmatch(duration) is None:
            self.note(line.number, f"EXTINF:{line.value}", "a number of seconds and a comma", "lost")
            return None
        if not comma:
            self.note(line.number, f"EXTINF:{line.value} has no comma", "a number of seconds and a comma")
        return _fraction(duration)

    def span(self, line: int, text: str) -> tuple[int, int | None] | None:
        """Return the length and offset of 'length' or 'length@offset'."""
        match = _RANGE.fullmatch(text)
        if match is None:
            self.note(line, f"byte range {text}", "length@offset in bytes", "lost")
            return None
        return int(match[1]), None if match[2] is None else int(match[2])


def split_lines(data: bytes, notes: Notebook) -> tuple[Line, ...]:
    """Return the lines that say something, and note what is wrong with any."""
    if len(data) > BYTES_MAX:
        notes.note(0, f"the playlist has {len(data)} bytes", f"at most {BYTES_MAX}", "lost")
        return ()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        at = data.count(b"\n", 0, error.start) + 1
        notes.note(at, "a byte that is no UTF-8", "UTF-8 without a byte order mark")
        text = data.decode("utf-8", errors="replace")
    if text.startswith("\ufeff"):
        notes.note(1, "a byte order mark", "UTF-8 without a byte order mark")
        text = text[1:]
    found = tuple(_lines(text, notes))
    if not found or found[0] != Line(1, "EXTM3U", ""):
        notes.note(1, "the first line is not #EXTM3U", "#EXTM3U")  # 4.3.1.1
    return found


# A film's segments have some ten durations among them.
@functools.lru_cache(maxsize=1024)
def _fraction(text: str) -> Fraction:
    return Fraction(text)


def _lines(text: str, notes: Notebook) -> Iterator[Line]:
    seen: dict[str, int] = {}
    for number, raw in enumerate(text.split("\n"), 1):
        if number > LINES_MAX:
            notes.note(number, f"more than {LINES_MAX} lines", f"at most {LINES_MAX}", "lost")
            return
        line = raw.removesuffix("\r")
        if not line or (line.startswith("#") and not line.startswith("#EXT")):
            continue
        if len(line) > _LINE_MAX:
            notes.note(number, f"a line of {len(line)} characters", f"at most {_LINE_MAX}", "lost")
            continue
        if _CONTROL.search(line):
            notes.note(number, "a control character", "text without control characters")
        if line != line.strip():
            notes.note(number, "white space at an end of the line", "none")
            line = line.strip()
        if not line:
            continue
        if not line.startswith("#"):
            yield Line(number, "", line)
            continue
        tag, colon, value = line[1:].partition(":")
        _note_tag(tag, number, seen, notes)
        if tag in _BARE and colon:
            notes.note(number, f"{tag} has a value", f"#{tag} alone")
        yield Line(number, tag, value)


def _note_tag(tag: str, number: int, seen: dict[str, int], notes: Notebook) -> None:
    if tag not in PLACES:
        notes.note(number, f"{tag} is unknown", "the tags of RFC 8216", "odd")
    elif tag == "EXT-X-DEFINE":
        notes.note(number, "EXT-X-DEFINE", "no variables: what they stand for is not looked up", "lost")
    elif tag in ONCE:
        if tag in seen:
            notes.note(number, f"{tag} stands in line {seen[tag]} as well", "once")
        seen.setdefault(tag, number)
