"""Features and analyses of films that nobody has seen, for tests of what is planned from them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from pipeline.plan.features import (
    PICTURE_STEP,
    SOUND_STEP,
    FaceSample,
    FilmFeatures,
    Onset,
    PictureFeatures,
    SoundFeatures,
)
from pipeline.plan.shots import Curve, Decoding, FilmAnalysis, ShotList, Timeline, Transition, shots_between

Measure = float | Callable[[float], float]
"""A value all along, or one for each time in seconds."""


def curve(step: Fraction, seconds: float, measure: Measure) -> Curve:
    """Return a curve over a film's length."""
    times = [float(step) * k for k in range(round(seconds / step))]
    return Curve.of(step, tuple(measure(time) if callable(measure) else float(measure) for time in times))


def picture_features(seconds: float, *, faces: tuple[FaceSample, ...] = (), **measures: Measure) -> PictureFeatures:
    """Return features of an ordinary picture but for what is given."""
    plain = {"brightness": 100.0, "contrast": 40.0, "black": 0.0, "colourfulness": 30.0, "sharpness": 500.0,
             "camera_motion": 2.0, "subject_motion": 10.0, "text": 0.0}  # fmt: skip
    curves = {name: curve(PICTURE_STEP, seconds, value) for name, value in (plain | measures).items()}
    return PictureFeatures(**curves, faces=faces)


def sound_features(seconds: float, *, onsets: tuple[Onset, ...] = (), **measures: Measure) -> SoundFeatures:
    """Return features of an ordinary sound but for what is given."""
    plain = {"loudness": -23.0, "speech": 0.0, "music": 0.0}
    curves = {name: curve(SOUND_STEP, seconds, value) for name, value in (plain | measures).items()}
    return SoundFeatures(**curves, onsets=onsets)


def analysis_of(
    timeline: Timeline,
    transitions: tuple[Transition, ...] = (),
    *,
    sound: SoundFeatures | None = None,
    picture: PictureFeatures | None = None,
    **measures: Measure,
) -> FilmAnalysis:
    """Return the analysis of a film with these transitions; `measures` are its picture's."""
    end = timeline.duration
    found = ShotList(timeline, transitions, shots_between(transitions, timeline.frame_count), Decoding(0, end, end))
    return FilmAnalysis(found, FilmFeatures(picture or picture_features(float(end), **measures), sound))
