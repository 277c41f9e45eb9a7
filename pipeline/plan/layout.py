"""Where things may stand in a picture: what platforms' buttons cover, what of it is free, and how boxes lie to it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Final, Literal

from pipeline.geometry import Box
from pipeline.presets import PlatformPreset
from pipeline.values import hashed_once

# Where no platform says what it covers: what SMPTE RP 2046 calls title safe.
_TITLE_SAFE: Final = Fraction(1, 10)
# Shares of the picture that two lines of a caption need.
_ROOM_ACROSS: Final = Fraction(2, 5)
_ROOM_DOWN: Final = Fraction(1, 10)


@hashed_once
@dataclass(frozen=True)
class ButtonZone:
    """Pixels of a picture that a platform's own buttons and text cover."""

    platforms: tuple[str, ...]
    """Names of the platforms that cover them, sorted."""
    box: Box


@dataclass(frozen=True)
class Obstacle:
    """Something in the picture that is better not covered, for some frames of the clip."""

    first_frame: int
    end_frame: int
    """The first frame at which it is gone."""
    box: Box


@hashed_once
@dataclass(frozen=True)
class Canvas:
    """A picture of one shape, its preferred size, and what the buttons of the platforms that show it cover."""

    width_px: int
    height_px: int
    zones: tuple[ButtonZone, ...]

    @property
    def shape(self) -> Fraction:
        """Width over height."""
        return Fraction(self.width_px, self.height_px)

    @property
    def covered(self) -> tuple[Box, ...]:
        """What buttons cover, whosever they are."""
        return tuple(zone.box for zone in self.zones)


def canvases(platforms: Sequence[PlatformPreset], zones: Literal["common", "per-platform"]) -> dict[str, Canvas]:
    """Return what each platform's pictures are laid out on, by its id.

    'common': platforms of one shape have one canvas, covered by the buttons of all, where that leaves room for a line
    of text; else, and for 'per-platform', each has its own.
    """
    alike: dict[Fraction, list[PlatformPreset]] = {}
    for one in platforms:
        alike.setdefault(shape_of(one), []).append(one)
    common = {shape: _canvas(some) for shape, some in alike.items()}
    shared = {shape for shape, canvas in common.items() if zones == "common" and _has_room(canvas)}
    shapes = {one.id: shape_of(one) for one in platforms}
    return {one.id: common[shapes[one.id]] if shapes[one.id] in shared else _canvas([one]) for one in platforms}


def _canvas(platforms: Sequence[PlatformPreset]) -> Canvas:
    width, height = max((one.picture.width_px.prefer, one.picture.height_px.prefer) for one in platforms)
    return _one_canvas(width, height, button_zones(platforms, width_px=width, height_px=height))


# One for all that are alike: by canvases it is looked up what is drawn on them.
@functools.lru_cache(maxsize=256)
def _one_canvas(width_px: int, height_px: int, zones: tuple[ButtonZone, ...]) -> Canvas:
    return Canvas(width_px, height_px, zones)


def _has_room(canvas: Canvas) -> bool:
    free = free_boxes(canvas.zones, width_px=canvas.width_px, height_px=canvas.height_px)
    return any(
        box.width_px >= _ROOM_ACROSS * canvas.width_px and box.height_px >= _ROOM_DOWN * canvas.height_px
        for box in free
    )


def resized(canvas: Canvas, *, width_px: int, height_px: int) -> Canvas:
    """Return a canvas in another size; what buttons cover is rounded outwards."""
    across, down = Fraction(width_px, canvas.width_px), Fraction(height_px, canvas.height_px)
    zones = []
    for zone in canvas.zones:
        left, top = int(zone.box.left_px * across), int(zone.box.top_px * down)
        right, bottom = (zone.box.right_px * across).__ceil__(), (zone.box.bottom_px * down).__ceil__()
        zones.append(ButtonZone(zone.platforms, Box(left, top, right - left, bottom - top)))
    return Canvas(width_px, height_px, tuple(zones))


def shape_of(platform: PlatformPreset) -> Fraction:
    """Return width over height of a platform's pictures."""
    across, down = map(int, platform.picture.aspect.split(":"))
    return Fraction(across, down)


def button_zones(platforms: Iterable[PlatformPreset], *, width_px: int, height_px: int) -> tuple[ButtonZone, ...]:
    """Return what the buttons of some platforms cover of a picture of a size, each box once, from top left on.

    Presets give pixels of their preferred size; here they are scaled and rounded outwards.
    """
    found: dict[Box, set[str]] = {}
    for platform in platforms:
        for box in _covered(platform, width_px, height_px):
            found.setdefault(box, set()).add(platform.name)
    order = sorted(found, key=lambda box: (box.top_px, box.left_px, box.area))
    return tuple(ButtonZone(tuple(sorted(found[box])), box) for box in order)


def free_boxes(zones: Sequence[ButtonZone], *, width_px: int, height_px: int) -> tuple[Box, ...]:
    """Return the largest boxes that no zone touches, the largest first; without zones the title-safe box."""
    return _free_boxes(tuple(zones), width_px, height_px)


# Every card of every clip asks for those of one of a handful of canvases.
@functools.lru_cache(maxsize=256)
def _free_boxes(zones: tuple[ButtonZone, ...], width_px: int, height_px: int) -> tuple[Box, ...]:
    if not zones:
        left, top = round(width_px * _TITLE_SAFE), round(height_px * _TITLE_SAFE)
        return (Box(left, top, width_px - 2 * left, height_px - 2 * top),)
    covered = [zone.box for zone in zones]
    columns = sorted({0, width_px, *(x for box in covered for x in (box.left_px, box.right_px))})
    rows = sorted({0, height_px, *(y for box in covered for y in (box.top_px, box.bottom_px))})
    is_free = _free_cells(covered, columns, rows)
    free = [
        Box(columns[left], rows[top], columns[right] - columns[left], rows[bottom] - rows[top])
        for left, right in combinations(range(len(columns)), 2)
        for top, bottom in combinations(range(len(rows)), 2)
        if is_free(left, right, top, bottom)
        and not is_free(left - 1, right, top, bottom) and not is_free(left, right + 1, top, bottom)
        and not is_free(left, right, top - 1, bottom) and not is_free(left, right, top, bottom + 1)
    ]  # fmt: skip
    return tuple(sorted(free, key=lambda box: (-box.area, box.top_px, box.left_px)))


def _free_cells(
    covered: Sequence[Box], columns: Sequence[int], rows: Sequence[int]
) -> Callable[[int, int, int, int], bool]:
    """Return what tells whether cells between two columns and two rows are free; beyond the edges none is."""
    sums = [[0] * len(columns) for _ in rows]
    for row in range(1, len(rows)):
        for column in range(1, len(columns)):
            cell = Box(columns[column - 1], rows[row - 1], 1, 1)
            taken = any(box.overlap(cell) for box in covered)
            sums[row][column] = taken + sums[row - 1][column] + sums[row][column - 1] - sums[row - 1][column - 1]

    def is_free(left: int, right: int, top: int, bottom: int) -> bool:
        if min(left, top) < 0 or right >= len(columns) or bottom >= len(rows):
            return False
        return sums[bottom][right] - sums[top][right] - sums[bottom][left] + sums[top][left] == 0

    return is_free


def covered_share(box: Box, zones: Iterable[ButtonZone]) -> Fraction:
    """Return the share of a box that the zones cover, overlaps counted once, 0 to 1."""
    parts = [part for zone in zones if (part := _common(box, zone.box)) is not None]
    xs = sorted({x for part in parts for x in (part.left_px, part.right_px)})
    total = 0
    for left, right in pairwise(xs):
        spans = sorted((p.top_px, p.bottom_px) for p in parts if p.left_px <= left and p.right_px >= right)
        reached = 0
        for top, bottom in spans:
            total += (right - left) * max(0, bottom - max(top, reached))
            reached = max(reached, bottom)
    return Fraction(total, box.area) if box.area else Fraction(0)


def _common(one: Box, other: Box) -> Box | None:
    left, top = max(one.left_px, other.left_px), max(one.top_px, other.top_px)
    right, bottom = min(one.right_px, other.right_px), min(one.bottom_px, other.bottom_px)
    return Box(left, top, right - left, bottom - top) if left < right and top < bottom else None


def _covered(platform: PlatformPreset, width_px: int, height_px: int) -> tuple[Box, ...]:
    zone, picture = platform.safe_zone, platform.picture
    if zone is None:
        return ()
    across = Fraction(width_px, picture.width_px.prefer)
    down = Fraction(height_px, picture.height_px.prefer)
    top, bottom = (min(height_px, (pixels * down).__ceil__()) for pixels in (zone.top_px, zone.bottom_px))
    left, right = (min(width_px, (pixels * across).__ceil__()) for pixels in (zone.left_px, zone.right_px))
    boxes = [
        Box(0, 0, width_px, top),
        Box(0, height_px - bottom, width_px, bottom),
        Box(0, 0, left, height_px),
        Box(width_px - right, 0, right, height_px),
    ]
    if zone.rail is not None:
        rail, start = min(width_px, (zone.rail.width_px * across).__ceil__()), int(zone.rail.from_y_px * down)
        boxes.append(Box(width_px - rail, start, rail, height_px - start))
    return tuple(box for box in boxes if box.area)
