"""Which font draws what of a line, and how much room that takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import PlanError
from pipeline.shell import typesetting
from pipeline.shell.typesetting import Typesetter

OPEN, CJK, DEJAVU = "Matinee Open Sans", "Matinee Noto Sans CJK JP", "Matinee DejaVu Sans"


def runs(root: Path, text: str, language: str | None) -> list[tuple[str, str]]:
    return [(run.font, run.text) for run in Typesetter(root, "bold").set(text, language).runs]


def test_a_line_is_set_in_one_font_where_one_draws_all_of_it(fonts_root: Path) -> None:
    assert runs(fonts_root, "Hello, мир — Ελλάδα שלום!", "en") == [(OPEN, "Hello, мир — Ελλάδα שלום!")]
    assert runs(fonts_root, "ລາວ and Lao 12", "lo") == [("Matinee Noto Sans Lao", "ລາວ and Lao 12")]


def test_a_song_s_note_changes_the_font_of_no_word(fonts_root: Path) -> None:
    assert runs(fonts_root, "♪ La la ♪", "en") == [(DEJAVU, "♪ "), (OPEN, "La la "), (DEJAVU, "♪")]


def test_words_of_another_script_have_its_font(fonts_root: Path) -> None:
    assert runs(fonts_root, "Say ⅓ of ລາວ!", "en") == [
        (OPEN, "Say "), (DEJAVU, "⅓ "), (OPEN, "of "), ("Matinee Noto Sans Lao", "ລາວ!"),
    ]  # fmt: skip


def test_a_word_of_two_scripts_is_parted_where_the_script_changes(fonts_root: Path) -> None:
    assert runs(fonts_root, "xລາ題", "en") == [(OPEN, "x"), ("Matinee Noto Sans Lao", "ລາ"), (CJK, "題")]


def test_marks_that_only_steer_need_no_font(fonts_root: Path) -> None:
    setter = Typesetter(fonts_root, "bold")
    assert all(setter.has(character, "fa") for character in "\u200c\u200d\u200e\u200f\ufe0f ")
    assert not setter.has("\ue000", "en") and not setter.has("\U00012000", None)
    assert runs(fonts_root, "a\u200eb", "en") == [(OPEN, "a\u200eb")]


def test_a_line_is_as_wide_as_its_letters(fonts_root: Path) -> None:
    setter = Typesetter(fonts_root, "bold")
    one, two = setter.set("n", "en"), setter.set("nn", "en")
    assert two.width_ems == pytest.approx(2 * one.width_ems, rel=0.01)
    assert setter.set("p", "en").below_ems > one.below_ems and setter.set("É", "en").above_ems > one.above_ems > 0.5


def test_letters_that_join_are_refused_where_nothing_can_join_them(
    fonts_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "_shapes", lambda: False)
    assert Typesetter(fonts_root, "bold").set("plain", "en").width_ems > 0
    with pytest.raises(PlanError, match=r"“שלום” has letters that join or run from right to left.*FriBidi"):
        Typesetter(fonts_root, "bold").set("שלום", "he")
