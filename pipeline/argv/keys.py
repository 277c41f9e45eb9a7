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
    said = {"lines": drawing.lines, "design": drawing.design, "link": drawing.link}
    # As cards were called before they could show pictures, where they show none.
    picture = "" if drawing.picture is None else f', "picture": {json.dumps(asdict(drawing.picture))}'
    told = f'{json.dumps(said)[:-1]}, "sheet": {_told_sheet(drawing.sheet)}{picture}}}'
    return recipe_key("card", drawing.sheet.tools, (told,))


@functools.lru_cache(maxsize=256)
def _told_sheet(sheet: CardSheet) -> str:
    return json.dumps(asdict(sheet))


def recipe_key(kind: str, toolchain: str, argv: Sequence[str]) -> str:
    """Return the key of work: sha256 over what kind of work it is, the tools that do it, and their arguments."""
    # The JSON of [kind, toolchain, argv], in half of the time that its writer takes.
    told, words = (
        ",".join(map(encode_basestring_ascii, (kind, toolchain))),
        ",".join(map(encode_basestring_ascii, argv)),
    )
    return hashlib.sha256(f"[{told},[{words}]]".encode("ascii")).hexdigest()


def key_as_url(key: str) -> str:
    """Stand in for `locate` where a key is made."""
    return f"key:{key}"
