"""A calendar means windows between exact instants; what contradicts itself is refused with its places."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.calendar import parse_calendar
from pipeline.errors import ProjectError
from pipeline.plan.schedule import Schedule, plan_schedule

PATH = Path("red-kite.calendar.toml")
HEAD = 'film = "the-red-kite"\ntarget = "/srv/www"\naddress = "https://films.example.org"\n'


def schedule(text: str, countries: dict[str, tuple[str, ...]] | None = None) -> Schedule:
    return plan_schedule(parse_calendar(HEAD + text, path=PATH), path=PATH, countries=countries)


def drop(regions: str, opens: str, more: str = "", zone: str = "Europe/Berlin") -> str:
    return f"[[drops]]\nregions = {regions}\nopens = {opens}\nzone = '{zone}'\n{more}\n"


def test_windows_are_instants_of_editions() -> None:
    found = schedule(drop("['de', 'at']", "2026-12-04T20:00:00") + drop("[]", "2026-12-05T20:00:00", "hours = 1"))
    opens = datetime(2026, 12, 4, 19, tzinfo=UTC)
    assert [(one.edition, one.opens, one.closes) for one in found.windows] == [
        ("the-red-kite-at", opens, opens + timedelta(hours=48)),
        ("the-red-kite-de", opens, opens + timedelta(hours=48)),
        ("the-red-kite", opens + timedelta(days=1), opens + timedelta(hours=25)),
    ]
    assert found.windows[0].upload_from == opens - timedelta(hours=3)
    assert found.windows[0].id == "the-red-kite-at@2026-12-04T19:00:00Z"


@pytest.mark.parametrize("opens", ["2027-03-27T20:00:00", "2026-10-24T20:00:00"])
def test_a_window_across_a_change_of_clocks_has_its_hours(opens: str) -> None:
    (window,) = schedule(drop("'de'", opens)).windows
    assert window.closes - window.opens == timedelta(hours=48)
    assert window.closes.astimezone(window.clocks).hour != 20


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[drops]]\nregions = 'de'\nopens = 2026-12-04T20:00:00", ["the first [[drops]], opens", "zone"]),
        (drop("'de'", "2027-03-28T02:30:00"), ["the first [[drops]], opens", "from 02:00 straight to 03:00"]),
        (drop("'de'", "2026-10-25T02:30:00"), ["+02:00 or 2026-10-25T02:30:00+01:00"]),
        (drop("['de', 'fr', 'de']", "2026-12-04T20:00:00"), ["the first [[drops]], regions", "names de again"]),
        (
            drop("'de'", "2026-12-04T20:00:00") + drop("'de'", "2026-12-05T20:00:00"),
            ["the second [[drops]], opens", "de is open from 2026-12-04T20:00:00+01:00 to 2026-12-06T20:00:00+01:00"],
        ),
        (
            drop("'de'", "2026-12-05T20:00:00") + drop("'de'", "2026-12-04T20:00:00"),
            ["the second [[drops]], opens", "de is open from 2026-12-05T20:00:00+01:00"],
        ),
        (drop("'de'", "2026-12-04T20:00:00") * 2, ["the second [[drops]], opens"]),
        (
            drop("'de'", "2026-12-04T20:00:00", "exclusive_until = 2026-12-05T20:00:00")
            + drop("'fr'", "2026-12-05T19:59:59"),
            ["the first [[drops]], exclusive_until", "fr is open from 2026-12-05T19:59:59+01:00"],
        ),
        (
            drop("'de'", "2026-12-04T20:00:00", "exclusive_until = 2026-12-05T20:00:00")
            + drop("[]", "2026-12-03T20:00:00"),
            ["everybody else is open from"],
        ),
        (drop("'de'", "2026-12-04T20:00:00", "exclusive_until = 2026-12-04T20:00:00"), ["it should be after"]),
        (drop("'de'", "2026-12-04T20:00:00", "exclusive_until = 2026-12-09T20:00:00"),
         ["up to 2026-12-06T20:00:00+01:00"]),
        ("hold = 'edge'\n" + drop("'de'", "2026-12-04T20:00:00", "premiere = true"),
         ["the first [[drops]], premiere", "leave out hold", "awake for as long as the film is"]),
        ("countries = {de = ['DE', 'AT'], at = ['AT']}\n" + drop("['de', 'at']", "2026-12-04T20:00:00"),
         ["countries.de", "AT is in at as well"]),
        ("countries = {de = ['DE'], fr = ['FR']}\n" + drop("'de'", "2026-12-04T20:00:00"),
         ["countries.fr", "no drop opens"]),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused_with_its_place(text: str, told: list[str]) -> None:
    with pytest.raises(ProjectError) as caught:
        schedule(text)
    assert all(part in str(caught.value) for part in told), str(caught.value)


def test_regions_may_follow_each_other_and_open_again() -> None:
    found = schedule(
        drop("'de'", "2026-12-04T20:00:00", "hours = 24\nexclusive_until = 2026-12-05T20:00:00")
        + drop("'fr'", "2026-12-05T20:00:00")
        + drop("'de'", "2026-12-05T20:00:00")
    )
    assert len(found.windows) == 3 and found.editions == (("de", "the-red-kite-de"), ("fr", "the-red-kite-fr"))


def test_a_premiere_is_of_each_window_of_its_drop() -> None:
    found = schedule(drop("['de', 'at']", "2026-12-04T20:00:00", "premiere = true") + drop("[]", "2026-12-05T20:00:00"))
    assert [one.premiere for one in found.windows] == [True, True, False]


def test_a_films_own_countries_go_before_those_of_presets() -> None:
    text = "countries = {de = ['AT', 'DE']}\n" + drop("['de', 'fr']", "2026-12-04T20:00:00")
    known = {"de": ("DE",), "fr": ("FR", "BE"), "us": ("US", "FR")}
    assert schedule(text, known).countries == (("de", ("AT", "DE")), ("fr", ("BE", "FR")))
    with pytest.raises(ProjectError, match="FR is in de as well"):
        schedule(text.replace("'AT'", "'FR'"), known)


@given(st.permutations([drop(f"'{name}'", f"2026-12-{day:02}T20:00:00") for name, day in
                        (("de", 1), ("fr", 1), ("de", 3), ("us", 2), ("de", 9))]))  # fmt: skip
def test_the_order_of_drops_does_not_matter(drops: list[str]) -> None:
    assert schedule("".join(drops)) == schedule("".join(sorted(drops)))
