from __future__ import annotations

from flows.progress import ProgressLines


def follow(*points: tuple[float, float]) -> list[str]:
    """Return what is said of a job that has reached these (second, fraction) points."""
    seconds = iter((0.0, *(second for second, _ in points)))
    told: list[str] = []
    progress = ProgressLines("h1", told.append, clock=lambda: next(seconds))
    for _, fraction in points:
        progress(fraction, 1.5)
    return told


def test_every_tenth_is_told_with_the_time_left() -> None:
    points = [(second * 1.0, second / 100) for second in range(31)]
    assert follow(*points) == ["h1: 10 %, about 90 s left", "h1: 20 %, about 80 s left", "h1: 30 %, about 70 s left"]


def test_a_slow_job_is_told_every_minute() -> None:
    points = [(second * 10.0, second / 400) for second in range(13)]
    assert follow(*points) == ["h1: 2 %, about 66 min left", "h1: 3 %, about 65 min left"]


def test_a_short_job_is_told_by_its_end_alone() -> None:
    assert follow((1.0, 0.3), (2.0, 0.6), (4.0, 0.9), (9.0, 1.0)) == []


def test_a_job_that_stands_still_is_silent() -> None:
    assert follow(*((minute * 60.0, 0.0) for minute in range(10))) == []
