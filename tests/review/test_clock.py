"""The page counts frames as the library does: the same timecode, and the same frame at a time."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from playwright.sync_api import Page as Tab

from pipeline.timebase import FrameRate, timecode

_ASK = """async ([film, times, frames]) => {
  const { Clock } = await import("/static/clock.js");
  const clock = new Clock(film, times);
  return frames.map((frame) => {
    const [start, end] = [clock.timeOf(frame), clock.timeOf(frame + 1)];
    return [clock.told(frame), start, clock.frameAt(start), clock.frameAt((start + end) / 2)];
  });
}"""


@pytest.mark.parametrize("rate", ["24/1", "24000/1001", "25/1", "30000/1001", "60000/1001", "120/1"])
def test_timecode_and_frames_of_a_constant_rate_are_the_librarys(visit: Callable[..., Tab], rate: str) -> None:
    known = FrameRate.parse(rate)
    minute = round(known.nominal * 60)
    frames = [0, 1, minute - 1, minute, minute + 1, 2 * minute - 2, 10 * minute - 21, 10 * minute - 17, 17983, 215_999]
    film = {"frame_count": 400_000, "rate": rate, "drops_frames": known.drops_frames}
    for frame, (told, start, at, middle) in zip(frames, visit().evaluate(_ASK, [film, None, frames]), strict=True):
        assert told == timecode(frame, known) and at == middle == frame
        assert start == pytest.approx(float(frame / known.fps))


def test_frames_of_a_variable_rate_are_where_their_times_are(visit: Callable[..., Tab]) -> None:
    steps = [[3, 1001], [2, 3003, 1001], [1, "1001/2"]]
    film = {"frame_count": 8, "rate": "24/1", "drops_frames": False}
    found = visit().evaluate(_ASK, [film, {"tick": "1/24000", "steps": steps}, [0, 1, 3, 4, 5, 7]])
    ticks = [0, 1001, 3003, 6006, 7007, 11_011]
    assert [start for _, start, _, _ in found] == pytest.approx([float(Fraction(tick, 24_000)) for tick in ticks])
    assert [(at, middle) for _, _, at, middle in found] == [(frame, frame) for frame in (0, 1, 3, 4, 5, 7)]
