"""Which faces of a stretch are to be trusted: a face is one that is seen again, or seen clearly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from pipeline.plan.features import FaceBox
from pipeline.plan.subjects import STEP, Sight

# A face that is seen once may be anything; one that is seen so clearly is not.
_CLEAR: Final = 0.88
_FEWEST: Final = 3
# A face that turns away for so long is taken to be still there, on the way to where it is seen again.
_LONGEST_GAP: Final = Fraction(1)
_SAME: Final = 0.2


@dataclass(frozen=True)
class Track:
    """One face of a stretch over time."""

    faces: tuple[tuple[int, FaceBox], ...]
    """(number of the sight, face), in order; gaps are filled in."""

    @property
    def weight(self) -> float:
        """How much it matters among others: large faces, seen for long."""
        return sum(math.sqrt(face.width * face.height) for _, face in self.faces)


def trusted_tracks(sights: Sequence[Sight]) -> tuple[Track, ...]:
    """Return the faces of a stretch that are to be trusted, those that matter most first."""
    # In a shot that is too short to be seen so often, a face that is there all through.
    is_short = bool(sights) and sights[-1].time - sights[0].time < (_FEWEST - 1) * STEP
    fewest = max(2, len(sights)) if is_short else _FEWEST
    open_tracks: list[list[tuple[int, FaceBox]]] = []
    for number, sight in enumerate(sights):
        free = [track for track in open_tracks if sight.time - sights[track[-1][0]].time <= _LONGEST_GAP]
        for face in sight.faces:
            best = max(free, key=lambda track: _likeness(track[-1][1], face), default=None)
            if best is not None and _likeness(best[-1][1], face) >= _SAME:
                best.append((number, face))
                free = [track for track in free if track is not best]
            else:
                open_tracks.append([(number, face)])
    trusted = [
        Track(_filled(track))
        for track in open_tracks
        if len(track) >= fewest or any(face.confidence >= _CLEAR for _, face in track)
    ]
    return tuple(sorted(trusted, key=lambda track: -track.weight))


def _likeness(one: FaceBox, other: FaceBox) -> float:
    """Return how much two faces look like one a moment later: overlap over union, and nearness for small ones."""
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(0.0, across) * max(0.0, down)
    union = one.width * one.height + other.width * other.height - shared
    apart = abs(one.x + one.width / 2 - other.x - other.width / 2) / max(one.width, other.width, 1e-6)
    apart = max(apart, abs(one.y + one.height / 2 - other.y - other.height / 2) / max(one.height, other.height, 1e-6))
    size = min(one.width, other.width) / max(one.width, other.width, 1e-6)
    return max(shared / union if union > 0 else 0.0, (1 - apart) * size)


def _filled(track: Sequence[tuple[int, FaceBox]]) -> tuple[tuple[int, FaceBox], ...]:
    """Return a track with the sights in between that showed no face: it is taken to have moved evenly."""
    filled = [track[0]]
    for number, face in track[1:]:
        before_number, before = filled[-1]
        for between in range(before_number + 1, number):
            share = (between - before_number) / (number - before_number)
            filled.append((between, _between(before, face, share)))
        filled.append((number, face))
    return tuple(filled)


def _between(one: FaceBox, other: FaceBox, share: float) -> FaceBox:
    def mean(name: str) -> float:
        first, second = float(getattr(one, name)), float(getattr(other, name))
        return first + (second - first) * share

    return replace(one, **{name: mean(name) for name in ("x", "y", "width", "height", "confidence")})
