"""Faces that walk through a made-up shot: how the window moves that follows them, where no film at hand shows that."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from bench.crops import Motion, Way, motion_of, way_of
from pipeline.facts import PictureFacts
from pipeline.plan.features import FaceBox
from pipeline.plan.framing import picture_area
from pipeline.plan.reframing import Wish, frame_span
from pipeline.plan.shots import Timeline
from pipeline.plan.subjects import COLUMNS, ROWS, STEP, Sight, Spread, Subjects
from pipeline.timebase import Span

SPEEDS: Final = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)
"""Widths of the picture per second."""
COURSES: Final = {"across": (1, 1), "there and back": (1, -1), "with a halt": (1, 0, 1)}
"""The directions of a walk's legs, each as long as the others."""
_LEG: Final = 0.4  # widths of the picture, where that does not take longer than
_LONGEST_LEG_S: Final = 8.0
_FIRST: Final = 0.05
_FACE: Final = (0.1, 0.2)
# A detector's boxes are off by so much, in widths of the picture.
_NOISE: Final = 0.005


@dataclass(frozen=True)
class Walk:
    """How a walk is shown."""

    way: Way
    motion: Motion


def follow_walk(course: str, speed: float, picture: PictureFacts, wish: Wish) -> Walk:
    """Return how a face is followed that walks through a film of such a picture, seen as often as in a real one."""
    rate = picture.rate
    every = max(1, (STEP * rate.fps).__ceil__())
    sights_per_leg = max(3, round(min(_LEG / speed, _LONGEST_LEG_S) * float(rate.fps) / every))
    steps = (
        direction * speed * every / float(rate.fps) for direction in COURSES[course] for _ in range(sights_per_leg)
    )
    chance = random.Random(course)
    sights = []
    for number, left in enumerate(accumulate(steps, initial=_FIRST)):
        face = FaceBox(left + chance.uniform(-_NOISE, _NOISE), 0.3, *_FACE, 0.9)
        sights.append(Sight(rate.time_of(number * every), (face,), Spread.of([1] * COLUMNS), Spread.of([1] * ROWS)))
    timeline = Timeline(rate, len(sights) * every)
    shot = Subjects(Span(timeline.time_of(0), timeline.duration), tuple(sights), ())
    (stretch,) = frame_span(shot, [shot], picture=picture, timeline=timeline, transitions=(), wish=wish)
    area = picture_area(picture)
    return Walk(way_of(stretch, area), motion_of([stretch], area))
