"""Patterns of seconds match what they say and nothing beside it, to the second."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.plan.second_ranges import END, FIRST, seconds_pattern

seconds = st.integers(FIRST, END - 1)


@given(seconds, st.integers(1, 10**9), st.integers(-3, 3), seconds)
@example(1_796_410_800, 172_800, 0, 0)
@example(FIRST, END - FIRST, 0, FIRST)
def test_a_pattern_matches_its_seconds_alone(start: int, length: int, near: int, anywhere: int) -> None:
    end = min(END, start + length)
    pattern = re.compile(f"(?:{seconds_pattern(start, end)})\\.")
    for second in (start + near, end + near, start, start - 1, end - 1, end, anywhere):
        assert (pattern.match(f"{second}.123") is not None) == (start <= second < end), second


@given(seconds, st.integers(1, 10**9))
def test_a_pattern_stays_short(start: int, length: int) -> None:
    assert len(seconds_pattern(start, min(END, start + length))) < 600


@pytest.mark.parametrize(("start", "end"), [(5, 9), (FIRST, FIRST), (FIRST + 1, FIRST), (FIRST, END + 1), (-1, FIRST)])
def test_what_is_no_stretch_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="seconds from"):
        seconds_pattern(start, end)
