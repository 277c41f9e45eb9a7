"""What text the bytes of a file stand for: Unicode by its marks, else the legacy encoding that its language had."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Final

from pipeline.languages import same_language

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WESTERN: Final = "cp1252"
_CYRILLIC: Final = "cp1251"
# Microsoft's code pages, in which editors on Windows saved before Unicode; WHATWG's Encoding Standard has the same.
_LEGACY: Final[Mapping[str, tuple[str, ...]]] = {
    "cp1250": ("cs", "pl", "hu", "hr", "ro", "sk", "sl", "bs", "sq"),
    _CYRILLIC: ("ru", "uk", "bg", "sr", "mk", "be"),
    "cp1253": ("el",),
    "cp1254": ("tr", "az"),
    "cp1255": ("he", "yi"),
    "cp1256": ("ar", "fa", "ur"),
    "cp1257": ("et", "lv", "lt"),
    "cp1258": ("vi",),
    "cp874": ("th",),
    "cp932": ("ja",),
    "cp949": ("ko",),
    "gb18030": ("zh",),
}
_TRADITIONAL: Final = re.compile(r"zh-(.*-)?(hant|tw|hk|mo)\b", re.IGNORECASE)
# In Windows-1251 lower-case Cyrillic is E0 to FF; in Windows-1252 those are accented letters, rarely several in a row.
_CYRILLIC_WORD: Final = re.compile(rb"[\xc0-\xff][\xe0-\xff]{3,}")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_NAMES: Final = {"gb18030": "GB 18030", "big5hkscs": "Big5", "cp932": "Shift JIS", "cp949": "EUC-KR"}


class NotText(ValueError):  # noqa: N818 - says what is wrong
    """Bytes that are no text; the message finishes a sentence that starts with the file's name."""


def decoded(raw: bytes, *, language: str | None) -> tuple[str, str | None]:
    """Return the text of a file, and the name of the encoding where that had to be guessed.

    Guessed is the legacy encoding of the language, a BCP 47 tag; without one, Windows-1251 where the bytes look like
    Cyrillic, else Windows-1252. Raises NotText.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _strictly(raw[len(mark) :], encoding), None
    if b"\0" in raw:
        return _strictly(raw, _unmarked(raw)), None
    try:
        return raw.decode("utf-8"), None
    except UnicodeDecodeError:
        encoding = _legacy(raw, language)
    text = _strictly(raw, encoding)
    return text, _name(encoding)


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        found = "not UTF-8" if encoding == "utf-8" else f"neither UTF-8 nor {_name(encoding)}"
        raise NotText(f"{found} text (line {line})") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise NotText(f"not text: it holds a NUL character (line {line})")
    return text


def _unmarked(raw: bytes) -> str:
    """Return which UTF-16 some bytes are that hold zeros but no mark: half of them belong to ASCII characters."""
    for encoding, zeros in (("utf-16-le", raw[1::2]), ("utf-16-be", raw[::2])):
        if len(raw) % 2 == 0 and zeros.count(0) * 10 > len(zeros) * 3:
            return encoding
    return "utf-8"


def _legacy(raw: bytes, language: str | None) -> str:
    if language is not None:
        if _TRADITIONAL.match(language):
            return "big5hkscs"
        for encoding, languages in _LEGACY.items():
            if any(same_language(language, known) for known in languages):
                return encoding
        return _WESTERN
    cyrillic = sum(len(word) for word in _CYRILLIC_WORD.findall(raw))
    return _CYRILLIC if 2 * cyrillic > len(_HIGH.findall(raw)) else _WESTERN


def _name(encoding: str) -> str:
    return _NAMES.get(encoding, encoding.replace("cp", "Windows-") if encoding.startswith("cp") else encoding.upper())
