"""Runs and medians of values in a row."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.series import medians_around, runs


@given(st.lists(st.booleans(), max_size=40))
def test_runs_are_the_longest_ranges_in_which_the_mask_holds(mask: list[bool]) -> None:
    found = runs(np.array(mask, np.bool_))
    again = [False] * len(mask)
    for start, end in found:
        assert start < end
        again[start:end] = [True] * (end - start)
    assert again == mask
    assert all(sooner[1] < later[0] for sooner, later in pairwise(found))


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_medians_take_what_lies_within_reach(count: int) -> None:
    values = np.arange(count, dtype=np.float32) ** 2
    told = [np.median([values[min(max(0, at + k), count - 1)] for k in range(-2, 3)]) for at in range(count)]
    assert medians_around(values, 2).tolist() == told


def test_a_row_may_be_reflected_and_medians_told_of_some_places() -> None:
    values = np.array([9, 1, 2, 3, 8], np.float32)
    assert medians_around(values, 1, np.array([0, 4]), beyond="reflect").tolist() == [1, 3]
    assert medians_around(values, 1, np.array([0, 4])).tolist() == [9, 8]
