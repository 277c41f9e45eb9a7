"""Lines break where a reader of the script would break them, and never inside a word, a syllable or a number."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.plan.phrases import breaks, breaks_inside, letters


def parted(text: str, language: str | None, *, most: float = 9.0) -> list[str]:
    """Return a text parted at all places that cost no more than `most`."""
    ends = [place.at for place in breaks(text, language) if place.cost <= most]
    return [text[start:end].strip() for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]


@pytest.mark.parametrize(
    ("text", "language", "parts"),
    [
        ("Well, he’s twenty-one.", "en", ["Well,", "he’s", "twenty-", "one."]),
        ("« Ah bon ! » dit-il ?", "fr", ["« Ah", "bon ! »", "dit-", "il ?"]),
        ("Yes – no 1 000.", "en", ["Yes –", "no", "1", "000."]),
        ("믿을 수가 없어", "ko", ["믿을", "수가", "없어"]),
        ("क्षत्रिय श्री", "hi", ["क्षत्रिय", "श्री"]),
    ],
)
def test_words_are_parted_by_spaces_and_points_stay_with_them(text: str, language: str, parts: list[str]) -> None:
    assert parted(text, language) == parts


def test_sentences_cost_nothing_clauses_little_words_more() -> None:
    costs = {"One. Two, three four"[place.at :]: place.cost for place in breaks("One. Two, three four", "en")}
    assert costs["Two, three four"] < costs["three four"] < costs["four"]
    quoted = "“Really?” she said"
    assert [place.cost for place in breaks(quoted, "en")] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("text", "language", "parts"),
    [
        ("今日は天気です。", "ja", ["今日は", "天気です。"]),
        ("วันนี้อากาศดีมาก", "th", ["วัน", "นี้", "อากาศ", "ดี", "มาก"]),
        ("我们今天去公园玩", "zh", ["我们", "今天", "去", "公园", "玩"]),
    ],
)
def test_scripts_without_spaces_are_parted_between_phrases(text: str, language: str, parts: list[str]) -> None:
    assert parted(text, language, most=1.0) == parts


def test_no_line_of_chinese_or_japanese_starts_with_a_point_or_ends_with_a_bracket() -> None:
    for text in ("「東京へ行った」、と彼は言った。ちょっと！", "他说：“好（真的）！”然后走了。"):
        for part in parted(text, "ja"):
            assert part[0] not in "」、。！）”：っょ" and part[-1] not in "「（"


def test_syllables_of_khmer_and_thai_stay_whole_and_a_zero_width_space_parts_words() -> None:
    assert all(part[0] not in "\u17d2\u17b6\u17c1" for part in parted("ខ្ញុំស្រឡាញ់អ្នក", "km"))
    assert [place.cost for place in breaks("កក\u200bខខ", "km")] == [2.5, 1.0, 2.5]


def test_a_dash_that_starts_a_line_would_be_another_speaker() -> None:
    assert parted("He – she", "en") == ["He –", "she"]


@settings(deadline=None)
@given(st.text(st.characters(categories=("L", "M", "N", "P", "Zs")), max_size=60))
def test_any_text_is_parted_between_characters_and_letters_keep_their_marks(text: str) -> None:
    places = breaks(text, None)
    assert [place.at for place in places] == sorted({place.at for place in places})
    assert all(0 < place.at < len(text) for place in places)
    inside = [place.at for place in breaks_inside(text, 0, len(text))]
    assert not any(text[at] in "\u0301\u093f\u0e31" for at in inside)


def test_readers_count_wide_letters_twice_and_marks_not_at_all() -> None:
    assert letters("abc é") == 5
    assert letters("漢字、ok") == 8
    assert letters("นี้") == 1 and letters("क्षि") == 3
