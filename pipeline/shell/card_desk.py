"""The cards of one film's clips: the sheet that each picture's cards are drawn on, checked before anything is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.argv import card_key
from pipeline.edit import Card, Edit, with_links
from pipeline.errors import PlanError
from pipeline.film import Film
from pipeline.graph import CardDrawing, CardSheet
from pipeline.plan.campaigns import Campaign, is_taken, with_campaign
from pipeline.plan.cards import plan_cards, plan_sheet
from pipeline.plan.layout import Canvas, resized
from pipeline.plan.streams import PictureStream
from pipeline.presets import StylePreset
from pipeline.shell.card_pictures import find_logo, kept_card_picture
from pipeline.shell.cards import CardKit, check_card, describe_card_tools
from pipeline.shell.store import Store
from pipeline.spelling import brief


@dataclass(frozen=True)
class Links:
    """Where the codes on an edit's cards lead."""

    told: Mapping[str, str]
    """Their addresses, by those that the edit has."""
    notes: tuple[str, ...] = ()
    """Which say no campaign though there is one, and why."""


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

    def links(self, edit: Edit, sheet: CardSheet, campaign: Campaign | None) -> Links:
        """Return where the codes on an edit's cards lead so that they say a campaign, where they can."""
        own = dict.fromkeys(part.link for part in edit.parts if isinstance(part, Card) and part.link is not None)
        if campaign is None:
            return Links({link: link for link in own})
        told: dict[str, str] = {}
        notes = []
        for link in own:
            cards = tuple(part for part in edit.parts if isinstance(part, Card) and part.link == link)
            told[link], why = self._with_campaign(replace(edit, parts=cards, bed=()), link, sheet, campaign)
            notes += [f"The QR code to {brief(link)} says no campaign: {why}"] if why else []
        return Links(told, tuple(notes))

    def _with_campaign(self, cards: Edit, link: str, sheet: CardSheet, campaign: Campaign) -> tuple[str, str]:
        """Return the address of some cards with a campaign, and nothing; else as it is, and why."""
        if is_taken(link):
            return link, "its query has a c already."
        try:
            address = with_campaign(link, campaign)
            self.drawings(with_links(cards, {link: address}), sheet)
        except PlanError as error:
            # What no card shows in any case is told of the card as it stands.
            self.drawings(cards, sheet)
            return link, error.message
        return address, ""

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
