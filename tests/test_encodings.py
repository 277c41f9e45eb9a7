"""Bytes become text: by their mark, as UTF-8, else as their language was coded before Unicode."""

from __future__ import annotations

import pytest

from pipeline.encodings import NotText, decoded

FRENCH = "Ça a été — déjà vu"
RUSSIAN = "Привет, как дела?"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_read_without_a_guess_with_or_without_its_mark(encoding: str) -> None:
    assert decoded(FRENCH.encode(encoding), language=None) == (FRENCH, None)


@pytest.mark.parametrize(
    ("text", "encoding", "language", "name"),
    [
        (FRENCH, "cp1252", None, "Windows-1252"),
        (FRENCH, "cp1252", "fr", "Windows-1252"),
        (RUSSIAN, "cp1251", None, "Windows-1251"),
        (RUSSIAN, "cp1251", "ru", "Windows-1251"),
        ("Žluťoučký kůň", "cp1250", "cs", "Windows-1250"),
        ("Γειά σου", "cp1253", "el", "Windows-1253"),
        ("שלום", "cp1255", "he", "Windows-1255"),
        ("مرحبا", "cp1256", "ar-EG", "Windows-1256"),
        ("今日は", "cp932", "ja", "Shift JIS"),
        ("你好，世界", "gb18030", "zh", "GB 18030"),
        ("你好，世界", "big5hkscs", "zh-Hant-TW", "Big5"),
        ("안녕", "cp949", "ko", "EUC-KR"),
    ],
)
def test_legacy_text_is_read_as_its_language_was_coded_and_told(
    text: str, encoding: str, language: str | None, name: str
) -> None:
    assert decoded(text.encode(encoding), language=language) == (text, name)


@pytest.mark.parametrize("raw", [b"a\n\x81\x00\x02\xff\xff\xff", b"one\ntw\0o", b"\xff\xfea\0\0\0b\0"])
def test_what_is_no_text_is_refused_with_its_line(raw: bytes) -> None:
    with pytest.raises(NotText, match=r"\(line \d\)"):
        decoded(raw, language=None)


def test_what_could_only_be_utf_8_is_not_said_to_be_neither_of_two() -> None:
    with pytest.raises(NotText, match=r"^not UTF-8 text \(line 1\)"):
        decoded(b"\x00\xff\xfe\x01\x02", language=None)


def test_bytes_that_the_language_does_not_have_are_refused() -> None:
    with pytest.raises(NotText, match=r"neither UTF-8 nor EUC-KR text \(line 2\)"):
        decoded(b"a\n\xff\xff\xff", language="ko")
