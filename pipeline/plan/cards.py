"""How a card is laid out: where its text may stand, how large it is, where its lines break; a font only measures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.edit import Card, Edit
from pipeline.errors import PlanError
from pipeline.graph import CardDrawing
from pipeline.plan.layout import Box

DESIGNS: Final = ("plain",)
GROUND: Final = (0, 0, 0)
INK: Final = (240, 240, 240)
"""Not quite white: pure white on black glares, and rings where it is compressed."""

Measure = Callable[[str, int], float]
"""Text and letter size in pixels → the width that it takes in pixels."""

# Shares of the frame. Wide frames: what SMPTE RP 2046 calls title safe. Tall frames: what is left between a phone's
# title bar and the captions and buttons that platforms lay over the lower third.
_WIDE_BOX: Final = (Fraction(1, 10), Fraction(1, 10), Fraction(9, 10), Fraction(9, 10))
_TALL_BOX: Final = (Fraction(1, 8), Fraction(13, 100), Fraction(7, 8), Fraction(65, 100))
_TALL_FROM: Final = Fraction(3, 2)
# Letter sizes as shares of the frame's shorter side: a title's, and the smallest that a phone shows readably.
_LARGEST: Final = Fraction(8, 100)
_SMALLEST: Final = Fraction(3, 100)
# How much smaller than the largest letters may get before a line that somebody wrote is wrapped.
_WHOLE: Final = Fraction(2, 3)
_LINE_HEIGHT: Final = Fraction(7, 5)


@dataclass(frozen=True)
class CardLayout:
    """Lines as they are shown, each in a box of its own, and the size of their letters."""

    lines: tuple[str, ...]
    boxes: tuple[Box, ...]
    size_px: int


def plan_card(card: Card, *, width_px: int, height_px: int, tools: str) -> CardDrawing:
    """Return what is drawn for a card in a frame of a size. Raises PlanError for a design that does not exist."""
    if card.design not in DESIGNS:
        raise PlanError(
            f"the card {card_name(card.lines)} asks for the design {card.design!r}, which does not exist.",
            remedy=f"Designs: {', '.join(DESIGNS)}.",
        )
    return CardDrawing(card.lines, card.design, width_px, height_px, tools)


def plan_cards(edit: Edit, *, width_px: int, height_px: int, tools: str) -> tuple[CardDrawing, ...]:
    """Return what is drawn for the cards of an edit, each once. Raises PlanError as `plan_card` does."""
    cards = (part for part in edit.parts if isinstance(part, Card))
    return tuple(dict.fromkeys(plan_card(card, width_px=width_px, height_px=height_px, tools=tools) for card in cards))


def lay_out(drawing: CardDrawing, measure: Measure) -> CardLayout:
    """Return the lines at the largest size at which they fit: whole if they may be a little smaller, else wrapped.

    At the smallest readable size words are broken where they must. Raises PlanError for more text than that holds.
    """
    box, side = safe_box(drawing.width_px, drawing.height_px), min(drawing.width_px, drawing.height_px)
    largest, smallest = (max(2, round(side * share)) for share in (_LARGEST, _SMALLEST))
    whole = tuple(" ".join(text.split()) for text in drawing.lines)
    for size in _sizes(largest, max(2, round(largest * _WHOLE))):
        if _fits(whole, size, box, measure):
            return _centred(whole, size, box)
    for size in _sizes(largest, smallest):
        lines = tuple(line for text in drawing.lines for line in _wrapped(text, size, box, measure))
        if _fits(lines, size, box, measure):
            return _centred(lines, size, box)
    broken = (line for text in drawing.lines for line in _wrapped(text, smallest, box, measure))
    lines = tuple(piece for line in broken for piece in _broken(line, smallest, box, measure))
    if len(lines) * _line_px(smallest) > box.height_px:
        raise PlanError(
            f"the card {card_name(drawing.lines)} holds more text than a picture of "
            f"{drawing.width_px}×{drawing.height_px} shows readably.",
            remedy="Shorten it, or make two cards of it.",
        )
    return _centred(lines, smallest, box)


def safe_box(width_px: int, height_px: int) -> Box:
    """Return where text may stand in a frame of a size."""
    left, top, right, bottom = _TALL_BOX if height_px >= width_px * _TALL_FROM else _WIDE_BOX
    x, y = round(left * width_px), round(top * height_px)
    return Box(x, y, round(right * width_px) - x, round(bottom * height_px) - y)


def card_name(lines: Sequence[str]) -> str:
    """Return how a message calls a card: by its first words."""
    text = " / ".join(line for line in lines if line.strip())
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def _fits(lines: tuple[str, ...], size: int, box: Box, measure: Measure) -> bool:
    high = len(lines) * _line_px(size) <= box.height_px
    return high and all(measure(line, size) <= box.width_px for line in lines)


def _sizes(largest: int, smallest: int) -> Iterator[int]:
    size = largest
    while size > smallest:
        yield size
        size = min(size - 1, size * 19 // 20)
    yield smallest


def _line_px(size: int) -> int:
    return (size * _LINE_HEIGHT).__ceil__()


def _centred(lines: tuple[str, ...], size: int, box: Box) -> CardLayout:
    height = _line_px(size)
    top = box.top_px + (box.height_px - height * len(lines)) // 2
    boxes = tuple(Box(box.left_px, top + height * row, box.width_px, height) for row in range(len(lines)))
    return CardLayout(lines, boxes, size)


def _wrapped(text: str, size: int, box: Box, measure: Measure) -> Iterator[str]:
    """Yield lines of whole words; a word wider than the box stands alone. No words: one empty line."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and measure(longer, size) > box.width_px:
            yield line
            line = word
        else:
            line = longer
    yield line


def _broken(line: str, size: int, box: Box, measure: Measure) -> Iterator[str]:
    """Yield a line in pieces that fit, broken anywhere."""
    start = 0
    for end in range(1, len(line) + 1):
        if end - start > 1 and measure(line[start:end], size) > box.width_px:
            yield line[start : end - 1]
            start = end - 1
    yield line[start:]
