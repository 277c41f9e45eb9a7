"""A film prepared for choosing from it: borders of its shots and its interest, by frame; and candidate passages.

Positions are frames of the film's natural constant rate, counted from its first picture; for a constant-rate film
those are its own frames.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from pipeline.plan.interest import Interest
from pipeline.plan.shots import FilmAnalysis
from pipeline.plan.zones import Frames
from pipeline.timebase import FrameRate, Span


@dataclass(frozen=True)
class Passage:
    """Candidate frames in film order, one range or several, with their score."""

    pieces: tuple[Frames, ...]
    score: float

    @property
    def start(self) -> int:
        """First frame."""
        return self.pieces[0][0]

    @property
    def end(self) -> int:
        """Frame after the last."""
        return self.pieces[-1][1]


@dataclass(frozen=True)
class Ground:
    """A film prepared for choosing: borders of its shots and interest, by frame."""

    analysis: FilmAnalysis
    interest: Interest

    @property
    def rate(self) -> FrameRate:
        """The rate in whose frames positions count."""
        return self.analysis.timeline.rate

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Frames at which shots start: at or after their first picture."""
        timeline, fps = self.analysis.timeline, self.rate.fps
        return tuple(timeline.steps_to(shot.start_frame, fps)[1] for shot in self.analysis.shots)

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Frames at which shots end: at or before their last picture's end."""
        timeline, fps = self.analysis.timeline, self.rate.fps
        return tuple(timeline.steps_to(shot.end_frame, fps)[0] for shot in self.analysis.shots)

    def mean(self, start: int, end: int) -> float:
        """Return the mean interest of frames [start, end)."""
        return self.interest.total.mean(*self.steps(start, end))

    def steps(self, start: int, end: int) -> Frames:
        """Return the steps of the interest that frames [start, end) touch, one at least."""
        frames, steps = self._frames_per_steps
        first = min(start * steps // frames, max(0, len(self.interest.total.ranks) - 1))
        return first, max(first + 1, -(-end * steps // frames))

    @cached_property
    def _frames_per_steps(self) -> tuple[int, int]:
        # Whole numbers: thousands of candidates are scored in a run that has nothing else to do.
        ratio = self.interest.step * self.rate.fps
        return ratio.numerator, ratio.denominator

    def frames_within(self, seconds: Fraction) -> int:
        """Return how many whole frames some seconds hold."""
        fps = self.rate.fps
        return seconds.numerator * fps.numerator // (seconds.denominator * fps.denominator)

    def shots_in(self, start: int, end: int) -> int:
        """Return how many shots show in frames [start, end)."""
        return max(1, bisect_left(self.starts, end) - bisect_right(self.ends, start))

    def frames_of(self, span: Span) -> Frames:
        """Return the frames nearest to a span, one at least, within the film."""
        snapped = span.snapped(self.rate)
        start = min(max(0, self.rate.nearest_frame(snapped.start)), max(0, self.frame_count - 1))
        return start, min(self.frame_count, max(start + 1, self.rate.nearest_frame(snapped.end)))

    def frames_around(self, span: Span) -> Frames:
        """Return every frame that a span touches."""
        return (span.start * self.rate.fps).__floor__(), (span.end * self.rate.fps).__ceil__()

    @property
    def frame_count(self) -> int:
        """Frames that the film lasts."""
        return self.rate.frames_within(self.analysis.timeline.duration)

    def starts_shot(self, frame: int) -> bool:
        """Return whether a shot starts at a frame."""
        at = bisect_left(self.starts, frame)
        return at < len(self.starts) and self.starts[at] == frame

    def ends_shot(self, frame: int) -> bool:
        """Return whether a shot ends before a frame."""
        at = bisect_left(self.ends, frame)
        return at < len(self.ends) and self.ends[at] == frame
