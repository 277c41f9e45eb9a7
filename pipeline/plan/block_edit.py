"""Lay a block out: cards, black and films one after the other, as an edit that can be rendered and as a running order.

    black, countdown, sponsors, opening, [content notes, slate, black, film, black] …, closing, black

and after some films an intermission. What has no length, or no words, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.block import Block
from pipeline.edit import Card, CardPicture, Edit, Gap, MasterSpan, Part, Programme
from pipeline.errors import PlanError
from pipeline.languages import country_name_in, listed
from pipeline.plan.block_rules import Overheads
from pipeline.plan.block_words import words_in
from pipeline.plan.campaigns import Campaign, is_taken, with_campaign
from pipeline.plan.candidates import Candidate
from pipeline.plan.lines import visible
from pipeline.plan.running_order import SILENT, FilmNotes, Item, ItemKind, RunningOrder, SoundCue
from pipeline.presets import BlockPreset
from pipeline.timebase import Span, clock, total

# A leader counts down to 2 and is black from there on, as SMPTE's is, so that the first picture takes nobody unawares.
_LAST_COUNT: Final = 2
_LONGEST_NAME: Final = 200


@dataclass(frozen=True)
class _Step:
    """One thing that plays, and the parts of the edit that it is."""

    kind: ItemKind
    title: str
    parts: tuple[Part, ...]
    film: FilmNotes | None = None
    cue: SoundCue | None = None


def overheads_of(block: Block, preset: BlockPreset) -> Overheads:
    """Return what a block shows besides films; as long as `block_edit` makes it, whatever the films are."""
    once = (*_before(block, preset, 1, None), *_after(block, preset))
    pauses = ((one.after, preset.intermission_s if one.seconds is None else one.seconds) for one in block.intermissions)
    fixed = total(part.duration for step in once for part in step.parts)
    return Overheads(fixed, preset.slate_s + 2 * preset.gap_s, tuple(sorted(pauses)))


def notes_card_s(film: FilmNotes, preset: BlockPreset) -> Fraction:
    """Return how long the card of a film's content notes is, in seconds; 0 where it has none."""
    return preset.content_notes_s if preset.content_notes == "card" and film.content_notes else Fraction(0)


def block_edit(
    films: Sequence[Candidate], block: Block, preset: BlockPreset, *, sponsor: CardPicture | None = None
) -> tuple[Edit, RunningOrder]:
    """Return a block of films in order, as an edit and as its running order, which are equally long.

    Times are exact: a film is as long as its pictures are shown, at whatever rate; who renders
    it makes whole frames of them. `sponsor` is the picture that `block.sponsor_picture` names.
    """
    steps = (*_before(block, preset, len(films), sponsor), *_films(films, block, preset), *_after(block, preset))
    items: list[Item] = []
    at = Fraction(0)
    for step in steps:
        end = at + total(part.duration for part in step.parts)
        items.append(Item(step.kind, step.title, Span(at, end), step.film, step.cue))
        at = end
    edit = Edit(_name(block.title), tuple(part for step in steps for part in step.parts))
    return edit, RunningOrder(block.title, tuple(items))


def _before(block: Block, preset: BlockPreset, count: int, sponsor: CardPicture | None) -> Iterator[_Step]:
    yield from _black(preset.head_black_s)
    if preset.leader_s:
        yield _Step("leader", "Countdown", tuple(_countdown(preset.leader_s)), cue=SILENT)
    if block.sponsor_picture is not None:
        # Where its picture is not known yet, only its length matters.
        card = Card((), preset.sponsor_s, "picture" if sponsor else "plain", picture=sponsor)
        yield _Step("card", "Sponsors", (card,), cue=SILENT)
    elif block.sponsor:
        yield _card(block.sponsor, preset.sponsor_s, "plain")
    words = words_in(block.language)
    counted = f"{count} {words.film if count == 1 else words.films}"
    opening = (block.title, counted) if block.opening is None else block.opening
    if opening:
        yield _card(opening, preset.opening_s, "title")


def _films(films: Sequence[Candidate], block: Block, preset: BlockPreset) -> Iterator[_Step]:
    pauses = {pause.after: pause for pause in block.intermissions}
    cue = SoundCue(preset.loudness_lufs.target)
    for number, one in enumerate(films, start=1):
        film = one.film
        if notes_card_s(film, preset):
            lines = (film.rating, *film.content_notes)
            yield _card(lines, preset.content_notes_s, "rating", film=film)
        if preset.slate_s:
            lines = slate_lines(one, block.language, preset)
            yield _Step("slate", film.title, (_lined(lines, preset.slate_s, "title"),), film, SILENT)
        yield from _black(preset.gap_s)
        span = MasterSpan(film.digest, Span(Fraction(0), one.duration), programme=Programme(_name(film.title)))
        yield _Step("film", film.title, (span,), film, cue)
        yield from _black(preset.gap_s)
        pause = pauses.get(number)
        if pause is not None and number < len(films):
            seconds = preset.intermission_s if pause.seconds is None else pause.seconds
            words = words_in(block.language)
            told = (words.intermission, f"{(seconds / 60).__ceil__()} {words.minutes}")
            lines = told if pause.lines is None else pause.lines
            card = _lined(lines, seconds, "title")
            yield _Step("intermission", _title(lines, words.intermission), (card,), cue=SILENT)


def _after(block: Block, preset: BlockPreset) -> Iterator[_Step]:
    closing = (block.title, words_in(block.language).thanks) if block.closing is None else block.closing
    if closing:
        yield _card(closing, preset.closing_s, "end", link=_told_link(block))
    yield from _black(preset.tail_black_s)


def _told_link(block: Block) -> str | None:
    """Return where the closing card's code leads, saying the block as the event, where its address can say so."""
    if block.link is None or not block.campaign or is_taken(block.link):
        return block.link
    try:
        return with_campaign(block.link, Campaign.of_event(block.title))
    except PlanError:  # too long for a code with it
        return block.link


def slate_lines(one: Candidate, language: str, preset: BlockPreset) -> tuple[str, ...]:
    """Return what is told of a film before it: title, directors, countries, year and length, and what to beware of."""
    film, words = one.film, words_in(language)
    original = f"({film.original_title})" if film.original_title and film.original_title != film.title else ""
    credit = f"{words.by} {listed(film.directors, language)}" if film.directors else ""
    countries = ", ".join(country_name_in(country, language) for country in film.countries)
    facts = (countries, str(film.year or ""), clock(one.duration))
    warned = (film.rating, *film.content_notes) if preset.content_notes == "slate" else ()
    lines = (film.title, original, credit, " · ".join(filter(None, facts)), ", ".join(filter(None, warned)))
    return (lines[0], *filter(None, lines[1:]))


def _black(seconds: Fraction) -> Iterator[_Step]:
    if seconds:
        yield _Step("black", "Black", (Gap(seconds),), cue=SILENT)


def _countdown(seconds: Fraction) -> Iterator[Part]:
    left = seconds
    while left > _LAST_COUNT:
        shown = left - max(_LAST_COUNT, left.__ceil__() - 1)
        yield Card((str(left.__ceil__()),), shown, "title")
        left -= shown
    yield Gap(left)


def _card(
    lines: Sequence[str], seconds: Fraction, design: str, *, film: FilmNotes | None = None, link: str | None = None
) -> _Step:
    return _Step("card", _title(lines, design), (_lined(lines, seconds, design, link),), film, SILENT)


def _lined(lines: Sequence[str], seconds: Fraction, design: str, link: str | None = None) -> Card:
    # An edit's file holds lines without line ends.
    return Card(tuple(visible(line) for line in lines), seconds, design, link)


def _title(lines: Sequence[str], otherwise: str) -> str:
    return next((line for line in map(visible, lines) if line), otherwise)


def _name(text: str) -> str:
    """Return what an edit's file takes for a name: one line, not too long."""
    return visible(text)[:_LONGEST_NAME].rstrip() or "untitled"
