"""Which hours of a calendar somebody has to keep: each once, and of those that were missed only what still matters."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given

from pipeline.plan.appointments import appointments, still_to_come
from pipeline.plan.schedule import Window
from tests.plan.test_drops import hours, instants, schedule, window, windows


def test_a_region_is_uploaded_opened_and_closed_and_where_nginx_opens_laid_and_closed() -> None:
    de = window("de", 0, 10)
    assert [(one.errand, one.at) for one in appointments(schedule(de))] == [
        ("publish", hours(-3)), ("publish", hours(0)), ("retire", hours(10)),
    ]  # fmt: skip
    assert [(one.errand, one.at) for one in appointments(schedule(de, hold="edge"))] == [
        ("publish", hours(-3)), ("retire", hours(10)),
    ]  # fmt: skip


@given(windows(), instants)
def test_no_two_appointments_have_one_key_and_none_that_is_over_comes_back(
    drawn: tuple[Window, ...], at: datetime
) -> None:
    wanted = appointments(schedule(*drawn))
    assert len({one.key for one in wanted}) == len(wanted)
    coming = still_to_come(wanted, at)
    assert set(coming) <= set(wanted) and all(one.closes >= at for one in coming)
    assert {one for one in wanted if one.at >= at} <= set(coming)
    missed = [one for one in coming if one.at < at]
    assert len({(one.region, one.closes) for one in missed}) == len(missed)


def test_who_schedules_inside_a_window_opens_at_once_and_does_not_upload_before() -> None:
    coming = still_to_come(appointments(schedule(window("de", 0, 10))), hours(1))
    assert [(one.errand, one.at) for one in coming] == [("publish", hours(0)), ("retire", hours(10))]
    coming = still_to_come(appointments(schedule(window("de", 0, 10))), hours(-1))
    assert [one.at for one in coming] == [hours(-3), hours(0), hours(10)]
