"""Keys: what work is called by what makes it."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from json.encoder import encode_basestring_ascii

from pipeline.graph import CardDrawing, CardSheet


def card_key(drawing: CardDrawing) -> str:
    """Return the key of a card's picture."""
    # As cards were called before they could show pictures, where they show none.
    picture = "" if drawing.picture is None else f', "picture": {json.dumps(asdict(drawing.picture))}'
    words = _told_words(drawing.lines, drawing.design, drawing.link)
    return recipe_key("card", drawing.sheet.tools, (f'{words}, "sheet": {_told_sheet(drawing.sheet)}{picture}}}',))


# A card is drawn on a sheet for each size of picture, and cards of many films on each sheet.
@functools.lru_cache(maxsize=256)
def _told_words(lines: tuple[str, ...], design: str, link: str | None) -> str:
    return json.dumps({"lines": lines, "design": design, "link": link})[:-1]


@functools.lru_cache(maxsize=256)
def _told_sheet(sheet: CardSheet) -> str:
    return json.dumps(asdict(sheet))


def recipe_key(kind: str, toolchain: str, argv: Sequence[str]) -> str:
    """Return the key of work: sha256 over what kind of work it is, the tools that do it, and their arguments."""
    return told_key(kind, toolchain, told(argv))


def told_key(kind: str, toolchain: str, words: str) -> str:
    """Return the key of work whose arguments are told already."""
    return hashlib.sha256(f"{_beginning(kind, toolchain)}{words}]]".encode("ascii")).hexdigest()


@functools.lru_cache(maxsize=64)
def _beginning(kind: str, toolchain: str) -> str:
    return f"[{told((kind, toolchain))},["


def told(words: Sequence[str]) -> str:
    """Return words as a key is made of them: the JSON of a list without its brackets, as nothing writes it faster."""
    return ",".join(map(encode_basestring_ascii, words))


def words_of(told: str) -> tuple[str, ...]:
    """Return the words that were told."""
    return tuple(json.loads(f"[{told}]"))


def key_as_url(key: str) -> str:
    """Stand in for `locate` where a key is made."""
    return f"key:{key}"
