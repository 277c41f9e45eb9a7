"""Lines break where a reader expects it, are as even as they can be, and lose nothing; a ruler stands in for a font."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.plan.lines import Ink, set_broken, set_text, visible
from pipeline.plan.setting import Weight


class Ruler:
    """A pen whose letters are all half as wide as high."""

    def __init__(self, language: str | None = None) -> None:
        self.language = language

    def ink(self, text: str, size_px: int, weight: Weight) -> Ink:
        del weight
        return Ink(0, len(text) * size_px // 2, size_px * 3 // 4, size_px // 5)

    def lacks(self, text: str) -> str | None:
        raise NotImplementedError


def lines_of(text: str, width_px: int, size_px: int = 20) -> tuple[str, ...]:
    found = set_text(text, width_px=width_px, largest_px=size_px, smallest_px=size_px, weight="regular", pen=Ruler())
    assert found is not None
    return found.lines


def test_a_line_is_kept_whole_where_its_letters_need_be_only_a_little_smaller() -> None:
    found = set_text("a line", width_px=45, largest_px=20, smallest_px=5, weight="regular", pen=Ruler())
    assert found is not None and found.lines == ("a line",) and 14 <= found.size_px < 20


def test_a_longer_line_is_parted_at_words_rather_than_made_tiny() -> None:
    found = set_text("a line of words", width_px=60, largest_px=20, smallest_px=5, weight="regular", pen=Ruler())
    assert found is not None and (found.lines, found.size_px) == (("a line", "of", "words"), 20)


def test_lines_are_even_rather_than_full() -> None:
    assert lines_of("one two three four five", 160) == ("one two three", "four five")
    assert lines_of("the red kite flies over", 200) == ("the red kite", "flies over")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("赤い凧、灯台", ("赤い凧、", "灯台")),
        ("灯台守と赤い凧", ("灯台守と", "赤い凧")),
        ("Clermont-Ferrand", ("Clermont-", "Ferrand")),
        ("빨간 연날리기", ("빨간", "연날리기")),
        ("zero\u200bwidth", ("zero", "width")),
    ],
)
def test_lines_break_where_a_script_allows_it(text: str, lines: tuple[str, ...]) -> None:
    assert lines_of(text, max(map(len, lines)) * 10) == lines


@pytest.mark.parametrize("cluster", ["e\u0301", "👩\u200d👧", "👍🏽", "ก\u0e33", "ש\u05c1", "🇪🇸"])
def test_what_a_reader_takes_for_one_letter_is_never_broken(cluster: str) -> None:
    found = set_broken(cluster * 9, width_px=30, size_px=10, weight="regular", pen=Ruler())
    assert "".join(found.lines) == cluster * 9
    assert all(line == cluster * (len(line) // len(cluster)) for line in found.lines)


@settings(deadline=None)
@given(st.text(st.characters(categories=("L", "M", "P", "Zs", "Cf")), max_size=80), st.integers(10, 200))
def test_no_letter_is_lost_and_no_line_is_too_wide(text: str, width: int) -> None:
    text = visible(text)
    if not text:
        return
    pen = Ruler()
    found = set_text(text, width_px=width, largest_px=20, smallest_px=6, weight="regular", pen=pen)
    broken = found or set_broken(text, width_px=width, size_px=6, weight="regular", pen=pen)
    assert "".join("".join(broken.lines).split()) == "".join(text.replace("\u200b", "").split()).replace("\u200b", "")
    if found:
        assert all(pen.ink(line, found.size_px, "regular").width <= width for line in found.lines)


def test_text_in_which_nothing_is_seen_is_none() -> None:
    assert [visible(text) for text in ("", " \n\t", "\u200b\u2060\u200e", "\u00ad")] == [""] * 4
    assert visible(" a \n b ") == "a b"
