"""A calendar file puts a block and its evening where the clocks of its place do, whoever reads it."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from icalendar import Calendar

from pipeline.errors import PlanError
from pipeline.plan.block_calendar import block_calendar
from pipeline.plan.evening import plan_evening
from pipeline.plan.running_order import Item, RunningOrder
from pipeline.timebase import Span
from tests.evenings import SIX, block, evening

BERLIN = ZoneInfo("Europe/Berlin")
EIGHT = datetime(2026, 11, 27, 20, 0, tzinfo=BERLIN)


def _written(start: datetime | None = EIGHT, **more: Any) -> str:
    order = more.pop("order", block())
    planned = None if start is None else plan_evening(evening(), block_s=order.duration, start=start)
    return block_calendar(order, start=start, **({"venue": "Café Kranich", "evening": planned} | more))


def _events(text: str) -> list[Any]:
    return list(Calendar.from_ical(text).walk("VEVENT"))


def _instants(event: Any) -> tuple[datetime, timedelta]:
    return event.decoded("dtstart").astimezone(UTC), event.decoded("duration")


def _unfolded(text: str) -> list[str]:
    """Read a file by hand, as RFC 5545 (3.1) says: lines end in CR LF, and one that begins with a blank goes on."""
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    return text.replace("\r\n ", "").split("\r\n")


def test_the_block_and_each_thing_around_it_is_an_event() -> None:
    found = {str(event["summary"]): _instants(event) for event in _events(_written())}
    night = "Short Films for a Long Night"
    seven = datetime(2026, 11, 27, 19, 0, tzinfo=UTC)
    after = seven + timedelta(minutes=22, seconds=3)
    assert found[night] == (seven, timedelta(minutes=22, seconds=3))
    assert found[f"Doors – {night}"] == (seven - timedelta(minutes=30), timedelta(minutes=30))
    assert found[f"Talk with Ana Lima and Jonas Weiß – {night}"] == (after, timedelta(minutes=20))
    assert found[f"Stream – {night}"] == (after + timedelta(minutes=20), timedelta(minutes=15))
    assert found[f"Merch table – {night}"][0] == seven - timedelta(minutes=30)
    assert len(found) == 5


def test_an_event_tells_place_films_and_people() -> None:
    events = {str(event["summary"]): event for event in _events(_written())}
    films = str(events["Short Films for a Long Night"]["description"]).split("\n")
    assert films[0] == "The Red Kite (2′29″)" and films[3] == "赤い凧 (3′44″)" and len(films) == 6
    doors = events["Doors – Short Films for a Long Night"]
    assert (str(doors["location"]), str(doors["description"])) == ("Café Kranich", "Music off at five to")


def test_times_name_their_zone_and_the_file_has_its_rules() -> None:
    lines = _unfolded(_written())
    assert "DTSTART;TZID=Europe/Berlin:20261127T200000" in lines
    zone = "\n".join(lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE")])
    assert "TZID:Europe/Berlin" in zone
    # The change before the block, and the one after it: by the clocks as they show just before (RFC 5545, 3.6.5).
    assert "STANDARD\nDTSTART:20261025T030000\nTZNAME:CET\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100" in zone
    assert "DAYLIGHT\nDTSTART:20270328T020000\nTZNAME:CEST\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200" in zone


@pytest.mark.parametrize(
    "name",
    ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "America/Sao_Paulo", "Europe/Dublin"],
)
def test_another_reader_finds_the_zones_offsets_in_its_rules(name: str) -> None:
    zone = ZoneInfo(name)
    text = _written(datetime(2026, 6, 1, 20, 0, tzinfo=zone))
    read = tzical(io.StringIO("\n".join(_unfolded(text)))).get(name)
    for hours in range(0, 2 * 365 * 24, 7):
        local = datetime(2026, 1, 1) + timedelta(hours=hours)
        if local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local:
            assert local.replace(tzinfo=read).utcoffset() == local.replace(tzinfo=zone).utcoffset(), local


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-3, minutes=-30))])
def test_a_start_with_an_offset_alone_is_written_in_utc(zone: Any) -> None:
    text = _written(datetime(2026, 11, 27, 20, 0, tzinfo=zone))
    assert "VTIMEZONE" not in text
    assert {_instants(event)[0] for event in _events(text) if "–" not in event["summary"]} == {
        datetime(2026, 11, 27, 20, 0, tzinfo=zone).astimezone(UTC)
    }


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize(("year", "month", "day"), [(2026, 10, 25), (2026, 3, 29), (2041, 10, 27)])
def test_every_event_is_when_it_should_be_in_a_night_of_changed_clocks(
    year: int, month: int, day: int, fold: int
) -> None:
    start = datetime(year, month, day, 1 if month == 3 else 2, 45, tzinfo=BERLIN, fold=fold)
    found = sorted(_instants(event) for event in _events(_written(start)))
    begins = start.astimezone(UTC)
    assert sorted(begin - begins for begin, _ in found) == [
        timedelta(minutes=-30), timedelta(minutes=-30), timedelta(0), timedelta(minutes=22, seconds=3),
        timedelta(minutes=42, seconds=3),
    ]  # fmt: skip


def test_the_same_block_is_the_same_file() -> None:
    assert _written() == _written()
    assert {event.decoded("dtstamp") for event in _events(_written())} == {EIGHT.astimezone(UTC)}


def test_an_event_that_moves_by_an_hour_stays_the_same_and_another_evening_is_another() -> None:
    def named(**more: Any) -> set[str]:
        return {str(event["uid"]) for event in _events(_written(**more))}

    usual = named()
    assert len(usual) == 5 and named(start=EIGHT + timedelta(hours=1)) == usual
    for other in ({"start": EIGHT + timedelta(days=7)}, {"venue": "Bar"}, {"order": block(title="Other")}):
        assert not named(**other) & usual
    twice = plan_evening((*evening(), *evening()[2:3]), block_s=block().duration, start=EIGHT)
    assert named(evening=twice) > usual and len(named(evening=twice)) == 6


def test_words_cannot_break_out_of_their_line() -> None:
    title = "A;B,C\\D\nBEGIN:VEVENT\r\nSUMMARY:evil " + "ü赤" * 60
    text = _written(order=block(SIX[:1], title=title), venue="Bar\nATTACH:file:/x")
    lines = _unfolded(text)
    assert lines.count("BEGIN:VEVENT") == 5 and not any(re.match("ATTACH|SUMMARY:evil", line) for line in lines)
    (event,) = (one for one in _events(text) if "–" not in str(one["summary"]))
    assert str(event["summary"]) == "A;B,C\\D BEGIN:VEVENT SUMMARY:evil " + "ü赤" * 60


def test_without_a_start_the_error_says_what_to_set() -> None:
    with pytest.raises(PlanError, match="`starts` and `zone`") as caught:
        _written(None)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("seconds", "told"), [("59.9", 59), ("59.2", 59), ("60", 60)])
def test_an_event_ends_in_the_second_in_which_the_run_sheet_says_that_it_does(seconds: str, told: int) -> None:
    order = RunningOrder("B", (Item("film", "F", Span(Fraction(0), Fraction(seconds))),))
    (event,) = _events(block_calendar(order, start=EIGHT))
    assert event.decoded("duration") == timedelta(seconds=told)
