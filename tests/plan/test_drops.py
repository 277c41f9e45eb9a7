"""What is open when: never outside of its window, closing before opening, and nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.drops import (
    Duty,
    Standing,
    Step,
    awake_stretches,
    duties_at,
    outlook,
    remarks,
    state_at,
    steps_at,
)
from pipeline.plan.schedule import Schedule, Window

NOON = datetime(2026, 12, 4, 12, tzinfo=UTC)
REGIONS = ("", "de", "fr", "us")


def hours(count: float) -> datetime:
    return NOON + timedelta(hours=count)


def window(region: str, opens: float, closes: float, **more: Any) -> Window:
    edition = f"kite-{region}" if region else "kite"
    zone = more.pop("zone", "UTC")
    return Window(hours(opens), hours(closes), region, edition, zone, hours(opens - 3), **more)


def schedule(*windows: Window, hold: Any = "matinee", countries: Any = ()) -> Schedule:
    return Schedule("kite", "https://films.example.org/", hold, "open", tuple(sorted(windows)), countries)


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, ...]:
    """Draw windows of several regions, those of one region one after the other, some of them adjoining."""
    found: list[Window] = []
    for region in draw(st.sets(st.sampled_from(REGIONS), min_size=1)):
        at = draw(st.integers(0, 20))
        for _ in range(draw(st.integers(1, 3))):
            length = draw(st.integers(1, 10))
            found.append(window(region, at, at + length))
            at += length + draw(st.integers(0, 5))
    return tuple(draw(st.permutations(found)))


instants = st.integers(-5 * 3600, 70 * 3600).map(lambda seconds: NOON + timedelta(seconds=seconds))
editions = st.frozensets(st.sampled_from(("kite", "kite-de", "kite-fr", "kite-us", "kite-gone")))


def done(is_open: frozenset[str], steps: tuple[Step, ...]) -> frozenset[str]:
    for step in steps:
        assert (step.edition in is_open) == (step.action == "close"), "no step does what is done already"
        is_open = is_open - {step.edition} if step.action == "close" else is_open | {step.edition}
    return is_open


@given(windows(), instants, editions)
def test_after_the_steps_that_is_open_which_is_in_its_window_and_nothing_else(
    given: tuple[Window, ...], at: datetime, is_open: frozenset[str]
) -> None:
    after = done(is_open, steps_at(given, at, is_open=is_open))
    assert after == {one.edition for one in given if one.opens <= at < one.closes}


@given(windows(), instants, editions)
def test_deciding_again_finds_nothing_to_do(given: tuple[Window, ...], at: datetime, is_open: frozenset[str]) -> None:
    after = done(is_open, steps_at(given, at, is_open=is_open))
    assert steps_at(given, at, is_open=after) == ()


@given(windows(), instants, editions)
def test_closing_comes_before_opening_and_what_is_due_longest_first(
    given: tuple[Window, ...], at: datetime, is_open: frozenset[str]
) -> None:
    steps = steps_at(given, at, is_open=is_open)
    actions = [step.action for step in steps]
    assert actions == sorted(actions), "close comes before open"
    for action in ("close", "open"):
        due = [step.due for step in steps if step.action == action]
        assert due == sorted(due)
    assert all(step.due <= at for step in steps)


@given(windows(), st.lists(instants, min_size=1, max_size=6), st.randoms())
def test_who_slept_ends_where_who_was_awake_does(given: tuple[Window, ...], woken: list[datetime], rng: Any) -> None:
    last = woken[-1]
    is_open: frozenset[str] = frozenset()
    for at in woken:  # in any order: a clock may have been set back
        is_open = done(is_open, steps_at(given, at, is_open=is_open))
    shuffled = list(given)
    rng.shuffle(shuffled)
    assert is_open == done(frozenset(), steps_at(shuffled, last, is_open=frozenset()))


@given(windows(), instants)
def test_every_window_is_coming_open_or_closed(given: tuple[Window, ...], at: datetime) -> None:
    seen = outlook(given, at)
    assert sorted((*seen.coming, *seen.open, *seen.closed)) == sorted(given)
    assert seen.late == () and seen.overdue == ()
    change = seen.next_change
    assert change is None or (
        at < change and all(state_at(one, at) == state_at(one, change - timedelta(seconds=1)) for one in given)
    )


def test_a_window_opens_with_its_first_second_and_closes_before_its_last() -> None:
    one = window("de", 0, 1)
    second = timedelta(seconds=1)
    assert [state_at(one, at) for at in (one.opens - second, one.opens, one.closes - second, one.closes)] == [
        "coming", "open", "open", "closed",
    ]  # fmt: skip


def test_what_should_be_open_and_is_not_is_late() -> None:
    given = (window("de", 0, 5), window("fr", -5, -1))
    seen = outlook(given, hours(1), is_open=frozenset({"kite-fr"}))
    assert seen.late == (given[0],) and seen.overdue == ("kite-fr",)
    assert steps_at(given, hours(1), is_open=frozenset({"kite-fr"})) == (
        Step("close", "kite-fr", hours(-1)),
        Step("open", "kite-de", hours(0)),
    )


def test_an_edition_whose_windows_adjoin_stays_open() -> None:
    given = (window("de", 0, 5), window("de", 5, 9))
    assert steps_at(given, hours(5), is_open=frozenset({"kite-de"})) == ()


@given(windows(), st.sampled_from(["matinee", "edge"]))
def test_a_machine_is_awake_at_every_change_that_is_its_own(given: tuple[Window, ...], hold: str) -> None:
    stretches = awake_stretches(schedule(*given, hold=hold))
    assert all(before[1] < after[0] for before, after in pairwise(stretches))
    for one in given:
        needed = [one.upload_from, one.opens] if hold == "edge" else [one.upload_from, one.opens, one.closes]
        assert all(any(start <= at <= end for start, end in stretches) for at in needed)


def test_between_opening_and_closing_a_machine_may_sleep() -> None:
    minutes = timedelta(minutes=10)
    assert awake_stretches(schedule(window("de", 0, 48))) == (
        (hours(-3), hours(0) + minutes),
        (hours(48) - minutes, hours(48) + minutes),
    )
    assert awake_stretches(schedule(window("de", 0, 48), hold="edge")) == ((hours(-3), hours(0)),)


def test_a_premiere_keeps_a_machine_awake_until_its_film_is_in_place() -> None:
    seconds = timedelta(seconds=1)
    film = schedule(window("de", 0, 48, premiere=True))
    assert awake_stretches(film, Fraction(1200))[0] == (hours(-3), hours(0) + 1320 * seconds)
    assert awake_stretches(film, Fraction(7))[0] == awake_stretches(film)[0] == (hours(-3), hours(0) + 600 * seconds)
    brief = schedule(window("de", 0, 0.5, premiere=True))
    assert awake_stretches(brief, Fraction(7200)) == ((hours(-3), hours(0.5) + 600 * seconds),)


@pytest.mark.parametrize(
    ("given", "film", "told"),
    [
        (window("de", 0, 48, premiere=True), None, ["de: its premiere keeps a machine awake until two minutes after"]),
        (window("de", 0, 48, premiere=True), Fraction(1800), []),
        (window("de", 0, 48), None, []),
        (window("de", 13, 48, zone="Europe/Berlin"), None, ["de: it opens at night there, at 02:00 in Europe/Berlin."]),
        (window("", 0, 0.5), Fraction(1801), ["everybody else: it closes before a film of 30 minutes"]),
        (window("de", 0, 0.5), Fraction(1800), []),
        (
            window("de", 24 * 113, 24 * 115, zone="Europe/Berlin"),
            None,
            ["de: the clocks in Europe/Berlin are changed while it is open; after 48 hours it closes at 14:00"],
        ),
    ],
)
def test_what_should_be_looked_at_twice_is_told(given: Window, film: Fraction | None, told: list[str]) -> None:
    found = remarks(schedule(given, countries=(("", ()), ("de", ("DE",)))), film)
    assert len(found) == len(told)
    assert all(remark.startswith(start) for remark, start in zip(found, told, strict=True)), found


def test_a_region_without_countries_is_told_of() -> None:
    assert remarks(schedule(window("de", 0, 48), countries=(("de", ()),))) == (
        "de: its countries are not known; name them under [countries].",
    )


def after(standing: Standing, duties: tuple[Duty, ...]) -> Standing:
    """Return how things stand when all duties have been done."""
    is_open, staged = standing.is_open, standing.staged
    for one in duties:
        is_open = is_open | {one.edition} if one.action == "open" else is_open
        staged = staged | {one.edition} if one.action == "stage" else staged
        if one.action == "close":
            is_open, staged = is_open - {one.edition}, staged - {one.edition}
    return Standing(is_open, is_open, staged)


@given(windows(), instants, editions, editions, st.sampled_from(("matinee", "edge")))
def test_after_its_duties_a_target_has_what_its_windows_want_and_only_staging_is_seen_to_again(
    drawn: tuple[Window, ...], at: datetime, is_open: frozenset[str], staged: frozenset[str], hold: str
) -> None:
    film = schedule(*drawn, hold=hold)
    duties = duties_at(film, at, Standing(is_open, is_open, staged - is_open))
    kinds = [("close", "open", "stage").index(one.action) for one in duties]
    assert kinds == sorted(kinds), "closing comes first, and nothing is kept from opening by an upload"
    now = after(Standing(is_open, is_open, staged - is_open), duties)
    from_upload = hold == "edge"
    assert now.is_open == {
        one.edition for one in drawn if (one.upload_from if from_upload else one.opens) <= at < one.closes
    }
    assert now.staged - now.is_open <= {one.edition for one in drawn if at < one.closes}
    assert {one.action for one in duties_at(film, at, now)} <= {"stage"}


def test_an_entry_that_somebody_removed_is_put_back_and_closed_like_any_other() -> None:
    film = schedule(window("de", 0, 10))
    gone = Standing(is_open=frozenset({"kite-de"}))
    assert [one.action for one in duties_at(film, hours(1), gone)] == ["open"]
    assert [one.action for one in duties_at(film, hours(10), gone)] == ["close"]


def test_what_has_live_playlists_is_to_be_shown_after_all_else_and_only_inside_its_window() -> None:
    film = schedule(window("de", 0, 10, premiere=True), window("fr", 0, 10))
    live = Standing(frozenset({"kite-de"}), frozenset({"kite-de"}), live=frozenset({"kite-de"}))
    assert [(one.action, one.edition) for one in duties_at(film, hours(1), live)] == [
        ("open", "kite-fr"), ("show", "kite-de"),
    ]  # fmt: skip
    assert [one.action for one in duties_at(film, hours(10), live)] == ["close"]


def test_a_region_that_opens_again_soon_is_closed_and_staged_at_once() -> None:
    film = schedule(window("de", 0, 10), window("de", 12, 20))
    is_open = frozenset({"kite-de"})
    duties = duties_at(film, hours(10), Standing(is_open, is_open))
    assert [(one.action, one.due) for one in duties] == [("close", hours(10)), ("stage", hours(9))]
