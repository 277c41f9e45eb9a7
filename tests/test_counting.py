"""Numbers in sentences read as people count."""

from __future__ import annotations

import pytest

from pipeline.counting import counted, ordinal


def test_one_is_singular_and_all_else_plural() -> None:
    assert [counted(count, "shot") for count in (0, 1, 2)] == ["0 shots", "1 shot", "2 shots"]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (1, "first"),
        (10, "tenth"),
        (11, "11th"),
        (12, "12th"),
        (21, "21st"),
        (22, "22nd"),
        (103, "103rd"),
        (111, "111th"),
    ],
)
def test_places_in_a_row_count_from_one(number: int, told: str) -> None:
    assert ordinal(number) == told
