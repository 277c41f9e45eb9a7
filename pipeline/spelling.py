"""Write any name so that a person can read it in one line: what would steer a terminal is spelt out instead."""

from __future__ import annotations

import unicodedata
from typing import Final

# Controls, halves of characters (bytes of a name that is no UTF-8), and separators of lines and paragraphs.
_UNSHOWN: Final = ("Cc", "Cs", "Zl", "Zp")
# What turns the direction of all that follows it: a name could make 'gpj.exe' of 'exe.jpg' (Unicode UAX #9, 2).
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def spelled(name: str) -> str:
    r"""Return the name with each character that cannot be shown as its escape, such as \x1b or \udcff."""
    return "".join(_spelled(char) for char in name)


def brief(name: str, most: int = 60) -> str:
    """Return the name as `spelled` does, of a long one its beginning."""
    text = spelled(name)
    return text if len(text) <= most else f"{text[:most]}…"


def _spelled(char: str) -> str:
    is_unshown = char in _TURNING or unicodedata.category(char) in _UNSHOWN
    return char.encode("unicode_escape").decode("ascii") if is_unshown else char
