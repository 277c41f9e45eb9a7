"""What each place of a window would lose of a shot: faces cut off or under buttons, what draws the eye, the middle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from pipeline.framing import Area
from pipeline.plan.axis import Axis
from pipeline.plan.features import FaceBox
from pipeline.plan.following import Losses
from pipeline.plan.layout import ButtonZone
from pipeline.plan.subjects import Spread
from pipeline.plan.tracks import Track

# The power of the share of a face that is inside: a face cut by a tenth has lost a third of what it is worth.
_WHOLE_OR_NOT: Final = 4
# Beside a whole face's 1: what its head's margin counts, what draws the eye (less where faces say what is meant), a
# face under buttons, and how much the middle pulls where nothing else does.
_MARGIN_LOSS: Final = 0.4
_ASIDE_LOSS: Final = 0.1
_EYE_LOSS: Final = 0.6
_EYE_LOSS_BESIDE_FACES: Final = 0.1
_BUTTON_LOSS: Final = 0.35
_MIDDLE_PULL: Final = 0.05
# What draws the eye is averaged over so many sights on either side, and half of it over the whole shot: what moves for
# a moment does not call the window away.
_STEADY: Final = 3
# How much more than its share a window has to hold of what draws the eye before that is believed: nothing at the first
# figure, all of it at the second.
_TRUST_FROM: Final = 0.2
_TRUST_TO: Final = 0.4
_PLACES: Final = 41


@dataclass(frozen=True)
class Buttons:
    """What platforms' buttons cover of an output, and the window that fills it, to be set against faces."""

    zones: tuple[tuple[float, float, float, float], ...]
    """Left, top, right and bottom as shares of the output."""
    axis: Axis
    other: tuple[float, float]
    """Where the window begins on the side along which it does not go, and how long it is, in shares of that side."""

    @classmethod
    def over(
        cls, zones: Sequence[ButtonZone], size: tuple[int, int], *, axis: Axis, window: Area, picture: Area
    ) -> Buttons:
        """Return the zones of an output of a size over a window of the picture."""
        width, height = size
        boxes = tuple(
            (box.left_px / width, box.top_px / height, box.right_px / width, box.bottom_px / height)
            for box in (zone.box for zone in zones)
        )
        if axis.is_across:
            return cls(
                boxes, axis, (float(window.top_px / picture.height_px), float(window.height_px / picture.height_px))
            )
        return cls(boxes, axis, (float(window.left_px / picture.width_px), float(window.width_px / picture.width_px)))

    def share(self, face: FaceBox, place: float) -> float:
        """Return how much of a face the zone that covers most of it covers, 0 to 1, with the window at a place."""
        if not self.zones:
            return 0.0
        low, high = self.axis.face(face)
        start, length = self.axis.start(place), self.axis.window
        along = (low - start) / length, (high - start) / length
        low, high = self.axis.face_beside(face)
        beside = (low - self.other[0]) / self.other[1], (high - self.other[0]) / self.other[1]
        (left, right), (top, bottom) = (along, beside) if self.axis.is_across else (beside, along)
        area = max(1e-9, (right - left) * (bottom - top))
        shared = (
            max(0.0, min(right, zone[2]) - max(left, zone[0])) * max(0.0, min(bottom, zone[3]) - max(top, zone[1]))
            for zone in self.zones
        )
        return max(shared) / area


def losses_of(
    spreads: Sequence[Spread], tracks: Sequence[Track], buttons: Buttons, *, count: int, trust: float
) -> Losses:
    """Return what each of `count` places would lose at each sight; `trust` says how much to believe the eye, 0 to 1.

    `spreads` say how what draws the eye is spread along the axis at each sight, steadied.
    """
    axis = buttons.axis
    faces: list[list[tuple[float, FaceBox]]] = [[] for _ in spreads]
    total = sum(track.weight for track in tracks) or 1.0
    for track in tracks:
        for number, face in track.faces:
            faces[number].append((track.weight / total, face))
    eye = (_EYE_LOSS_BESIDE_FACES if tracks else _EYE_LOSS) * trust
    rows = []
    for seen, spread in zip(faces, spreads, strict=True):
        held = [spread.within(axis.start(at), axis.start(at) + axis.window) for at in _places(count)]
        most = max(held)
        row = [
            sum(weight * _face_loss(face, buttons, at) for weight, face in seen)
            + eye * (most - share)
            + _MIDDLE_PULL * abs(at - 0.5)
            for at, share in zip(_places(count), held, strict=True)
        ]
        rows.append(tuple(row))
    return tuple(rows)


def trust_in(spreads: Sequence[Spread], axis: Axis) -> float:
    """Return how much what draws the eye is to be believed of a shot, 0 to 1: not where it is everywhere at once.

    `spreads` are those of its sights along the axis, steadied.
    """
    share = axis.window / (axis.window + axis.freedom)
    more = [
        (max(spread.within(axis.start(at), axis.start(at) + axis.window) for at in _places(_PLACES)) - share)
        for spread in spreads
    ]
    mean = sum(more) / len(more) / max(1e-6, 1 - share)
    return min(1.0, max(0.0, (mean - _TRUST_FROM) / (_TRUST_TO - _TRUST_FROM)))


def kept_share(tracks: Sequence[Track], axis: Axis, *windows: Sequence[float]) -> float:
    """Return the share of the faces, by their size, that are whole in one of some windows, 0 to 1.

    Each window has a place for each sight. A face counts at each sight, however long it is about.
    """
    kept = total = 0.0
    for track in tracks:
        for number, face in track.faces:
            low, high = axis.face(face)
            starts = (axis.start(places[number]) for places in windows)
            size = math.sqrt(face.width * face.height)
            total += size
            kept += size * any(start <= low + 1e-6 and high - 1e-6 <= start + axis.window for start in starts)
    return kept / total if total else 1.0


def steadied(spreads: Sequence[Spread]) -> list[Spread]:
    """Return spreads averaged with their neighbours', and with all."""
    rows = [spread.parts for spread in spreads]
    whole = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    sums = [list(accumulate(column, initial=0)) for column in zip(*rows, strict=True)]
    steady = []
    for number in range(len(rows)):
        first, end = max(0, number - _STEADY), min(len(rows), number + _STEADY + 1)
        near = [(column[end] - column[first]) / (end - first) for column in sums]
        steady.append(Spread.of([one + other for one, other in zip(near, whole, strict=True)]))
    return steady


def _places(count: int) -> list[float]:
    return [place / (count - 1) for place in range(count)]


def _face_loss(face: FaceBox, buttons: Buttons, place: float) -> float:
    """Return 0 for a head that is whole and clear, 1 for a face that is not in the window at all."""
    axis = buttons.axis
    start, end = axis.start(place), axis.start(place) + axis.window
    low, high = axis.face(face)
    inside = max(0.0, min(high, end) - max(low, start)) / max(1e-6, high - low)
    cut = 1 - inside**_WHOLE_OR_NOT
    near, far = axis.head(face)
    margin = max(0.0, start - near, far - end) / max(1e-6, far - near)
    aside = min(1.0, abs((low + high) / 2 - (start + end) / 2) / (axis.window / 2))
    return cut + _MARGIN_LOSS * min(1.0, margin) + _ASIDE_LOSS * aside**2 + _BUTTON_LOSS * buttons.share(face, place)
