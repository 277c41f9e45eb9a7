"""Where text breaks into lines, and how large it may be in a width; a pen measures, nothing here knows a font."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, Protocol

from pipeline.plan.phrases import breaks, breaks_inside
from pipeline.plan.setting import Weight

# How much smaller than wished letters may get before a line that somebody wrote is broken.
_WHOLE: Final = Fraction(2, 3)
# The most that a break may cost: between words or phrases, and after a hyphen; see `phrases`.
_WILLINGLY: Final = 2.0
_BLANKS: Final = " \u3000\u200b"


@dataclass(frozen=True)
class Ink:
    """What a line of letters covers, in pixels from where it starts on its baseline."""

    left: int
    """Negative where a letter reaches back."""
    right: int
    up: int
    """Rows above the baseline."""
    down: int
    """Rows below it; negative where nothing reaches down to it."""

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left


class Pen(Protocol):
    """What knows letters."""

    @property
    def language(self) -> str | None:
        """In which language it writes, a BCP 47 tag."""

    def ink(self, text: str, size_px: int, weight: Weight) -> Ink:
        """Return what a line covers."""

    def lacks(self, text: str) -> str | None:
        """Return the first character that no font has."""


@dataclass(frozen=True)
class SetText:
    """Lines of one size."""

    lines: tuple[str, ...]
    size_px: int


def visible(text: str) -> str:
    """Return text with runs of blanks and line ends as single spaces; nothing where no letter would be seen."""
    plain = " ".join(text.split())
    return plain if any(unicodedata.category(letter) not in ("Cf", "Mn", "Zs") for letter in plain) else ""


def set_text(
    text: str, *, width_px: int, largest_px: int, smallest_px: int, weight: Weight, pen: Pen
) -> SetText | None:
    """Return a text as large as it stands in a width: whole if it may be a little smaller, else in even lines.

    It breaks at words; None where a word is too wide at the smallest size.
    """

    for size in shrinking(largest_px, max(smallest_px, round(largest_px * _WHOLE))):
        if pen.ink(text, size, weight).width <= width_px:
            return SetText((text,), size)
    pieces = _pieces(text, pen.language)
    for size in shrinking(largest_px, smallest_px):
        measure = _measure(pen, size, weight)
        if all(measure(piece) <= width_px for _, piece in pieces):
            return SetText(_even(pieces, width_px, measure), size)
    return None


def set_broken(text: str, *, width_px: int, size_px: int, weight: Weight, pen: Pen) -> SetText:
    """Return a text in lines that a width holds at a size, words broken where they must be."""

    width_of = _measure(pen, size_px, weight)
    pieces: list[tuple[str, str]] = []
    for gap, piece in _pieces(text, pen.language):
        if width_of(piece) <= width_px:
            pieces.append((gap, piece))
        else:
            (_, first), *others = _letters(piece)
            pieces += [(gap, first), *others]
    return SetText(_even(pieces, width_px, width_of), size_px)


def shrinking(largest: int, smallest: int) -> Iterator[int]:
    """Yield sizes from the largest to the smallest, each about a twentieth smaller."""
    size = largest
    while size > smallest:
        yield size
        size = min(size - 1, size * 19 // 20)
    yield smallest


def _measure(pen: Pen, size: int, weight: Weight) -> Callable[[str], int]:
    return lambda line: pen.ink(line, size, weight).width


@functools.lru_cache(maxsize=256)
def _pieces(text: str, language: str | None) -> tuple[tuple[str, str], ...]:
    """Return (what stands before, piece) for all that no line break may part: words, and phrases where words touch."""
    return _parted(text, [place.at for place in breaks(text, language) if place.cost <= _WILLINGLY])


def _letters(word: str) -> tuple[tuple[str, str], ...]:
    return _parted(word, [place.at for place in breaks_inside(word, 0, len(word))])


def _parted(text: str, places: Sequence[int]) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    gap = ""
    for start, end in pairwise((0, *places, len(text))):
        piece = text[start:end].rstrip(_BLANKS)
        found.append((gap, piece))
        gap = text[start + len(piece) : end]
    return tuple(found)


def _even(pieces: Sequence[tuple[str, str]], width: int, width_of: Callable[[str], int]) -> tuple[str, ...]:
    """Return as few lines as a width allows, with their lengths as equal as that number of lines allows."""
    best = _filled(pieces, width, width_of)
    narrow, wide = math.ceil(width / max(1, len(best))), width
    while narrow < wide:
        middle = (narrow + wide) // 2
        lines = _filled(pieces, middle, width_of)
        if len(lines) == len(best) and all(width_of(line) <= width for line in lines):
            best, wide = lines, middle
        else:
            narrow = middle + 1
    return best


def _filled(pieces: Sequence[tuple[str, str]], width: int, width_of: Callable[[str], int]) -> tuple[str, ...]:
    lines: list[str] = []
    line = ""
    for gap, piece in pieces:
        longer = f"{line}{gap}{piece}" if line else piece
        if line and width_of(longer) > width:
            lines.append(line)
            line = piece
        else:
            line = longer
    return (*lines, line)
