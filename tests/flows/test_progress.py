from __future__ import annotations

from flows.progress import ProgressLines


def test_progress_is_told_at_most_every_five_seconds_and_only_when_it_moved() -> None:
    now = 0.0
    told: list[str] = []
    progress = ProgressLines("moment-1", told.append, clock=lambda: now)
    for second, fraction in enumerate((0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.9, 0.9)):
        now = float(second)
        progress(fraction, 1.5)
    assert told == ["moment-1: 50 % at 1.5 times real time", "moment-1: 90 % at 1.5 times real time"]


def test_an_unknown_pace_is_left_out() -> None:
    now = 0.0
    told: list[str] = []
    progress = ProgressLines("sound", told.append, clock=lambda: now)
    now = 6.0
    progress(0.25, None)
    assert told == ["sound: 25 %"]
