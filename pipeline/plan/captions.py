"""Captions of a clip: the cues of its masters cut to what is heard of them, in the clip's own frames.

A caption follows the words: where a clip has a bed, it belongs to the bed. It ends with the stretch of the film that it
was cut from, never lies over another, and is shown for as long as it takes to read where the next one lets it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Final

from pipeline.captions import Cue
from pipeline.counting import counted
from pipeline.edit import Card, Edit, MasterSpan, frame_lengths, heard, merged
from pipeline.plan.phrases import letters
from pipeline.plan.wrapping import screens
from pipeline.styles import CaptionStyle
from pipeline.timebase import FrameRate, Span, clock

# Gaps shorter than this flicker; subtitlers close them.
_GAP_S: Final = Fraction(1, 8)
# Of two cues that overlap for most of the shorter one, neither can give way: they are shown as one.
_SAME: Final = Fraction(1, 2)
# How much faster than the style's reading speed what a cut leaves of a cue may be before it is left out.
_HURRIED: Final = Fraction(3, 2)


@dataclass(frozen=True)
class CaptionTrack:
    """The captions of one master in one language."""

    cues: tuple[Cue, ...]
    """In the order of time."""
    language: str | None
    """A BCP 47 tag."""
    source: str
    """Where they are from, in words: a file's name or a track of the master."""
    digest: str
    """Of what they were read from, for keys."""


@dataclass(frozen=True)
class ClipCue:
    """What is shown at once, for some frames of a clip."""

    first_frame: int
    end_frame: int
    """The first frame at which it is gone."""
    lines: tuple[str, ...]
    language: str | None

    @property
    def frames(self) -> int:
        """For how many frames it is shown."""
        return self.end_frame - self.first_frame


@dataclass(frozen=True)
class ClipCaptions:
    """The captions of a clip in order, none over another, and what people should know of them."""

    cues: tuple[ClipCue, ...]
    notes: tuple[str, ...]


Tracks = Mapping[tuple[str, str | None], CaptionTrack]
"""Captions by master's digest and by the captions file that a span of an edit names; None where it names none."""


def plan_captions(edit: Edit, tracks: Tracks, rate: FrameRate, style: CaptionStyle) -> ClipCaptions:
    """Return the captions of an edit as a clip at a frame rate has them, whatever its size.

    What a cut leaves of a cue is dropped where it is neither most of it nor long enough to read. Text longer than the
    style's lines is shown in several goes.
    """
    sounding = merged(heard(edit))
    ends = (0, *accumulate(frame_lengths(sounding, rate)))
    found: list[_Piece] = []
    for part, (first, end) in zip(sounding.parts, pairwise(ends), strict=True):
        if isinstance(part, MasterSpan) and (track := tracks.get((part.master, part.captions))) is not None:
            found += _cut(track, part.span, first, end, rate)
    joined = _rejoined(found)
    kept = [piece for piece in joined if _is_readable(piece, rate, style)]
    cues = tuple(cue for piece in _spread(kept, rate, style) for cue in _shared_out(piece, style))
    return ClipCaptions(cues, tuple(_notes(cues, len(joined) - len(kept), rate, style)))


def beside_cards(
    cues: Sequence[ClipCue], edit: Edit, rate: FrameRate, style: CaptionStyle
) -> tuple[tuple[ClipCue, ...], tuple[str, ...]]:
    """Return what of a clip's captions is drawn, and notes: nothing over a card, which has words of its own.

    What a card leaves of a cue is drawn where it is as long as a caption has to be.
    """
    ends = (0, *accumulate(frame_lengths(edit, rate)))
    cards = [span for part, span in zip(edit.parts, pairwise(ends), strict=True) if isinstance(part, Card)]
    least = rate.frames_within(style.shown_s_min)
    drawn: list[ClipCue] = []
    hidden = 0
    for cue in cues:
        within = [min(max(edge, cue.first_frame), cue.end_frame) for span in cards for edge in span]
        borders = [cue.first_frame, *within, cue.end_frame]
        left = [
            (first, end)
            for first, end in zip(borders[::2], borders[1::2], strict=True)
            if end - first >= min(least, cue.frames)
        ]
        drawn += (replace(cue, first_frame=first, end_frame=end) for first, end in left)
        hidden += not left
    told = (f"{counted(hidden, 'caption')} over a card, not drawn there; the SRT file has them.",) if hidden else ()
    return tuple(drawn), told


def clip_cues_as_cues(cues: Iterable[ClipCue], rate: FrameRate) -> tuple[Cue, ...]:
    """Return a clip's captions in seconds of the clip, as files have them."""
    return tuple(Cue(rate.time_of(cue.first_frame), rate.time_of(cue.end_frame), cue.lines) for cue in cues)


def shared_out(cue: ClipCue, parts: Sequence[tuple[str, ...]]) -> tuple[ClipCue, ...]:
    """Return a cue as several that follow one another, each for a share of its frames by what there is to read.

    A cue of fewer frames than parts shows the first ones only.
    """
    weights = [max(1, sum(map(letters, lines))) for lines in parts]
    total = sum(weights)
    ends = [cue.first_frame + round(Fraction(cue.frames * reached, total)) for reached in accumulate(weights)]
    spans = zip(parts, pairwise([cue.first_frame, *ends]), strict=True)
    return tuple(
        replace(cue, first_frame=first, end_frame=end, lines=lines) for lines, (first, end) in spans if first < end
    )


@dataclass(frozen=True)
class _Piece:
    """What of a cue a clip has."""

    cue: ClipCue
    whole_s: Fraction
    """How long its author shows it."""
    limit: int
    """The frame at which its stretch of the film ends."""


def _cut(track: CaptionTrack, span: Span, first: int, end: int, rate: FrameRate) -> Iterator[_Piece]:
    """Yield the cues of a stretch of a master that plays from one frame of the clip to another."""
    near = (cue for cue in track.cues if cue.start < span.end and cue.end > span.start)
    for cue in _untangled(near):
        start, stop = (
            min(max(first + rate.nearest_frame(time - span.start), first), end) for time in (cue.start, cue.end)
        )
        if start < stop:
            yield _Piece(ClipCue(start, stop, cue.lines, track.language), cue.end - cue.start, end)


def _untangled(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Yield cues in order, none over another: the earlier gives way, or both are shown together."""
    waiting: Cue | None = None
    for cue in sorted(cues, key=lambda one: (one.start, one.end)):
        if waiting is None:
            waiting = cue
            continue
        shared = waiting.end - cue.start
        if shared > 0 and shared >= _SAME * min(waiting.end - waiting.start, cue.end - cue.start):
            lines = tuple(dict.fromkeys((*waiting.lines, *cue.lines)))
            waiting = Cue(waiting.start, max(waiting.end, cue.end), lines)
            continue
        yield replace(waiting, end=min(waiting.end, cue.start))
        waiting = cue
    if waiting is not None:
        yield waiting


def _rejoined(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Return pieces with the two ends of a cue made one where a cut took out only the middle of it."""
    joined: list[_Piece] = []
    for piece in pieces:
        before = joined[-1] if joined else None
        if before is not None and before.cue.end_frame == piece.cue.first_frame and before.cue.lines == piece.cue.lines:
            joined[-1] = replace(piece, cue=replace(piece.cue, first_frame=before.cue.first_frame))
        else:
            joined.append(piece)
    return joined


def _is_readable(piece: _Piece, rate: FrameRate, style: CaptionStyle) -> bool:
    """Return whether enough of a cue is left to be shown: most of it, or time to read it."""
    shown = rate.time_of(piece.cue.frames)
    if shown >= piece.whole_s - rate.frame_duration:
        return True
    is_most = 2 * shown >= piece.whole_s
    to_read = sum(map(letters, piece.cue.lines)) / (style.letters_per_second_max * _HURRIED)
    return shown >= min(style.shown_s_min, piece.whole_s) and (is_most or shown >= to_read)


def _spread(pieces: Sequence[_Piece], rate: FrameRate, style: CaptionStyle) -> Iterator[ClipCue]:
    """Yield cues that last at least as long as the style says, up to the next and within their stretch of the film."""
    least, gap = (rate.nearest_frame(seconds) for seconds in (style.shown_s_min, _GAP_S))
    for number, piece in enumerate(pieces):
        following = pieces[number + 1].cue.first_frame if number + 1 < len(pieces) else piece.limit
        limit = max(piece.cue.end_frame, min(piece.limit, following))
        end = min(max(piece.cue.end_frame, piece.cue.first_frame + least), limit)
        if 0 < limit - end <= gap and limit == following:
            end = limit
        yield replace(piece.cue, end_frame=end)


def _shared_out(cue: ClipCue, style: CaptionStyle) -> tuple[ClipCue, ...]:
    def load(line: str) -> float:
        return letters(line) / style.line_letters_max

    return shared_out(cue, screens(cue.lines, load, lines_max=style.lines_max, language=cue.language))


def _notes(cues: Sequence[ClipCue], dropped: int, rate: FrameRate, style: CaptionStyle) -> Iterator[str]:
    if dropped:
        yield f"{counted(dropped, 'caption')} cut off by the edges of a cut, too short to read, left out."
    fast = [(speed, cue) for cue in cues if (speed := _speed(cue, rate)) > style.letters_per_second_max]
    if fast:
        speed, worst = max(fast, key=lambda one: one[0])
        at = clock(rate.time_of(worst.first_frame))
        yield (
            f"{counted(len(fast), 'caption')} to be read faster than {float(style.letters_per_second_max):g} letters "
            f"a second, the fastest at {at}: “{' '.join(worst.lines)}” ({float(speed):.0f})."
        )
    long = [cue for cue in cues if rate.time_of(cue.frames) > style.shown_s_max]
    if long:
        at = clock(rate.time_of(long[0].first_frame))
        yield f"{counted(len(long), 'caption')} shown for more than {float(style.shown_s_max):g} s, the first at {at}."


def _speed(cue: ClipCue, rate: FrameRate) -> Fraction:
    return sum(map(letters, cue.lines)) / rate.time_of(cue.frames)
