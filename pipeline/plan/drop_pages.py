"""The pages of a film, as values: what each says, and under which names it goes up.

A page is the same before, during and after its windows, so that caches may keep it and nothing has to change in the
second of an opening: whoever reads it sees by the clock where things stand, and whether the entry is there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from pipeline.clocks import zone_named
from pipeline.pages import Page, PageEntries
from pipeline.plan.page_words import PageWords, page_words
from pipeline.plan.publication import Item, Publication, entry_of
from pipeline.plan.schedule import EVERYBODY, Schedule, Window, standing_page_name

State = Literal["drop", "closed", "elsewhere"]
"""A drop's page follows the clock; the others always say the same."""


@dataclass(frozen=True)
class Poster:
    """A picture that stands for a film, by its name at a target."""

    name: str
    width_px: int
    height_px: int


@dataclass(frozen=True)
class DropPage:
    """Everything that one page says."""

    name: str
    """Its own at the target: the-red-kite-de.html."""
    state: State
    region: str
    title: str
    language: str | None
    """Of title and paragraphs."""
    paragraphs: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    """What each is called, and its address."""
    windows: tuple[Window, ...] = ()
    entry: str = ""
    """The playlist that it plays, where its own name does not say so."""
    address: str | None = None
    """Where the target's files are found, with a slash at its end; those who preview addresses want whole ones."""
    poster: Poster | None = None

    @property
    def words(self) -> PageWords:
        """The page's own words, in its language where they are known in it."""
        return page_words(self.language)

    @property
    def told_windows(self) -> tuple[str, ...]:
        """Each window in words, by the clocks of its zone, for browsers without scripts."""
        return tuple(
            self.words.from_to.format(
                opens=told_time(one.opens, one.zone, self.words), closes=told_time(one.closes, one.zone, self.words)
            )
            for one in self.windows
        )


def page_name(edition: str) -> str:
    """Return the name of an edition's page."""
    return f"{edition}.html"


def edition_page(page: PageEntries, edition: str, *, title: str, region: str, poster: Poster | None) -> DropPage:
    """Return the page of an edition that is there until it is taken away; `title` is the package's."""
    return DropPage(
        name=page_name(edition),
        state="drop",
        region=region,
        title=page.title or title,
        language=page.language,
        paragraphs=_paragraphs(page.about),
        links=_links(page),
        entry=entry_of(edition),
        poster=poster,
    )


def drop_page(
    page: Page, schedule: Schedule, region: str, edition: str, *, title: str | None, poster: Poster | None
) -> DropPage:
    """Return the page of a region: viewers of any country find it under the film's own name."""
    title = title or title_of(schedule.film)
    return replace(
        edition_page(page.of_region(region), edition, title=title, region=region, poster=poster),
        windows=tuple(one for one in schedule.windows if one.edition == edition),
        entry=entry_of(schedule.film),
        address=schedule.address,
    )


def standing_page(page: Page, schedule: Schedule, state: Literal["closed", "elsewhere"]) -> DropPage:
    """Return the page that always says that a film has closed, or is not open in the viewer's country."""
    told = page.of_region(EVERYBODY)
    return DropPage(
        name=standing_page_name(schedule.film, state),
        state=state,
        region=EVERYBODY,
        title=told.title or title_of(schedule.film),
        language=told.language,
        paragraphs=_paragraphs(told.about),
        links=_links(told),
    )


def standing_pages(page: Page, schedule: Schedule) -> tuple[DropPage, ...]:
    """Return those pages that no calendar names, so that nobody else writes them."""
    states: tuple[tuple[Literal["closed", "elsewhere"], str | None], ...] = (
        ("closed", schedule.closed_page),
        ("elsewhere", schedule.elsewhere_page),
    )
    ours = (state for state, name in states if name == standing_page_name(schedule.film, state))
    return tuple(standing_page(page, schedule, state) for state in ours)


def page_publication(page: DropPage, html: Item, furniture: tuple[Item, ...]) -> Publication:
    """Return a page as what is published: an edition whose entry it is, and which it takes its scripts and poster to.

    So it has them for as long as it is there itself, whatever becomes of the film.
    """
    return Publication(
        edition=page.name, title=page.title, region=page.region, segments=(), shown=furniture, entry=html
    )


def told_time(instant: datetime, zone: str, words: PageWords) -> str:
    """Return an instant by the clocks of a zone, as a language writes it: 'Friday, 4 December 2026, 20:00 (Berlin)'."""
    from babel import Locale
    from babel.dates import format_date, format_time, get_timezone_location

    locale = Locale("en", "GB") if words.language == "en" else Locale(words.language)
    clocks = zone_named(zone)
    local = instant.astimezone(clocks)
    where = zone if zone.startswith("UTC") else get_timezone_location(clocks, locale=locale, return_city=True)
    return f"{format_date(local, 'full', locale=locale)}, {format_time(local, 'short', locale=locale)} ({where})"


def title_of(film: str) -> str:
    """Return a title for a film of which only the name of its editions is known: 'The Red Kite'."""
    return film.replace("-", " ").title()


def _paragraphs(about: str | None) -> tuple[str, ...]:
    blocks = (about or "").replace("\r\n", "\n").split("\n\n")
    return tuple(" ".join(block.split()) for block in blocks if block.strip())


def _links(page: PageEntries) -> tuple[tuple[str, str], ...]:
    words = page_words(page.language)
    found = (
        (words.tickets, page.tickets),
        (words.shop, page.shop),
        (words.donations, page.donations),
        (words.mailing_list, page.mailing_list),
    )
    return tuple((name, address) for name, address in found if address is not None)
