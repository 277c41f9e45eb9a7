"""Captions of films → WebVTT segments of a package: the cues of each reel, parted where its pictures are.

A cue that lies over a border is in both segments with the same times, which players take for one (RFC 8216, 3.5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal

from pipeline.captions import Cue, vtt_time
from pipeline.edit import MasterSpan, heard
from pipeline.languages import language_name
from pipeline.plan.captions import Tracks
from pipeline.plan.reels import Section

SubtitleKind = Literal["plain", "for the deaf", "forced"]
_SUFFIXES: Final[Mapping[SubtitleKind, str]] = {"plain": "", "for the deaf": "-sdh", "forced": "-forced"}
_TITLES: Final[Mapping[SubtitleKind, str]] = {"plain": "", "for the deaf": " (SDH)", "forced": " (forced)"}
# Cue times are those of the pictures: time 0 of both lies on time 0 of the reel (RFC 8216, 3.5; Apple's rule 5.3).
_HEAD: Final = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n"
_SAME_S: Final = Fraction(1, 10)
"""How far apart the times of a line may be in two files and still be one."""


@dataclass(frozen=True)
class Subtitles:
    """Captions in one language and of one kind."""

    language: str
    kind: SubtitleKind
    tracks: Tracks

    @property
    def name(self) -> str:
        """What its playlist is called: 's-es', 's-en-forced'."""
        return f"s-{self.language.lower()}{_SUFFIXES[self.kind]}"

    @property
    def title(self) -> str:
        """What players call it."""
        return f"{language_name(self.language)}{_TITLES[self.kind]}"


@dataclass(frozen=True)
class TextSegment:
    """One segment of subtitles."""

    text: str
    seconds: Fraction


def with_forced_lines(found: Sequence[Subtitles]) -> tuple[Subtitles, ...]:
    """Return subtitles so that those of every language repeat its forced lines (rule 5.8)."""
    forced = {one.language: one for one in found if one.kind == "forced"}
    return tuple(
        one if one.kind == "forced" or one.language not in forced else _joined(one, forced[one.language])
        for one in found
    )


def subtitle_segments(subtitles: Subtitles, section: Section) -> tuple[TextSegment, ...]:
    """Return a section's subtitles, in segments as long as those of its pictures; none reaches over its ends."""
    times = [section.reel.grid.rate.time_of(border) for border in section.borders]
    cues = tuple(_within(_cues(section, subtitles.tracks), times[0], times[-1]))
    return tuple(
        TextSegment(_text(cue for cue in cues if cue.start < end and cue.end > begin), end - begin)
        for begin, end in pairwise(times)
    )


def _joined(one: Subtitles, forced: Subtitles) -> Subtitles:
    tracks = dict(one.tracks)
    for place, track in forced.tracks.items():
        own = tracks.get(place)
        if own is None:
            tracks[place] = track
            continue
        missing = [cue for cue in track.cues if not any(_is_same(cue, other) for other in own.cues)]
        tracks[place] = replace(own, cues=tuple(sorted((*own.cues, *missing), key=lambda cue: (cue.start, cue.end))))
    return replace(one, tracks=tracks)


def _is_same(one: Cue, other: Cue) -> bool:
    return one.lines == other.lines and abs(one.start - other.start) <= _SAME_S


def _cues(section: Section, tracks: Tracks) -> Iterator[Cue]:
    """Yield the cues of a section's reel on its time line: what is heard decides, as it does in clips."""
    at = Fraction(0)
    for part in heard(section.reel.edit).parts:
        track = tracks.get((part.master, section.captions or part.captions)) if isinstance(part, MasterSpan) else None
        if isinstance(part, MasterSpan) and track is not None:
            for cue in track.cues:
                start, end = max(cue.start, part.span.start), min(cue.end, part.span.end)
                if start < end:
                    shift = at - part.span.start
                    yield Cue(start + shift, end + shift, cue.lines)
        at += part.duration


def _within(cues: Iterator[Cue], begin: Fraction, end: Fraction) -> Iterator[Cue]:
    """Yield what of cues lies between two times: after a join, players would show it over another film."""
    for cue in cues:
        if cue.start < end and cue.end > begin:
            yield replace(cue, start=max(cue.start, begin), end=min(cue.end, end))


def _text(cues: Iterator[Cue]) -> str:
    blocks = (
        f"\n{start} --> {end}\n" + "".join(f"{_escaped(line)}\n" for line in cue.lines)
        for cue, start, end in ((cue, vtt_time(cue.start), vtt_time(cue.end)) for cue in cues)
        if start != end  # what a section leaves of a cue may be less than WebVTT can tell
    )
    return _HEAD + "".join(blocks)


def _escaped(line: str) -> str:
    """Return a line as WebVTT bears it: no markup, no arrow, no line ends of its own (W3C WebVTT, 3.1)."""
    line = " ".join(line.split()) or "\u00a0"
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
