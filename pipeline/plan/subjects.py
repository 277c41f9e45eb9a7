"""What a stretch of film shows and where, as values: faces, and how what draws the eye is spread over the picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Any, Final

from pipeline.plan.features import FaceBox
from pipeline.timebase import Span

VERSION: Final = 5
"""Of the JSON text and of the measures behind it; another version means that films have to be looked at again."""
STEP: Final = Fraction(1, 6)
"""Seconds between pictures that are looked at."""
COLUMNS: Final = 64
ROWS: Final = 36
_PARTS: Final = 10_000


@dataclass(frozen=True)
class Spread:
    """How what draws the eye is spread along one side of the picture, in ten-thousandths of all of it, from 0 on."""

    parts: tuple[int, ...]

    @classmethod
    def of(cls, weights: Sequence[float]) -> Spread:
        """Return the spread of some weights, even where they are all zero."""
        total = sum(weights)
        if total <= 0:
            return cls((_PARTS // len(weights),) * len(weights))
        return cls(tuple(round(_PARTS * weight / total) for weight in weights))

    def within(self, start: float, end: float) -> float:
        """Return the share of it between two places, given as shares of the side, 0 to 1."""
        return (_read(self._sums, end) - _read(self._sums, start)) / max(1, self._sums[-1])

    @cached_property
    def _sums(self) -> tuple[int, ...]:
        return (0, *accumulate(self.parts))


@dataclass(frozen=True)
class Patch:
    """A rectangle of the picture as shares of its width and height, from the top left."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Sight:
    """What one picture shows."""

    time: Fraction
    """Seconds since the film's first picture."""
    faces: tuple[FaceBox, ...]
    across: Spread
    down: Spread
    letters: tuple[Patch, ...] | None = None
    """Rows of lettering; None where none were looked for."""


@dataclass(frozen=True)
class Bars:
    """How much of a picture is black at its edges, in stored rows and columns of the upright picture."""

    left_px: int = 0
    top_px: int = 0
    right_px: int = 0
    bottom_px: int = 0


@dataclass(frozen=True)
class Subjects:
    """What some stretch of a film shows."""

    span: Span
    sights: tuple[Sight, ...]
    """In order of time."""
    bars: tuple[tuple[Fraction, Bars | None], ...]
    """At some times, the black edges of the picture; None for a picture that is too dark to tell."""


def subjects_to_json(subjects: Subjects) -> str:
    """Return compact JSON from which `subjects_from_json` gives back an equal value."""
    document = {
        "version": VERSION,
        "span": [str(subjects.span.start), str(subjects.span.end)],
        "sights": [
            [
                str(sight.time),
                [[face.x, face.y, face.width, face.height, face.confidence] for face in sight.faces],
                list(sight.across.parts),
                list(sight.down.parts),
                None if sight.letters is None else [_rounded(row) for row in sight.letters],
            ]
            for sight in subjects.sights
        ],
        "bars": [
            [str(time), None if bars is None else [bars.left_px, bars.top_px, bars.right_px, bars.bottom_px]]
            for time, bars in subjects.bars
        ],
    }
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def subjects_from_json(text: str) -> Subjects:
    """Read `subjects_to_json`'s text. Raises ValueError for anything else, other versions included."""
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError(f"this is not what a film shows, of version {VERSION}")
    try:
        return _subjects_of(document)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"what this film shows is damaged: {error!r}") from error


def _subjects_of(document: Mapping[str, Any]) -> Subjects:
    start, end = document["span"]
    sights = tuple(
        Sight(
            Fraction(time),
            tuple(FaceBox(*face) for face in faces),
            Spread(tuple(across)),
            Spread(tuple(down)),
            None if letters is None else tuple(Patch(*row) for row in letters),
        )
        for time, faces, across, down, letters in document["sights"]
    )
    bars = tuple((Fraction(time), None if row is None else Bars(*row)) for time, row in document["bars"])
    return Subjects(Span(Fraction(start), Fraction(end)), sights, bars)


def _rounded(row: Patch) -> list[float]:
    return [round(value, 4) for value in (row.x, row.y, row.width, row.height)]


def _read(sums: Sequence[int], place: float) -> float:
    """Return how much lies before a place, between steps in proportion."""
    at = min(max(place, 0.0), 1.0) * (len(sums) - 1)
    step = min(int(at), len(sums) - 2)
    return sums[step] + (sums[step + 1] - sums[step]) * (at - step)
