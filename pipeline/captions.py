"""Captions as values: cues ← SubRip (SRT), WebVTT and SubStation Alpha (ASS, SSA); cues → SubRip.

Strict about times, since a wrong one would put words into the wrong mouth, and about nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final, NoReturn

from pipeline.counting import counted
from pipeline.encodings import NotText, decoded
from pipeline.errors import ProjectError
from pipeline.markup import Markup, stands_apart, words_of

SUFFIXES: Final = (".srt", ".vtt", ".ass", ".ssa")
"""By which a file is taken for captions."""
BYTES_MAX: Final = 16 * 1024 * 1024
"""A film's captions take about a hundred kilobytes."""
_CUES_MAX: Final = 100_000
_CHARACTERS_MAX: Final = 2000
_MARKED_UP_MAX: Final = 20_000
_TIMES_LINE_MAX: Final = 300
# Laxer than the formats, in what a person reads in one way only: hours or their second digit may be missing in either,
# and either point or comma may stand before the thousandths.
_TIME: Final = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?"
_TIMES: Final = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?\Z", re.ASCII)
_TWO_TIMES: Final = re.compile(r"\s*-?\d+:\d+:\d+.*\d+:\d+:\d+[.,]?\d*\s*\Z", re.ASCII)
_ALONE: Final = re.compile(rf"\s*{_TIME}\s*\Z", re.ASCII)
_NUMBER: Final = re.compile(r"\s*\d+\s*\Z", re.ASCII)
_NEWLINE: Final = re.compile(r"\r\n|\n|\r")
# SubStation Alpha orders its columns by a line of their own; this is what libass assumes where there is none.
_COLUMNS: Final = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")


@dataclass(frozen=True)
class Cue:
    """Words shown from one time to another, in seconds since the master's first picture."""

    start: Fraction
    end: Fraction
    lines: tuple[str, ...]
    """Plain text as its author broke it, never empty."""


@dataclass(frozen=True)
class Captions:
    """What a file says, in the order of time, and what of it had to be guessed or left out."""

    cues: tuple[Cue, ...]
    notes: tuple[str, ...]


def parse_captions(raw: bytes, *, path: Path, language: str | None) -> Captions:
    """Read a file's bytes; `language` (a BCP 47 tag) says how letters were coded before Unicode.

    Raises ProjectError with path, line, what is wrong and what to do: for what is no text, holds no captions, has
    times that cannot be read or end before they start, or more than a film can have.
    """
    try:
        text, guessed = decoded(raw, language=language)
    except NotText as error:
        raise ProjectError(f"{path}: {error}.", remedy="Save it as UTF-8 text.", path=str(path)) from None
    notes = (
        [] if guessed is None else [f"{path.name} is not UTF-8 and was read as {guessed}; saved as UTF-8 it is sure."]
    )
    lines = _NEWLINE.split(text)
    is_substation = "[script info]" in text[:4096].lower() or path.suffix.lower() in (".ass", ".ssa")
    found = _substation(lines, path) if is_substation else _timed(lines, path)
    if not found:
        raise ProjectError(
            f"{path}: there are no captions in it.",
            remedy="Give a file of SubRip (.srt), WebVTT (.vtt) or SubStation Alpha (.ass) captions.",
            path=str(path),
        )
    cues = sorted((cue for cue in dict.fromkeys(found) if cue.end > cue.start), key=lambda cue: (cue.start, cue.end))
    if timeless := sum(cue.end == cue.start for cue in found):
        notes.append(f"{counted(timeless, 'caption')} of {path.name}, lasting no time, left out.")
    return Captions(tuple(cues), tuple(notes))


def srt_text(cues: Iterable[Cue]) -> str:
    """Return SubRip text, as YouTube, LinkedIn and Facebook take it: CRLF, times in whole milliseconds."""
    blocks = (
        f"{number}\r\n{_srt_time(cue.start)} --> {_srt_time(cue.end)}\r\n"
        + "".join(f"{_not_times(line)}\r\n" for line in cue.lines)
        for number, cue in enumerate(cues, 1)
    )
    return "\r\n".join(blocks)


def _not_times(line: str) -> str:
    """Return a line that nobody takes for the times of another caption: SubRip escapes nothing."""
    plain = line.replace("-->", "→")
    return f"\u2060{plain}" if _is_times(plain) else plain


def vtt_time(seconds: Fraction) -> str:
    """Return a time as WebVTT has it, in whole milliseconds: 00:00:01.500."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths:03}"


def _timed(lines: Sequence[str], path: Path) -> list[Cue]:
    """Return the cues of SubRip or WebVTT.

    WebVTT's text ends at an empty line, which keeps its notes and styles out; in SubRip such a line may stand in it, so
    the text goes on to the next times, before which their number stands.
    """
    markup: Markup = "vtt" if lines[0].lstrip("\ufeff").startswith("WEBVTT") or path.suffix == ".vtt" else "srt"
    starts = [number for number, line in enumerate(lines) if _is_times(line)]
    cues: list[Cue] = []
    for number, following in pairwise([*starts, len(lines)]):
        match = _TIMES.match(lines[number])
        if match is None:
            _refuse(path, number, f"“{lines[number].strip()[:80]}” are not the times of a caption", _TIMES_REMEDY)
        start, end = (_seconds(match.groups()[at : at + 4], lines[number], path, number) for at in (0, 4))
        text = lines[number + 1 : following]
        if markup == "vtt":
            text = text[: text.index("")] if "" in text else text
        elif following < len(lines) and text and _NUMBER.match(text[-1]):
            text = text[:-1]
        cues += _checked(start, end, "\n".join(text), markup, path, number)
        _check_count(len(cues), path)
    return cues


def _is_times(line: str) -> bool:
    """Return whether a line is meant as the times of a caption, rightly written or not."""
    return "-->" in line or (len(line) < _TIMES_LINE_MAX and _TWO_TIMES.match(line) is not None)


def _substation(lines: Sequence[str], path: Path) -> list[Cue]:
    """Return the cues of SubStation Alpha: what is spoken, so lines placed by hand only where there are no others."""
    columns: Sequence[str] = _COLUMNS
    spoken: list[Cue] = []
    placed: list[Cue] = []
    section = ""
    for number, line in enumerate(lines):
        kind, _, rest = line.lstrip("\ufeff").partition(":")
        if line.startswith("["):
            section = line.strip().lower()
        elif kind == "Format" and section == "[events]":
            columns = [name.strip().lower() for name in rest.split(",")]
            if not {"start", "end"} <= set(columns) or columns[-1] != "text":
                _refuse(path, number, "the columns of events do not name Start, End and, last, Text", _FORMAT_REMEDY)
        elif kind == "Dialogue":
            fields = dict(zip(columns, rest.split(",", len(columns) - 1), strict=False))
            if "text" not in fields:
                _refuse(path, number, "an event with columns missing", _FORMAT_REMEDY)
            start, end = (_alone(fields[name], path, number) for name in ("start", "end"))
            found = _checked(start, end, fields["text"], "ass", path, number)
            (placed if stands_apart(fields["text"]) else spoken).extend(found)
            _check_count(len(placed) + len(spoken), path)
    return spoken or placed


_TIMES_REMEDY: Final = "Write two times, such as 00:01:02,500 --> 00:01:04,000."
_FORMAT_REMEDY: Final = "Export it again from the program that made it."
_ORDER_REMEDY: Final = "Correct its times or take it out."


def _alone(field: str, path: Path, number: int) -> Fraction:
    match = _ALONE.match(field)
    if match is None:
        _refuse(path, number, f"“{field.strip()[:40]}” is not a time", "Write it as 0:01:02.50.")
    return _seconds(match.groups(), field, path, number)


def _seconds(parts: Sequence[str | None], told: str, path: Path, number: int) -> Fraction:
    hours, minutes, seconds = (int(part or 0) for part in parts[:3])
    if minutes > 59 or seconds > 59:
        _refuse(path, number, f"“{told.strip()[:80]}” has minutes or seconds above 59", _TIMES_REMEDY)
    fraction = parts[3] or "0"
    return (hours * 60 + minutes) * 60 + seconds + Fraction(int(fraction), 10 ** len(fraction))


def _checked(start: Fraction, end: Fraction, text: str, markup: Markup, path: Path, number: int) -> Iterator[Cue]:
    """Yield the cue, unless it has no words."""
    if end < start:
        _refuse(path, number, "a caption that ends before it starts", _ORDER_REMEDY)
    if len(text) > _MARKED_UP_MAX and r"\p" in text:
        return  # a drawing
    words = words_of(text[:_MARKED_UP_MAX], markup)
    if sum(map(len, words)) > _CHARACTERS_MAX:
        _refuse(path, number, f"a caption of more than {_CHARACTERS_MAX} characters", "Break it into several.")
    if words:
        yield Cue(start, end, words)


def _check_count(count: int, path: Path) -> None:
    if count > _CUES_MAX:
        raise ProjectError(
            f"{path}: there are more than {_CUES_MAX} captions in it.",
            remedy="Give the captions of one film.",
            path=str(path),
        )


def _refuse(path: Path, index: int, wrong: str, remedy: str) -> NoReturn:
    raise ProjectError(f"{path}, line {index + 1}: {wrong}.", remedy=remedy, path=str(path), line=index + 1)


def _srt_time(seconds: Fraction) -> str:
    return vtt_time(seconds).replace(".", ",")
