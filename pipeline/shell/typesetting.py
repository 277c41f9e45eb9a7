"""Set text as libass will: choose the font of each run, and measure by the same shaping (HarfBuzz, through Raqm)."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.errors import PlanError
from pipeline.plan.setting import Run, SetLine, Weight
from pipeline.shell.fonts import Face, FontsFolder, characters, faces_for, font_file, fonts_folder

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_SIZE_PX: Final = 1000
"""Letters are measured this large, so that no hint moves them, and in thousandths of an em."""
_WORD: Final = re.compile(r"\s+|\S+")
# Letters that join or stack, or run from right to left: from Hebrew and Arabic to Khmer, and their later blocks.
_SHAPED: Final = re.compile(
    "[\u0590-\u0fff\u1000-\u109f\u1780-\u17ff\ua8e0-\ua8ff\uaa60-\uaa7f\ufb1d-\ufdff\ufe70-\ufefc]"
)


class Typesetter:
    """Fonts of one weight, whose files are made below `root` as text asks for them."""

    def __init__(self, root: Path, weight: Weight) -> None:
        self.root = root
        self._weight: Weight = weight
        self._set = functools.cache(self._set_anew)

    def has(self, character: str, language: str | None) -> bool:
        """Return whether a font draws a character, or nothing has to be drawn for it."""
        return not _needs_glyph(character) or any(
            ord(character) in characters(face) for face in faces_for(language, self._weight)
        )

    def set(self, text: str, language: str | None) -> SetLine:
        """Return a line set in the fonts of a language.

        Raises PlanError where this machine's Pillow cannot join or order its letters.
        """
        return self._set(text, language)

    def _set_anew(self, text: str, language: str | None) -> SetLine:
        if _SHAPED.search(text) and not _shapes():
            raise PlanError(
                f"“{text}” has letters that join or run from right to left, which this machine's Pillow cannot set.",
                remedy="Install FriBidi (libfribidi), which Pillow looks for.",
            )
        runs = tuple(_runs(text, faces_for(language, self._weight)))
        at, top, bottom, ink_left, ink_right = 0.0, 0.0, 0.0, 0.0, 0.0
        primary = None if language is None else language[:2].lower()
        for number, (face, part) in enumerate(runs):
            font = _font(font_file(face, self.root))
            left, over, right, under = font.getbbox(part, anchor="ls", language=primary)
            ink_left = min(ink_left, left) if number == 0 else ink_left
            ink_right, top, bottom = max(ink_right, at + right), min(top, over), max(bottom, under)
            at += font.getlength(part, language=primary)
        ems = (value / _SIZE_PX for value in (at, ink_left, max(ink_right, at), -top, bottom))
        return SetLine(tuple(Run(face.name, part) for face, part in runs), *ems)


def fonts_for(named: Iterable[tuple[str, str | None]], weight: Weight, root: Path) -> FontsFolder:
    """Return the folder of fonts that are named, each with the language of a line set in it. Raises StoreError."""
    faces = (face for font, language in named for face in faces_for(language, weight) if face.name == font)
    return fonts_folder(faces, root)


def _runs(text: str, faces: Sequence[Face]) -> Iterator[tuple[Face, str]]:
    """Yield runs: all in one face where one draws all, else word by word in the first that draws it.

    A song's note must not turn the words about it into another design, so faces for the rest draw no whole line.
    """
    whole = _first(text, [face for face in faces if face == faces[0] or face.family.use == "words"])
    if whole is not None:
        yield whole, text
        return
    current, run = faces[0], ""
    for part in _parts(text, faces):
        face = (current if part.isspace() and run else _first(part, faces)) or faces[0]
        if face != current and run:
            yield current, run
            run = ""
        current, run = face, run + part
    if run:
        yield current, run


def _parts(text: str, faces: Sequence[Face]) -> Iterator[str]:
    """Yield the words and spaces of a text; a word that no face draws alone comes letter by letter, marks kept on."""
    for word in _WORD.findall(text):
        if _first(word, faces) is not None:
            yield word
            continue
        letter = ""
        for character in word:
            if letter and not unicodedata.category(character).startswith("M"):
                yield letter
                letter = ""
            letter += character
        yield letter


def _first(text: str, faces: Sequence[Face]) -> Face | None:
    needed = frozenset(ord(character) for character in text if _needs_glyph(character))
    return next((face for face in faces if needed <= characters(face)), None)


def _needs_glyph(character: str) -> bool:
    """Return whether something is drawn for a character: not for marks of direction, joiners, variation selectors."""
    return unicodedata.category(character) != "Cf" and not "\ufe00" <= character <= "\ufe0f"


@functools.cache
def _font(path: Path) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(path), _SIZE_PX)


@functools.cache
def _shapes() -> bool:
    from PIL import features

    return features.check("raqm") is True and features.check("fribidi") is True
