"""Dress a highlight in the cards of a style: which of them a film has something for, and how much shorter it gets."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from pipeline.edit import Card, Edit, surrounded
from pipeline.film import Film
from pipeline.languages import listed
from pipeline.plan.lines import visible
from pipeline.presets import StylePreset
from pipeline.styles import CardKind, CardStyle
from pipeline.timebase import FrameRate, total

_MOST_SHARE: Final = Fraction(1, 2)
"""Of a clip that its cards may take; with more it would be no clip of the film."""

Telling = Literal["all", "begun"]
"""Which cards that are left out are told: all, or those for which film.toml says some of what they need."""


@dataclass(frozen=True)
class Dress:
    """The cards around every highlight of a film."""

    before: tuple[Card, ...] = ()
    after: tuple[Card, ...] = ()
    notes: tuple[str, ...] = ()
    """Which cards were left out or lack something, and why."""

    @functools.cached_property
    def duration(self) -> Fraction:
        """Seconds that the cards take, whole frames of the film."""
        return total(card.duration for card in (*self.before, *self.after))


def plan_dress(
    film: Film,
    style: StylePreset,
    *,
    rate: FrameRate,
    seconds: Fraction,
    telling: Telling = "all",
    pictures: Collection[CardKind] = (),
    region: str | None = None,
) -> Dress:
    """Return the cards of a style that a film has text for, for clips that last `seconds` with them.

    For those of `pictures` it has a picture, which stands there instead of text, so that they are there without any.
    `region` is the id of the region that the film is told of as there: its rating is another board's.

    Cards last whole frames at the film's rate, so that a clip with cards has as many frames as one without. Where they
    would take more than half of the clip all of them are left out.
    """
    cards: dict[str, list[Card]] = {"start": [], "end": []}
    notes: list[str] = []
    for wanted in style.cards:
        card = _card(film, wanted, rate, () if wanted.kind in pictures else None)
        if card is not None:
            cards[wanted.place].append(card)
        elif telling == "all" or _is_begun(film, wanted.kind):
            where = "" if region is None else f" for {region}"
            notes.append(f"No {wanted.kind} card: film.toml has no {_NEEDED[wanted.kind]}{where}.")
        if card is not None and wanted.kind == "end" and film.link is None:
            notes.append("The end card has no QR code: film.toml has a call_to_action and no link.")
    dress = Dress(tuple(cards["start"]), tuple(cards["end"]), tuple(dict.fromkeys(notes)))
    if dress.duration > seconds * _MOST_SHARE:
        told = f"{float(dress.duration):.1f} of {float(seconds):.1f} seconds".replace(".0", "")
        return Dress(notes=(f"No cards: those of style {style.id!r} would take {told}.",))
    return dress


def dressed(edit: Edit, dress: Dress) -> Edit:
    """Return the edit with cards around it; they are silent, what is heard of the film ends with its pictures."""
    return surrounded(edit, dress.before, dress.after)


def _card(film: Film, wanted: CardStyle, rate: FrameRate, otherwise: tuple[str, ...] | None) -> Card | None:
    """Return a card of what a film says, else of other lines; None where there are neither."""
    said = _TOLD[wanted.kind](film)
    told = otherwise if said is None else said
    if told is None:
        return None
    seconds = rate.time_of(max(1, rate.nearest_frame(wanted.seconds)))
    # An edit's file holds lines without line ends.
    lines = tuple(visible(line) for line in told)
    return Card(lines, seconds, wanted.kind, film.link if wanted.kind == "end" else None)


def _is_begun(film: Film, kind: CardKind) -> bool:
    """Return whether film.toml says what would stand on a card that cannot be made of that alone."""
    return kind == "title" and bool(film.director or film.year)


def _title_lines(film: Film) -> tuple[str, ...] | None:
    if film.title is None:
        return None
    credit = (_credit(film),) if film.director else ()
    return (film.title, *credit, *((str(film.year),) if film.year else ()))


def _rating_lines(film: Film) -> tuple[str, ...] | None:
    return (film.rating or "", *film.content_notes) if film.rating or film.content_notes else None


def _laurel_lines(film: Film) -> tuple[str, ...] | None:
    return film.laurels or None


def _end_lines(film: Film) -> tuple[str, ...] | None:
    if film.link is None and film.call_to_action is None:
        return None
    return tuple(line for line in (film.title, film.call_to_action) if line is not None)


def _credit(film: Film) -> str:
    """Return whose film it is, in the language of its cards; the names alone in one whose words are not known here."""
    tag = film.language[0] if film.language else "en"
    words = _BY.get(tag.partition("-")[0].lower(), "")
    return f"{words}{listed(film.director, tag)}"


_BY: Final[Mapping[str, str]] = {
    "de": "ein Film von ",
    "en": "a film by ",
    "es": "una película de ",
    "fr": "un film de ",
    "it": "un film di ",
    "pt": "um filme de ",
}
_TOLD: Final[Mapping[CardKind, Callable[[Film], tuple[str, ...] | None]]] = {
    "title": _title_lines,
    "rating": _rating_lines,
    "laurels": _laurel_lines,
    "end": _end_lines,
}
"""What each kind of card says of a film, None where it has nothing to say."""
_NEEDED: Final[Mapping[CardKind, str]] = {
    "title": "title",
    "rating": "rating and no content_notes",
    "laurels": "laurels",
    "end": "link and no call_to_action",
}
