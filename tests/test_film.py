"""film.toml says what people mean, names every mistake, and is changed in place without touching their comments."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.errors import ProjectError
from pipeline.film import Decision, Film, NotedSpan, describe_film_toml, overlaid, parse_film, resolve_times, rewritten
from pipeline.timebase import FrameRate, Span

PATH = Path("media/projects/a-film/film.toml")
FILM = FrameRate(Fraction(24000, 1001))
NTSC = FrameRate(Fraction(30000, 1001))
TEXT = """\
# Our film, third cut
title = "Café"   # as on the poster
director = ["Ana", "Bo"]
year = 2024

# Nobody may see the ending
[[never]]
from = "00:01:00:12"
to = 65.5  # the door closes
note = "the ending"

[[locked]]
from = "0:10"
to = "0:20.25"
"""


def test_every_field_of_the_page_can_be_written() -> None:
    film = parse_film(
        """
        title = "T"
        original_title = "O"
        director = "One person"
        year = 1999
        country = ["ES", "FR"]
        language = "es"
        captions = [{file = "film.es.srt", language = "es"}]
        rating = "12A"
        content_notes = ["flashing lights"]
        laurels = ["Official Selection — Málaga 2026"]
        call_to_action = "In cinemas from 4 March"
        link = "https://example.org/red kite"
        campaign = false
        event = "malaga-26"
        timecode_start = "01:00:00:00"
        credits_start = "01:02:00:00"
        poster_frame = 12
        revision = 3
        master = "%s"
        always = [{from = 1, to = 2}]
        never = []
        locked = []
        regions = [{id = "de", title = "T", added = [{file = "b.mov", place = "start"}]}]
        rejected = [{from = 3, to = 4, kind = "montage"}]
        decisions = [{what = "cut", who = "Ana", when = 2026-11-23T10:00:00Z, note = "n"}]
        """
        % ("0f" * 32),
        path=PATH,
    )
    assert film.director == ("One person",)
    assert film.link == "https://example.org/red%20kite"
    assert film.decisions[0].when == datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC)
    assert set(film.model_fields_set) == set(Film.model_fields)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('year = "x"', ["film.toml", "year", '"x"', "1888 to 2100"]),
        ("year = 1700", ["year", "1700"]),
        ('titel = "x"', ["titel", "did you mean title?"]),
        ("[[never]]\nfrom = 1\ntoo = 2", ["the first [[never]] is", "from, to"]),
        ("[[nevr]]\nfrom = 1\nto = 2", ["nevr is a list of tables; there is no such field (did you mean never?)"]),
        ("[nevr]\nfrom = 1\nto = 2", ["nevr is a table; there is no such field"]),
        ("[[never]]\nfrom = 1\nto = 2\n[[never]]\nfrom = 5\nto = [6, 7]", ["the second [[never]], to is [6, 7]; it"]),
        ('director = ["Ana", 3]', ["the second of director is 3; it should be"]),
        ('[[never]]\nfrom = "1:99"\nto = 2', ["the first [[never]], from is", '"1:99"', "00:01:02:03"]),
        ("credits_start = inf", ["credits_start", "seconds such as 62.5"]),
        ("poster_frame = -1", ["poster_frame", "-1", "from 0"]),
        ("poster_frame = true", ["poster_frame", "true"]),
        (
            '[[decisions]]\nwhat = "w"\nwho = "me"\nwhen = "today"',
            ["the first [[decisions]], when is", "without quotes"],
        ),
        ('title = "A\\u0000B"', ["film.toml: title is", "text without control characters"]),
        ('laurels = ["Best", "A\\u001bB"]', ["the second of laurels is", "text without control characters"]),
        ('language = ["es", "Spanish"]', ["the second of language is", '"Spanish"', "such as 'es' or 'pt-BR'"]),
        ('master = "abc"', ["master", '"abc"', "sha256"]),
        ("revision = -1", ["revision", "-1"]),
        ("title = ", ["not TOML", "film.toml"]),
        ("a = " + "[" * 3000, ["film.toml"]),
    ],
)
def test_a_mistake_is_told_with_file_field_value_and_what_is_allowed(text: str, told: list[str]) -> None:
    with pytest.raises(ProjectError) as caught:
        parse_film(text, path=PATH)
    assert [word for word in told if word not in str(caught.value)] == []


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ProjectError, match=r"(?s)rating.*year"):
        parse_film('year = "x"\nrating = 12', path=PATH)


def test_times_resolve_exactly_at_the_films_rate() -> None:
    times = resolve_times(parse_film(TEXT, path=PATH), FILM, path=PATH)
    frames = 60 * 24 + 12
    assert times.never[0].span == Span(Fraction(frames * 1001, 24000), Fraction(131, 2))
    assert times.never[0].note == "the ending"
    assert times.locked[0].span == Span(Fraction(10), Fraction(81, 4))


def test_timecode_follows_the_semicolon_into_drop_frame() -> None:
    film = parse_film('credits_start = "00:10:00;00"\nposter_frame = "00:10:00:00"', path=PATH)
    times = resolve_times(film, NTSC, path=PATH)
    assert (times.credits_start, times.poster_frame) == (NTSC.time_of(17982), NTSC.time_of(18000))


def test_timecode_counts_from_the_timecode_of_the_first_picture() -> None:
    film = parse_film('timecode_start = "01:00:00:00"\ncredits_start = "01:00:02:00"\nposter_frame = 3', path=PATH)
    times = resolve_times(film, FILM, path=PATH)
    assert (times.credits_start, times.poster_frame) == (FILM.time_of(48), Fraction(3))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('credits_start = "00:00:00:24"', 'credits_start is "00:00:00:24".*0 to 23'),
        ('credits_start = "00:01:00;00"', "drop-frame.*does not exist at 24000/1001"),
        ("[[always]]\nfrom = 3\nto = 3", r"the first \[\[always\]\], to is 3; it should be after from"),
        ('timecode_start = "01:00:00:00"\nposter_frame = "00:59:59:23"', "poster_frame.*before the first picture"),
    ],
)
def test_times_that_the_rate_does_not_have_are_told(text: str, told: str) -> None:
    with pytest.raises(ProjectError, match=told):
        resolve_times(parse_film(text, path=PATH), FILM, path=PATH)


def test_rewriting_changes_what_differs_and_keeps_every_other_byte() -> None:
    film = parse_film(TEXT, path=PATH).model_copy(update={"title": "Café noir"})
    assert rewritten(TEXT, film, path=PATH) == TEXT.replace('"Café"', '"Café noir"')


def test_rewriting_appends_to_lists_of_tables_and_puts_new_fields_at_the_top() -> None:
    film = parse_film(TEXT, path=PATH)
    span = NotedSpan.model_validate({"from": Decimal("1.50"), "to": "00:00:05:00"})
    decision = Decision(what="keep", who="Ana", when=datetime.date(2026, 11, 23))
    newer = film.model_copy(
        update={"never": (*film.never, span), "decisions": (decision,), "revision": 2, "year": None}
    )
    text = rewritten(TEXT, newer, path=PATH)
    assert parse_film(text, path=PATH) == newer
    assert text.startswith("revision = 2\n# Our film, third cut\n")
    for comment in ("# as on the poster", "# Nobody may see the ending\n[[never]]", "to = 65.5  # the door closes"):
        assert comment in text


def test_rewriting_replaces_and_removes_lists() -> None:
    film = parse_film(TEXT, path=PATH)
    span = NotedSpan.model_validate({"from": 1, "to": 2, "note": "other"})
    newer = film.model_copy(update={"never": (span,), "locked": (), "director": ("Bo",)})
    assert parse_film(rewritten(TEXT, newer, path=PATH), path=PATH) == newer


def test_rewriting_keeps_windows_line_ends() -> None:
    text = TEXT.replace("\n", "\r\n")
    film = parse_film(text, path=PATH).model_copy(update={"year": 2025})
    assert rewritten(text, film, path=PATH) == text.replace("2024", "2025")


def test_a_project_overlays_what_lies_beside_the_master_and_spans_of_both_hold() -> None:
    beside = parse_film('title = "Beside"\nyear = 2020\n[[never]]\nfrom = 1\nto = 2', path=PATH)
    own = parse_film('title = "Own"\nrevision = 4\n[[never]]\nfrom = 3\nto = 4', path=PATH)
    film = overlaid(beside, own)
    assert (film.title, film.year, film.revision) == ("Own", 2020, 4)
    assert [span.start for span in film.never] == [1, 3]


def test_the_page_is_current() -> None:
    page = Path(__file__).parents[1] / "docs" / "film-toml.md"
    assert page.read_text("utf-8") == describe_film_toml(), "run: python -m pipeline.film > docs/film-toml.md"


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("javascript:alert(1)", "an address that starts with https:// or http://"),
        ("https://example.org/\\u202e", r"without U\+202E \(RIGHT-TO-LEFT OVERRIDE\)"),
        ("https://ana:secret@example.org/", "an address without a user name or password"),
    ],
)
def test_a_link_that_viewers_cannot_use_is_told_with_what_is_allowed(link: str, told: str) -> None:
    with pytest.raises(ProjectError, match=rf"(?s)film\.toml: link is .*; it should be .*{told}.*ticket or shop page"):
        parse_film(f'link = "{link}"', path=PATH)
