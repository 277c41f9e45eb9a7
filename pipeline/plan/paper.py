"""A printed page as a value: words, bars, pictures and codes, each in its place, in points from the top left corner."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pipeline.plan.lines import Ink, set_broken
from pipeline.plan.setting import Setter, Weight

A4_PT: Final = (595.28, 841.89)
"""Width and height, upright (ISO 216: 210 mm by 297 mm)."""
_FINE: Final = 100
"""Lines are broken in hundredths of a point."""
# Of a line, in sizes of its letters, where its own letters reach no further: capitals with accents, and g and y.
_ABOVE: Final = 0.95
_BELOW: Final = 0.27


@dataclass(frozen=True)
class Letters:
    """A line of words."""

    text: str
    left: float
    baseline: float
    size: float
    weight: Weight
    width: float
    """From `left` to the last ink."""
    above: float
    """How far its line reaches above the baseline, and below it, which no other line enters."""
    below: float
    language: str | None = None
    overhang: float = 0.0
    """How far ink reaches to the left of `left`, as accents of narrow letters do."""

    @property
    def top(self) -> float:
        """Where its line begins."""
        return self.baseline - self.above

    @property
    def bottom(self) -> float:
        """Where its line ends."""
        return self.baseline + self.below

    def moved(self, right: float, down: float) -> Letters:
        """Return it at another place."""
        return replace(self, left=self.left + right, baseline=self.baseline + down)


@dataclass(frozen=True)
class Bar:
    """A black rectangle: a rule, or a mark beside a note."""

    left: float
    top: float
    width: float
    height: float

    def moved(self, right: float, down: float) -> Bar:
        """Return it at another place."""
        return replace(self, left=self.left + right, top=self.top + down)


@dataclass(frozen=True)
class Still:
    """A picture, of which a box has the proportions."""

    path: Path
    left: float
    top: float
    width: float
    height: float

    def moved(self, right: float, down: float) -> Still:
        """Return it at another place."""
        return replace(self, left=self.left + right, top=self.top + down)


@dataclass(frozen=True)
class CodeSquare:
    """A QR code without its quiet zone, which stays free around it."""

    rows: tuple[str, ...]
    left: float
    top: float
    module: float

    def moved(self, right: float, down: float) -> CodeSquare:
        """Return it at another place."""
        return replace(self, left=self.left + right, top=self.top + down)


Mark = Letters | Bar | Still | CodeSquare


@dataclass(frozen=True)
class Page:
    """What is on one page."""

    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Column:
    """Lines below each other, from the top left corner of the first."""

    lines: tuple[Letters, ...]
    height: float


@dataclass(frozen=True)
class Scribe:
    """Sets words in the fonts of a setter, by size."""

    regular: Setter
    bold: Setter

    def line(self, text: str, size: float, weight: Weight, language: str | None = None) -> Column:
        """Return one line, however long."""
        set_line = self._setter(weight).set(text, language)
        above = max(_ABOVE, set_line.above_ems) * size
        below = max(_BELOW, set_line.below_ems) * size
        left, right = -min(0.0, set_line.ink_left_ems) * size, max(set_line.width_ems, set_line.ink_right_ems) * size
        letters = Letters(text, left, above, size, weight, right, above, below, language, left)
        return Column((letters,), above + below)

    def width(self, text: str, size: float, weight: Weight, language: str | None = None) -> float:
        """Return how wide a line is."""
        (line,) = self.line(text, size, weight, language).lines
        return line.left + line.width

    def lines(self, text: str, width: float, size: float, weight: Weight, language: str | None = None) -> Column:
        """Return a text in as many lines as it needs, broken at words where that can be; nothing for no text."""
        whole = self.shown(text, language)
        if not whole:
            return Column((), 0.0)
        pen = _Pen(self, language)
        broken = set_broken(
            whole, width_px=math.floor(width * _FINE), size_px=round(size * _FINE), weight=weight, pen=pen
        )
        return stacked([self.line(line, size, weight, language) for line in broken.lines])

    def shown(self, text: str, language: str | None) -> str:
        """Return a text with a box in place of each letter that no font has."""
        return "".join(letter if self.regular.has(letter, language) else "□" for letter in text)

    def _setter(self, weight: Weight) -> Setter:
        return self.bold if weight == "bold" else self.regular


def stacked(columns: Sequence[Column], *, apart: float = 0.0) -> Column:
    """Return columns below each other; those without lines take no room."""
    return Column(tuple(_stacked(columns, apart)), _height(columns, apart))


def _stacked(columns: Sequence[Column], apart: float) -> Iterator[Letters]:
    top = 0.0
    for column in columns:
        yield from (line.moved(0, top) for line in column.lines)
        top += column.height + (apart if column.lines else 0.0)


def _height(columns: Sequence[Column], apart: float) -> float:
    filled = [column.height for column in columns if column.lines]
    return sum(filled) + apart * max(0, len(filled) - 1)


@dataclass(frozen=True)
class _Pen:
    """Measures for `plan.lines`, in hundredths of a point."""

    scribe: Scribe
    language: str | None

    def ink(self, text: str, size_px: int, weight: Weight) -> Ink:
        return Ink(0, math.ceil(self.scribe.width(text, size_px / _FINE, weight, self.language) * _FINE), 0, 0)

    def lacks(self, text: str) -> str | None:
        return next((letter for letter in text if not self.scribe.regular.has(letter, self.language)), None)
