"""Where a line of any script may break, and how well: at the end of a sentence best, inside a word never willingly."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pipeline.languages import same_language


@dataclass(frozen=True)
class Break:
    """A place between two characters of a text."""

    at: int
    """The text goes on at this character; spaces before it belong to neither line."""
    cost: float
    """0 where a sentence ends, 1 between two words, more where it hurts."""


# What a break costs, from the guidelines of subtitlers: keep sentences, then clauses, then words together.
_SENTENCE: Final = 0.0
_CLAUSE: Final = 0.4
_WORD: Final = 1.0
_HYPHEN: Final = 2.0
_LETTER: Final = 2.5
"""Between letters of a script that parts no words, away from where its phrases end."""
_INSIDE: Final = 6.0
_SENTENCE_ENDS: Final = frozenset(".!?…。！？।॥؟۔።။៕")
_CLAUSE_ENDS: Final = frozenset(",;:，、；：،؛–—‥၊")
# What may not start a line, or end one: brackets and points, in Chinese and Japanese small letters too (JIS X 4051, and
# what Unicode's UAX #14 calls CL, CP, EX, NS and OP).
_NO_START: Final = frozenset(
    ".,!?…:;%)]}»›”’。，、．！？：；）］｝」』】〉》〕〙〗•・ーゝゞヽヾ々〻゛゜％‰°′″"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ،؛؟۔।॥ๆฯ៕៖ៗ။၊"
)
_NO_END: Final = frozenset("([{«‹“‘¿¡（［｛「『【〈《〔〘〖＄￥£€$#＃")
# Vowels of Thai and Lao that are written before their consonant, and those after it.
_LEADING_VOWELS: Final = frozenset("เแโใไເແໂໃໄ")
_TRAILING_VOWELS: Final = frozenset("ะาำๅะາຳຽ")
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff00-\uff9f\U00020000-\U0003ffff]"
)
_KANA: Final = re.compile("[\u3040-\u30ff]")
_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_THAI: Final = re.compile("[\u0e00-\u0e7f]")
_ZERO_WIDTH_SPACE: Final = "\u200b"
_SPACES: Final = frozenset(" \u3000\u200b")


def breaks(text: str, language: str | None) -> tuple[Break, ...]:
    """Return where a text may break without parting a word, in order.

    Chinese, Japanese and Thai break between phrases as BudouX finds them, at a cost between other letters. Khmer, Lao
    and Burmese break where a zero-width space or a space stands and, at that cost, between syllables as far as signs
    of the script tell them.
    """
    phrases = frozenset(_phrase_starts(text, language))
    return tuple(found for at in range(1, len(text)) if (found := _break_at(text, at, phrases)) is not None)


def breaks_inside(text: str, start: int, end: int) -> Iterator[Break]:
    """Yield where a word that is too long for a line may be parted: between letters with their marks."""
    return (Break(at, _INSIDE) for at in range(start + 1, end) if not _hangs_together(text[at - 1], text[at]))


def letters(text: str) -> int:
    """Return how long a text is to a reader: letters of East Asian width count twice, marks on letters not at all."""
    return sum(_weight(character) for character in text)


def _weight(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _break_at(text: str, at: int, phrases: frozenset[int]) -> Break | None:
    before, after = text[at - 1], text[at]
    if after in _SPACES:
        return None  # the break is behind the spaces
    if before in _SPACES:
        return _after_space(text, at)
    if _hangs_together(before, after) or after in _NO_START or before in _NO_END:
        return None
    if before == "-" and at > 1 and text[at - 2].isalpha() and after.isalpha():
        return Break(at, _HYPHEN)
    if before in _SENTENCE_ENDS | _CLAUSE_ENDS and unicodedata.east_asian_width(before) in ("W", "F"):
        return Break(at, _SENTENCE if before in _SENTENCE_ENDS else _CLAUSE)
    if not (_UNSPACED.match(before) and _UNSPACED.match(after)):
        return None
    if at in phrases:
        return Break(at, _WORD)
    return None if _THAI.match(before) and phrases else Break(at, _LETTER)


def _after_space(text: str, at: int) -> Break | None:
    head = text[:at].rstrip(" \u3000" + _ZERO_WIDTH_SPACE)
    if not head or text[at] in _NO_START or head[-1] in _NO_END:
        return None
    if text[at] in "–—" and text[at + 1 : at + 2] in ("", " "):
        return None  # at the start of a line a dash means that somebody else speaks
    closed = head.rstrip(" \xa0\"'”’»)]」』）")
    last = closed[-1] if closed else head[-1]
    if last in _SENTENCE_ENDS:
        return Break(at, _SENTENCE)
    return Break(at, _CLAUSE if last in _CLAUSE_ENDS else _WORD)


def _hangs_together(before: str, after: str) -> bool:
    """Return whether two characters are one to a reader: a letter and its marks, joined letters, a syllable."""
    if unicodedata.category(after).startswith("M") or after == "\u200d" or before == "\u200d":
        return True
    if unicodedata.combining(before) == 9 or before in _LEADING_VOWELS or after in _TRAILING_VOWELS:
        return True  # 9: a sign that takes the vowel away and joins what follows
    return before.isdecimal() and after.isdecimal()


def _phrase_starts(text: str, language: str | None) -> Iterator[int]:
    """Yield where phrases start in a text of Japanese, Chinese or Thai."""
    if _THAI.search(text):
        parse = _parser("th")
    elif _KANA.search(text):
        parse = _parser("ja")
    elif _HAN.search(text) and not same_language("ko", language):
        parts = set((language or "").lower().replace("_", "-").split("-"))
        parse = _parser("zh-hant" if parts & {"hant", "tw", "hk", "mo"} else "zh-hans")
    else:
        return
    at = 0
    for phrase in parse(text):
        at += len(phrase)
        yield at


@functools.cache
def _parser(model: str) -> Callable[[str], list[str]]:
    import budoux

    parsers = {
        "ja": budoux.load_default_japanese_parser,
        "th": budoux.load_default_thai_parser,
        "zh-hans": budoux.load_default_simplified_chinese_parser,
        "zh-hant": budoux.load_default_traditional_chinese_parser,
    }
    return parsers[model]().parse
