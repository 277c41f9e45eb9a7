"""Numbers in sentences, as people count: one shot and two shots, the first and the eleventh."""

from __future__ import annotations

from typing import Final

_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: '1 shot', '2 shots', '2 fades'. The noun's plural takes an s."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def ordinal(number: int) -> str:
    """Return which one in a row a number means, from 1: 'first', 'tenth', '21st'."""
    if 1 <= number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    is_teen = 11 <= number % 100 <= 13
    return f"{number}{'th' if is_teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
