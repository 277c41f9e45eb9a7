"""Words are told from markup, and nothing that could steer other letters is left of a caption."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.markup import Markup, stands_apart, words_of


@pytest.mark.parametrize(
    ("text", "markup", "lines"),
    [
        ("<i>Hi</i> <font color='#ff0000'>there</font>", "srt", ("Hi there",)),
        (r"{\an8}Up here {and} there", "srt", ("Up here {and} there",)),
        ("1 < 2 and <3 and <Bob>", "srt", ("1 < 2 and <3 and <Bob>",)),
        ("<v Ana>One &amp; <c.loud>two</c> <00:01.000>three", "vtt", ("One & two three",)),
        ("<ruby>漢<rt>かん</rt></ruby>字", "vtt", ("漢字",)),
        ("one<br>two", "srt", ("one", "two")),
        (r"{\an7\p1}m 0 0 l 100 0 100 100{\p0}Words {and} more", "srt", ("Words {and} more",)),
        (r"{\p1}m 0 0 l 100 0 100 100", "vtt", ()),
        (r"{\i1}One{\i0}\Ntwo\hthree {note}", "ass", ("One", "two\xa0three")),
        (r"{\p1}m 0 0 l 100 0 100 100{\p0}Words", "ass", ("Words",)),
        (r"{\p2\bord2}m 0 0 l 100 0 100 100", "ass", ()),
        (r"a \{brace\} b", "ass", ("a {brace} b",)),
        (r"<i>{\an8}\N</i>", "plain", (r"<i>{\an8}\N</i>",)),
    ],
)
def test_markup_is_taken_away_and_words_stay(text: str, markup: Markup, lines: tuple[str, ...]) -> None:
    assert words_of(text, markup) == lines


def test_separators_of_lines_and_paragraphs_break_lines_and_empty_lines_vanish() -> None:
    assert words_of("one\u2028two\u2029\n \n\x0bthree\x85four", "plain") == ("one", "two", "three", "four")
    assert words_of("\u200b \u200f\xa0", "plain") == ()


def test_what_turns_others_around_is_dropped_and_what_joins_letters_stays() -> None:
    assert words_of("a\u202eb\u202c \u2066c\u2069 \u00ad\ufeffd\x07", "plain") == ("ab c d",)
    assert words_of("می\u200cروم C++\u200e", "plain") == ("می\u200cروم C++\u200e",)


def test_letters_and_their_marks_are_composed() -> None:
    assert words_of("e\u0301", "plain") == ("é",)


def test_signs_and_songs_are_told_from_speech() -> None:
    assert stands_apart(r"{\fs20\pos(10,20)}SHOP") and stands_apart(r"{\k20}la{\k30}la")
    assert not stands_apart(r"{\an8\i1}Hello (pos) {\b1}")


@settings(deadline=None)
@given(st.text(), st.sampled_from(["srt", "vtt", "ass", "plain"]))
def test_any_text_gives_lines_without_controls(text: str, markup: Markup) -> None:
    for line in words_of(text, markup):
        assert line.strip() and not set(line) & set("\n\r\0\u2028\u2029\u202e\u2066")
