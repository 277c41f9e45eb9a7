"""Numbers are found that miss least, be there as many as are known or fewer."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from pipeline.plan.least_squares import least_squares


def test_a_curve_is_found_again_from_points_on_it() -> None:
    def misses(numbers: Sequence[float]) -> list[float]:
        height, fall = numbers
        return [height * math.exp(-fall * at) - 7 * math.exp(-0.4 * at) for at in range(5)]

    assert least_squares(misses, (1.0, 0.1)) == pytest.approx([7, 0.4], abs=1e-4)


def test_of_what_contradicts_itself_the_mean_is_found() -> None:
    assert least_squares(lambda numbers: [numbers[0] - told for told in (1, 2, 6)], (40.0,)) == pytest.approx([3])
