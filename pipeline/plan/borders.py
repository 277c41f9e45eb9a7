"""What lies at a frame where a highlight may begin or end: a shot's border, a transition, a spoken word, a rest."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Final, Literal

from pipeline.plan.features import SOUND_STEP
from pipeline.plan.scores import QUIET_LUFS
from pipeline.plan.shots import FilmAnalysis, Timeline
from pipeline.timebase import FrameRate

Rest = Literal["silence", "shot", "phrase", "fall", "beat"]
"""What makes an end natural: silence, the shot's own end, somebody stops speaking, the sound falls, a beat."""
WORTH: Final[dict[Rest, float]] = {"silence": 1.0, "shot": 0.9, "phrase": 0.8, "fall": 0.7, "beat": 0.6}

_CONFIDENT: Final = 60  # hundredths: below, what sounds like a voice may be music or wind
_LISTENING: Final = 8  # steps before the end in which somebody has to have spoken, for it to be a phrase's end
_PAUSE: Final = 3  # steps without a voice that end a phrase
_FALL: Final = 800  # hundredths of a decibel between half a second before and half a second after
_FALL_STEPS: Final = 5
_STRONG: Final = 0.3
_ON_BEAT: Final = Fraction(1, 20)
"""Seconds within which an eye takes a cut to be on a beat; film editors allow themselves a frame either way."""


class Borders:
    """The borders of one film's shots and sounds, in frames of its natural rate."""

    def __init__(self, film: FilmAnalysis) -> None:
        timeline = film.timeline
        self.rate: FrameRate = timeline.rate
        self.starts = tuple(_first_frame(timeline, shot.start_frame) for shot in film.shots)
        """At or after each shot's first picture."""
        self.ends = tuple(_last_frame(timeline, shot.end_frame) for shot in film.shots)
        """At or before the end of each shot's last picture."""
        self._gradual = tuple(
            (_last_frame(timeline, found.start_frame), _first_frame(timeline, found.end_frame))
            for found in film.transitions
            if found.start_frame < found.end_frame
        )
        self._sound = film.features.sound
        self._worths: dict[int, float] = {}
        """Of ends, as far as was asked: each is for many starts, whatever the pictures look like."""
        above, below = self.rate.fps.as_integer_ratio()
        self._reach = self.rate.frames_within(_ON_BEAT)
        self._half_steps_per_frame = 2 * below * SOUND_STEP.denominator, above * SOUND_STEP.numerator

    def starts_shot(self, frame: int) -> bool:
        """Return whether a shot starts at a frame."""
        return _holds(self.starts, frame)

    def ends_shot(self, frame: int) -> bool:
        """Return whether a shot ends before a frame."""
        return _holds(self.ends, frame)

    def shots_in(self, start: int, end: int) -> range:
        """Return the numbers of the shots that show in frames [start, end)."""
        return range(bisect_right(self.ends, start), bisect_left(self.starts, end))

    def opens_in_transition(self, frame: int) -> bool:
        """Return whether a first frame belongs to a dissolve, fade or wipe."""
        k = bisect_right(self._gradual_starts, frame) - 1
        return k >= 0 and frame < self._gradual[k][1]

    def closes_in_transition(self, frame: int) -> bool:
        """Return whether the last frame before this one belongs to a dissolve, fade or wipe."""
        return self.opens_in_transition(frame - 1)

    def in_word(self, frame: int) -> bool:
        """Return whether somebody confidently speaks on both sides of a frame's start."""
        before, after = self._steps_beside(frame)
        return self._speaks(before) and self._speaks(after)

    def rests(self, frame: int) -> tuple[Rest, ...]:
        """Return what makes an end before a frame natural, the best first; nothing where it is none."""
        found: list[Rest] = []
        before, after = self._steps_beside(frame)
        if all(self._is_silent(step) for step in (before, after, after + 1)):
            found.append("silence")
        if self.ends_shot(frame):
            found.append("shot")
        if self._ends_phrase(before, after):
            found.append("phrase")
        if self._falls(after):
            found.append("fall")
        if self._on_beat(frame):
            found.append("beat")
        return tuple(found)

    def rest_worth(self, frame: int) -> float:
        """Return how natural an end before a frame is, 0 to 1."""
        if frame not in self._worths:
            self._worths[frame] = max((WORTH[rest] for rest in self.rests(frame)), default=0.0)
        return self._worths[frame]

    def ends_between(self, first: int, last: int) -> Iterator[int]:
        """Yield frames from `first` to `last` before which an end may be natural, in order of their kind."""
        for frames in (self.ends, self._phrase_ends, self._beats):
            yield from frames[bisect_left(frames, first) : bisect_right(frames, last)]

    def anchors(self) -> tuple[int, ...]:
        """Return frames at which a sound begins or ends: where to start or end when no shot's border will do."""
        return tuple(sorted({*self._phrase_starts, *self._phrase_ends, *self._beats}))

    @cached_property
    def _gradual_starts(self) -> tuple[int, ...]:
        return tuple(start for start, _ in self._gradual)

    def beats(self, first: int, last: int) -> Iterator[tuple[int, float]]:
        """Yield the frames from `first` to `last` that are nearest to an onset, and how strong it is, in order."""
        for k in range(bisect_left(self._onsets, first), bisect_right(self._onsets, last)):
            yield self._onsets[k], self._strengths[k]

    @cached_property
    def _onsets(self) -> tuple[int, ...]:
        sound, (above, below) = self._sound, self.rate.fps.as_integer_ratio()
        times = () if sound is None else (one.time.as_integer_ratio() for one in sound.onsets)
        return tuple((2 * time * above + part * below) // (2 * part * below) for time, part in times)

    @cached_property
    def _strengths(self) -> tuple[float, ...]:
        return () if self._sound is None else tuple(one.strength for one in self._sound.onsets)

    @cached_property
    def _beats(self) -> tuple[int, ...]:
        strong = (frame for frame, strength in zip(self._onsets, self._strengths, strict=True) if strength >= _STRONG)
        return tuple(dict.fromkeys(strong))

    @cached_property
    def _phrase_starts(self) -> tuple[int, ...]:
        return tuple(self._frame_of(k) for k, now in self._speech_edges if now)

    @cached_property
    def _phrase_ends(self) -> tuple[int, ...]:
        return tuple(self._frame_of(k) for k, now in self._speech_edges if not now)

    @cached_property
    def _speech_edges(self) -> tuple[tuple[int, bool], ...]:
        """The steps at which somebody starts or stops speaking, and whether somebody speaks from there on."""
        if self._sound is None:
            return ()
        spoken = [value >= _CONFIDENT for value in self._sound.speech.hundredths]
        return tuple((k, after) for k, (before, after) in enumerate(pairwise(spoken), start=1) if before != after)

    def _frame_of(self, step: int) -> int:
        return self.rate.nearest_frame(step * SOUND_STEP)

    def _steps_beside(self, frame: int) -> tuple[int, int]:
        """Return the steps of sound half a step before and after a frame's start."""
        above, below = self._half_steps_per_frame
        return (frame * above // below - 1) // 2, (frame * above // below + 1) // 2

    def _speaks(self, step: int) -> bool:
        speech = () if self._sound is None else self._sound.speech.hundredths
        return 0 <= step < len(speech) and speech[step] >= _CONFIDENT

    def _is_silent(self, step: int) -> bool:
        if self._sound is None:
            return False
        loudness = self._sound.loudness.hundredths
        return step >= 0 and (step >= len(loudness) or loudness[step] < QUIET_LUFS * 100)

    def _ends_phrase(self, before: int, after: int) -> bool:
        spoke = any(self._speaks(step) for step in range(before - _LISTENING, before + 1))
        return spoke and not any(self._speaks(step) for step in range(after, after + _PAUSE))

    def _falls(self, step: int) -> bool:
        if self._sound is None or step < _FALL_STEPS:
            return False
        loudness = self._sound.loudness.hundredths
        before, after = loudness[step - _FALL_STEPS : step], loudness[step : step + _FALL_STEPS]
        return len(after) == _FALL_STEPS and sum(before) - sum(after) >= _FALL * _FALL_STEPS

    def _on_beat(self, frame: int) -> bool:
        k = bisect_left(self._beats, frame - self._reach)
        return k < len(self._beats) and self._beats[k] <= frame + self._reach


def _first_frame(timeline: Timeline, frame: int) -> int:
    return timeline.steps_to(frame, timeline.rate.fps)[1]


def _last_frame(timeline: Timeline, frame: int) -> int:
    return timeline.steps_to(frame, timeline.rate.fps)[0]


def _holds(borders: Sequence[int], frame: int) -> bool:
    at = bisect_left(borders, frame)
    return at < len(borders) and borders[at] == frame
