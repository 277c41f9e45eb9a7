"""What is known of a master's pictures in time, as values: its timeline, transitions and shots, and their JSON.

Frames count from 0 at the first picture, ranges are half-open. Importing this costs nothing: a warm run reads it first.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from math import lcm
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, Self, get_args

from pipeline.timebase import FrameRate, Span
from pipeline.values import hashed_once

if TYPE_CHECKING:
    from pipeline.plan.features import FilmFeatures
    from pipeline.plan.scores import ShotScores

VERSION: Final = 5
"""Of the JSON text and of the rules behind it; another version means that the film's shots have to be found again."""
SILENCE_LUFS: Final = -70.0
"""The absolute gate of EBU R 128 (ITU-R BS.1770-5); what is quieter counts as silence."""

TransitionKind = Literal["cut", "dissolve", "fade", "wipe"]


@dataclass(frozen=True)
class Transition:
    """The frames in which one shot gives way to the next; a cut has both ends at the first frame of the new shot."""

    kind: TransitionKind
    start_frame: int
    end_frame: int

    def __post_init__(self) -> None:
        if (self.kind == "cut") != (self.start_frame == self.end_frame) or self.end_frame < self.start_frame:
            raise ValueError(f"a {self.kind} does not go from frame {self.start_frame} to {self.end_frame}")


@dataclass(frozen=True, order=True)
class Shot:
    """The frames between two transitions; those of a fade, dissolve or wipe belong to no shot."""

    start_frame: int
    end_frame: int

    @property
    def frame_count(self) -> int:
        """Length in frames."""
        return self.end_frame - self.start_frame


@hashed_once
@dataclass(frozen=True)
class Timeline:
    """When each picture of a master is shown, in seconds since the first."""

    rate: FrameRate
    frame_count: int
    ticks: tuple[int, ...] | None = None
    """For a variable frame rate alone: when each picture is shown, in multiples of `tick`."""
    tick: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if self.ticks is not None and len(self.ticks) != self.frame_count:
            raise ValueError(f"{self.frame_count} pictures cannot have {len(self.ticks)} times")

    @classmethod
    def of_times(cls, rate: FrameRate, times: tuple[Fraction, ...]) -> Self:
        """Return the timeline of a variable frame rate, whose natural constant rate is `rate`."""
        tick = Fraction(1, lcm(*(time.denominator for time in times)))
        return cls(rate, len(times), tuple(int(time / tick) for time in times), tick)

    @property
    def times(self) -> tuple[Fraction, ...] | None:
        """When each picture is shown; None for a constant rate."""
        return None if self.ticks is None else tuple(tick * self.tick for tick in self.ticks)

    @cached_property
    def duration(self) -> Fraction:
        """Seconds from the first picture to the end of the last."""
        return self.time_of(self.frame_count)

    def time_of(self, frame: int) -> Fraction:
        """Return when a frame starts; frames past the last follow at the natural rate."""
        if self.ticks is None or frame < 0:
            return self.rate.time_of(frame)
        if frame < self.frame_count:
            return self.ticks[frame] * self.tick
        last = self.ticks[-1] * self.tick if self.ticks else Fraction(0)
        return last + self.rate.time_of(frame - max(0, self.frame_count - 1))

    def steps_to(self, frame: int, per_second: Fraction) -> tuple[int, int]:
        """Return the steps of an even grid at or before, and at or after, the start of a frame; whole numbers only."""
        if self.ticks is None:
            above, below = frame * self.rate.fps.denominator, self.rate.fps.numerator
        elif not 0 <= frame < self.frame_count:
            above, below = self.time_of(frame).as_integer_ratio()
        else:
            above, below = self.ticks[frame] * self.tick.numerator, self.tick.denominator
        above, below = above * per_second.numerator, below * per_second.denominator
        return above // below, -(-above // below)

    def frame_at(self, time: Fraction) -> int:
        """Return the frame that is on screen at a time, within the film."""
        if self.ticks is None:
            return min(max(0, self.rate.frame_at(time)), max(0, self.frame_count - 1))
        return max(0, bisect_right(self.ticks, time / self.tick) - 1)

    def frames_before(self, time: Fraction) -> int:
        """Return how many frames start before a time."""
        if self.ticks is None:
            return min(-self.rate.frames_within(-time), self.frame_count)
        return bisect_left(self.ticks, time / self.tick)

    def picture_after(self, frame: int, seconds: Fraction) -> int:
        """Return the frame whose picture is nearest to some seconds after the start of another one."""
        if self.ticks is None:
            return min(frame + self.rate.nearest_frame(seconds), max(0, self.frame_count - 1))
        return self.picture_at(self.time_of(frame) + seconds)

    def picture_at(self, stamp: Fraction) -> int:
        """Return the frame whose picture has a time stamp, which many containers round to milliseconds."""
        if self.ticks is None:
            return min(max(0, self.rate.nearest_frame(stamp)), max(0, self.frame_count - 1))
        return self.frame_at(stamp)

    def span_of(self, shot: Shot) -> Span:
        """Return the seconds that a shot is shown."""
        return Span(self.time_of(shot.start_frame), self.time_of(shot.end_frame))


@dataclass(frozen=True)
class Curve:
    """A measure along the film at equal steps, kept in hundredths so that its JSON gives back the same value."""

    step: Fraction
    """Seconds between values; value k speaks for the step that starts at k × step."""
    hundredths: tuple[int, ...]

    @classmethod
    def of(cls, step: Fraction, values: tuple[float, ...]) -> Self:
        """Return the curve of some values."""
        return cls(step, tuple(round(value * 100) for value in values))

    def mean(self, span: Span) -> float | None:
        """Return the mean over the steps that a span touches; None where there are none."""
        first, last = self._steps(span)
        return (self._sums[last] - self._sums[first]) / (100 * (last - first)) if last > first else None

    def within(self, span: Span) -> tuple[int, ...]:
        """Return the values, in hundredths, of the steps that a span touches."""
        first, last = self._steps(span)
        return self.hundredths[first:last]

    def inside(self, span: Span) -> tuple[int, ...]:
        """Return the values, in hundredths, of the steps whose middle is in a span; where none is, of those it touches.

        What lies beside a cut within its step is told of one side only.
        """
        first, last = (max(0, self._first_middle(time)) for time in (span.start, span.end))
        return self.hundredths[first:last] or self.within(span)

    def _first_middle(self, time: Fraction) -> int:
        """Return the first step whose middle is at a time or later; whole numbers, since every shot asks often."""
        (above, below), (long, per) = time.as_integer_ratio(), self.step.as_integer_ratio()
        return -((below * long - 2 * above * per) // (2 * below * long))

    def _steps(self, span: Span) -> tuple[int, int]:
        count = len(self.hundredths)
        first, last = (span.start / self.step).__floor__(), (span.end / self.step).__ceil__()
        return min(count, max(0, first)), min(count, max(0, last))

    @cached_property
    def _sums(self) -> tuple[int, ...]:
        return tuple(accumulate(self.hundredths, initial=0))


@dataclass(frozen=True)
class Decoding:
    """How reading the pictures went; the caller decides what a film that ends early means."""

    corrupt_count: int
    """Pictures or packets that the decoder could not use or marked as damaged."""
    decoded_end: Fraction
    """End of the last decoded picture, in seconds since the first."""
    claimed_end: Fraction
    """What the container claims; 0 where it does not say."""


@dataclass(frozen=True)
class ShotList:
    """Where a master's shots begin and end, and how that was read."""

    timeline: Timeline
    transitions: tuple[Transition, ...]
    shots: tuple[Shot, ...]
    decoding: Decoding


@dataclass(frozen=True)
class FilmAnalysis:
    """What is known of a master: its shots, and what it is like from moment to moment."""

    found: ShotList
    features: FilmFeatures

    @property
    def timeline(self) -> Timeline:
        """When each picture is shown."""
        return self.found.timeline

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """Where shots give way to others, in order."""
        return self.found.transitions

    @property
    def shots(self) -> tuple[Shot, ...]:
        """The shots, in order."""
        return self.found.shots

    @property
    def decoding(self) -> Decoding:
        """How reading the pictures went."""
        return self.found.decoding

    @cached_property
    def scores(self) -> tuple[ShotScores, ...]:
        """What the features say of each shot."""
        from pipeline.plan.scores import score_shots  # it reads these values itself

        return score_shots(self.features, self.timeline, self.shots)


def shots_between(transitions: tuple[Transition, ...], frame_count: int) -> tuple[Shot, ...]:
    """Return the shots that transitions in film order leave; stretches without a frame are none."""
    starts = (0, *(transition.end_frame for transition in transitions))
    ends = (*(transition.start_frame for transition in transitions), frame_count)
    return tuple(Shot(start, end) for start, end in zip(starts, ends, strict=True) if end > start)


class Found(Protocol):
    """What has shots: a film that was analysed, an edit of such films."""

    @property
    def timeline(self) -> Timeline: ...
    @property
    def transitions(self) -> tuple[Transition, ...]: ...
    @property
    def shots(self) -> tuple[Shot, ...]: ...


def shots_document(analysis: Found) -> dict[str, Any]:
    """Return what `matinee shots --json` prints.

    A variable frame rate adds `times`: when each picture is shown, exact, in seconds since the first.
    """
    timeline = analysis.timeline
    document: dict[str, Any] = {
        "frame_rate": str(timeline.rate),
        "frame_count": timeline.frame_count,
        "shots": [{"start_frame": shot.start_frame, "end_frame": shot.end_frame} for shot in analysis.shots],
        "transitions": [
            {"kind": found.kind, "start_frame": found.start_frame, "end_frame": found.end_frame}
            for found in analysis.transitions
        ],
    }
    if timeline.times is not None:
        document["times"] = [str(time) for time in timeline.times]
    return document


def shots_to_json(found: ShotList) -> str:
    """Return compact JSON from which `shots_from_json` gives back an equal value."""
    timeline, decoding = found.timeline, found.decoding
    ticks = None if timeline.ticks is None else [later - sooner for sooner, later in pairwise((0, *timeline.ticks))]
    document = {
        "version": VERSION,
        "rate": str(timeline.rate),
        "frame_count": timeline.frame_count,
        "tick": str(timeline.tick),
        "tick_steps": ticks,
        "transitions": [[each.kind, each.start_frame, each.end_frame] for each in found.transitions],
        "shots": [[shot.start_frame, shot.end_frame] for shot in found.shots],
        "decoding": [decoding.corrupt_count, str(decoding.decoded_end), str(decoding.claimed_end)],
    }
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def shots_from_json(text: str) -> ShotList:
    """Read `shots_to_json`'s text. Raises ValueError for anything else, other versions included."""
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError(f"this is not a list of shots of version {VERSION}")
    try:
        return _shots_of(document)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"this list of shots is damaged: {error!r}") from error


def _shots_of(document: Mapping[str, Any]) -> ShotList:
    steps = document["tick_steps"]
    corrupt_count, decoded_end, claimed_end = document["decoding"]
    return ShotList(
        timeline=Timeline(
            FrameRate.parse(document["rate"]),
            document["frame_count"],
            None if steps is None else tuple(accumulate(steps)),
            Fraction(document["tick"]),
        ),
        transitions=tuple(Transition(_kind(kind), start, end) for kind, start, end in document["transitions"]),
        shots=tuple(Shot(start, end) for start, end in document["shots"]),
        decoding=Decoding(corrupt_count, Fraction(decoded_end), Fraction(claimed_end)),
    )


def _kind(text: str) -> TransitionKind:
    for kind in get_args(TransitionKind):
        if kind == text:
            return kind  # type: ignore[no-any-return]
    raise ValueError(f"{text!r} is not a kind of transition")
