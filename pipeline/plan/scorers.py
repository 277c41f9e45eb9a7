"""Scorers: functions that say how interesting each shot of a film is, and the dict of those that Matinee has itself.

A scorer takes what is known of a film and returns one number for each shot, in the order of the shots; only which is
higher counts, since every score is turned into its rank within the film.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from pipeline.errors import PlanError
from pipeline.plan.measures import Scale
from pipeline.plan.scores import ShotScores
from pipeline.plan.shots import SILENCE_LUFS, FilmAnalysis, Shot


@dataclass(frozen=True)
class Footage:
    """What a scorer is given of a film."""

    path: Path
    """The master, for a scorer that looks or listens itself; it is read, never written."""
    analysis: FilmAnalysis
    """Timeline, transitions, and features over the film's time."""
    read_pictures: Callable[[], tuple[bytes, ...]]
    """Reads a small JPEG of each shot."""

    @property
    def shots(self) -> tuple[Shot, ...]:
        """The shots, in order."""
        return self.analysis.shots

    @property
    def scores(self) -> tuple[ShotScores, ...]:
        """Plain measures of each shot: movement, light, faces, loudness and more."""
        return self.analysis.scores


Scorer: TypeAlias = Callable[[Footage], Sequence[float]]

# What counts fully, by eye on animation and live action: scorers need no scale of the film's own, ranks make one.
_CAMERA: Final = Scale(1, 12)  # hundredths of the picture's width a second
_SUBJECT: Final = Scale(5, 70)  # steps of luma a second
_COLOUR: Final = Scale(5, 60)
_CONTRAST: Final = Scale(15, 65)
_LIGHT: Final = Scale(25, 75)  # luma below which a picture is hard to make out
_LOUDNESS: Final = Scale(-45, -15)
_FACE: Final = Scale(0.005, 0.12)  # share of the picture's area
_LETTERING: Final = Scale(0.4, 0.9)


@dataclass(frozen=True)
class ShotScoring:
    """What a scorer said of a film: one score for each shot, and who said so."""

    name: str
    version: str
    values: tuple[float, ...]
    key: str = ""
    """Of the artifact that holds them, where they are kept."""

    @property
    def identity(self) -> str:
        """Name and version in one word, as keys and explanations have it."""
        return f"{self.name} {self.version}"


def score_editor(film: Footage) -> tuple[float, ...]:
    """Score shots as an editor looks for them: something happens, somebody is there, it is heard and good to see."""
    return tuple(_editor(shot) for shot in film.scores)


def score_action(film: Footage) -> tuple[float, ...]:
    """Score shots by movement and loudness."""
    return tuple(_visible(shot) * (2 * _moves(shot) + _loud(shot)) for shot in film.scores)


def score_faces(film: Footage) -> tuple[float, ...]:
    """Score shots by how large faces are in them and how long they are seen."""
    return tuple(_visible(shot) * (_face(shot) + 0.1 * _moves(shot)) for shot in film.scores)


def score_loudness(film: Footage) -> tuple[float, ...]:
    """Score shots by their loudness alone."""
    return tuple(SILENCE_LUFS if shot.loudness_lufs is None else shot.loudness_lufs for shot in film.scores)


OUR_VERSION: Final = "1"
"""Of the scorers below; raised when one of them scores the same film otherwise."""
SCORERS: Final[Mapping[str, Scorer]] = {
    "editor": score_editor,
    "action": score_action,
    "faces": score_faces,
    "loudness": score_loudness,
}
"""Matinee's own scorers by the name that presets use; other packages add theirs, see docs/scorers.md."""


def score_shots(film: Footage, scorer: Scorer, *, name: str, version: str) -> ShotScoring:
    """Return what a scorer says of a film. Raises PlanError where it fails or its answer is no score for each shot."""
    try:
        answer: Any = scorer(film)
        # A generator fails only while it is read.
        answer = tuple(answer) if isinstance(answer, Iterator) else answer
    except (Exception, SystemExit) as error:
        raise _error(name, version, f"failed: {type(error).__name__}: {error}") from error
    try:
        values = tuple(float(value) for value in answer)
    except (TypeError, ValueError, OverflowError) as error:
        raise _error(name, version, f"should return one number for each shot, but: {error}") from error
    if len(values) != len(film.shots):
        raise _error(name, version, f"returned {len(values)} scores for {len(film.shots)} shots")
    bad = next((number for number, value in enumerate(values) if not math.isfinite(value)), None)
    if bad is not None:
        raise _error(name, version, f"returned {values[bad]} for shot {bad + 1}, which is no score")
    return ShotScoring(name, version, values)


def _error(name: str, version: str, what: str) -> PlanError:
    return PlanError(
        f"The scorer {name!r} ({version}) {what}.",
        remedy="Name another scorer in the preset, such as editor, or mend this one.",
        scorer=name,
    )


def _editor(shot: ShotScores) -> float:
    seen = (_COLOUR.level(shot.colourfulness) + _CONTRAST.level(shot.contrast)) / 2
    # Each of these alone can make a shot: a face in silence, a blow without a face.
    missing = (1 - 0.75 * _moves(shot)) * (1 - 0.7 * _face(shot)) * (1 - 0.5 * _loud(shot)) * (1 - 0.3 * seen)
    return _visible(shot) * (1 - missing)


def _moves(shot: ShotScores) -> float:
    return max(_SUBJECT.level(shot.subject_motion), 0.7 * _CAMERA.level(shot.camera_motion))


def _face(shot: ShotScores) -> float:
    return _FACE.level(shot.largest_face) * (0.5 + 0.5 * shot.face_share)


def _loud(shot: ShotScores) -> float:
    return 0.0 if shot.loudness_lufs is None else _LOUDNESS.level(shot.loudness_lufs)


def _visible(shot: ShotScores) -> float:
    """Return how much of a shot is picture rather than black or lettering."""
    return _LIGHT.level(shot.brightness) * (1 - shot.black_fraction) * (1 - 0.8 * _LETTERING.level(shot.text))
