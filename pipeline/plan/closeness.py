"""Looking closely: what every picture of a few short stretches says, in place of what samples said of them.

A film is sampled so sparsely that an opening of two seconds may rest on one picture; those that matter are looked at
again, whole.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, Self

from pipeline.plan.features import PICTURE_STEP, FaceSample, FilmFeatures, face_rows, faces_of_rows
from pipeline.plan.scores import scores_after
from pipeline.plan.shots import Curve, FilmAnalysis
from pipeline.timebase import Span

VERSION: Final = 1
"""Of the JSON text and of what a close look measures."""


@dataclass(frozen=True)
class CloseLook:
    """What the pictures of one stretch say."""

    span: Span
    """Seconds since the film's first picture."""
    steps: Mapping[str, Mapping[int, int]]
    """By the name of a picture's curve: the value of each step that was seen, in hundredths."""
    faces: tuple[FaceSample, ...]

    @classmethod
    def of(cls, span: Span, seen: Mapping[str, Mapping[int, float]], faces: tuple[FaceSample, ...]) -> Self:
        """Return a close look of measured values."""
        steps = {name: {step: round(100 * value) for step, value in values.items()} for name, values in seen.items()}
        return cls(span, steps, faces)

    @property
    def reach(self) -> Span:
        """All of the steps of which it says something."""
        steps = [step for values in self.steps.values() for step in values]
        first, last = (min(steps) * PICTURE_STEP, (max(steps) + 1) * PICTURE_STEP) if steps else (self.span.start,) * 2
        return Span(min(self.span.start, first), max(self.span.end, last))


def seen_closely(analysis: FilmAnalysis, looks: Sequence[CloseLook]) -> FilmAnalysis:
    """Return what is known of a film with what close looks say, of which only the shots that they saw are scored anew.

    A film of two hours has thousands.
    """
    after = FilmAnalysis(analysis.found, corrected(analysis.features, looks))
    reached = [look.reach for look in looks]
    scores = scores_after(analysis.scores, after.features, after.timeline, after.shots, reached)
    return replace(after, known_scores=scores)


def corrected(features: FilmFeatures, looks: Iterable[CloseLook]) -> FilmFeatures:
    """Return a film's features with what close looks say in place of what samples said."""
    picture = features.picture
    values: dict[str, list[int]] = {}
    faces = list(picture.faces)
    for look in looks:
        for name, steps in look.steps.items():
            curve = values.setdefault(name, list(getattr(picture, name).hundredths))
            for step, value in steps.items():
                if 0 <= step < len(curve):
                    curve[step] = value
        if look.faces:
            first, last = (bisect_left(faces, time, key=_time_of) for time in (look.span.start, look.span.end))
            faces[first:last] = look.faces
    curves: dict[str, Any] = {name: Curve(getattr(picture, name).step, tuple(curve)) for name, curve in values.items()}
    return replace(features, picture=replace(picture, faces=tuple(faces), **curves))


def _time_of(sample: FaceSample) -> Fraction:
    return sample.time


def close_look_to_json(look: CloseLook) -> str:
    """Return compact JSON from which `close_look_from_json` gives back an equal value."""
    document = {
        "version": VERSION,
        "span": [str(look.span.start), str(look.span.end)],
        "steps": {name: list(steps.items()) for name, steps in look.steps.items()},
        "faces": face_rows(look.faces),
    }
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def close_look_from_json(text: str) -> CloseLook:
    """Read `close_look_to_json`'s text. Raises ValueError for anything else, other versions included."""
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError(f"this is no close look of version {VERSION}")
    start, end = (Fraction(time) for time in document["span"])
    steps = {name: dict(rows) for name, rows in document["steps"].items()}
    return CloseLook(Span(start, end), steps, faces_of_rows(document["faces"]))
