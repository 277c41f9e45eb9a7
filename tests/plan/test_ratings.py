"""A rating says an age where one board, or all that know it, mean the same by it; else it says why not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.ratings import BOARDS, age_of


@pytest.mark.parametrize(
    ("rating", "age"),
    [
        ("12A", 12), ("U", 0), ("BBFC PG", 8), ("R18", 18), ("FSK 6", 6), ("FSK ab 12 freigegeben", 12),
        ("fsk: 16", 16), ("FSK18", 18), ("FSK-12", 12),
        ("Freigegeben ohne Altersbeschränkung", 0), ("Keine Jugendfreigabe", 18), ("PG-13", 13), ("R", 17),
        ("NC-17", 18), ("G", 0), ("Tous publics", 0), ("Interdit aux moins de 12 ans", 12), ("-16", 16), ("TP", 0),
        ("Apta para todos los públicos", 0), ("No recomendada para menores de 7 años", 7), ("7", 7), ("ICAA A", 0),
        ("PG13 (IMDA)", 13), ("M18", 18), ("R21", 21), ("NC16", 16), ("Livre", 0), ("14", 14), ("UA 13+", 13),
        ("CBFC A", 18), ("R15+", 15), ("PG12", 12), ("MPAA R", 17), ("１２Ａ", 12), ("  18 ", 18),
    ],
)  # fmt: skip
def test_a_rating_says_from_which_age_on(rating: str, age: int) -> None:
    assert age_of(rating) == age


@pytest.mark.parametrize(
    ("rating", "why"),
    [
        (None, "film.toml has no rating"),
        ("", "film.toml has no rating"),
        ("Not rated", "names no age"),
        ("A", "means different ages: 0 by ICAA, 18 by CBFC"),
        ("MPA PG", "of MPA names no age"),
        ("FSK 13", "nobody here knows"),
        ("for everybody", "nobody here knows"),
    ],
)
def test_a_rating_that_says_no_age_says_why(rating: str | None, why: str) -> None:
    found = age_of(rating)
    assert isinstance(found, str) and why in found


def test_every_board_says_where_and_when_its_categories_were_read() -> None:
    assert all("read 2026-" in board.source for board in BOARDS)


@given(st.text(max_size=20))
def test_any_text_is_an_age_or_a_reason(rating: str) -> None:
    found = age_of(rating)
    assert isinstance(found, str) or 0 <= found <= 99
