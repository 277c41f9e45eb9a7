"""Which picture of a film a frame of a clip shows, at the film's rate, at part of it, and at a variable one."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pipeline.facts import Colour
from pipeline.graph import FilmPicture
from pipeline.plan.drawing import shown_picture
from pipeline.plan.shots import Timeline
from pipeline.timebase import FrameRate


def part(fps: str) -> FilmPicture:
    colour = Colour("bt709", "bt709", "bt709", False)
    return FilmPicture("a", 0, Fraction(0), 100, FrameRate.parse(fps), None, colour, "progressive", 64, 36)


@pytest.mark.parametrize(
    ("film", "clip", "start", "shown"),
    [
        ("24000/1001", "24000/1001", 10, [10, 11, 12, 13, 14]),
        ("60", "30", 7, [7, 9, 11, 13, 15]),
        ("60000/1001", "30000/1001", 0, [0, 2, 4, 6, 8]),
        ("25", "30", 0, [0, 1, 2, 2, 3]),
        ("30", "24", 0, [0, 1, 3, 4, 5]),
    ],
)
def test_the_last_picture_that_is_not_later_is_shown(film: str, clip: str, start: int, shown: list[int]) -> None:
    rate = FrameRate.parse(film)
    timeline = Timeline(rate, 100)
    found = [shown_picture(part(film), k, FrameRate.parse(clip), timeline, rate.time_of(start)) for k in range(5)]
    assert found == shown


def test_pictures_of_a_variable_rate_are_held() -> None:
    rate = FrameRate(Fraction(10))
    timeline = Timeline.of_times(rate, tuple(Fraction(k) for k in (0, 1, 2)))
    found = [shown_picture(part("10"), k, rate, timeline, Fraction(1, 2)) for k in (0, 4, 5, 14, 15, 90)]
    assert found == [0, 0, 1, 1, 2, 2]
