"""What of a caption's text is words: no tags, no override codes, no drawings, nothing that steers other letters."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final, Literal

Markup = Literal["srt", "vtt", "ass", "plain"]

# What HTML tags SubRip files carry in practice; any other `<` is a character that somebody wrote.
_SRT_TAG: Final = re.compile(r"</?\s*(i|b|u|s|em|strong|font|span|c|v|p|ruby|rt|lang)\b[^<>]*>", re.IGNORECASE)
_VTT_TAG: Final = re.compile(r"<[^>]*>")
_LINE_TAG: Final = re.compile(r"<\s*br\s*/?\s*>", re.IGNORECASE)
_RUBY: Final = re.compile(r"<rt\b[^>]*>.*?(</rt>|(?=</ruby>)|\Z)", re.IGNORECASE | re.DOTALL)
# Override codes of SubStation Alpha; SubRip files carry them too, such as {\an8}, but no other braces.
_OVERRIDE: Final = re.compile(r"\{\\[^}]*\}")
_BLOCK: Final = re.compile(r"\{[^}]*\}")
_BRACES: Final = ("\x02", "\x03")
"""Stand in for braces that are escaped, as libass and libav know them."""
_DRAWING: Final = re.compile(r"\\p(\d+)")
_PLACED: Final = re.compile(r"\{[^}]*\\((pos|move|i?clip|org|t)\s*\(|k[fo]?\d)", re.IGNORECASE)
_BREAK: Final = re.compile(r"[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_SPACES: Final = re.compile(r"[ \t]+")
# Steers letters next to it, or a mark of direction without reach: the rest of what is invisible (embeddings, overrides
# and isolates of direction, tags, soft hyphens) is left out.
_KEPT_FORMATS: Final = frozenset("\u200c\u200d\u200e\u200f\u061c")
_BREAK_HERE: Final = "\u200b"


def words_of(text: str, markup: Markup) -> tuple[str, ...]:
    """Return the lines of a caption as plain text in NFC, without empty ones; none where it holds no words.

    A zero-width space stays, as the place where a line of Khmer or Thai may break.
    """
    if markup == "ass":
        text = _without_blocks(text.replace(r"\{", _BRACES[0]).replace(r"\}", _BRACES[1]), _BLOCK)
        text = text.replace(_BRACES[0], "{").replace(_BRACES[1], "}")
        text = text.replace(r"\N", "\n").replace(r"\n", "\n").replace(r"\h", "\xa0")
    elif markup in ("srt", "vtt"):
        text = _LINE_TAG.sub("\n", _RUBY.sub("", text))
        text = _without_blocks((_VTT_TAG if markup == "vtt" else _SRT_TAG).sub("", text), _OVERRIDE)
    if markup == "vtt":
        text = html.unescape(text)
    lines = (_line(line) for line in _BREAK.split(text))
    return tuple(line for line in lines if any(unicodedata.category(one) not in ("Cf", "Zs") for one in line))


def stands_apart(text: str) -> bool:
    """Return whether a SubStation Alpha event is placed by hand or animated, as signs and songs are, not speech."""
    return _PLACED.search(text) is not None


def _without_blocks(text: str, blocks: re.Pattern[str]) -> str:
    """Return a text without override blocks and what they declare to be a drawing."""
    kept, end, is_drawing = [], 0, False
    for block in blocks.finditer(text):
        if not is_drawing:
            kept.append(text[end : block.start()])
        for scale in _DRAWING.findall(block[0]):
            is_drawing = int(scale[:9]) > 0
        end = block.end()
    if not is_drawing:
        kept.append(text[end:])
    return "".join(kept)


def _line(text: str) -> str:
    shown = "".join(character for character in unicodedata.normalize("NFC", text) if _is_shown(character))
    return _SPACES.sub(" ", shown).strip(" \u3000")


def _is_shown(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cf":
        return character in _KEPT_FORMATS or character == _BREAK_HERE
    return category not in ("Cc", "Cs") or character == "\t"
