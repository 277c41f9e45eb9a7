"""Say which frames of a film highlights may show: not black, not the credits, not the end that would give it away."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, Final

from pipeline.plan.shots import Curve, FilmAnalysis
from pipeline.timebase import Span, clock

if TYPE_CHECKING:
    from pipeline.presets import Avoid, Spoilers

Frames = tuple[int, int]
"""A half-open range of frames."""

_BLACK_SHARE: Final = 95  # in hundredths, of the picture
_DIP: Final = Fraction(1)
_LIKELY: Final = 50
_CREDITS_FROM: Final = Fraction(3, 4)
_CREDITS_LEAST: Final = Fraction(10)
_CREDITS_GAP: Final = Fraction(2)
_CREDITS_TAIL: Final = Fraction(1, 20)
_TEXT_LEAST: Final = Fraction(30)
_TEXT_TIMES_MEDIAN: Final = 5
_TEXT_SHARPEST: Final = Fraction(1, 5)
_OPENING: Final = Fraction(10)


@dataclass(frozen=True)
class Zones:
    """The ranges that may not be shown, merged and in order, and what to say about them."""

    frame_count: int
    barred: tuple[Frames, ...]
    notes: tuple[str, ...]
    last_act: Frames = (0, 0)
    """Frames that give the ending away."""
    budget: int = 0
    """How many of those all that is chosen may show."""

    def allow(self, start: int, end: int) -> bool:
        """Return whether no frame of [start, end) is barred and all are within the film."""
        if start < 0 or end > self.frame_count:
            return False
        after = bisect_right(self._starts, start)
        clear_before = after == 0 or self.barred[after - 1][1] <= start
        return clear_before and (after == len(self.barred) or self.barred[after][0] >= end)

    def free(self, start: int, end: int) -> Iterator[Frames]:
        """Yield the parts of [start, end) that may be shown."""
        for first, last in self.barred:
            if last <= start:
                continue
            if first >= end:
                break
            if first > start:
                yield start, first
            start = max(start, last)
        if start < end:
            yield start, end

    def without(self, frames: Iterable[Frames]) -> Zones:
        """Return the zones with more ranges barred."""
        return replace(self, barred=merged((*self.barred, *frames)))

    def spoiled(self, frames: Iterable[Frames]) -> int:
        """Return how many frames of the last act some ranges show."""
        first, end = self.last_act
        return sum(max(0, min(stop, end) - max(start, first)) for start, stop in frames)

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(start for start, _ in self.barred)


def zones(
    analysis: FilmAnalysis,
    *,
    avoid: Avoid | None,
    spoilers: Spoilers | None,
    never: tuple[Span, ...],
    credits_start: Fraction | None,
) -> Zones:
    """Return what may be shown of a film; without `avoid` or `spoilers` those rules are not kept.

    The last act is that of the story: end credits that are left out do not count.
    """
    timeline = analysis.timeline
    rate, story_end = timeline.rate, timeline.duration
    frame_count = rate.frames_within(story_end)
    barred = [_outward(span, analysis) for span in never]
    notes = []
    if avoid is not None and avoid.black:
        barred.extend(_black(analysis))
        barred.extend(_opening_fade(analysis))
    if avoid is not None and avoid.end_credits:
        found = credits_start if credits_start is not None else find_credits(analysis)
        if found is not None and found < story_end:
            barred.append((rate.frame_at(found), frame_count))
            source = "film.toml says" if credits_start is not None else "the pictures suggest"
            notes.append(f"End credits from {clock(found)} are left out, as {source}.")
            story_end = found
    act, budget = (frame_count, frame_count), 0
    if spoilers is not None and spoilers.last_act_fraction > 0:
        act = rate.frame_at(story_end * (1 - spoilers.last_act_fraction)), frame_count
        budget = int((rate.frames_within(story_end) - act[0]) * spoilers.budget_fraction)
        if not budget:
            barred.append(act)
    within = merged((start, min(end, frame_count)) for start, end in barred)
    return Zones(frame_count, within, tuple(notes), act, budget)


def merged(ranges: Iterable[Frames]) -> tuple[Frames, ...]:
    """Return ranges in order with those that touch joined; empty ones vanish."""
    joined: list[Frames] = []
    for start, end in sorted(ranges):
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def find_credits(analysis: FilmAnalysis) -> Fraction | None:
    """Return where the end credits start, in seconds; None where nothing looks like them.

    Credits are darkness or lettering for ten seconds or more up to the film's end but for a short tail, or one very
    long and very detailed shot near the end, as scrolling names over a picture are.
    """
    duration = analysis.timeline.duration
    picture = analysis.features.picture
    text_or_dark = Curve(picture.black.step, tuple(map(max, picture.black.hundredths, picture.text.hundredths)))
    found = (_run_to_the_end(text_or_dark, duration), _long_text(analysis, duration))
    starts = [start for start in found if start]
    return min(starts, default=None)


def _run_to_the_end(curve: Curve, duration: Fraction) -> Fraction | None:
    """Return where a measure starts to stay high up to nearly the film's end; short gaps do not count."""
    high = [k for k, value in enumerate(curve.hundredths) if value >= _LIKELY]
    gap, runs = _CREDITS_GAP // curve.step, list[Frames]()
    for k in high:
        if runs and k - runs[-1][1] <= gap:
            runs[-1] = (runs[-1][0], k + 1)
        else:
            runs.append((k, k + 1))
    for first, end in runs:
        start, stop = first * curve.step, end * curve.step
        near_end = start >= duration * _CREDITS_FROM and duration - stop <= duration * _CREDITS_TAIL
        if near_end and stop - start >= _CREDITS_LEAST:
            return start
    return None


def _long_text(analysis: FilmAnalysis, duration: Fraction) -> Fraction | None:
    timeline, shots = analysis.timeline, analysis.shots
    if len(shots) < 2 * _TEXT_TIMES_MEDIAN:
        return None
    late = timeline.frame_at(duration * _CREDITS_FROM)
    least = max(timeline.rate.frames_within(_TEXT_LEAST), _TEXT_TIMES_MEDIAN * median(s.frame_count for s in shots))
    ordered = sorted(scores.sharpness for scores in analysis.scores)
    sharp = ordered[int(len(ordered) * (1 - _TEXT_SHARPEST))]
    for shot, scores in zip(shots, analysis.scores, strict=True):
        if shot.start_frame >= late and shot.frame_count >= least and scores.sharpness >= sharp:
            return timeline.time_of(shot.start_frame)
    return None


def _black(analysis: FilmAnalysis) -> Iterator[Frames]:
    """Yield what is black for a second or more; a shorter dip is how one scene gives way to another."""
    curve, rate = analysis.features.picture.black, analysis.timeline.rate
    step = curve.step
    for first, end in merged((k, k + 1) for k, share in enumerate(curve.hundredths) if share >= _BLACK_SHARE):
        if (end - first) * step >= _DIP:
            yield rate.frame_at(first * step), rate.frame_at(end * step)
    for shot, scores in zip(analysis.shots, analysis.scores, strict=True):
        if scores.black_fraction * 100 >= _BLACK_SHARE:
            yield _outward(analysis.timeline.span_of(shot), analysis)


def _opening_fade(analysis: FilmAnalysis) -> Iterator[Frames]:
    timeline = analysis.timeline
    for transition in analysis.transitions[:1]:
        if transition.kind == "fade" and timeline.time_of(transition.start_frame) <= _OPENING:
            yield 0, timeline.rate.nearest_frame(timeline.time_of(transition.end_frame))


def _outward(span: Span, analysis: FilmAnalysis) -> Frames:
    fps = analysis.timeline.rate.fps
    return (span.start * fps).__floor__(), (span.end * fps).__ceil__()
