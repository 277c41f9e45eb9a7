"""A file arrives once it was still for as long as its drive asks for and is whole, and any change begins anew."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.arrivals import Arrived, Finding, Refused, Shape, Waiting, clause, first_seen, found, is_still, seen
from pipeline.plan.stillness import LEAST_STILL_S, MOST_STILL_S, Pace

SHAPE = Shape(1000, 10, 10)
WHOLE = Finding("whole", digest="d")
BROKEN = Finding("broken", "it is cut off", "Copy it again.")


def later(shape: Shape, size: int) -> Shape:
    return Shape(shape.size + size, shape.mtime_ns + 1, shape.ctime_ns + 1)


def tried(waiting: Waiting, finding: Finding, *, patience_s: float = 60.0) -> tuple[list[float], object]:
    """Look into a file whenever it is due, until something becomes of it; return when that was."""
    times, at = [], waiting.changed_s + Pace().still_s
    while True:
        at = max(at, waiting.next_s)
        times.append(at)
        becomes = found(waiting, finding, at, Pace(), patience_s)
        if not isinstance(becomes, Waiting):
            return times, becomes
        waiting = becomes


def test_a_file_is_looked_into_once_it_was_still_for_long_enough() -> None:
    waiting = first_seen(SHAPE, 100.0, Pace())
    assert not is_still(waiting, 101.9, Pace())
    waiting, _ = seen(waiting, SHAPE, 102.0, Pace())
    assert is_still(waiting, 102.0, Pace())


def test_what_an_earlier_watch_saw_counts() -> None:
    assert is_still(first_seen(SHAPE, 100.0, Pace(), still_s=2.5), 100.0, Pace())
    assert not is_still(first_seen(SHAPE, 100.0, Pace(), still_s=-3600.0), 101.0, Pace()), "the clock was set back"


def test_growth_begins_the_wait_anew_and_tells_its_gap() -> None:
    waiting = first_seen(SHAPE, 0.0, Pace())
    waiting, gap = seen(waiting, later(SHAPE, 10), 1.0, Pace())
    assert gap is None, "the first growth has none before it"
    waiting, gap = seen(waiting, later(SHAPE, 20), 4.5, Pace())
    assert gap == 3.5 and "size" in waiting.why
    assert not is_still(waiting, 6.0, Pace()) and is_still(replace(waiting, next_s=0), 6.5, Pace())


def test_bytes_that_change_under_an_old_date_are_a_change() -> None:
    waiting = first_seen(SHAPE, 0.0, Pace())
    again, _ = seen(waiting, replace(SHAPE, ctime_ns=11), 5.0, Pace())
    assert again.changed_s == 5.0


@given(st.lists(st.floats(0, 2000), min_size=1, max_size=60), st.sampled_from(["local", "network"]))
def test_a_drive_is_waited_for_thrice_its_longest_gap_within_bounds(gaps: list[float], kind: str) -> None:
    pace = Pace(kind)  # type: ignore[arg-type]
    for gap in gaps:
        pace = pace.after(gap)
        assert pace.still_s >= min(MOST_STILL_S, 3 * gap)
        assert LEAST_STILL_S[pace.kind] <= pace.still_s <= MOST_STILL_S


def test_a_bad_hour_of_a_drive_is_forgotten() -> None:
    pace = Pace().after(100.0)
    for _ in range(120):
        pace = pace.after(0.1)
    assert pace.still_s == LEAST_STILL_S["local"]


def test_a_whole_file_arrives_at_once() -> None:
    assert tried(first_seen(SHAPE, 0.0, Pace()), WHOLE)[1] == Arrived("d")


def test_a_broken_file_is_tried_again_ever_more_seldom_and_refused_in_the_end() -> None:
    times, becomes = tried(first_seen(SHAPE, 0.0, Pace()), BROKEN)
    assert becomes == Refused("it is cut off", "Copy it again.")
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert gaps == [2, 4, 8, 16, 32] and times[-1] - times[0] >= 60


def test_a_broken_file_that_somebody_vouches_for_is_refused_at_once() -> None:
    times, becomes = tried(first_seen(SHAPE, 0.0, Pace()), replace(BROKEN, certainty="vouched"))
    assert len(times) == 1 and isinstance(becomes, Refused)


def test_a_doubtful_file_is_taken_after_a_while() -> None:
    times, becomes = tried(first_seen(SHAPE, 0.0, Pace()), Finding("doubtful", "zeros", digest="d"))
    assert becomes == Arrived("d") and times[-1] - times[0] >= 60


@pytest.mark.parametrize("kind", ["open", "changed", "gone", "unreachable"])
def test_what_says_nothing_of_the_file_never_refuses_it(kind: str) -> None:
    waiting, at = first_seen(SHAPE, 0.0, Pace()), 2.0
    for _ in range(50):
        becomes = found(waiting, Finding(kind, "why"), at, Pace(), 60.0)  # type: ignore[arg-type]
        assert isinstance(becomes, Waiting) and becomes.why == "why"
        waiting, at = becomes, becomes.next_s
    assert waiting.faulty_s is None


def test_a_change_forgets_what_was_wrong() -> None:
    waiting = first_seen(SHAPE, 0.0, Pace())
    faulty = found(waiting, BROKEN, 2.0, Pace(), 60.0)
    assert isinstance(faulty, Waiting)
    again, _ = seen(faulty, later(SHAPE, 5), 50.0, Pace())
    assert (again.faulty_s, again.tries, again.since_s) == (None, 0, 0.0)


def test_on_a_slow_drive_faults_are_waited_for_longer() -> None:
    slow = Pace("network", gap_s=60.0)
    waiting = found(first_seen(SHAPE, 0.0, slow), BROKEN, 180.0, slow, 60.0)
    assert isinstance(waiting, Waiting)
    assert isinstance(found(waiting, BROKEN, 180.0 + 5 * 180 - 1, slow, 60.0), Waiting)
    assert isinstance(found(waiting, BROKEN, 180.0 + 5 * 180, slow, 60.0), Refused)


@given(st.lists(st.tuples(st.floats(0.01, 30), st.booleans()), max_size=40))
def test_a_file_is_never_looked_into_before_it_was_still(steps: list[tuple[float, bool]]) -> None:
    at, shape, changed = 0.0, SHAPE, 0.0
    waiting = first_seen(shape, at, Pace())
    for step, grows in steps:
        at += step
        if grows:
            shape, changed = later(shape, 1), at
        waiting, _ = seen(waiting, shape, at, Pace())
        if is_still(waiting, at, Pace()):
            assert at - changed >= Pace().still_s


def test_what_is_wrong_is_told_as_a_clause() -> None:
    assert clause("is cut off") == "it is cut off"
    assert clause("not a film that can be read") == "it is not a film that can be read"
    assert clause("its sound ends") == "its sound ends"
