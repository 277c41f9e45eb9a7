"""Titles and names as they stand in addresses: words of small Latin letters and digits, with hyphens between them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Letters of Latin that Unicode does not take apart into a letter and its mark.
_LATIN: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)


def slug_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in small Latin letters without marks, and digits; none where it has no such."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LATIN))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return tuple(re.findall(r"[a-z0-9]+", re.sub("['’]", "", letters), re.ASCII))


def slug_of(text: str, *, most: int) -> str:
    """Return as many words of a text as `most` letters hold, with hyphens; of a longer first word, its beginning."""
    words = slug_words(text)
    slug = "".join(words[:1])[:most]
    for word in words[1:]:
        if len(slug) + 1 + len(word) > most:
            break
        slug += f"-{word}"
    return slug
