"""Say what each shot is like, from what was measured of the film over its time."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeVar

from pipeline.plan.features import FaceSample, FilmFeatures, PictureFeatures, SoundFeatures
from pipeline.plan.shots import SILENCE_LUFS, Curve, Shot, Timeline
from pipeline.timebase import Span

QUIET_LUFS: Final = -50.0
"""What is quieter is silence to an audience: below the room tone of a quiet scene, which is mixed at about -45."""
# Below both nobody sees movement: noise, breathing, a fixed camera's tremble.
_STILL_CAMERA: Final = 1.0
_STILL_SUBJECT: Final = 6.0
_LIKELY: Final = 50  # hundredths

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class ShotScores:
    """Plain measures of one shot: means over its time, in the units of the film's curves, and shares of it."""

    camera_motion: float
    """In hundredths of the picture's width a second."""
    subject_motion: float
    """Luma change a second that the camera does not explain."""
    stillness: float
    """Share of the time in which nothing moves, 0 to 1."""
    sharpness: float
    brightness: float
    contrast: float
    colourfulness: float
    black_fraction: float
    """Share of the shot's pixels that are black, 0 to 1."""
    text: float
    """How likely there is lettering, 0 to 1."""
    face_share: float
    """Share of the pictures looked at that show a face, 0 to 1."""
    largest_face: float
    """Share of the picture's area that its largest face takes, 0 to 1."""
    loudness_lufs: float | None
    """Loudness of the shot's sound from its mean power, ungated; None without sound, as with all that follow."""
    speech_share: float | None
    """Share of the time in which somebody likely speaks, 0 to 1."""
    music_share: float | None
    silence_share: float | None


def score_shots(features: FilmFeatures, timeline: Timeline, shots: Sequence[Shot]) -> tuple[ShotScores, ...]:
    """Return the scores of shots, one for each."""
    times = [sample.time for sample in features.picture.faces]
    return tuple(_score(features, times, timeline.span_of(shot)) for shot in shots)


def scores_after(
    before: Sequence[ShotScores],
    features: FilmFeatures,
    timeline: Timeline,
    shots: Sequence[Shot],
    changed: Sequence[Span],
) -> tuple[ShotScores, ...]:
    """Return the scores of shots once features say something else of some stretches: other shots keep theirs."""
    scores = list(before)
    for span in changed:
        first = bisect_right(shots, span.start, key=lambda shot: timeline.time_of(shot.end_frame))
        last = bisect_left(shots, span.end, key=lambda shot: timeline.time_of(shot.start_frame))
        scores[first:last] = score_shots(features, timeline, shots[first:last])
    return tuple(scores)


def _score(features: FilmFeatures, face_times: Sequence[Fraction], span: Span) -> ShotScores:
    picture = features.picture
    # Looked up, not filtered: a long film has thousands of shots and of samples.
    faces = picture.faces[bisect_left(face_times, span.start) : bisect_left(face_times, span.end)]
    return ShotScores(
        camera_motion=_mean(picture.camera_motion, span),
        subject_motion=_mean(picture.subject_motion, span),
        stillness=_stillness(picture, span),
        sharpness=_mean(picture.sharpness, span),
        brightness=_mean(picture.brightness, span),
        contrast=_mean(picture.contrast, span),
        colourfulness=_mean(picture.colourfulness, span),
        black_fraction=_mean(picture.black, span),
        text=_mean(picture.text, span),
        face_share=round(sum(bool(sample.faces) for sample in faces) / len(faces), 3) if faces else 0.0,
        largest_face=_largest(faces),
        **_heard(features.sound, span),
    )


def mean_loudness(hundredths: Sequence[int]) -> float:
    """Return the loudness in LUFS of some momentary values' mean power, silence at the lowest."""
    power = math.fsum(10.0 ** (value / 1000) for value in hundredths) / len(hundredths)
    return max(SILENCE_LUFS, 10 * math.log10(power))


def _heard(sound: SoundFeatures | None, span: Span) -> dict[str, float | None]:
    values = () if sound is None else sound.loudness.inside(span)
    if sound is None or not values:  # a shot after the end of the sound has none either
        return dict.fromkeys(("loudness_lufs", "speech_share", "music_share", "silence_share"))
    return {
        "loudness_lufs": round(mean_loudness(values), 2),
        "speech_share": _share(sound.speech.inside(span), lambda value: value >= _LIKELY),
        "music_share": _share(sound.music.inside(span), lambda value: value >= _LIKELY),
        "silence_share": _share(values, lambda value: value < QUIET_LUFS * 100),
    }


def _stillness(picture: PictureFeatures, span: Span) -> float:
    moved = zip(picture.camera_motion.inside(span), picture.subject_motion.inside(span), strict=True)
    return _share(tuple(moved), lambda pair: pair[0] < _STILL_CAMERA * 100 and pair[1] < _STILL_SUBJECT * 100)


def _share(values: Sequence[_Value], holds: Callable[[_Value], bool]) -> float:
    return round(sum(map(holds, values)) / len(values), 3) if values else 0.0


def _mean(curve: Curve, span: Span) -> float:
    values = curve.inside(span)
    return round(sum(values) / (100 * len(values)), 3) if values else 0.0


def _largest(faces: Sequence[FaceSample]) -> float:
    areas = (sample.faces[0].width * sample.faces[0].height for sample in faces if sample.faces)
    return round(max(areas, default=0.0), 4)
