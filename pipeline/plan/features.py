"""What a film is like from moment to moment, as values: what was measured of sampled pictures and of the sound.

Times count in seconds from the first picture. Measures are curves at even steps, kept in hundredths (`Curve`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from pipeline.plan.shots import Curve

VERSION: Final = 3
"""Of the JSON text and of the measures behind it; another version means that the film has to be measured again."""
PICTURE_STEP: Final = Fraction(1, 4)
"""Seconds between the samples of the pictures' curves."""
SOUND_STEP: Final = Fraction(1, 10)
"""Seconds between the values of the sound's curves, the EBU R 128 meter's own step."""

_PICTURE_CURVES: Final = ("brightness", "contrast", "black", "colourfulness", "sharpness", "camera_motion",
                          "subject_motion", "text")  # fmt: skip
_SOUND_CURVES: Final = ("loudness", "speech", "music")


@dataclass(frozen=True)
class FaceBox:
    """Where a face is, as shares of the picture's width and height, from the top left."""

    x: float
    y: float
    width: float
    height: float
    confidence: float
    """0 to 1."""


@dataclass(frozen=True)
class FaceSample:
    """The faces that a picture shows, largest first; none is an answer too."""

    time: Fraction
    faces: tuple[FaceBox, ...]


@dataclass(frozen=True)
class PictureFeatures:
    """Curves at PICTURE_STEP, all of one length, and faces where they were looked for."""

    brightness: Curve
    """Mean luma, 0 to 255."""
    contrast: Curve
    """Standard deviation of luma, 0 to 128."""
    black: Curve
    """Share of black pixels, 0 to 1."""
    colourfulness: Curve
    """Hasler and Süsstrunk's measure (2003), 0 to about 110."""
    sharpness: Curve
    """Variance of the Laplacian of the reduced luma."""
    camera_motion: Curve
    """How far the whole picture moves, in hundredths of its width a second."""
    subject_motion: Curve
    """Mean luma change a second that the camera's movement leaves unexplained, in steps of 8-bit luma."""
    text: Curve
    """How likely there is lettering on screen, 0 to 1."""
    faces: tuple[FaceSample, ...]
    look_count: int = 0
    """How many pictures were looked at: steps between them hold what the nearest showed."""


@dataclass(frozen=True)
class Onset:
    """A moment at which a sound begins: a beat, a blow, a word."""

    time: Fraction
    strength: float
    """0 to 1 within the film."""


@dataclass(frozen=True)
class SoundFeatures:
    """Curves at SOUND_STEP, all of one length, and the onsets in order."""

    loudness: Curve
    """Momentary loudness (EBU R 128, 400 ms) in LUFS; silence at SILENCE_LUFS."""
    speech: Curve
    """How likely somebody speaks, 0 to 1."""
    music: Curve
    """How likely music plays, 0 to 1."""
    onsets: tuple[Onset, ...]


@dataclass(frozen=True)
class FilmFeatures:
    """What one film is like; `sound` is None where it has none that can be decoded, or is silent all the way."""

    picture: PictureFeatures
    sound: SoundFeatures | None


def features_to_json(features: FilmFeatures) -> str:
    """Return compact JSON from which `features_from_json` gives back an equal value."""
    picture, sound = features.picture, features.sound
    document = {
        "version": VERSION,
        "picture": {name: _curve_row(getattr(picture, name)) for name in _PICTURE_CURVES},
        "faces": face_rows(picture.faces),
        "look_count": picture.look_count,
        "sound": None if sound is None else {name: _curve_row(getattr(sound, name)) for name in _SOUND_CURVES},
        "onsets": [] if sound is None else [[str(onset.time), onset.strength] for onset in sound.onsets],
    }
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def features_from_json(text: str) -> FilmFeatures:
    """Read `features_to_json`'s text. Raises ValueError for anything else, other versions included."""
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError(f"these are not a film's features of version {VERSION}")
    try:
        return _features_of(document)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"these features are damaged: {error!r}") from error


def _features_of(document: Mapping[str, Any]) -> FilmFeatures:
    picture = PictureFeatures(
        **{name: _curve_of(document["picture"][name]) for name in _PICTURE_CURVES},
        faces=faces_of_rows(document["faces"]),
        look_count=document["look_count"],
    )
    if document["sound"] is None:
        return FilmFeatures(picture, None)
    curves = {name: _curve_of(document["sound"][name]) for name in _SOUND_CURVES}
    onsets = tuple(Onset(Fraction(time), strength) for time, strength in document["onsets"])
    return FilmFeatures(picture, SoundFeatures(**curves, onsets=onsets))


def face_rows(faces: Iterable[FaceSample]) -> list[Any]:
    """Return faces as JSON keeps them."""
    return [
        [str(seen.time), [[box.x, box.y, box.width, box.height, box.confidence] for box in seen.faces]]
        for seen in faces
    ]


def faces_of_rows(rows: Iterable[Any]) -> tuple[FaceSample, ...]:
    """Read `face_rows`."""
    return tuple(FaceSample(Fraction(time), tuple(FaceBox(*box) for box in boxes)) for time, boxes in rows)


def _curve_row(curve: Curve) -> list[Any]:
    return [str(curve.step), list(curve.hundredths)]


def _curve_of(row: list[Any]) -> Curve:
    step, hundredths = row
    return Curve(Fraction(step), tuple(hundredths))
