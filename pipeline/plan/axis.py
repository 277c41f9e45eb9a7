"""The side of a picture along which a window may go, and places on it as shares of that side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.camera import CameraPath, Frame, Knot
from pipeline.framing import Area
from pipeline.plan.easing import GRID_PX
from pipeline.plan.features import FaceBox
from pipeline.plan.subjects import Sight, Spread

# A head is larger than the face that is found: hair above, chin and ears beside.
_HEAD_SIDE: Final = 0.2


@dataclass(frozen=True)
class Axis:
    """The side along which a window may go: where content and picture lie on it, in shares of the picture's side."""

    is_across: bool
    side_px: Fraction
    first: float
    """Where the content begins."""
    window: float
    """Length of the window."""
    freedom: float
    """How far it may go from `first` on."""
    fixed_px: Fraction
    """Where its other edge lies."""

    @classmethod
    def of(cls, content: Area, window: Area, picture: Area) -> Axis:
        """Return the side along which a window is shorter than the content."""
        if content.width_px - window.width_px >= content.height_px - window.height_px:
            side, first, fixed = picture.width_px, content.left_px, content.top_px
            length, freedom = window.width_px, content.width_px - window.width_px
            return cls(True, side, float(first / side), float(length / side), float(freedom / side), fixed)
        side, first, fixed = picture.height_px, content.top_px, content.left_px
        length, freedom = window.height_px, content.height_px - window.height_px
        return cls(False, side, float(first / side), float(length / side), float(freedom / side), fixed)

    def start(self, place: float) -> float:
        """Return where the window begins at a place, 0 to 1 of its freedom."""
        return self.first + place * self.freedom

    def spread(self, sight: Sight) -> Spread:
        """Return how what draws the eye is spread along the side."""
        return sight.across if self.is_across else sight.down

    def head(self, face: FaceBox) -> tuple[float, float]:
        """Return where a head begins and ends."""
        start, length = (face.x, face.width) if self.is_across else (face.y, face.height)
        return start - length * _HEAD_SIDE, start + length * (1 + _HEAD_SIDE)

    def face(self, face: FaceBox) -> tuple[float, float]:
        """Return where a face begins and ends."""
        start, length = (face.x, face.width) if self.is_across else (face.y, face.height)
        return start, start + length

    def face_beside(self, face: FaceBox) -> tuple[float, float]:
        """Return where a face begins and ends on the other side."""
        start, length = (face.y, face.height) if self.is_across else (face.x, face.width)
        return start, start + length

    def pixel(self, place: float) -> float:
        """Return the pixel at which the window begins at a place."""
        return self.start(place) * float(self.side_px)

    def place(self, path: CameraPath, frame: Frame) -> float:
        """Return the place of a window on its path."""
        corner = path.at(frame)[0 if self.is_across else 1]
        return (float(corner / self.side_px) - self.first) / self.freedom

    def path(self, corners: Sequence[tuple[Frame, Fraction]]) -> CameraPath:
        """Return the path of a window that begins at some pixels at some frames."""
        return CameraPath(
            tuple(
                Knot(frame, *((corner, self.fixed_px) if self.is_across else (self.fixed_px, corner)))
                for frame, corner in corners
            )
        )

    def standing(self, place: float) -> CameraPath:
        """Return the path of a window that stands at a place."""
        return self.path([(0, Fraction(round(self.pixel(place) * GRID_PX), GRID_PX))])

    def area(self, start: float, end: float, content: Area) -> Area:
        """Return the content's area between two places of the side, a whole number of pixels."""
        low, high = int(start * float(self.side_px)), -int(-end * float(self.side_px) // 1)
        if self.is_across:
            left = max(content.left_px, Fraction(low))
            right = min(content.left_px + content.width_px, Fraction(high))
            return Area(left, content.top_px, right - left, content.height_px)
        top = max(content.top_px, Fraction(low))
        bottom = min(content.top_px + content.height_px, Fraction(high))
        return Area(content.left_px, top, content.width_px, bottom - top)
