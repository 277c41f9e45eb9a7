"""Decide from measured black edges what of a film's picture is picture: letterbox and pillarbox are cut away first."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from pipeline.facts import PictureFacts
from pipeline.framing import Area
from pipeline.plan.framing import picture_area, rotated_size
from pipeline.plan.subjects import Bars

# Of all pictures that are bright enough, so many may show something on a bar: a subtitle, a logo, a flash.
_EXCEPTIONS: Final = Fraction(1, 10)
# The bars of one shot alone are believed where they are alike on both sides and the same all the time: archive footage.
_LIKE_PX: Final = 4
_FEWEST_SIGHTS: Final = 3
# Where bar and picture meet, compression makes neither of both.
_SEAM_PX: Final = 2


def content_area(picture: PictureFacts, film: Sequence[Bars | None], shot: Sequence[Bars | None] = ()) -> Area:
    """Return what of a film's picture as shown is not black edge, by what all its shots show and what one shot does."""
    common, own = _common([bars for bars in film if bars]), _of_shot([bars for bars in shot if bars])
    bars = _larger(common, own)
    stored, area = rotated_size(picture), picture_area(picture)
    across, down = area.width_px / stored[0], area.height_px / stored[1]
    left, top, right, bottom = (edge + _SEAM_PX if edge else 0 for edge in _sides(bars))
    width, height = stored[0] - left - right, stored[1] - top - bottom
    if width * 4 < stored[0] or height * 4 < stored[1]:  # a picture so small is no picture
        return area
    return Area(left * across, top * down, width * across, height * down)


def _common(seen: Sequence[Bars]) -> Bars:
    """Return the edges that nearly all pictures have; a dark picture may have wider ones."""
    if len(seen) < _FEWEST_SIGHTS:
        return Bars()
    place = int(len(seen) * _EXCEPTIONS)
    return Bars(*(sorted(side)[place] for side in zip(*map(_sides, seen), strict=True)))


def _of_shot(seen: Sequence[Bars]) -> Bars:
    """Return the edges of one shot, where they look like bars: steady, and alike on both sides."""
    if len(seen) < _FEWEST_SIGHTS:
        return Bars()
    sides = [(min(side), max(side)) for side in zip(*map(_sides, seen), strict=True)]
    left, top, right, bottom = (low if high - low <= _LIKE_PX else 0 for low, high in sides)
    across, down = min(left, right), min(top, bottom)
    return Bars(
        across if abs(left - right) <= _LIKE_PX else 0,
        down if abs(top - bottom) <= _LIKE_PX else 0,
        across if abs(left - right) <= _LIKE_PX else 0,
        down if abs(top - bottom) <= _LIKE_PX else 0,
    )


def _larger(one: Bars, other: Bars) -> Bars:
    return Bars(*(max(pair) for pair in zip(_sides(one), _sides(other), strict=True)))


def _sides(bars: Bars) -> tuple[int, int, int, int]:
    return bars.left_px, bars.top_px, bars.right_px, bars.bottom_px
