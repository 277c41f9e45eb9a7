"""A film prepared for choosing from it, by frame: its borders, its measures, and how interesting its shots are.

Positions are frames of the film's natural constant rate, counted from its first picture; for a constant-rate film
those are its own frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from fractions import Fraction
from functools import cached_property
from typing import Final

from pipeline.plan.borders import Borders
from pipeline.plan.closeness import CloseLook, seen_closely
from pipeline.plan.features import PictureFeatures, SoundFeatures
from pipeline.plan.likeness import Looks
from pipeline.plan.measures import Faces, Levels, Scale, Steady, at_steps, levels_of, ranks, scale_of
from pipeline.plan.scorers import ShotScoring
from pipeline.plan.shots import SILENCE_LUFS, Curve, FilmAnalysis
from pipeline.plan.zones import Frames
from pipeline.timebase import FrameRate, Span

_LETTERING: Final = Scale(0.4, 0.9)
_SHARE: Final = Scale(0, 1)
_CAMERA_SHARE: Final = 0.7
"""A pan is less of an event than somebody who moves."""
_STILL: Final = 0.04
_LISTENING: Final = Fraction(1, 2)
"""Seconds of which music and speech are told: what lies under a montage lasts for many."""


class Ground:
    """A film prepared for choosing."""

    def __init__(self, film: FilmAnalysis, scoring: ShotScoring, looks: Looks | None = None) -> None:
        self.film, self.scoring = film, scoring
        self.rate: FrameRate = film.timeline.rate
        self.frame_count = self.rate.frames_within(film.timeline.duration)
        self.borders = Borders(film)
        self.looks = looks or Looks(())
        self.shot_ranks = ranks(scoring.values)
        # Frames of transitions belong to no shot: they count for the shot before.
        starts = [0, *self.borders.starts[1:]] if self.borders.starts else []
        self.interest = Steady(starts, self.shot_ranks, self.frame_count)
        step, count = film.features.picture.subject_motion.step, len(film.features.picture.subject_motion.hundredths)
        self._loud = _loudness(film.features.sound, step, count)
        self.loudness = None if self._loud is None else Levels(self._loud, step, self.rate)
        """How loud it is; None without sound."""
        self._look()

    def seen_closely(self, looks: Sequence[CloseLook]) -> Ground:
        """Return the film with what close looks say of its pictures; what it sounds like is not prepared again."""
        after = copy(self)
        after.film = seen_closely(self.film, looks)
        after._look()  # noqa: SLF001 - of its own kind
        return after

    def _look(self) -> None:
        """Prepare what the pictures say."""
        picture = self.film.features.picture
        step = picture.subject_motion.step
        moving = _movement(picture)
        self.movement = Levels(moving, step, self.rate)
        """How much moves, subject or camera."""
        self.stillness = Levels((level < _STILL for level in moving), step, self.rate)
        """How much of the time nothing does."""
        self.black = Levels(levels_of(picture.black, _SHARE), picture.black.step, self.rate)
        self.text = Levels(levels_of(picture.text, _LETTERING), picture.text.step, self.rate)
        self.faces = Faces(picture.faces, self.rate, self.frame_count)
        loud = self._loud
        self.energy = self.movement if loud is None else Levels(map(_energy, moving, loud), step, self.rate)
        """How much happens, to eye and ear."""

    @cached_property
    def music(self) -> Levels | None:
        """How much music there is; None without sound."""
        sound = self.film.features.sound
        return None if sound is None else self._heard(sound.music)

    @cached_property
    def speech(self) -> Levels | None:
        """How much is spoken; None without sound."""
        sound = self.film.features.sound
        return None if sound is None else self._heard(sound.speech)

    def _heard(self, curve: Curve) -> Levels:
        count = int(self.film.timeline.duration / _LISTENING) + 1
        return Levels(levels_of(at_steps(curve, _LISTENING, count=count, after=0), _SHARE), _LISTENING, self.rate)

    def frames_within(self, seconds: Fraction) -> int:
        """Return how many whole frames some seconds hold."""
        fps = self.rate.fps
        return seconds.numerator * fps.numerator // (seconds.denominator * fps.denominator)

    def frames_of(self, span: Span) -> Frames:
        """Return the frames nearest to a span, one at least, within the film."""
        snapped = span.snapped(self.rate)
        start = min(max(0, self.rate.nearest_frame(snapped.start)), max(0, self.frame_count - 1))
        return start, min(self.frame_count, max(start + 1, self.rate.nearest_frame(snapped.end)))

    def frames_around(self, span: Span) -> Frames:
        """Return every frame that a span touches."""
        return (span.start * self.rate.fps).__floor__(), (span.end * self.rate.fps).__ceil__()


def _movement(picture: PictureFeatures) -> list[float]:
    subject = scale_of(picture.subject_motion, low=0.1, high=0.93, least=20, floor=6)
    camera = scale_of(picture.camera_motion, low=0.1, high=0.95, least=8, floor=1)
    pairs = zip(levels_of(picture.subject_motion, subject), levels_of(picture.camera_motion, camera), strict=True)
    return [max(moves, _CAMERA_SHARE * travels) for moves, travels in pairs]


def _loudness(sound: SoundFeatures | None, step: Fraction, count: int) -> list[float] | None:
    if sound is None:
        return None
    loudness = at_steps(sound.loudness, step, count=count, after=round(SILENCE_LUFS * 100))
    return levels_of(loudness, scale_of(loudness, low=0.2, high=0.95, least=10, floor=SILENCE_LUFS))


def _energy(moves: float, loud: float) -> float:
    return 0.55 * moves + 0.45 * loud
