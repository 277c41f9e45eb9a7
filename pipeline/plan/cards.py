"""Cards as drawings: what is drawn for a card on a sheet, and where everything on it stands; a pen only measures."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from pipeline.edit import Card, CardPicture, Edit
from pipeline.errors import PlanError
from pipeline.geometry import Box
from pipeline.graph import CardDrawing, CardSheet
from pipeline.links import parse_link
from pipeline.plan.codes import Code, least_module_px, plan_code
from pipeline.plan.compositions import (
    Element,
    Letters,
    LogoPlace,
    PicturePlace,
    Room,
    Shape,
    placed_logo,
    placed_picture,
    settled,
    touching,
)
from pipeline.plan.designs import DESIGNS, Fit, Words
from pipeline.plan.layout import Canvas, free_boxes
from pipeline.plan.lines import Pen, visible
from pipeline.spelling import brief
from pipeline.styles import CardLook

MOST_LETTERS: Final = 1000
"""On a card; nobody reads more in ten seconds."""
PICTURE: Final = "picture"
"""The design of a card that shows a picture and no text."""
_SCALES: Final = tuple(Fraction(95, 100) ** step for step in range(32))
"""What a design is shrunk by, step by step; at the last one every text has its smallest size."""


@dataclass(frozen=True)
class CardLayout:
    """Everything on a card in its place; what stands on another comes after it."""

    elements: tuple[Element, ...]

    @property
    def boxes(self) -> tuple[tuple[str, Box], ...]:
        """What is drawn where: text, qr, logo, picture, rule, frame, branch."""
        return tuple((_kind(element), element.box) for element in self.elements)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of text as they are shown."""
        return tuple(element.text for element in self.elements if isinstance(element, Letters))


def plan_sheet(
    look: CardLook, canvas: Canvas, *, logo: CardPicture | None, language: str | None, tools: str
) -> CardSheet:
    """Return the sheet for cards in a picture that is laid out on a canvas of its very size."""
    return _sheet(canvas, look.ground, look.ink, look.accent, logo, language, tools)


# Every card of every region asks for that of one of a handful of canvases.
@functools.lru_cache(maxsize=256)
def _sheet(
    canvas: Canvas, ground: str, ink: str, accent: str, logo: CardPicture | None, language: str | None, tools: str
) -> CardSheet:
    free = free_boxes(canvas.zones, width_px=canvas.width_px, height_px=canvas.height_px)
    return CardSheet(canvas.width_px, canvas.height_px, free, ground, ink, accent, logo, language, tools)


def plan_card(card: Card, sheet: CardSheet) -> CardDrawing:
    """Return what is drawn for a card on a sheet. Raises PlanError for a design that does not exist."""
    return CardDrawing(card.lines, card.design, _link_of(card), sheet, card.picture)


def plan_cards(edit: Edit, sheet: CardSheet) -> tuple[CardDrawing, ...]:
    """Return what is drawn for the cards of an edit, each once. Raises PlanError as `plan_card` does."""
    cards = (part for part in edit.parts if isinstance(part, Card))
    return tuple(dict.fromkeys(plan_card(card, sheet) for card in cards))


def lay_out(drawing: CardDrawing, pen: Pen) -> CardLayout:
    """Return a card's parts as large as they fit, all smaller by the same rule where they must be.

    Below the smallest readable size words are broken, nothing is ever cut off. Raises PlanError for a character that no
    font has, for more text than the picture shows readably, and for an address too long for a code that scans.
    """
    _refuse_undrawable(drawing, pen)
    sheet = drawing.sheet
    if not sheet.free:
        raise PlanError(
            f"buttons leave no room for cards in a picture of {sheet.width_px}×{sheet.height_px}.",
            remedy='In the style, set zones = "per-platform" under [layout], or take its [[cards]] out.',
        )
    if drawing.picture is not None:
        return CardLayout((placed_picture(sheet, drawing.picture),))
    room = Room.of(sheet.free, middle_px=sheet.width_px // 2)
    logo: tuple[Element, ...] = ()
    if sheet.logo is not None:
        found = placed_logo(sheet, room)
        if found is None:
            raise PlanError(
                f"the logo leaves no room on cards of {sheet.width_px}×{sheet.height_px}.",
                remedy="In the style, take logo out of [card_look].",
            )
        logo, room = (found[0],), found[1]
    if not any(map(visible, drawing.lines)) and drawing.link is None:
        return CardLayout(logo)
    if sum(map(len, drawing.lines)) > MOST_LETTERS:
        raise _too_much(drawing, room)
    fit = Fit(drawing, pen, room, room.widths[0], _SCALES[-1])
    # Where it does not even fit as small as possible, larger sizes need not be tried.
    scales: tuple[tuple[Fraction, Words], ...] = ((_SCALES[-1], "broken"),)
    if any(_composed(replace(fit, width_px=width)) for width in room.widths):
        scales = tuple((scale, "whole") for scale in _SCALES)
    for scale, words in scales:
        for width in room.widths:
            elements = _composed(replace(fit, width_px=width, scale=scale, words=words))
            if elements:
                return CardLayout((*elements, *logo))
    raise _too_much(drawing, room)


def card_name(lines: Sequence[str]) -> str:
    """Return how a message calls a card: by its first words."""
    return f"“{brief(' / '.join(line for line in map(visible, lines) if line), 40)}”"


# A card is drawn on a sheet for each size of picture.
@functools.lru_cache(maxsize=256)
def _link_of(card: Card) -> str | None:
    """Return where the code on a card leads. Raises PlanError for a card that cannot be."""
    if card.design not in (*DESIGNS, PICTURE):
        raise PlanError(
            f"the card {card_name(card.lines)} asks for the design {card.design!r}, which does not exist.",
            remedy=f"Designs: {', '.join((*DESIGNS, PICTURE))}.",
        )
    if card.link is not None and card.design != "end":
        raise PlanError(
            f"the card {card_name(card.lines)} has a link, which its design {card.design!r} does not show.",
            remedy="Give it the design end, or take the link out.",
        )
    try:
        link = None if card.link is None else parse_link(card.link)
    except ValueError as error:
        raise PlanError(f"the card {card_name(card.lines)} has the link {card.link!r}; it should be {error}.") from None
    if (card.design == PICTURE) != (card.picture is not None):
        raise PlanError(
            f"the card {card_name(card.lines)} has the design {card.design!r} and {_having(card)}.",
            remedy=f"A card of design {PICTURE} has a picture, and no other has one.",
        )
    return link


def _having(card: Card) -> str:
    return "no picture" if card.picture is None else "a picture"


def _composed(fit: Fit) -> tuple[Element, ...]:
    """Return a card's elements in their places; none where they do not fit this way."""
    placed = [settled(*one) for one in DESIGNS[fit.drawing.design](fit) or ()]
    elements = tuple(element for part in placed for element in part or ())
    return elements if placed and all(placed) and not touching(elements) else ()


def _refuse_undrawable(drawing: CardDrawing, pen: Pen) -> None:
    letter = next((found for line in map(visible, drawing.lines) if (found := pen.lacks(line)) is not None), None)
    if letter is not None:
        name = f"U+{ord(letter):04X}, {unicodedata.name(letter, 'a control character')}"
        raise PlanError(
            f"the card {card_name(drawing.lines)} has the character {letter!r} ({name}), which no font here can show.",
            remedy="Write it otherwise.",
            character=letter,
        )


def _too_much(drawing: CardDrawing, room: Room) -> PlanError:
    sheet, link = drawing.sheet, drawing.link
    size, least = f"a picture of {sheet.width_px}×{sheet.height_px}", least_module_px(sheet.width_px, sheet.height_px)
    if link and plan_code(link, wished_px=1, most_px=room.narrow_px, least_module_px=least) is None:
        return PlanError(
            f"the address {brief(link)} has {len(link)} characters: no phone could scan its QR code in {size}.",
            remedy="Use a shorter address.",
        )
    return PlanError(
        f"the card {card_name(drawing.lines)} holds more text than {size} shows readably.",
        remedy="Shorten it, or make two cards of it.",
    )


def _kind(element: Element) -> str:
    if isinstance(element, Shape):
        return element.kind.split()[-1]
    names = {Letters: "text", Code: "qr", LogoPlace: "logo", PicturePlace: "picture"}
    return names[type(element)]
