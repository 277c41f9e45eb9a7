"""calendar.toml says when and where a film opens, and names every mistake with its place and what is allowed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.calendar import Calendar, Drop, describe_calendar_toml, parse_calendar
from pipeline.errors import ProjectError

PATH = Path("red-kite.calendar.toml")
HEAD = 'film = "the-red-kite"\ntarget = "/srv/www"\naddress = "https://films.example.org"\n'
DROP = '[[drops]]\nregions = "de"\nopens = 2026-12-04T20:00:00\nzone = "Europe/Berlin"\n'


def test_every_field_of_the_page_can_be_written() -> None:
    calendar = parse_calendar(
        """
        film = "the-red-kite"
        target = "s3://films/drops"
        address = "https://films.example.org/drops"
        zone = "Europe/Paris"
        packages = "out/kite"
        endpoint = "https://s3.example.org"
        require_approval = true
        hours = 24
        hold = "edge"
        access = "signed"
        closed_page = "closed.html"
        elsewhere_page = "elsewhere.html"
        upload_hours = 0.5
        audiences = [50, 500]
        [countries]
        de = ["DE", "AT"]
        [page]
        title = "The Red Kite"
        [page.regions.de]
        title = "Der rote Drachen"
        [[drops]]
        regions = "de"
        opens = "2026-12-04 20:00"
        zone = "Europe/Berlin"
        hours = 12
        exclusive_until = 2026-12-04T22:00:00
        premiere = true
        note = "the opening night"
        [[drops]]
        opens = 2026-12-06T20:00:00+01:00
        """,
        path=PATH,
    )
    assert set(calendar.model_fields_set) == set(Calendar.model_fields)
    assert set(calendar.drops[0].model_fields_set) == set(Drop.model_fields)
    assert calendar.address == "https://films.example.org/drops/" and calendar.upload_hours == Fraction(1, 2)
    assert calendar.page is not None and calendar.page.of_region("de").title == "Der rote Drachen"
    assert calendar.regions == ("", "de") and calendar.drops[0].regions == ("de",)


def test_what_is_left_out_is_what_most_want() -> None:
    calendar = parse_calendar(HEAD + DROP, path=PATH)
    assert (calendar.hours, calendar.hold, calendar.access, calendar.audiences) == (
        48, "matinee", "open", (100, 1_000, 10_000),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["film is missing", "target is missing", "address is missing", "drops is missing"]),
        (HEAD + "drops = []", ["drops is []"]),
        (HEAD.replace("the-red", "The Red") + DROP, ["film", '"The Red-kite"']),
        (HEAD.replace("the-red-kite", "x; } server {") + DROP, ["film"]),
        (HEAD.replace("/srv/www", "s3://Films") + DROP, ["target", "s3://films/drops"]),
        (HEAD.replace("/srv/www", "s3://films/../x") + DROP, ["target", "s3://films/drops"]),
        (HEAD.replace("/srv/www", "a\\u0000b") + DROP, ["target"]),
        (HEAD.replace("https:", "ftp:") + DROP, ["address", "https://"]),
        (HEAD.replace(".org", ".org/?a=1") + DROP, ["address", "without ? and #"]),
        (HEAD + 'hold = "cdn"\n' + DROP, ["hold", "'matinee' or 'edge'"]),
        (HEAD + 'closed_page = "../x.html"\n' + DROP, ["closed_page"]),
        (HEAD + "hours = 0\n" + DROP, ["hours is 0", "above 0"]),
        (HEAD + "hours = -1\n" + DROP, ["hours is -1"]),
        (HEAD + "hours = 9000\n" + DROP, ["hours", "8784"]),
        (HEAD + "hours = 0.0001\n" + DROP, ["hours", "whole seconds"]),
        (HEAD + "hours = nan\n" + DROP, ["hours"]),
        (HEAD + "audiences = [0]\n" + DROP, ["audiences.0"]),
        (HEAD + "[countries]\nde = ['UK']\n" + DROP, ["countries.de.0", '"UK"', "GB"]),
        (HEAD + "[countries]\nde = ['de']\n" + DROP, ["ISO 3166-1"]),
        (HEAD + "[countries]\nde = ['EU']\n" + DROP, ["ISO 3166-1"]),
        (HEAD + "[countries]\nde = []\n" + DROP, ["countries.de"]),
        (HEAD + DROP.replace("2026", "1996"), ["the first [[drops]], opens is 1996-12-04 20:00:00", "2020 to 2099"]),
        (HEAD + DROP.replace("T20:00:00", ""), ["the first [[drops]], opens", "a date and a time"]),
        (HEAD + DROP.replace("T20:00:00", "T20:00"), ["not TOML", "20:00:00"]),
        (HEAD + DROP.replace("Europe/Berlin", "Europe/Berlni"),
         ["the first [[drops]], zone", "did you mean Europe/Berlin?"]),
        (HEAD + DROP + DROP.replace("opens", "open"), ["the second [[drops]], open", "did you mean opens?"]),
        (HEAD + "drops = 1", ["drops is 1"]),
        ("[" * 3000, ["TOML"]),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_what_is_allowed(text: str, told: list[str]) -> None:
    with pytest.raises(ProjectError) as caught:
        parse_calendar(text, path=PATH)
    assert all(part in str(caught.value) for part in told), str(caught.value)
    assert "red-kite.calendar.toml" in str(caught.value)


@given(st.text() | st.sampled_from([HEAD, DROP, HEAD + DROP, "[[drops]]", "opens = 2026-12-04T20:00:00"]).flatmap(
    lambda known: st.text(max_size=8).map(lambda more: known + more)
))  # fmt: skip
def test_any_text_is_a_calendar_or_a_clear_error(text: str) -> None:
    told = ""
    try:
        calendar = parse_calendar(text, path=PATH)
    except ProjectError as error:
        told = str(error)
    assert str(PATH) in told or calendar.film == "the-red-kite"


def test_the_page_is_current() -> None:
    page = Path(__file__).parents[1] / "docs" / "calendar-toml.md"
    told = "run: python -m pipeline.calendar > docs/calendar-toml.md"
    assert page.read_text("utf-8") == describe_calendar_toml(), told
