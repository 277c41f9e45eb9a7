"""Captions keep their author's lines where these fit; else they are broken evenly, then shared out in time."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.plan.phrases import letters
from pipeline.plan.wrapping import Lines, screens


def shown(*lines: str, room: int = 28, most: int = 2, language: str | None = "en") -> tuple[Lines, ...]:
    return screens(lines, lambda line: letters(line) / room, lines_max=most, language=language)


def test_lines_that_fit_stay_as_their_author_broke_them() -> None:
    assert shown("Short", "and a little longer") == (("Short", "and a little longer"),)


def test_a_line_that_is_too_long_becomes_two_of_about_the_same_length() -> None:
    assert shown("The quick brown fox jumps over the dog") == (("The quick brown fox", "jumps over the dog"),)


def test_a_line_breaks_where_a_phrase_ends_rather_than_in_its_very_middle() -> None:
    assert shown("When he came home, the house was dark.") == (("When he came home,", "the house was dark."),)


def test_more_than_fits_is_shown_in_several_goes_parted_at_sentences() -> None:
    assert shown("I have told you once. I have told you twice. I shall not tell you again, my friend.") == (
        ("I have told you once.", "I have told you twice."),
        ("I shall not tell you", "again, my friend."),
    )


def test_each_speaker_starts_a_line_and_has_one_to_herself_where_both_do_not_fit() -> None:
    assert shown("- Who are you?", "- It is me.") == (("- Who are you?", "- It is me."),)
    assert shown("- Who are you?", "- I am the one who came before you did.") == (
        ("- Who are you?",),
        ("- I am the one who", "came before you did."),
    )


def test_lines_of_chinese_and_japanese_are_joined_without_a_space() -> None:
    assert shown("今日は天気がいいから、", "散歩に行きましょう。", room=60, most=1, language="ja") == (
        ("今日は天気がいいから、散歩に行きましょう。",),
    )


def test_one_line_at_a_time_where_the_style_says_so() -> None:
    assert shown("One two three four", room=10, most=1) == (("One two",), ("three four",))


def test_a_word_longer_than_a_line_is_broken_rather_than_cut_off() -> None:
    parts = shown("Donaudampfschifffahrtsgesellschaft!", room=20)
    assert "".join(line for lines in parts for line in lines) == "Donaudampfschifffahrtsgesellschaft!"
    assert all(len(line) <= 20 for lines in parts for line in lines)


words = st.lists(st.text("abcdefg漢字かなกขค", min_size=1, max_size=30), min_size=1, max_size=30)


@settings(deadline=None)
@given(words, st.integers(4, 40), st.integers(1, 2))
def test_nothing_is_lost_and_every_line_fits(text: list[str], room: int, most: int) -> None:
    parts = shown(" ".join(text), room=room, most=most, language=None)
    assert "".join("".join(lines) for lines in parts).replace(" ", "") == "".join(text)
    assert all(len(lines) <= most and all(letters(line) <= room for line in lines) for lines in parts)
