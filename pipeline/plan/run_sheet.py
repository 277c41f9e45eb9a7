"""A block's run sheet: what somebody at a bar or in a booth reads of each thing that plays, and when by their clock."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Final

from pipeline.languages import country_name_in, language_name_in, listed, same_language
from pipeline.links import parse_link
from pipeline.placement import plain_text
from pipeline.plan.evening import Evening, Happening
from pipeline.plan.running_order import FilmNotes, Item, ItemKind, RunningOrder
from pipeline.plan.sheet_clocks import Moment, SheetClocks, day_in_full
from pipeline.plan.sheet_cues import told_cue, told_number
from pipeline.plan.sheet_words import SheetWords, sheet_words

_SHORT_BLACK_S: Final = 10
"""Up to so many seconds nobody asks what has happened to the picture."""
_NO_POSTERS: Final[Mapping[str, Path]] = {}
_WORDLESS: Final = "zxx"
_NO_LANGUAGES: Final = ("zxx", "und", "mul", "mis")
"""Tags that name none (ISO 639-2)."""
_EASTERN: Final = ("ja", "ko", "zh")
# Marks that turn the direction of whatever follows them; a title needs none, and one may be meant to mislead.
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Row:
    """One thing that plays."""

    kind: ItemKind
    at: Moment
    length: str
    title: str
    original_title: str = ""
    """Where it is another."""
    who: str = ""
    """Directors, countries, year."""
    details: str = ""
    """Languages, subtitles, rating."""
    content: str = ""
    """What viewers should be told."""
    cue: str = ""
    """What happens to its sound."""
    note: str = ""
    slate: str = ""
    """How long the card is shown that announces it, before `at`."""
    poster: Path | None = None
    link: str = ""
    """The address that its QR code leads to."""
    language: str | None = None
    """Whose forms its letters have, a BCP 47 tag: one character is drawn otherwise in Japan, Korea and China."""


@dataclass(frozen=True)
class EveningRow:
    """One thing that happens around the block."""

    at: Moment
    until: Moment
    title: str
    who: str = ""
    note: str = ""
    is_block: bool = False
    all_along: str = ""
    """Says that it goes on while other things happen."""


@dataclass(frozen=True)
class RunSheet:
    """Everything that a run sheet says, in words."""

    title: str
    venue: str
    date: str
    """'Friday, 27 November 2026'; nothing without a start."""
    summary: tuple[str, ...]
    """From when to when, how many films, how long."""
    hints: tuple[str, ...]
    """Sentences for who holds the volume and starts the block."""
    rows: tuple[Row, ...]
    evening: tuple[EveningRow, ...]
    words: SheetWords

    @property
    def posters(self) -> tuple[Path, ...]:
        """The files of its pictures, each once."""
        return tuple(dict.fromkeys(row.poster for row in self.rows if row.poster is not None))


def plan_run_sheet(
    order: RunningOrder,
    *,
    start: datetime | None = None,
    venue: str = "",
    anchor_lufs: float | None = None,
    evening: Evening | None = None,
    posters: Mapping[str, Path] = _NO_POSTERS,
    language: str | None = None,
) -> RunSheet:
    """Return what a block's run sheet says in a language, a BCP 47 tag.

    `start` is the aware time of the block's first picture; without it, times count from there. `anchor_lufs` is what
    its films are brought to, `posters` are files by the digests of masters. A card that announces a film is told with
    it, and short black not at all.
    """
    words = sheet_words(language)
    clocks = SheetClocks(start, words)
    return RunSheet(
        title=shown(order.title),
        venue=shown(venue),
        date="" if start is None else day_in_full(start.date(), words),
        summary=_summary(order, SheetClocks(start, words), words),
        hints=_hints(start, anchor_lufs, words),
        rows=tuple(_rows(order.items, clocks, posters, words)),
        evening=() if evening is None else tuple(_evening_rows(evening, start, words)),
        words=words,
    )


def shown(text: str) -> str:
    """Return words as they stand on paper: on one line, without controls and marks that turn what follows them."""
    kept = "".join(char for char in plain_text(text) if char not in _TURNS and unicodedata.category(char) != "Co")
    return " ".join(kept.split())


def dotted(*parts: str) -> str:
    """Return those words that there are with dots between them, none of which begins a line."""
    return "\u00a0· ".join(filter(None, parts))


def told_length(seconds: Fraction) -> str:
    """Return a length for people, in whole seconds, as 5′32″ or 1 h 02′03″: nobody takes it for a time of day."""
    whole = seconds.__floor__()
    hours, rest = divmod(whole, 3600)
    return f"{hours} h {rest // 60:02}′{rest % 60:02}″" if hours else f"{rest // 60}′{rest % 60:02}″"


def _summary(order: RunningOrder, clocks: SheetClocks, words: SheetWords) -> tuple[str, ...]:
    """Return from when to when, number of films and length; without a start, the end is the length."""
    first, last = clocks.at(Fraction(0)), clocks.at(order.duration)
    count = len(order.films)
    films = words.films[count != 1].format(count=count)
    length = f"{words.plays} {told_length(order.duration)}"
    if clocks.counts:
        return films, length
    end = " ".join(filter(None, (f"{words.ends} {last.minute}{last.second}", last.day and f"({last.day})")))
    return f"{first.minute}{first.second.removesuffix(':00')}", end, films, length


def _hints(start: datetime | None, anchor_lufs: float | None, words: SheetWords) -> tuple[str, ...]:
    loudness = None if anchor_lufs is None else told_number(Fraction(str(anchor_lufs)), words)
    return (
        *(() if start is not None else (words.begins,)),
        *(() if loudness is None else (words.loudness.format(lufs=loudness),)),
    )


def _rows(items: Sequence[Item], clocks: SheetClocks, posters: Mapping[str, Path], words: SheetWords) -> Iterator[Row]:
    slate: Item | None = None
    for place, item in enumerate(items):
        if item.kind == "black" and item.span.duration <= _SHORT_BLACK_S:
            continue
        if item.kind == "slate" and _announces(item, items[place + 1 :]):
            slate = item
            continue
        announced = "" if slate is None else told_length(slate.span.duration)
        yield _row(item, clocks.at(item.span.start), announced, posters, words)
        slate = None


def _announces(slate: Item, following: Sequence[Item]) -> bool:
    """Return whether the film that a card names is what comes next."""
    after = next((item for item in following if item.kind != "black"), None)
    return after is not None and after.kind == "film" and after.film == slate.film


def _row(item: Item, at: Moment, slate: str, posters: Mapping[str, Path], words: SheetWords) -> Row:
    kinds = {"leader": words.leader, "intermission": words.intermission, "black": words.black}
    title = shown(item.title) or kinds.get(item.kind, words.card)
    row = Row(item.kind, at, told_length(item.span.duration), title, cue=told_cue(item.cue, words), slate=slate)
    film = item.film
    if film is None or item.kind != "film":
        return row  # a card says enough of its film by itself
    original = shown(film.original_title)
    return replace(
        row,
        original_title="" if original in (title, "") else original,
        who=_who(film, words),
        details=_details(film, words),
        content=_told(film.content_notes),
        note=shown(film.note),
        poster=posters.get(film.digest),
        link=_link(film.link),
        language=next((tag for tag in film.languages for one in _EASTERN if same_language(one, tag)), None),
    )


def _who(film: FilmNotes, words: SheetWords) -> str:
    directors = [shown(name) for name in film.directors]
    year = "" if film.year is None else str(film.year)
    countries = (country_name_in(country, words.language) for country in film.countries)
    return _told((listed(directors, words.language) if directors else "", *countries, year))


def _details(film: FilmNotes, words: SheetWords) -> str:
    spoken = _told(words.wordless if tag == _WORDLESS else _language(tag, words) for tag in film.languages)
    below = _told(_language(tag, words) for tag in film.subtitles)
    parts = (spoken, words.subtitles.format(languages=below) if below else "", shown(film.rating))
    return dotted(*parts)


def _link(address: str) -> str:
    """Return an address that leads to a web page as a browser asks for it; nothing for any other."""
    try:
        return parse_link(address)
    except ValueError:
        return ""


def _language(tag: str, words: SheetWords) -> str:
    return "" if tag in _NO_LANGUAGES else language_name_in(tag, words.language)


def _told(names: Sequence[str] | Iterator[str]) -> str:
    return ", ".join(filter(None, map(shown, names)))


def _evening_rows(evening: Evening, start: datetime | None, words: SheetWords) -> Iterator[EveningRow]:
    clocks, beside = SheetClocks(start, words), SheetClocks(start, words)
    for one in evening.happenings:
        # What goes on alongside is listed last but begins earlier: its days are told on their own.
        told = beside if one.is_alongside else clocks
        at, until = told.at(one.span.start), told.until(one.span.end)
        along = words.all_along if one.is_alongside else ""
        yield EveningRow(at, until, _title(one, words), shown(one.who), shown(one.note), one.what == "block", along)


def _title(one: Happening, words: SheetWords) -> str:
    return shown(one.title) or words.of_kind(one.what)
