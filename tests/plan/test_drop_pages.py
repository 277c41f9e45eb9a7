"""What the pages of a film say, and under which names they go up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.calendar import parse_calendar
from pipeline.errors import ProjectError
from pipeline.pages import PageEntries, describe_page_toml, parse_page
from pipeline.plan.drop_pages import DropPage, drop_page, edition_page, standing_pages, told_time
from pipeline.plan.page_words import page_words
from pipeline.plan.schedule import Schedule, plan_schedule

PATH = Path("kite.calendar.toml")
HEAD = """\
film = "the-red-kite"
target = "/srv/www"
address = "https://films.example.org"
zone = "Europe/Berlin"
{more}
[countries]
de = ["DE"]
[[drops]]
regions = "de"
opens = 2026-12-04T20:00:00
[[drops]]
opens = 2026-12-05T20:00:00
"""


def planned(page: str, more: str = "") -> tuple[tuple[DropPage, ...], Schedule]:
    calendar = parse_calendar(HEAD.format(more=more) + page, path=PATH)
    schedule = plan_schedule(calendar, path=PATH)
    assert calendar.page is not None
    pages = [
        drop_page(calendar.page, schedule, region, edition, title="From the package", poster=None)
        for region, edition in schedule.editions
    ]
    return (*pages, *standing_pages(calendar.page, schedule)), schedule


def test_each_region_has_a_page_that_says_its_own_and_else_what_all_say() -> None:
    pages, schedule = planned(
        '[page]\nabout = "One.\\n\\nTwo\\nlines."\ntickets = "https://example.org/t"\n'
        '[page.regions.de]\ntitle = "Der Drachen"\nlanguage = "de-AT"\nshop = "https://example.org/s"\n'
    )
    film, de, closed, elsewhere = pages
    assert [one.name for one in pages] == [
        "the-red-kite.html", "the-red-kite-de.html", "closed-the-red-kite.html", "elsewhere-the-red-kite.html"
    ]  # fmt: skip
    assert (schedule.closed_page, schedule.elsewhere_page) == (closed.name, elsewhere.name)
    assert (film.title, de.title, closed.title) == ("From the package", "Der Drachen", "The Red Kite")
    assert film.paragraphs == de.paragraphs == ("One.", "Two lines.")
    assert film.links == (("Tickets", "https://example.org/t"),)
    assert de.links == (("Karten", "https://example.org/t"), ("Shop", "https://example.org/s"))
    assert [one.edition for one in de.windows] == ["the-red-kite-de"] and de.entry == "the-red-kite.m3u8"
    assert de.told_windows == (
        "Freitag, 4. Dezember 2026, 20:00 (Berlin) bis Sonntag, 6. Dezember 2026, 20:00 (Berlin)",
    )
    assert closed.windows == () and (closed.state, elsewhere.state) == ("closed", "elsewhere")


def test_pages_that_a_calendar_names_are_not_written() -> None:
    pages, schedule = planned('[page]\n', 'closed_page = "closed.html"')  # fmt: skip
    assert schedule.closed_page == "closed.html"
    assert [one.state for one in pages] == ["drop", "drop", "elsewhere"]


def test_without_a_page_none_are_named() -> None:
    schedule = plan_schedule(parse_calendar(HEAD.format(more=""), path=PATH), path=PATH)
    assert (schedule.closed_page, schedule.elsewhere_page) == (None, None)


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ('[page.regions.dee]\ntitle = "x"', "page.regions.dee is there; no drop opens such a region"),
        ('[page]\ntickets = "javascript:alert(1)"', "page.tickets"),
        ('[page]\ntitel = "x"', "page.titel"),
        ('[page]\nlanguage = "Deutsch!"', "a BCP 47 tag"),
    ],
)  # fmt: skip
def test_mistakes_are_named(page: str, told: str) -> None:
    with pytest.raises(ProjectError) as caught:
        planned(page)
    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["title =", "a = [" * 5000, 'title = "a\\u0000b"', "[regions]\nX = {}"])
def test_a_file_that_is_no_page_is_refused(text: str) -> None:
    with pytest.raises(ProjectError, match=r"page\.toml"):
        parse_page(text, path=Path("page.toml"))


def test_a_published_edition_has_a_page_without_windows() -> None:
    page = edition_page(PageEntries(), "the-red-kite", title="The Red Kite", region="", poster=None)
    assert (page.name, page.entry, page.windows) == ("the-red-kite.html", "the-red-kite.m3u8", ())


@pytest.mark.parametrize(
    ("language", "zone", "told"),
    [
        ("en", "Europe/Berlin", "Friday, 4 December 2026, 20:00 (Berlin)"),
        ("en", "UTC", "Friday, 4 December 2026, 19:00 (UTC)"),
        ("en", "UTC+01:00", "Friday, 4 December 2026, 20:00 (UTC+01:00)"),
        ("pt-BR", "America/Sao_Paulo", "sexta-feira, 4 de dezembro de 2026, 16:00 (São Paulo)"),
        ("hy", "Asia/Tokyo", "Saturday, 5 December 2026, 04:00 (Tokyo)"),
    ],
)
def test_times_are_told_by_the_clocks_of_a_place(language: str, zone: str, told: str) -> None:
    assert told_time(datetime(2026, 12, 4, 19, tzinfo=UTC), zone, page_words(language)) == told


def test_words_are_all_there() -> None:
    for language in ("de", "en", "es", "fr", "it", "pt"):
        words = page_words(language)
        assert words.language == language and all(vars(words).values())
        assert words.from_to.format(opens="a", closes="b") not in ("", words.from_to)
    assert page_words("xx") == page_words(None) == page_words("en")


def test_the_documentation_is_what_the_fields_say() -> None:
    page = Path(__file__).parents[2] / "docs" / "page-toml.md"
    assert page.read_text("utf-8") == describe_page_toml(), "run: python -m pipeline.pages > docs/page-toml.md"
