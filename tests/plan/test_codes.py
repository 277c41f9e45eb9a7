"""QR codes have whole modules, large enough for their picture, and as much error correction as costs no module."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.plan.codes import QUIET_MODULES, least_module_px, plan_code

SHORT = "https://example.org/red-kite"


def test_a_code_is_about_as_large_as_wished_in_whole_pixels_for_each_module() -> None:
    code = plan_code(SHORT, wished_px=400, most_px=480, least_module_px=6)
    assert code is not None
    assert code.box.width_px == code.box.height_px == code.module_px * (len(code.rows) + 2 * QUIET_MODULES)
    assert 400 - code.module_px * 37 < code.box.width_px <= 400
    assert all(len(row) == len(code.rows) and set(row) == {"0", "1"} for row in code.rows)


def test_error_correction_is_raised_where_it_costs_no_module() -> None:
    levels = {}
    for length in range(20, 60):
        code = plan_code(SHORT[:20] + "a" * (length - 20), wished_px=400, most_px=480, least_module_px=6)
        assert code is not None
        levels.setdefault(len(code.rows), []).append(code.level)
    assert levels[29][0] in ("Q", "H") and levels[29][-1] == "M", "versions of 29 modules hold 42 letters at M"


def test_less_error_correction_is_taken_only_where_more_would_not_fit() -> None:
    long = SHORT + "/" + "a" * 200
    roomy, tight = (plan_code(long, wished_px=most, most_px=most, least_module_px=6) for most in (480, 410))
    assert roomy is not None and roomy.level == "M"
    assert tight is not None and tight.level == "L" and len(tight.rows) < len(roomy.rows)
    assert plan_code(long, wished_px=300, most_px=300, least_module_px=6) is None


@pytest.mark.parametrize(("size", "module"), [((1080, 1920), 6), ((1920, 1080), 6), ((360, 640), 3), ((144, 256), 3)])
def test_modules_grow_with_the_picture_and_never_shrink_below_what_survives_compression(
    size: tuple[int, int], module: int
) -> None:
    assert least_module_px(*size) == module


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 460), st.integers(50, 600), st.integers(50, 600), st.integers(3, 8))
def test_a_code_stays_within_what_it_may_take(letters: int, wished: int, most: int, least: int) -> None:
    code = plan_code("https://example.org/" + "a" * letters, wished_px=wished, most_px=most, least_module_px=least)
    if code is not None:
        assert code.module_px >= least and code.box.width_px <= most
