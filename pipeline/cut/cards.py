"""The cards of one film's clips: the sheet that each picture's cards are drawn on, checked before anything is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.argv import card_key
from pipeline.edit import Card, Edit
from pipeline.film import Film
from pipeline.graph import CardDrawing, CardSheet
from pipeline.plan.cards import plan_cards, plan_sheet
from pipeline.plan.layout import Canvas, resized
from pipeline.plan.streams import PictureStream
from pipeline.presets import StylePreset
from pipeline.shell.card_pictures import find_logo, kept_card_picture
from pipeline.shell.cards import CardKit, check_card, describe_card_tools
from pipeline.shell.store import Store


@dataclass(frozen=True)
class CardDesk:
    """What the cards of one film are planned with."""

    style: StylePreset
    language: str | None
    """In which their text is written, a BCP 47 tag."""
    tools: str
    """What draws them, in words for keys."""
    kit: CardKit
    store: Store

    def sheet(self, stream: PictureStream, canvas: Canvas) -> CardSheet:
        """Return the sheet for cards in a picture that is laid out on a canvas."""
        laid = resized(canvas, width_px=stream.width_px, height_px=stream.height_px)
        logo = None if self.kit.logo is None else self.kit.logo.picture
        return plan_sheet(self.style.card_look, laid, logo=logo, language=self.language, tools=self.tools)

    def drawings(self, edit: Edit, sheet: CardSheet) -> tuple[CardDrawing, ...]:
        """Return what is drawn for an edit's cards. Raises PlanError for a card that cannot be drawn."""
        drawings = plan_cards(edit, sheet)
        for drawing in drawings:
            # What is drawn already was checked when it was.
            if self.store.find(card_key(drawing)) is None:
                check_card(drawing, self.kit)
        return drawings


def card_desk(style: StylePreset, film: Film, edits: Iterable[Edit], *, store: Store, fonts: Path) -> CardDesk | None:
    """Return what the cards of some edits are planned with; None where they have no cards.

    Raises PresetError for a logo, PlanError for a picture that is not kept here.
    """
    cards = [part for edit in edits for part in edit.parts if isinstance(part, Card)]
    if not cards:
        return None
    language = film.language[0] if film.language else None
    shown = dict.fromkeys(card.picture for card in cards if card.picture is not None)
    pictures = {one.digest: kept_card_picture(one, store) for one in shown}
    return CardDesk(style, language, describe_card_tools(), CardKit(fonts, find_logo(style), pictures), store)
