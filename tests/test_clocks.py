"""Local times mean one instant, or the reason why not is told: zones, skipped hours, hours that come twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clocks import changes_of, changes_within, find_zone, instant_of, name_of, parse_local, zone_named, zone_of

BERLIN = find_zone("Europe/Berlin")
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
    "UTC",
    "Africa/Casablanca",
)


def test_a_local_time_is_an_instant() -> None:
    assert instant_of(datetime(2026, 12, 4, 20), BERLIN) == datetime(2026, 12, 4, 19, tzinfo=UTC)
    assert instant_of(parse_local("2026-07-04 20:00"), BERLIN) == datetime(2026, 7, 4, 18, tzinfo=UTC)
    assert instant_of(parse_local("2026-12-04T20:00:00+05:30"), None) == datetime(2026, 12, 4, 14, 30, tzinfo=UTC)


def test_a_time_with_neither_zone_nor_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        instant_of(datetime(2026, 12, 4, 20), None)


@pytest.mark.parametrize(
    ("zone", "local", "told"),
    [
        (
            "Europe/Berlin",
            "2027-03-28 02:30",
            ["2027-03-28", "from 02:00 straight to 03:00", "01:59 or before", "03:00 or after"],
        ),
        ("Europe/Berlin", "2027-03-28 02:00", ["from 02:00 straight to 03:00"]),
        ("Australia/Lord_Howe", "2026-10-04 02:10", ["from 02:00 straight to 02:30"]),
        ("America/New_York", "2027-03-14 02:59:59", ["from 02:00 straight to 03:00"]),
    ],
)
def test_a_time_that_clocks_skip_is_refused_with_its_neighbours(zone: str, local: str, told: list[str]) -> None:
    with pytest.raises(ValueError) as caught:
        instant_of(parse_local(local), find_zone(zone))
    assert all(part in str(caught.value) for part in told), caught.value


def test_a_time_that_comes_twice_needs_an_offset() -> None:
    with pytest.raises(ValueError, match=r"2026-10-25T02:30:00\+02:00 or 2026-10-25T02:30:00\+01:00"):
        instant_of(datetime(2026, 10, 25, 2, 30), BERLIN)
    first = instant_of(parse_local("2026-10-25T02:30:00+02:00"), BERLIN)
    assert instant_of(parse_local("2026-10-25T02:30:00+01:00"), BERLIN) - first == timedelta(hours=1)


def test_an_offset_that_the_zone_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the offset of Europe/Berlin: 2026-12-04T20:00:00\+01:00"):
        instant_of(parse_local("2026-12-04T20:00:00+02:00"), BERLIN)


@pytest.mark.parametrize(
    "name",
    ["", "Europe", "europe/berlin", "Berlin", "../etc/passwd", "/etc/passwd", "right/UTC", "posixrules", "localtime",
     "a\0b", "Europe/Berlin\n", "Europe//Berlin", "x" * 300, "Mars/Olympus"],
    ids=ascii,
)  # fmt: skip
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="IANA"):
        find_zone(name)


def test_a_mistyped_zone_is_guessed() -> None:
    with pytest.raises(ValueError, match=r"did you mean Europe/Berlin\?"):
        find_zone("Europe/Berlni")


@pytest.mark.parametrize(
    "value",
    ["2026-12-04", "20:00", "2026-13-04 20:00", "1926-12-04 20:00", "2126-12-04 20:00", 5, None, True,
     "2026-02-29 20:00", datetime(2026, 1, 1, microsecond=1)],
)  # fmt: skip
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="2026-12-04T20:00:00"):
        parse_local(value)


@given(st.sampled_from(ZONES), st.datetimes(datetime(2021, 1, 1), datetime(2098, 1, 1)))
def test_every_instant_is_found_again_from_what_clocks_show(zone: str, at: datetime) -> None:
    instant = at.replace(microsecond=0, tzinfo=UTC)
    shown = instant.astimezone(ZoneInfo(zone))
    assert instant_of(datetime.fromisoformat(shown.isoformat()), find_zone(zone)) == instant


@given(st.sampled_from(ZONES), st.datetimes(datetime(2021, 1, 1), datetime(2098, 1, 1)))
def test_a_time_without_an_offset_is_shown_again_or_refused(zone: str, at: datetime) -> None:
    local, clocks = at.replace(microsecond=0), find_zone(zone)
    try:
        instant = instant_of(local, clocks)
    except ValueError:
        return
    assert instant.astimezone(clocks).replace(tzinfo=None, fold=0) == local


def test_a_change_of_clocks_is_seen() -> None:
    assert changes_within(BERLIN, datetime(2027, 3, 27, tzinfo=UTC), datetime(2027, 3, 29, tzinfo=UTC))
    assert not changes_within(BERLIN, datetime(2027, 3, 29, tzinfo=UTC), datetime(2027, 4, 2, tzinfo=UTC))


@pytest.mark.parametrize("written", ["2026-12-04T20:00:00+05:30", "2026-12-04T20:00:00-03:00", "2026-12-04T20:00:00Z"])
def test_an_offset_is_named_and_found_by_its_name(written: str) -> None:
    local = parse_local(written)
    zone = zone_named(name_of(zone_of(local, None)))
    assert local.astimezone(zone).isoformat() == local.isoformat()


def test_changes_of_clocks_are_found_to_the_second() -> None:
    berlin, year = find_zone("Europe/Berlin"), (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    spring, autumn = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
    assert changes_of(berlin, *year) == (spring, autumn)
    assert changes_of(berlin, spring, autumn) == (autumn,)
    assert changes_of(berlin, spring - timedelta(seconds=1), spring) == (spring,)
    assert changes_of(find_zone("Asia/Tokyo"), *year) == ()
