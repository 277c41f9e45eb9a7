"""Names of any kind can be printed in one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.spelling import brief, spelled


@pytest.mark.parametrize("name", ["film.mov", "Été 2026", "👩‍🚀 映画", "a\u00a0b", "%d [x] 'q'"])
def test_what_can_be_shown_stays_as_it_is(name: str) -> None:
    assert spelled(name) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\x1b[31mb", r"a\x1b[31mb"),
     ("a\nb", r"a\nb"), ("\udcff", r"\udcff"), ("a\u2028b", r"a\u2028b"), ("\x9b", r"\x9b"),
     ("\u202egpj.exe\u202c", r"\u202egpj.exe\u202c"), ("\u2066a\u2069", r"\u2066a\u2069")],
)  # fmt: skip
def test_what_would_steer_a_terminal_is_spelt_out(name: str, shown: str) -> None:
    assert spelled(name) == shown


@given(st.text(st.characters()))
def test_a_spelt_name_is_one_line_of_utf_8(name: str) -> None:
    shown = spelled(name)
    shown.encode()
    assert len(shown.splitlines()) <= 1


def test_of_a_long_name_the_beginning_is_told() -> None:
    assert brief("x" * 60) == "x" * 60 and brief("x" * 61) == "x" * 60 + "…" and brief("kite", 3) == "kit…"
