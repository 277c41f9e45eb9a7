"""The picture of a schedule is the same for the same schedule, and comes of whatever a calendar may say."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from pipeline.plan.schedule import Schedule, Window
from pipeline.shell.timetable import draw_timetable

OPENS = datetime(2027, 3, 27, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)


def schedule(*windows: Window) -> Schedule:
    return Schedule("red-kite", "https://films.example.org/", "matinee", "open", tuple(sorted(windows)), ())


def window(region: str, opens: datetime, length: timedelta, zone: str = "Europe/Berlin", alone: bool = False) -> Window:
    until = opens + length / 2 if alone else None
    return Window(opens, opens + length, region, f"red-kite-{region}", zone, opens - 3 * HOUR, until)


PLAIN = schedule(window("de", OPENS, 48 * HOUR, alone=True), window("us", OPENS, HOUR / 2, "America/New_York"))


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_schedule_gives_the_same_bytes_and_another_gives_others(kind: str) -> None:
    one = draw_timetable(PLAIN, OPENS, kind=kind)  # type: ignore[arg-type]
    assert one == draw_timetable(PLAIN, OPENS, kind=kind)  # type: ignore[arg-type]
    other = schedule(*(window(region, OPENS + HOUR, 48 * HOUR) for region in ("de", "us")))
    assert one != draw_timetable(other, OPENS, kind=kind)  # type: ignore[arg-type]


def test_an_instant_outside_is_not_drawn() -> None:
    outside = [OPENS + timedelta(days=days) for days in (-500, 500)]
    assert len({draw_timetable(PLAIN, at, kind="png") for at in outside}) == 1
    assert draw_timetable(PLAIN, OPENS + HOUR, kind="png") != draw_timetable(PLAIN, outside[0], kind="png")


@pytest.mark.parametrize(
    "given",
    [
        schedule(window("de", OPENS, timedelta(seconds=1))),
        schedule(window("de", OPENS, timedelta(days=366)), window("fr", OPENS + timedelta(days=20000), HOUR)),
        schedule(*(window(f"region-{number:03}", OPENS + number * HOUR, HOUR) for number in range(200))),
        schedule(window("x" * 100, OPENS, HOUR, "UTC-03:30")),
    ],
    ids=["a second", "decades", "many", "long names"],
)
def test_whatever_a_calendar_says_there_is_a_picture_of_it(given: Schedule) -> None:
    picture = Image.open(io.BytesIO(draw_timetable(given, OPENS, kind="png")))
    assert picture.size[0] == 1920 and 200 < picture.size[1] < 6000
    colours = picture.convert("RGB").getcolors(maxcolors=1 << 24)
    assert colours is not None and len(colours) > 10
