"""An evening is laid out around its block, and what does not fit is told."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.evening import EveningEntry
from pipeline.plan.evening import Evening, plan_evening
from pipeline.tables import Problem, Schema, check_table, parse_table, with_tuples
from tests.evenings import evening

BERLIN = ZoneInfo("Europe/Berlin")
EIGHT = datetime(2026, 11, 27, 20, 0, tzinfo=BERLIN)
BLOCK_S = Fraction(17 * 60)


class _File(Schema):
    evening: tuple[EveningEntry, ...] = ()


def _read(text: str) -> tuple[EveningEntry, ...]:
    table = parse_table(text, path=Path("block.toml"))
    assert not isinstance(table, Problem)
    found = check_table(_File, with_tuples(table), path=Path("block.toml"))
    assert isinstance(found, _File), found
    return found.evening


def _minutes(planned: Evening) -> list[tuple[str, Fraction, Fraction]]:
    return [(one.what, one.span.start / 60, one.span.end / 60) for one in planned.happenings]


def test_what_stands_before_the_block_ends_as_it_begins_and_what_follows_it_follows() -> None:
    planned = plan_evening(evening(), block_s=BLOCK_S)
    assert _minutes(planned) == [
        ("doors", -30, 0), ("block", 0, 17), ("talk", 17, 37), ("stream", 37, 52), ("merch", -30, 52)
    ]  # fmt: skip
    assert planned.notes == () and planned.span.duration == 82 * 60
    assert [one.is_alongside for one in planned.happenings] == [False] * 4 + [True]


def test_a_time_of_day_says_when_something_begins() -> None:
    entries = _read(
        "[[evening]]\nwhat = 'doors'\nat = '19:15'\n[[evening]]\nwhat = 'block'\n"
        "[[evening]]\nwhat = 'talk'\nat = '20:25'\nminutes = 15\n"
        "[[evening]]\nwhat = 'merch'\nat = '20:10'\nminutes = 7.5\n"
    )
    planned = plan_evening(entries, block_s=BLOCK_S, start=EIGHT)
    assert _minutes(planned) == [("doors", -45, 0), ("block", 0, 17), ("talk", 25, 40), ("merch", 10, Fraction("17.5"))]


def test_without_minutes_something_lasts_until_the_next_begins() -> None:
    entries = _read(
        "[[evening]]\nwhat = 'block'\n[[evening]]\nwhat = 'talk'\nat = '20:20'\n"
        "[[evening]]\nwhat = 'stream'\nat = '21:00'\nminutes = 15\n"
    )
    planned = plan_evening(entries, block_s=BLOCK_S, start=EIGHT)
    assert _minutes(planned)[1:] == [("talk", 20, 60), ("stream", 60, 75)]
    with pytest.raises(PlanError, match=r"ends.*minutes = 30"):
        plan_evening(entries[:2], block_s=BLOCK_S, start=EIGHT)


def test_an_evening_goes_on_past_midnight() -> None:
    entries = _read("[[evening]]\nwhat = 'block'\n[[evening]]\nwhat = 'talk'\nat = '00:10'\nminutes = 20\n")
    late = plan_evening(entries, block_s=BLOCK_S, start=datetime(2026, 11, 27, 23, 30, tzinfo=BERLIN))
    assert _minutes(late)[1] == ("talk", 40, 60)
    entries = _read("[[evening]]\nwhat = 'doors'\nat = '23:40'\n[[evening]]\nwhat = 'block'\n")
    early = plan_evening(entries, block_s=BLOCK_S, start=datetime(2026, 11, 28, 0, 10, tzinfo=BERLIN))
    assert _minutes(early)[0] == ("doors", -30, 0)


def test_times_are_those_of_the_clocks_in_a_night_in_which_they_are_changed() -> None:
    entries = _read("[[evening]]\nwhat = 'block'\n[[evening]]\nwhat = 'talk'\nat = '02:30'\nminutes = 20\n")
    # Set back at 3: half past two comes a second time, and the first is an hour and a half from one.
    autumn = plan_evening(entries, block_s=BLOCK_S, start=datetime(2026, 10, 25, 1, 0, tzinfo=BERLIN))
    assert _minutes(autumn)[1][1] == 90
    after = plan_evening(entries, block_s=BLOCK_S, start=datetime(2026, 10, 25, 2, 50, tzinfo=BERLIN))
    assert _minutes(after)[1][1] == 40
    with pytest.raises(PlanError, match="clocks in Europe/Berlin do not show"):
        plan_evening(entries, block_s=BLOCK_S, start=datetime(2026, 3, 29, 1, 0, tzinfo=BERLIN))


def test_what_overlaps_is_told() -> None:
    entries = _read(
        "[[evening]]\nwhat = 'doors'\nat = '19:00'\nminutes = 70\n[[evening]]\nwhat = 'block'\n"
        "[[evening]]\nwhat = 'talk'\ntitle = 'With Ana'\nat = '20:15'\nminutes = 15\n"
    )
    planned = plan_evening(entries, block_s=BLOCK_S, start=EIGHT)
    assert planned.notes == ("'block' begins 10:00 before 'doors' ends.", "“With Ana” begins 2:00 before 'block' ends.")


@pytest.mark.parametrize(("minutes", "is_told"), [(20, True), (43, False), (73, False), (74, True)])
def test_an_evening_shorter_than_an_hour_or_longer_than_ninety_minutes_is_told(minutes: int, is_told: bool) -> None:
    entries = (EveningEntry(what="doors", minutes=Fraction(minutes)), EveningEntry(what="block"))
    notes = plan_evening(entries, block_s=BLOCK_S).notes
    assert bool(notes) == is_told and all("60 to 90" in note for note in notes)


@pytest.mark.parametrize("count", [0, 2])
def test_an_evening_has_one_block(count: int) -> None:
    entries = (EveningEntry(what="doors", minutes=Fraction(30)), *[EveningEntry(what="block")] * count)
    with pytest.raises(PlanError, match="exactly one") as caught:
        plan_evening(entries, block_s=BLOCK_S)
    assert caught.value.exit_code == 2


def test_a_time_of_day_needs_a_start() -> None:
    entries = _read("[[evening]]\nwhat = 'block'\n[[evening]]\nwhat = 'talk'\nat = '21:00'\nminutes = 20\n")
    with pytest.raises(PlanError, match="`starts` and `zone`"):
        plan_evening(entries, block_s=BLOCK_S)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"what": "party"}, "'doors', 'block'"),
        ({"what": "talk"}, "minutes = 30 or at = '21:10'"),
        ({"what": "talk", "minutes": 0}, "above 0"),
        ({"what": "talk", "minutes": 30, "at": "9:5"}, "time of day"),
        ({"what": "block", "minutes": 30}, "lasts as long"),
        ({"what": "other", "minutes": 30}, "with a title"),
        ({"what": "doors", "minutes": 30, "hours": 2}, "no such field"),
    ],
)
def test_what_is_wrong_with_an_entry_is_told_with_what_is_allowed(entry: dict[str, Any], told: str) -> None:
    problems = check_table(_File, with_tuples({"evening": [entry]}), path=Path("block.toml"))
    assert isinstance(problems, tuple) and told in str(problems[0]) and "evening.0" in problems[0].field


LENGTHS = st.lists(st.integers(1, 60).map(Fraction), max_size=6)


@given(LENGTHS, LENGTHS, st.integers(1, 3600).map(Fraction))
def test_what_happens_in_turn_leaves_no_hole_and_never_overlaps(
    before: list[Fraction], after: list[Fraction], block_s: Fraction
) -> None:
    entries = (
        *(EveningEntry(what="music", minutes=minutes) for minutes in before),
        EveningEntry(what="merch"),
        EveningEntry(what="block"),
        *(EveningEntry(what="talk", minutes=minutes) for minutes in after),
    )
    planned = plan_evening(entries, block_s=block_s)
    in_turn, beside = planned.happenings[:-1], planned.happenings[-1]
    assert [a.span.end for a in in_turn[:-1]] == [b.span.start for b in in_turn[1:]]
    assert beside.span == planned.span and planned.span.duration == sum(before + after) * 60 + block_s
    assert [one.span.start for one in in_turn if one.what == "block"] == [0]
