"""The designs of cards: what each one shows, how large its parts are to each other, and in what order they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from pipeline.geometry import Box
from pipeline.graph import CardDrawing
from pipeline.links import printed_forms
from pipeline.plan.codes import least_module_px, plan_code
from pipeline.plan.compositions import (
    Group,
    Room,
    Shape,
    Tone,
    beside,
    lettered,
    moved,
    settled,
    single,
    stacked,
)
from pipeline.plan.laurels import branch_width
from pipeline.plan.lines import Pen, SetText, set_broken, set_text, visible
from pipeline.plan.setting import Weight

# Sizes are shares of the picture's shorter side. A phone shows 3 % of it as letters of two millimetres.
_LEAST: Final = Fraction(30, 1000)
_PLAIN: Final = Fraction(80, 1000)
_TITLE, _CREDIT = Fraction(140, 1000), Fraction(48, 1000)
_RATING, _NOTE, _NOTES_ALONE = Fraction(130, 1000), Fraction(48, 1000), Fraction(70, 1000)
_AWARD, _FESTIVAL, _BRANCH = Fraction(42, 1000), Fraction(66, 1000), Fraction(260, 1000)
_INTRO, _CALL, _ADDRESS = Fraction(54, 1000), Fraction(86, 1000), Fraction(40, 1000)
_CODE, _CODE_BESIDE = Fraction(420, 1000), Fraction(500, 1000)
# From this shape on, text stands beside a code rather than above it, in this share of the width.
_WIDE: Final = Fraction(4, 3)
_TEXT_SHARE: Final = Fraction(58, 100)
# Height of a branch over that of the text beside it.
_EMBRACE: Final = Fraction(4, 3)
# How much larger letters must be for laurels to stand otherwise than in a row in wide pictures, in a column in others.
_USUAL: Final = Fraction(5, 4)
# The scale below which a festival may take more than two lines, and an award more than one.
_LOOSE: Final = Fraction(45, 100)
_DASH = re.compile(r"\s[-–—|·]\s")

Words = Literal["whole", "broken"]
Composition: TypeAlias = tuple[tuple[Group, Room], ...]
"""Groups, and the room that each of them stands in."""


@dataclass(frozen=True)
class Fit:
    """One way to try a design: how large, with lines of which width, and whether words may be broken."""

    drawing: CardDrawing
    pen: Pen
    room: Room
    width_px: int
    scale: Fraction
    words: Words = "whole"

    @property
    def side_px(self) -> int:
        """The picture's shorter side."""
        return min(self.drawing.sheet.width_px, self.drawing.sheet.height_px)

    @property
    def lines(self) -> tuple[str, ...]:
        """What the card says, line by line; an empty line is one in which nothing would be seen."""
        return tuple(visible(line) for line in self.drawing.lines)

    def px(self, share: Fraction) -> int:
        """Return a share of the picture's shorter side at this scale, in pixels."""
        return max(1, round(self.side_px * share * self.scale))

    def size(self, texts: Sequence[str], share: Fraction, weight: Weight, width_px: int) -> int | None:
        """Return the one size in which all texts stand in a width; None where a word is wider at the smallest."""
        smallest = max(2, round(self.side_px * _LEAST))
        size = smallest if self.words == "broken" else max(smallest, self.px(share))
        for text in texts if self.words == "whole" else ():
            found = set_text(
                text, width_px=width_px, largest_px=size, smallest_px=smallest, weight=weight, pen=self.pen
            )
            if found is None:
                return None
            size = found.size_px
        return size

    def at(self, size: int, texts: Sequence[str], weight: Weight, tone: Tone, width_px: int) -> Group:
        """Return texts one under the other in a size, in lines of a width."""
        lines: list[str] = []
        for text in texts:
            found = set_text(text, width_px=width_px, largest_px=size, smallest_px=size, weight=weight, pen=self.pen)
            broken = found or set_broken(text, width_px=width_px, size_px=size, weight=weight, pen=self.pen)
            lines += broken.lines
        return lettered(SetText(tuple(lines), size), weight=weight, tone=tone, pen=self.pen)

    def block(
        self, texts: Sequence[str], share: Fraction, *, weight: Weight, tone: Tone, width_px: int | None = None
    ) -> Group | None:
        """Return texts one under the other in one size, or None where a width cannot hold one of them."""
        width = self.width_px if width_px is None else width_px
        size = self.size(texts, share, weight, width)
        return None if size is None else self.at(size, texts, weight, tone, width)


def plain(fit: Fit) -> Composition | None:
    """Lines of one size in the middle."""
    return _column(fit, [fit.block(fit.lines, _PLAIN, weight="regular", tone="ink")])


def title(fit: Fit) -> Composition | None:
    """The first line large, a short rule, what follows smaller."""
    first, *others = fit.lines
    groups = [fit.block((first,), _TITLE, weight="bold", tone="ink")] if first else []
    if any(others):
        groups += [*([_rule(fit)] if first else []), _led(fit, others, _CREDIT)]
    return _column(fit, groups, _TITLE / 2, _CREDIT)


def rating(fit: Fit) -> Composition | None:
    """The first line large in a frame, what follows under it."""
    first, *others = fit.lines
    groups = [_framed(fit, first)] if first else []
    groups += [_led(fit, others, _NOTE if first else _NOTES_ALONE)] if any(others) else []
    return _column(fit, groups, _NOTE * 3 / 2)


def laurels(fit: Fit) -> Composition | None:
    """Each line between two branches: what stands before a dash small, what follows it large."""
    lines = [line for line in fit.lines if line]
    sheet, gap = fit.drawing.sheet, fit.px(_NOTE * 3 / 2)
    usual = len(lines) if sheet.width_px >= sheet.height_px * _WIDE else 1
    best: tuple[Fraction, Group] | None = None
    for columns in range(1, len(lines) + 1):
        found = _wreaths(fit, lines, (fit.width_px - gap * (columns - 1)) // columns)
        if found is None:
            continue
        size, wreaths = found
        rows = [beside(wreaths[at : at + columns], gap) for at in range(0, len(wreaths), columns)]
        grid = stacked(rows, [gap] * (len(rows) - 1))
        worth = size * (_USUAL if columns == usual else 1)
        if settled(grid, fit.room) and (best is None or worth > best[0]):
            best = worth, grid
    return None if best is None else ((best[1], fit.room),)


def end(fit: Fit) -> Composition | None:
    """The last line stands out, those before it lead to it; a QR code and its address under them or beside them."""
    *intro, call = fit.lines or ("",)
    groups = [_led(fit, intro, _INTRO)] if any(intro) else []
    groups += [fit.block((call,), _CALL, weight="bold", tone="accent")] if call else []
    gaps, link, sheet = [_INTRO * 2 / 3] * (len(groups) - 1), fit.drawing.link, fit.drawing.sheet
    if link is None:
        return _column(fit, groups, *gaps)
    if sheet.width_px < sheet.height_px * _WIDE or not groups:
        return _column(fit, [*groups, _code(fit, link, _CODE, fit.room)], *gaps, _CALL * 3 / 4)
    left, right = _parted(fit)
    code = _code(fit, link, _CODE_BESIDE, right)
    text = end(replace(fit, drawing=replace(fit.drawing, link=None), room=left, width_px=left.widths[0]))
    return None if text is None or code is None else (*text, (code, right))


DESIGNS: Final[Mapping[str, Callable[[Fit], Composition | None]]] = {
    "plain": plain,
    "title": title,
    "rating": rating,
    "laurels": laurels,
    "end": end,
}
"""How each design composes a card; None where it does not fit the way that is tried."""


def _column(fit: Fit, groups: Sequence[Group | None], *gaps: Fraction) -> Composition | None:
    found = [group for group in groups if group is not None]
    return ((stacked(found, [fit.px(gap) for gap in gaps]), fit.room),) if len(found) == len(groups) else None


def _led(fit: Fit, texts: Sequence[str], share: Fraction) -> Group | None:
    """Return lines that stand back behind the one that stands out."""
    return fit.block([text for text in texts if text], share, weight="regular", tone="quiet")


def _rule(fit: Fit) -> Group:
    width, height = fit.px(Fraction(12, 100)), max(2, fit.px(Fraction(5, 1000)))
    return single(Shape("rule", "accent", Box(-(width // 2), 0, width, height)))


def _framed(fit: Fit, text: str) -> Group | None:
    line, padding = max(2, fit.px(Fraction(7, 1000))), fit.px(_RATING * 2 / 5)
    inside = fit.block((text,), _RATING, weight="bold", tone="ink", width_px=fit.width_px - 2 * (line + padding))
    if inside is None:
        return None
    height = inside.height_px + 2 * (line + padding)
    # A frame around one letter is a square.
    width = max(inside.width_px + 2 * (line + padding), height)
    frame = Shape("frame", "ink", Box(-(width // 2), 0, width, height), line)
    return Group((frame, *(moved(element, 0, line + padding) for element in inside.elements)), width, height)


def _wreaths(fit: Fit, lines: Sequence[str], width_px: int) -> tuple[Fraction, list[Group]] | None:
    """Return the lines between branches, all of one size and none wider than a cell, and how large festivals are."""
    told = [(before, after) if after else ("", before) for before, after in map(_award_and_festival, lines)]
    height, gap = fit.px(_BRANCH), fit.px(_AWARD * 3 / 4)
    while True:
        branch = round(height * branch_width())
        room = width_px - 2 * (branch + gap)
        small = fit.size([award for award, _ in told if award], _AWARD, "regular", room) if room > 0 else None
        large = fit.size([festival for _, festival in told], _FESTIVAL, "bold", room) if room > 0 else None
        if small is None or large is None:
            return None
        texts = []
        for award, festival in told:
            rows = [fit.at(small, (award,), "regular", "quiet", room)] if award else []
            rows += [fit.at(large, (festival,), "bold", "ink", room)]
            if fit.scale > _LOOSE and any(
                len(row.elements) > most for row, most in zip(rows[::-1], (2, 1), strict=False)
            ):
                return None
            texts.append(stacked(rows, [gap] * (len(rows) - 1)))
        needed = max((text.height_px * _EMBRACE).__ceil__() for text in texts)
        if needed <= height:
            break
        height = needed
    box = Box(-(branch // 2), 0, branch, height)
    left, right = single(Shape("branch", "accent", box)), single(Shape("mirrored branch", "accent", box))
    width = max(text.width_px for text in texts)
    return Fraction(large), [beside((left, replace(text, width_px=width), right), gap) for text in texts]


def _award_and_festival(line: str) -> tuple[str, str]:
    award, *festival = _DASH.split(line, maxsplit=1)
    return visible(award), visible("".join(festival))


def _code(fit: Fit, link: str, share: Fraction, room: Room) -> Group | None:
    sheet = fit.drawing.sheet
    least = least_module_px(sheet.width_px, sheet.height_px)
    code = plan_code(link, wished_px=fit.px(share), most_px=room.narrow_px, least_module_px=least)
    address = _address(fit, link, room.narrow_px)
    return None if code is None or address is None else stacked((single(code), address), (fit.px(_ADDRESS),))


def _address(fit: Fit, link: str, width_px: int) -> Group | None:
    """Return the first printed form that the fonts have and that stands in one line, else the last one broken."""
    forms = [form for form in printed_forms(link) if fit.pen.lacks(form) is None]
    for form in forms:
        found = replace(fit, words="whole").block((form,), _ADDRESS, weight="regular", tone="ink", width_px=width_px)
        if found is not None and len(found.elements) == 1:
            return found
    return replace(fit, words="broken").block(forms[-1:], _ADDRESS, weight="regular", tone="ink", width_px=width_px)


def _parted(fit: Fit) -> tuple[Room, Room]:
    """Return a room in two beside each other: for text, and for a code."""
    whole, gutter = fit.room.centred[0], fit.px(_CALL)
    width = round((whole.width_px - gutter) * _TEXT_SHARE)
    left = replace(whole, width_px=width)
    right = replace(whole, left_px=left.right_px + gutter, width_px=whole.width_px - gutter - width)
    rooms = [Room.of((half,), middle_px=half.left_px + half.width_px // 2) for half in (left, right)]
    return rooms[0], rooms[1]
