"""What is known of a film → one small document from which a browser draws its timeline, at any zoom.

Places are whole numbers: pictures of the film, counted from 0, as its proxy shows them. Long columns are kept as
differences, which are short; curves as one byte a value, at steps of which each is four times as long as the one
before, so that as many values are drawn as there are pixels.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from pipeline.captions import Cue
from pipeline.plan.features import Onset
from pipeline.plan.shots import SILENCE_LUFS, Curve, FilmAnalysis, Timeline
from pipeline.timebase import Span

VERSION: Final = 2
COARSER: Final = 4
"""Times that the step of a curve is longer from one zoom level to the next."""
_MOST_VALUES: Final = 36_000
"""Of a curve: a tenth of a second for an hour, a fifth for two."""
_FEWEST_VALUES: Final = 500
"""Levels end where there are no more than a screen has pixels."""
_MOST_ONSETS: Final = 8_000
_PATTERNS: Final = (1, 2, 3, 4, 5, 6, 12, 24, 30, 60)
"""Pictures after which steps between times come again: those of a constant rate are rounded to ticks of a container."""
_BYTE: Final = 255


@dataclass(frozen=True)
class Word:
    """A word that is spoken, or several letters where a script parts no words, in seconds of the film."""

    start: Fraction
    end: Fraction
    text: str


@dataclass(frozen=True)
class _Scale:
    """Which values a curve's bytes 0 and 255 stand for, and what stands for several values at a coarser step."""

    low: float
    high: float
    keeps_peaks: bool = False
    """The highest of them, as of sound that must not vanish, rather than their mean."""


_SCALES: Final[Mapping[str, _Scale]] = {
    "interest": _Scale(0, 1),
    "loudness": _Scale(SILENCE_LUFS, 0, keeps_peaks=True),
    "speech": _Scale(0, 1),
    "music": _Scale(0, 1),
    "movement": _Scale(0, 100, keeps_peaks=True),
    "brightness": _Scale(0, 255),
}


def timeline_document(
    analysis: FilmAnalysis,
    *,
    interest: Curve | None = None,
    scores: Sequence[float] = (),
    words: Sequence[Word] = (),
    left_out: Sequence[Span] = (),
) -> dict[str, Any]:
    """Return what a browser draws a film's timeline from, as JSON values.

    `interest` is the film's worth over its time and `scores` its shots' worth, 0 to 1 both; `left_out` are stretches
    that highlights are kept away from.

    rate, frame_count    the film's rate as a fraction, and how many pictures it has
    times                of a variable rate alone: `tick` in seconds, and `steps`, how often which number of ticks
                         passes from one picture to the next
    shots                `starts` (each the difference from the one before), `lengths`, and columns of what each is
                         like: `scores`, `faces`, `movement`, `speech` in hundredths, `loudness` in LUFS, null unheard
    transitions          rows of kind, first frame, and the frame after the last
    left_out             rows of first frame, and the frame after the last
    curves               by name: `low` and `high`, which bytes 0 and 255 mean, and `levels`, each a `step` in seconds
                         as a fraction and `values`, bytes in base64
    onsets               where sounds begin, the strongest of a long film: `frames` as differences, `strengths` as bytes
    words                `starts` as differences, `lengths`, and `text`, a line for each
    """
    timeline = analysis.timeline
    return {
        "version": VERSION,
        "rate": str(timeline.rate),
        "frame_count": timeline.frame_count,
        "times": _times(timeline),
        "shots": _shots(analysis, scores),
        "transitions": [[one.kind, one.start_frame, one.end_frame] for one in analysis.transitions],
        "left_out": [[timeline.frame_at(span.start), _end_frame(timeline, span.end)] for span in left_out],
        "curves": {name: _drawn(curve, _SCALES[name]) for name, curve in _curves(analysis, interest)},
        "onsets": _onsets(analysis, timeline),
        "words": _words(words, timeline),
    }


def words_of(cues: Iterable[Cue]) -> tuple[Word, ...]:
    """Return the words of captions, each with its share of its caption's time, by letters.

    Captions say when they are shown, not when each word is spoken: only the first word's start is sure.
    """
    found = []
    for cue in cues:
        texts = [text for line in cue.lines for text in line.split()]
        letters = sum(map(len, texts))
        if not letters:
            continue
        at = 0
        for text in texts:
            ends = [cue.start + (cue.end - cue.start) * Fraction(place, letters) for place in (at, at + len(text))]
            found.append(Word(ends[0], ends[1], text))
            at += len(text)
    return tuple(found)


def _end_frame(timeline: Timeline, end: Fraction) -> int:
    """Return the frame after the last that is shown before a time, within the film."""
    if end >= timeline.duration:
        return timeline.frame_count
    frame = timeline.frame_at(end)
    return frame if timeline.time_of(frame) == end else frame + 1


def _times(timeline: Timeline) -> dict[str, Any] | None:
    if timeline.ticks is None:
        return None
    ticks: tuple[Fraction | int, ...] = (*timeline.ticks, timeline.duration / timeline.tick)
    steps = [later - sooner for sooner, later in pairwise(ticks)]
    told = [int(step) if step == int(step) else str(step) for step in steps]
    return {"tick": str(timeline.tick), "steps": list(_runs(told))}


def _runs(steps: Sequence[int | str]) -> Iterator[list[int | str]]:
    """Yield how often some steps come in a row, and these: the pattern that reaches farthest, of those the shortest."""
    at = 0
    while at < len(steps):
        times = {size: _times_in_a_row(steps, at, size) for size in _PATTERNS}
        size = max(times, key=lambda one: (times[one] * one if times[one] > 1 else 0, -one))
        yield [times[size], *steps[at : at + size]]
        at += times[size] * size


def _times_in_a_row(steps: Sequence[int | str], at: int, size: int) -> int:
    """Return how often the next steps come in a row; once at least, of what is there."""
    end = at + size
    while end < len(steps) and steps[end] == steps[end - size]:
        end += 1
    return max(1, (end - at) // size)


def _shots(analysis: FilmAnalysis, scores: Sequence[float]) -> dict[str, Any]:
    shots, told = analysis.shots, analysis.scores
    return {
        "starts": _differences([shot.start_frame for shot in shots]),
        "lengths": [shot.frame_count for shot in shots],
        "scores": [_hundredths(score) for score in scores],
        "faces": [_hundredths(one.face_share) for one in told],
        "movement": [_hundredths(1 - one.stillness) for one in told],
        "speech": [None if one.speech_share is None else _hundredths(one.speech_share) for one in told],
        "loudness": [None if one.loudness_lufs is None else round(one.loudness_lufs) for one in told],
    }


def _curves(analysis: FilmAnalysis, interest: Curve | None) -> Iterable[tuple[str, Curve]]:
    picture, sound = analysis.features.picture, analysis.features.sound
    if interest is not None and interest.hundredths:
        yield "interest", interest
    yield "movement", picture.subject_motion
    yield "brightness", picture.brightness
    if sound is not None:
        yield "loudness", sound.loudness
        yield "speech", sound.speech
        yield "music", sound.music


def _drawn(curve: Curve, scale: _Scale) -> dict[str, Any]:
    step, values = curve.step, list(curve.hundredths)
    while len(values) > _MOST_VALUES:
        step, values = 2 * step, _joined(values, 2, scale)
    levels = [_level(step, values, scale)]
    while len(values) > _FEWEST_VALUES:
        step, values = COARSER * step, _joined(values, COARSER, scale)
        levels.append(_level(step, values, scale))
    return {"low": scale.low, "high": scale.high, "levels": levels}


def _joined(values: Sequence[int], count: int, scale: _Scale) -> list[int]:
    groups = (values[first : first + count] for first in range(0, len(values), count))
    return [max(group) if scale.keeps_peaks else round(sum(group) / len(group)) for group in groups]


def _level(step: Fraction, values: Sequence[int], scale: _Scale) -> dict[str, str]:
    reach = scale.high - scale.low
    shares = (min(1.0, max(0.0, (value / 100 - scale.low) / reach)) for value in values)
    return {"step": str(step), "values": _base64(round(share * _BYTE) for share in shares)}


def _onsets(analysis: FilmAnalysis, timeline: Timeline) -> dict[str, Any]:
    sound = analysis.features.sound
    found: Sequence[Onset] = () if sound is None else sound.onsets
    if len(found) > _MOST_ONSETS:
        strongest = sorted(found, key=lambda onset: (-onset.strength, onset.time))[:_MOST_ONSETS]
        found = sorted(strongest, key=lambda onset: onset.time)
    return {
        "frames": _differences([timeline.frame_at(onset.time) for onset in found]),
        "strengths": _base64(round(min(1.0, max(0.0, onset.strength)) * _BYTE) for onset in found),
    }


def _words(words: Sequence[Word], timeline: Timeline) -> dict[str, Any]:
    told = sorted(words, key=lambda word: (word.start, word.end))
    starts = [timeline.frame_at(word.start) for word in told]
    ends = [max(start + 1, _end_frame(timeline, word.end)) for start, word in zip(starts, told, strict=True)]
    return {
        "starts": _differences(starts),
        "lengths": [end - start for start, end in zip(starts, ends, strict=True)],
        "text": "\n".join(" ".join(word.text.split()) for word in told),
    }


def _differences(values: Sequence[int]) -> list[int]:
    return [later - sooner for sooner, later in pairwise((0, *values))]


def _hundredths(share: float) -> int:
    return round(100 * share)


def _base64(values: Iterable[int]) -> str:
    return base64.b64encode(bytes(values)).decode("ascii")
