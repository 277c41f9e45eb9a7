"""A film prepared for choosing from it, by frame: its borders, its measures, and how interesting its shots are.

Positions are frames of the film's natural constant rate, counted from its first picture; for a constant-rate film
those are its own frames.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import Final

from pipeline.plan.borders import Borders
from pipeline.plan.likeness import Looks
from pipeline.plan.measures import Faces, Measure, Scale, Steady, ranks, scale_of
from pipeline.plan.scorers import ShotScoring
from pipeline.plan.shots import Curve, FilmAnalysis
from pipeline.plan.zones import Frames
from pipeline.timebase import FrameRate, Span

_LETTERING: Final = Scale(0.4, 0.9)
_SHARE: Final = Scale(0, 1)


class Ground:
    """A film prepared for choosing."""

    def __init__(self, film: FilmAnalysis, scoring: ShotScoring, looks: Looks | None = None) -> None:
        self.film = film
        self.rate: FrameRate = film.timeline.rate
        self.frame_count = self.rate.frames_within(film.timeline.duration)
        self.borders = Borders(film)
        self.looks = looks or Looks(())
        self.shot_ranks = ranks(scoring.values)
        # Frames of transitions belong to no shot: they count for the shot before.
        starts = [0, *self.borders.starts[1:]] if self.borders.starts else []
        self.interest = Steady(starts, self.shot_ranks, self.frame_count)
        picture = film.features.picture
        self.subject = self._measure(picture.subject_motion, low=0.1, high=0.93, least=20, floor=6)
        self.camera = self._measure(picture.camera_motion, low=0.1, high=0.95, least=8, floor=1)
        self.black = Measure(picture.black, _SHARE, self.rate)
        self.text = Measure(picture.text, _LETTERING, self.rate)
        self.faces = Faces(picture.faces, self.rate)

    @cached_property
    def loudness(self) -> Measure | None:
        """How loud the film is; None without sound."""
        sound = self.film.features.sound
        return None if sound is None else self._measure(sound.loudness, low=0.2, high=0.95, least=10, floor=-70)

    def movement(self, start: int, end: int) -> float:
        """Return how much moves in frames [start, end), subject or camera, 0 to 1."""
        return max(self.subject.level(start, end), 0.7 * self.camera.level(start, end))

    def energy(self, start: int, end: int) -> float:
        """Return how much happens in frames [start, end), to eye and ear, 0 to 1."""
        moving = self.movement(start, end)
        return moving if self.loudness is None else 0.55 * moving + 0.45 * self.loudness.level(start, end)

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

    def _measure(self, curve: Curve, *, low: float, high: float, least: float, floor: float) -> Measure:
        return Measure(curve, scale_of(curve, low=low, high=high, least=least, floor=floor), self.rate)
