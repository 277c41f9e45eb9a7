"""Starts, completions and peaks are counted from requests in nearly any order, and nobody is in what is told."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.log_lines import Hit
from pipeline.plan.turnout import MOST_NAMES, OTHERS, SILENCE_S, Programme, Turnout

START = 1_796_410_800.0
LAST = f"{'f' * 32}.m4s"
PROGRAMME = Programme(
    countries={"red-kite": {"DE": "red-kite-de", "AT": "red-kite-de", "FR": "red-kite-fr", "": "red-kite"}},
    regions={"red-kite-de": "de", "red-kite-fr": "fr"},
    last_segments=frozenset({LAST}),
)
SEGMENT, END, ENTRY = f"/segments/{'0' * 32}.m4s", f"/segments/{LAST}", "/red-kite-de.m3u8"


def hit(path: str, at: float = 0, who: str = "a", query: str = "", status: int = 200, **more: Any) -> Hit:
    return Hit(START + at, f"192.0.2.{who}", "agent", more.pop("method", "GET"), path, query, status, **more)


def turnout(*hits: Hit, programme: Programme = PROGRAMME) -> Turnout:
    found = Turnout(programme, salt=b"salt" * 8)
    for one in hits:
        found.take(one)
    return found


def test_a_viewer_who_comes_and_stays_is_one_start_and_one_completion() -> None:
    found = turnout(hit(ENTRY), hit("/v720-3000-0123456789ab.m3u8"), hit(SEGMENT, 6), hit(END, 700), hit(END, 701))
    tally = found.editions()["red-kite-de"]
    assert (tally.starts, tally.completions, tally.viewers, tally.peak) == (1, 1, 1, 1)
    assert found.total() == tally and list(found.editions()) == ["red-kite-de"]


def test_players_that_ask_again_do_not_start_again_but_viewers_who_come_back_do() -> None:
    assert turnout(hit(ENTRY), hit(ENTRY, 60), hit(SEGMENT, 1700), hit(ENTRY, 3000)).total().starts == 1
    again = turnout(hit(ENTRY), hit(END, 600), hit(ENTRY, 601 + SILENCE_S), hit(END, 1300 + SILENCE_S)).total()
    assert (again.starts, again.completions, again.viewers) == (2, 2, 1)


@pytest.mark.parametrize(
    ("path", "country", "edition", "counted"),
    [
        ("/red-kite.m3u8", "AT", "", "red-kite-de"),
        ("/red-kite.m3u8", "US", "", "red-kite"),
        ("/red-kite.m3u8", "", "red-kite-fr", "red-kite-fr"),
        (f"/s/red-kite/1796583600/{'A' * 22}/red-kite.m3u8", "FR", "", "red-kite-fr"),
        ("/owl.m3u8", "DE", "", "owl"),
    ],
)
def test_an_edition_is_known_by_country_or_by_what_the_log_says(
    path: str, country: str, edition: str, counted: str
) -> None:
    assert list(turnout(hit(path, country=country, edition=edition)).editions()) == [counted]


def test_the_campaign_of_a_page_or_entry_is_that_of_what_follows() -> None:
    found = turnout(
        hit("/red-kite.html", query="c=red-kite.h1.tiktok"), hit(ENTRY, 5), hit(END, 600),
        hit(ENTRY, 5, "b", query="x=1&c=red-kite.h1.tiktok"), hit(ENTRY, 5, "c", query="c=BAD;"),
        hit(SEGMENT, 9, "c", query="c=x"),
    ).campaigns()  # fmt: skip
    assert {code: (one.starts, one.completions) for code, one in found.items()} == {"red-kite.h1.tiktok": (2, 1)}


def test_the_peak_is_in_the_minute_with_most_viewers() -> None:
    found = turnout(
        *(hit(ENTRY, 0, who) for who in "ab"),
        *(hit(ENTRY, 300, who) for who in "cde"),
        *(hit(SEGMENT, 300 + second, "a") for second in range(0, 60, 6)),
    ).total()
    assert (found.peak, found.peak_at) == (4, START + 300)


def test_what_is_refused_is_no_start_and_is_told() -> None:
    found = turnout(
        hit(ENTRY, status=410), hit("/red-kite.m3u8", status=451), hit(SEGMENT, status=404), hit(ENTRY, method="HEAD"),
        hit("/v720-3000-0123456789ab.m3u8"), hit(SEGMENT), hit(END),
    )  # fmt: skip
    assert found.total().starts == 0 and found.refused == {410: 1, 451: 1} and found.editions() == {}


def test_players_that_ask_for_live_playlists_again_and_again_start_once_and_are_there_all_the_time() -> None:
    ticket = f"/s/red-kite/1796583600/{'A' * 22}"
    live = "/red-kite-de.live-0123456789abcdef-0.m3u8"
    hits = [hit(f"{ticket}{live}", second) for second in range(0, 3600, 3)]
    found = turnout(hit(f"{ticket}/red-kite.m3u8", country="DE"), *hits, hit(END, 3600))
    tally = found.editions()["red-kite-de"]
    assert (tally.starts, tally.completions, tally.viewers, tally.peak) == (1, 1, 1, 1)
    assert turnout(*hits, hit(live, status=404), hit(END, 3600)).total().starts == 0
    assert turnout(hit(live, status=404)).refused == {}, "it was no entry that was refused"


visits = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 1700), st.sampled_from([ENTRY, SEGMENT, END])), max_size=60
)


@given(visits, st.randoms())
def test_lines_that_are_a_little_late_change_little(given: list[tuple[str, int, str]], rng: random.Random) -> None:
    hits = [hit(path, at, who) for who, at, path in given]
    entries = [hit(ENTRY, 0, who) for who in "abcdef"]
    in_order = turnout(*entries, *sorted(hits, key=lambda one: one.at)).total()
    rng.shuffle(hits)
    shuffled = turnout(*entries, *hits).total()
    assert shuffled == in_order, "all within half an hour: each viewer starts once, and counts once in a minute"


@given(visits)
def test_counts_are_within_reason(given: list[tuple[str, int, str]]) -> None:
    total = turnout(*(hit(path, at, who) for who, at, path in sorted(given, key=lambda one: one[1]))).total()
    assert total.peak <= total.viewers <= total.starts <= len(given) and total.completions <= total.starts


def test_invented_campaigns_are_counted_together() -> None:
    hits = [hit(ENTRY, 0, str(number), query=f"c=x.{number}") for number in range(MOST_NAMES + 500)]
    found = turnout(*hits).campaigns()
    assert len(found) == MOST_NAMES + 1 and found[OTHERS].starts == 500
    assert sum(one.starts for one in found.values()) == len(hits)


def test_addresses_are_kept_nowhere() -> None:
    found = turnout(hit(ENTRY, query="c=a"), hit(SEGMENT, 5))
    other = Turnout(PROGRAMME, salt=b"other" * 8)
    other.take(hit(ENTRY))
    assert "192.0.2." not in repr([vars(found), found._viewers, found._editions]) and "agent" not in repr(
        found._viewers
    )
    assert set(found._viewers) != set(other._viewers), "with another salt a viewer is another number"
