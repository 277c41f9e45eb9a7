"""The shape of a laurel branch, as festivals put it around their name: leaves in pairs on an arc, drawn by rule."""

from __future__ import annotations

import functools
import math
from typing import Final

Point = tuple[float, float]
Polygon = tuple[Point, ...]

_SPAN: Final = math.radians(64)
"""Half of the arc that the stem follows."""
_PAIRS: Final = 10
_SPREAD: Final = math.radians(27)
"""How far leaves turn away from the stem."""
_LONGEST, _SHORTEST = 0.27, 0.17
"""Leaves at the foot and at the tip, in radii of the arc."""
_SLENDER: Final = 0.31
"""A leaf's width over its length."""
_STEM: Final = 0.009


@functools.cache
def branch() -> tuple[Polygon, ...]:
    """Return the polygons of the left branch, foot below, in a box as high as 1 that begins at (0, 0)."""
    shapes = [_stem()]
    for place in range(_PAIRS):
        along = (place + 0.35) / _PAIRS
        length = _LONGEST + (_SHORTEST - _LONGEST) * along
        point, heading = _at(along)
        shapes += [_leaf(point, heading + side * _SPREAD, length) for side in (1, -1)]
    tip, heading = _at(1.0)
    shapes.append(_leaf(tip, heading, _SHORTEST))
    xs, ys = ([point[axis] for shape in shapes for point in shape] for axis in (0, 1))
    left, top, scale = min(xs), min(ys), 1 / (max(ys) - min(ys))
    return tuple(tuple(((x - left) * scale, (y - top) * scale) for x, y in shape) for shape in shapes)


def branch_width() -> float:
    """Return how wide the box of a branch is over its height."""
    return max(x for shape in branch() for x, _ in shape)


def _at(along: float) -> tuple[Point, float]:
    """Return a point of the stem, from foot (0) to tip (1), and where it heads: the angle from the right, clockwise."""
    angle = _SPAN * (1 - 2 * along)
    return (-math.cos(angle), math.sin(angle)), -angle - math.pi / 2


def _leaf(foot: Point, heading: float, length: float) -> Polygon:
    """Return a lens that is broadest a little behind its middle."""
    steps = [step / 12 for step in range(13)]
    half = [_SLENDER * length / 2 * math.sin(math.pi * step**0.85) for step in steps]
    edge = [(step * length, side) for step, side in zip(steps, half, strict=True)]
    edge += [(step * length, -side) for step, side in zip(reversed(steps), reversed(half), strict=True)]
    cos, sin = math.cos(heading), math.sin(heading)
    return tuple((foot[0] + cos * x - sin * y, foot[1] + sin * x + cos * y) for x, y in edge)


def _stem() -> Polygon:
    """Return the stem, which tapers towards its tip."""
    steps = [step / 24 for step in range(25)]
    outer = [(_at(step)[0], 1 + _STEM * (1 - 0.6 * step)) for step in steps]
    inner = [(_at(step)[0], 1 - _STEM * (1 - 0.6 * step)) for step in reversed(steps)]
    return tuple((x * far, y * far) for (x, y), far in (*outer, *inner))
