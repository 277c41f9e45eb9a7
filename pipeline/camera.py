"""How a window moves over a picture: knots in frames and pixels, and the one smooth way through them.

Between two knots the way is a cubic. It passes every knot, never overshoots, and stands quite still between knots at
the same place: slopes are those of the parabola through three knots, held to where a cubic stays monotone (Fritsch and
Carlson, Monotone piecewise cubic interpolation, 1980; the square of it that de Boor and Swartz gave in 1977).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Final

Frame = int | Fraction
"""Parts of frames are for ways that were laid out at another rate."""
_STEEPEST: Final = 3
"""Times that the slope at a knot may be that of the straight line to the next one, so that nothing overshoots."""


@dataclass(frozen=True)
class Knot:
    """Where the top left corner of a window is at a frame."""

    frame: Frame
    left_px: Fraction
    top_px: Fraction


@dataclass(frozen=True)
class Piece:
    """One stretch of a way along one axis: start + slope·t + bend·t² + twist·t³, t in frames from `first_frame` on."""

    first_frame: Frame
    start: Fraction
    slope: Fraction = Fraction(0)
    bend: Fraction = Fraction(0)
    twist: Fraction = Fraction(0)

    def at(self, frame: Frame) -> Fraction:
        """Return the place at a frame."""
        t = frame - self.first_frame
        return self.start + t * (self.slope + t * (self.bend + t * self.twist))

    def since(self, frame: Frame) -> Piece:
        """Return the same way with frames counted from `frame` on, at which it begins where it began before."""
        t = frame - self.first_frame
        if t <= 0:
            return replace(self, first_frame=-t)
        return Piece(0, self.at(frame), self._speed(t), self.bend + 3 * t * self.twist, self.twist)

    @property
    def is_still(self) -> bool:
        """Whether nothing moves in it."""
        return not (self.slope or self.bend or self.twist)

    def speed_max(self, frames: Frame) -> Fraction:
        """Return the most pixels per frame that it goes within so many frames."""
        ends = [abs(self._speed(Fraction(0))), abs(self._speed(Fraction(frames)))]
        if self.twist and 0 < (turn := -self.bend / (3 * self.twist)) < frames:
            ends.append(abs(self._speed(turn)))
        return max(ends)

    def change_max(self, frames: Frame) -> Fraction:
        """Return the most pixels per frame by which its speed changes from frame to frame within so many frames."""
        return max(abs(2 * self.bend), abs(2 * self.bend + 6 * self.twist * frames))

    def _speed(self, t: Frame) -> Fraction:
        return self.slope + t * (2 * self.bend + t * 3 * self.twist)


@dataclass(frozen=True)
class CameraPath:
    """Knots in order of frames, one at least; before the first and after the last the window stands still."""

    knots: tuple[Knot, ...]

    def __post_init__(self) -> None:
        if not self.knots or any(later.frame <= sooner.frame for sooner, later in pairwise(self.knots)):
            raise ValueError("a camera path has one knot at least, and their frames go up")

    @classmethod
    def still(cls, left_px: Fraction, top_px: Fraction) -> CameraPath:
        """Return the path of a window that does not move."""
        return cls((Knot(0, left_px, top_px),))

    @property
    def is_still(self) -> bool:
        """Whether the window stays where it is."""
        return len(self.knots) == 1 or len({(knot.left_px, knot.top_px) for knot in self.knots}) == 1

    @cached_property
    def across(self) -> tuple[Piece, ...]:
        """The way of the left edge."""
        return _pieces([(knot.frame, knot.left_px) for knot in self.knots])

    @cached_property
    def down(self) -> tuple[Piece, ...]:
        """The way of the top edge."""
        return _pieces([(knot.frame, knot.top_px) for knot in self.knots])

    @property
    def speed_max(self) -> Fraction:
        """The most pixels per frame that it goes, along either axis."""
        return max((piece.speed_max(frames) for piece, frames in self._bounded()), default=Fraction(0))

    @property
    def change_max(self) -> Fraction:
        """The most pixels per frame by which its speed changes from one frame to the next, along either axis."""
        return max((piece.change_max(frames) for piece, frames in self._bounded()), default=Fraction(0))

    def at(self, frame: Frame) -> tuple[Fraction, Fraction]:
        """Return left and top of the window at a frame."""
        return _at(self.across, frame), _at(self.down, frame)

    def mapped(self, scale: tuple[Fraction, Fraction], shift: tuple[Fraction, Fraction]) -> CameraPath:
        """Return the path on a picture of another size: places times `scale`, plus `shift`, (across, down)."""
        return CameraPath(
            tuple(
                Knot(knot.frame, knot.left_px * scale[0] + shift[0], knot.top_px * scale[1] + shift[1])
                for knot in self.knots
            )
        )

    def _bounded(self) -> Iterator[tuple[Piece, Frame]]:
        """Yield the pieces on which something moves, with their lengths; the last piece of a way stands."""
        for pieces in (self.across, self.down):
            yield from ((piece, after.first_frame - piece.first_frame) for piece, after in pairwise(pieces))


def _pieces(points: Sequence[tuple[Frame, Fraction]]) -> tuple[Piece, ...]:
    if len({place for _, place in points}) == 1:
        return (Piece(points[0][0], points[0][1]),)
    slopes = _slopes(points)
    first, last = Piece(0, points[0][1]), Piece(*points[-1])
    moving = [
        _hermite(sooner, later, slope, slope_after)
        for (sooner, later), (slope, slope_after) in zip(pairwise(points), pairwise(slopes), strict=True)
    ]
    return ((first,) if points[0][0] > 0 else ()) + (*moving, last)


def _hermite(
    sooner: tuple[Frame, Fraction], later: tuple[Frame, Fraction], slope: Fraction, slope_after: Fraction
) -> Piece:
    (frame, place), (frame_after, place_after) = sooner, later
    length = frame_after - frame
    rise = (place_after - place) / length
    return Piece(
        frame,
        place,
        slope,
        (3 * rise - 2 * slope - slope_after) / length,
        (slope + slope_after - 2 * rise) / length**2,
    )


def _slopes(points: Sequence[tuple[Frame, Fraction]]) -> list[Fraction]:
    """Return the slope at each point: zero at the ends and where the way turns, else as the parabola has it."""
    lengths = [later[0] - sooner[0] for sooner, later in pairwise(points)]
    rises = [(later[1] - sooner[1]) / (later[0] - sooner[0]) for sooner, later in pairwise(points)]
    inner = []
    for (before, after), (length, length_after) in zip(pairwise(rises), pairwise(lengths), strict=True):
        steepest = _STEEPEST * min(abs(before), abs(after)) if before * after > 0 else Fraction(0)
        slope = (before * length_after + after * length) / (length + length_after)
        inner.append(max(-steepest, min(steepest, slope)))
    return [Fraction(0), *inner, Fraction(0)]


def _at(pieces: Sequence[Piece], frame: Frame) -> Fraction:
    found = pieces[0]
    for piece in pieces:
        if piece.first_frame > frame:
            break
        found = piece
    return found.at(max(frame, found.first_frame))
