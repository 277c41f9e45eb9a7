"""Arguments with blanks: put together once for nodes that differ in which files they read and from where on alone.

To put arguments together takes milliseconds, and the key of everything that is planned is made of them. What goes into
the blanks is spelled by the functions that the arguments are spelled with, and has no character that would be escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from json.encoder import encode_basestring_ascii
from typing import Final

from pipeline.argv.keys import key_as_url, told
from pipeline.argv.terms import seconds, since

Place = tuple[str, Fraction | None, Fraction | None]
"""Where a part is: its source's key, the time in it at which it starts (None of a still), and that from which it is
read (None: from the beginning)."""
_END: Final = "\0"
"""Between arguments, none of which has it."""
# No source is called so, and no other number in arguments has as many digits.
_FAR_S: Final = 10**17


@dataclass(frozen=True)
class Form:
    """Arguments with blanks."""

    texts: tuple[str, ...]
    """What stands before, between and after the blanks, told as for a key."""
    blanks: tuple[int, ...]
    """Which of the words that it is filled in with stands in each."""

    @classmethod
    def of(cls, argv: Sequence[str], words: Sequence[str]) -> Form:
        """Return arguments with blanks where some words stand in them."""
        numbers = {word: number for number, word in enumerate(words)}
        pattern = "|".join(re.escape(word) for word in sorted(numbers, key=len, reverse=True))
        pieces = re.split(f"({pattern})", _END.join(argv)) if numbers else [_END.join(argv)]
        # Told, a text is in quotes, of which those beside blanks are none of its own.
        texts = [told(piece.split(_END))[1:-1] for piece in pieces[::2]]
        texts[0] = f'"{texts[0]}'
        texts[-1] += '"'
        return cls(tuple(texts), tuple(numbers[word] for word in pieces[1::2]))

    def filled(self, words: Sequence[str]) -> str:
        """Return the arguments with words in the blanks, told as for a key."""
        spelled = [encode_basestring_ascii(word)[1:-1] for word in words]
        pieces = [self.texts[0]]
        for blank, text in zip(self.blanks, self.texts[1:], strict=True):
            pieces += (spelled[blank], text)
        return "".join(pieces)


def stand_ins(places: Sequence[Place]) -> tuple[Place, ...]:
    """Return a place to stand for each of some: one source for those of one, and no time that any other has."""
    numbers = {source: number for number, source in enumerate(dict.fromkeys(source for source, _, _ in places))}
    return tuple(
        (
            f"<{numbers[source]}>",
            None if start is None else Fraction(_FAR_S + 4 * number),
            None if seek is None else Fraction(_FAR_S + 4 * number + 2),
        )
        for number, (source, start, seek) in enumerate(places)
    )


def spelled(places: Sequence[Place], more: Callable[[Fraction], str] | None = None) -> tuple[str, ...]:
    """Return the words by which arguments tell of places; `more` is another one that tells of a start."""
    words = []
    for source, start, seek in places:
        words.append(key_as_url(source))
        if start is not None:
            words += (since(start),) if more is None else (since(start), more(start))
        if seek is not None:
            words.append(seconds(seek))
    return tuple(words)
