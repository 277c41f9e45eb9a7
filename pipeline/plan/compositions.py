"""What a card is composed of, letters, shapes, a code, a logo, and how groups of these come to stand in free boxes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from pipeline.edit import CardPicture
from pipeline.geometry import Box
from pipeline.graph import CardSheet
from pipeline.plan.codes import Code
from pipeline.plan.lines import Pen, SetText
from pipeline.plan.setting import Weight

Tone = Literal["ink", "quiet", "accent"]

_LEADING: Final = Fraction(6, 5)
"""From one baseline to the next, in letter sizes."""
_AIR: Final = Fraction(1, 8)
"""Least space between the ink of two lines, in letter sizes."""
# What is centred by measure looks as if it sank; a little above the middle looks right.
_OPTICAL_CENTRE: Final = Fraction(47, 100)
_WORTH_TRYING: Final = Fraction(1, 3)
_LOGO_HEIGHT, _LOGO_WIDTH, _LOGO_GAP = Fraction(1, 10), Fraction(2, 5), Fraction(1, 20)


@dataclass(frozen=True)
class Letters:
    """One line of text."""

    text: str
    size_px: int
    weight: Weight
    tone: Tone
    start_px: int
    """Where its first letter starts, on the baseline."""
    baseline_px: int
    box: Box
    """What its ink covers."""


@dataclass(frozen=True)
class Shape:
    """Something drawn."""

    kind: Literal["rule", "frame", "branch", "mirrored branch"]
    tone: Tone
    box: Box
    line_px: int = 0
    """How thick a frame is."""


@dataclass(frozen=True)
class LogoPlace:
    """Where the logo stands."""

    box: Box


@dataclass(frozen=True)
class PicturePlace:
    """Where the picture stands that a card shows instead of text."""

    box: Box


Element: TypeAlias = Letters | Shape | Code | LogoPlace | PicturePlace


@dataclass(frozen=True)
class Group:
    """Elements that stay together, their places counted from the middle of the group's top edge."""

    elements: tuple[Element, ...]
    width_px: int
    height_px: int


@dataclass(frozen=True)
class Room:
    """Where groups may stand: free boxes, and the line on which what is in them is centred."""

    free: tuple[Box, ...]
    middle_px: int
    centred: tuple[Box, ...]
    """The parts of the free boxes that lie evenly about the middle and are worth trying, the largest first."""

    @classmethod
    def of(cls, free: Sequence[Box], *, middle_px: int) -> Room:
        """Return the room in free boxes, centred on the picture's middle where that does not cost half of it."""
        largest = max(free, key=lambda box: box.area)
        if max(_centred(box, middle_px).area for box in free) * 2 < largest.area:
            free, middle_px = (largest,), largest.left_px + largest.width_px // 2
        centred = sorted((_centred(box, middle_px) for box in free), key=lambda box: -box.area)
        worth = tuple(box for box in centred if box.area >= centred[0].area * _WORTH_TRYING)
        return cls(tuple(free), middle_px, worth)

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths to try, the widest first."""
        return tuple(sorted({box.width_px for box in self.centred}, reverse=True))

    @property
    def narrow_px(self) -> int:
        """How wide the highest part is."""
        return max(self.centred, key=lambda box: (box.height_px, box.width_px)).width_px

    @property
    def top_px(self) -> int:
        """Where the uppermost part begins."""
        return min(box.top_px for box in self.centred)

    @property
    def bottom_px(self) -> int:
        """Where the lowest part ends."""
        return max(box.bottom_px for box in self.centred)


def lettered(text: SetText, *, weight: Weight, tone: Tone, pen: Pen) -> Group:
    """Return lines of text, each centred by its ink; an empty line leaves its space."""
    elements: list[Element] = []
    baseline = bottom = widest = 0
    for number, line in enumerate(text.lines):
        ink = pen.ink(line, text.size_px, weight)
        leading = (text.size_px * _LEADING).__ceil__()
        air = (text.size_px * _AIR).__ceil__()
        baseline = max(baseline + leading, bottom + air + ink.up) if number else max(ink.up, 0)
        if line:
            left = -(ink.width // 2)
            box = Box(left, baseline - ink.up, ink.width, ink.up + ink.down)
            elements.append(Letters(line, text.size_px, weight, tone, left - ink.left, baseline, box))
            widest, bottom = max(widest, ink.width), box.bottom_px
    return Group(tuple(elements), widest, max(baseline, bottom))


def single(element: Element) -> Group:
    """Return one element whose box is centred about 0 as a group."""
    return Group((element,), element.box.width_px, element.box.height_px)


def stacked(groups: Sequence[Group], gaps: Sequence[int]) -> Group:
    """Return groups one under the other, with a gap before each but the first."""
    elements: list[Element] = []
    height = 0
    for number, group in enumerate(groups):
        height += gaps[number - 1] if number else 0
        elements += (moved(element, 0, height) for element in group.elements)
        height += group.height_px
    return Group(tuple(elements), max((group.width_px for group in groups), default=0), height)


def beside(groups: Sequence[Group], gap: int) -> Group:
    """Return groups side by side, each centred on the height of the highest."""
    height = max(group.height_px for group in groups)
    width = sum(group.width_px for group in groups) + gap * (len(groups) - 1)
    left = -(width // 2)
    elements: list[Element] = []
    for group in groups:
        down = (height - group.height_px) // 2
        elements += (moved(element, left + group.width_px // 2, down) for element in group.elements)
        left += group.width_px + gap
    return Group(tuple(elements), width, height)


def settled(group: Group, room: Room) -> tuple[Element, ...] | None:
    """Return a group's elements where they stand in a room, each inside a free box; None where they fit nowhere."""
    last = room.bottom_px - group.height_px
    wish = room.top_px + round((last - room.top_px) * _OPTICAL_CENTRE)
    step = max(1, (room.bottom_px - room.top_px) // 60)
    tops = {room.top_px, last, *range(wish, room.top_px, -step), *range(wish, last, step)}
    for top in sorted((top for top in tops if room.top_px <= top <= last), key=lambda top: (abs(top - wish), top)):
        placed = tuple(moved(element, room.middle_px, top) for element in group.elements)
        if all(any(box.holds(element.box) for box in room.free) for element in placed):
            return placed
    return None


def placed_logo(sheet: CardSheet, room: Room) -> tuple[LogoPlace, Room] | None:
    """Return where the sheet's logo stands, at the bottom of a room, and what it leaves of the room."""
    assert sheet.logo is not None
    side = min(sheet.width_px, sheet.height_px)
    shape = Fraction(sheet.logo.width_px, sheet.logo.height_px)
    wish = min(side * _LOGO_HEIGHT, min(side * _LOGO_WIDTH, Fraction(room.narrow_px)) / shape)
    width, height = max(1, round(wish * shape)), max(1, round(wish))
    place = Box(room.middle_px - width // 2, room.bottom_px - height, width, height)
    end = place.top_px - round(side * _LOGO_GAP)
    cut = (replace(box, height_px=min(box.bottom_px, end) - box.top_px) for box in room.free)
    free = tuple(box for box in cut if box.height_px > 0)
    if not free or not any(box.holds(place) for box in room.free):
        return None
    return LogoPlace(place), Room.of(free, middle_px=room.middle_px)


def placed_picture(sheet: CardSheet, picture: CardPicture) -> PicturePlace:
    """Return where a picture is seen whole and as large as it can be, in the middle of a free box."""
    shape = Fraction(picture.width_px, picture.height_px)
    places = (_contained(shape, box) for box in sheet.free)
    return PicturePlace(max(places, key=lambda box: box.area))


def moved(element: Element, right_px: int, down_px: int) -> Element:
    """Return an element at another place."""
    box = element.box.moved(right_px, down_px)
    if isinstance(element, Letters):
        start, baseline = element.start_px + right_px, element.baseline_px + down_px
        return replace(element, box=box, start_px=start, baseline_px=baseline)
    return replace(element, box=box)


def touching(elements: Iterable[Element]) -> bool:
    """Return whether two elements share pixels; what a frame surrounds does not touch it."""
    boxes = [element.box for element in elements if not isinstance(element, Shape) or element.kind != "frame"]
    return any(one.overlap(other) for place, one in enumerate(boxes) for other in boxes[place + 1 :])


def _contained(shape: Fraction, box: Box) -> Box:
    """Return the largest box of a shape, width over height, in the middle of another."""
    width, height = (
        min(Fraction(box.width_px), box.height_px * shape),
        min(Fraction(box.height_px), box.width_px / shape),
    )
    across, down = max(1, int(width)), max(1, int(height))
    return Box(box.left_px + (box.width_px - across) // 2, box.top_px + (box.height_px - down) // 2, across, down)


def _centred(box: Box, middle_px: int) -> Box:
    half = max(0, min(middle_px - box.left_px, box.right_px - middle_px))
    return Box(middle_px - half, box.top_px, 2 * half, box.height_px)
