"""Drawing for the demo film: antialiased shapes, and layers that slide over each other.

Every length is in units of a picture 1280 wide and 720 high; a frame of another size scales what is drawn on it.
Colours are written 0xRRGGBB and become OpenCV's blue, green, red.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Field = NDArray[np.float32]
Painter = Callable[[float], Frame]  # seconds since the shot began → its frame, blue, green, red
Points = Sequence[tuple[float, float]] | NDArray[Any]
WIDTH, HEIGHT = 1280, 720
_SHIFT = 4  # OpenCV's fixed point: positions in sixteenths of a pixel, so that slow movement stays smooth


@dataclass(frozen=True)
class Stage:
    """The size in pixels of what is filmed; always 16:9."""

    width: int
    height: int

    @property
    def unit(self) -> float:
        """Pixels per drawing unit."""
        return self.height / HEIGHT

    def pixels(self, length: float) -> int:
        """Return a length in whole pixels."""
        return round(length * self.unit)

    def sheet(self, width: float = WIDTH) -> Frame:
        """Return a transparent picture of the stage's height to paint a layer on."""
        return np.zeros((self.height, self.pixels(width), 4), np.uint8)


@dataclass(frozen=True)
class Layer:
    """A painted sheet that is placed over frames: colour multiplied by its opacity, and what shows through it."""

    colour: Frame
    through: Frame
    top: int

    @classmethod
    def of(cls, sheet: Frame) -> Layer:
        """Return the layer of a painted sheet, without the empty rows above and below."""
        rows = np.flatnonzero(sheet[:, :, 3].any(axis=1))
        top, bottom = (int(rows[0]), int(rows[-1]) + 1) if rows.size else (0, 1)
        cut = sheet[top:bottom]
        opacity = cut[:, :, 3]
        through = cv2.merge([255 - opacity] * 3).astype(np.uint8, copy=False)
        return cls(np.ascontiguousarray(cut[:, :, :3]), through, top)

    def over(self, frame: Frame, x: float = 0, y: float = 0) -> None:
        """Put the layer over a frame, its left edge at `x`, moved down by `y`."""
        unit = frame.shape[0] / HEIGHT
        left, top = round(x * unit), round(y * unit) + self.top
        box = meeting(frame, self.colour.shape, left, top)
        if box is None:
            return
        (y0, y1, x0, x1), (v0, v1, u0, u1) = box
        part = frame[y0:y1, x0:x1]
        cv2.multiply(part, self.through[v0:v1, u0:u1], dst=part, scale=1 / 255)
        cv2.add(part, self.colour[v0:v1, u0:u1], dst=part)


def ink(colour: int) -> tuple[int, int, int, int]:
    """Return 0xRRGGBB as opaque blue, green, red, opacity; frames without opacity ignore the fourth."""
    return colour & 255, colour >> 8 & 255, colour >> 16 & 255, 255


def mix(first: int, second: int, share: float) -> int:
    """Return the colour `share` of the way from the first to the second."""
    parts = (
        round((first >> shift & 255) * (1 - share) + (second >> shift & 255) * share) << shift for shift in (0, 8, 16)
    )
    return sum(parts)


def _fixed(frame: Frame, points: Points | tuple[float, float]) -> NDArray[np.int32]:
    scale = frame.shape[0] / HEIGHT * (1 << _SHIFT)
    return np.asarray(np.rint(np.asarray(points, np.float64) * scale), np.int32)


def polygon(frame: Frame, points: Points, colour: int) -> None:
    """Fill a polygon."""
    cv2.fillPoly(frame, [_fixed(frame, points)], ink(colour), cv2.LINE_AA, _SHIFT)


def ellipse(
    frame: Frame, centre: tuple[float, float], radii: tuple[float, float], colour: int, *, angle: float = 0
) -> None:
    """Fill an ellipse; `angle` in degrees, clockwise."""
    x, y = _fixed(frame, [centre])[0]
    a, b = _fixed(frame, [radii])[0]
    cv2.ellipse(frame, (int(x), int(y)), (max(1, int(a)), max(1, int(b))), angle, 0, 360, ink(colour), -1, cv2.LINE_AA,
                _SHIFT)  # fmt: skip


def disc(frame: Frame, centre: tuple[float, float], radius: float, colour: int) -> None:
    """Fill a circle."""
    x, y = _fixed(frame, centre)
    size = max(8, round(radius * frame.shape[0] / HEIGHT * (1 << _SHIFT)))
    cv2.circle(frame, (int(x), int(y)), size, ink(colour), -1, cv2.LINE_AA, _SHIFT)


def stroke(frame: Frame, points: Points, colour: int, width: float = 2) -> None:
    """Draw an open line through points."""
    thick = max(1, round(width * frame.shape[0] / HEIGHT))
    cv2.polylines(frame, [_fixed(frame, points)], False, ink(colour), thick, cv2.LINE_AA, _SHIFT)


def limb(
    frame: Frame, start: tuple[float, float], end: tuple[float, float], widths: tuple[float, float], colour: int
) -> None:
    """Fill a tapering limb with round ends."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length / 2, dx / length / 2
    a, b = widths
    polygon(frame, ((start[0] + nx * a, start[1] + ny * a), (end[0] + nx * b, end[1] + ny * b),
                    (end[0] - nx * b, end[1] - ny * b), (start[0] - nx * a, start[1] - ny * a)), colour)  # fmt: skip
    disc(frame, start, a / 2, colour)
    disc(frame, end, b / 2, colour)


def ball(frame: Frame, centre: tuple[float, float], radii: tuple[float, float], colours: tuple[int, int]) -> None:
    """Fill an ellipse shaded from a dark rim to a light spot at its upper left."""
    steps = int(9 + 0.13 * radii[0])  # a larger ball needs more, or its shading shows rings
    for step in range(steps):
        share = step / (steps - 1)
        x = centre[0] - radii[0] * 0.28 * share
        y = centre[1] - radii[1] * 0.34 * share
        size = 1 - 0.86 * share
        ellipse(frame, (x, y), (radii[0] * size, radii[1] * size), mix(*colours, share**0.8))


def meeting(
    frame: Frame, shape: tuple[int, ...], left: int, top: int
) -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]] | None:
    """Return where a picture at (left, top) meets a frame: rows and columns of the frame, then of the picture."""
    y0, y1 = max(0, top), min(frame.shape[0], top + shape[0])
    x0, x1 = max(0, left), min(frame.shape[1], left + shape[1])
    if y0 >= y1 or x0 >= x1:
        return None
    return (y0, y1, x0, x1), (y0 - top, y1 - top, x0 - left, x1 - left)


def box(frame: Frame, left: float, top: float, width: float, height: float, colour: int) -> None:
    """Fill an upright rectangle."""
    polygon(frame, ((left, top), (left + width, top), (left + width, top + height), (left, top + height)), colour)
