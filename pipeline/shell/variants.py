"""The picture of a film's variants along their time, a row for each region: what is shared, and what is its own."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.argv import recipe_key
from pipeline.plan.variants import Kind, Variant
from pipeline.shell.card_letters import FontPen
from pipeline.shell.palette import COLOURS, FAINT, GROUND, INK, RULE
from pipeline.shell.store import Artifact, Store
from pipeline.timebase import clock

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

CLIP_VARIANTS: Final = "clips.png"
PACKAGE_VARIANTS: Final = "hls.png"
"""What the pictures are called in the folder of a film's regions."""
_VERSION: Final = "1"
"""Of how the picture is drawn; raised when the same variants would look otherwise."""
_WIDTH: Final = 1600
_MARGIN: Final = 40
_NAME: Final = 90
_TOP: Final = 90
_ROW: Final = 74
_BAR: Final = 30
_FOOT: Final = 70
_LARGE, _USUAL, _SMALL = 26, 18, 14
_LEAST_LABEL_PX: Final = 34
"""Stretches that are narrower are not labelled."""
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_MOST_MARKS: Final = 14
_LOOKS: Final[Mapping[Kind, tuple[str, str]]] = {
    "shared": ("#5b6470", "shared"),
    "again": (COLOURS[0], "of the film, encoded for this region"),
    "card": (COLOURS[1], "card"),
    "added": (COLOURS[2], "added"),
    "gap": (RULE, "black"),
}


def draw_variants(rows: Sequence[tuple[str, Variant]], title: str, fonts: Path, store: Store) -> Artifact:
    """Return a PNG of variants, one under the other, each under its name; drawn again only where one has changed."""
    said = tuple(repr(row) for row in rows)
    key = recipe_key("variants", f"{_VERSION}, pillow {version('pillow')}", (title, *said))

    def produce(target: Path) -> dict[str, Any]:
        target.write_bytes(variants_picture(rows, title, fonts))
        return {"made_by": "variants", "inputs": []}

    return store.make(key, ".png", produce)[0]


def variants_picture(rows: Sequence[tuple[str, Variant]], title: str, fonts: Path) -> bytes:
    """Return the picture as PNG."""
    from PIL import Image, ImageDraw

    height = _TOP + _ROW * len(rows) + _FOOT
    picture = Image.new("RGB", (_WIDTH, height), GROUND)
    pencil = ImageDraw.Draw(picture)
    writer = _Writer(pencil, FontPen(fonts, None))
    writer.write((_MARGIN, 24), title, _LARGE, INK)
    left, across = _MARGIN + _NAME, _WIDTH - 2 * _MARGIN - _NAME
    seconds = max(float(variant.duration) for _, variant in rows)
    for at in _marks(seconds):
        x = left + round(at / seconds * across)
        pencil.line((x, _TOP - 8, x, height - _FOOT), RULE)
        writer.write((x + 4, _TOP - 26), clock(Fraction(at)), _SMALL, FAINT)
    for number, (name, variant) in enumerate(rows):
        _draw_row(writer, name, variant, _TOP + _ROW * number, left, across / seconds)
    _draw_legend(writer, {one.kind for _, variant in rows for one in variant.stretches}, height - _FOOT + 24)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


class _Writer:
    """Writes text that any of our fonts can show, each run in the first that has it."""

    def __init__(self, pencil: ImageDraw, pen: FontPen) -> None:
        self.pencil = pencil
        self._pen = pen

    def write(self, at: tuple[float, float], text: str, size: int, colour: str, *, most_px: float = 10_000) -> None:
        """Write a line from its top left on, shortened to a width."""
        from PIL import ImageFont

        x, y = at
        end = x + most_px
        for run in self._pen.runs(_writable(text, self._pen), "regular"):
            font = ImageFont.truetype(str(run.font), size)
            shown = run.text
            while shown and x + font.getlength(shown) > end:
                shown = shown[:-1]
            self.pencil.text((x, y), shown, fill=colour, font=font)
            x += font.getlength(shown)
            if shown != run.text:
                break


def _writable(text: str, pen: FontPen) -> str:
    """Return text without the characters that no font has: here they are no reason to refuse anything."""
    return "".join(character for character in text if pen.lacks(character) is None)


def _draw_row(writer: _Writer, name: str, variant: Variant, top: int, left: int, scale: float) -> None:
    pencil = writer.pencil
    writer.write((_MARGIN, top + 5), name, _USUAL, INK, most_px=_NAME - 8)
    for stretch in variant.stretches:
        begin = left + float(stretch.span.start) * scale
        end = left + float(stretch.span.end) * scale
        colour = _LOOKS[stretch.kind][0]
        pencil.rectangle((round(begin), top, max(round(begin) + 1, round(end) - 2), top + _BAR), fill=colour)
        if stretch.kind != "shared" and end - begin >= _LEAST_LABEL_PX:
            writer.write((begin + 5, top + 6), stretch.what, _SMALL, GROUND, most_px=end - begin - 8)
    told = str(variant).partition(": ")[2]
    writer.write((left, top + _BAR + 6), told, _SMALL, FAINT)


def _draw_legend(writer: _Writer, kinds: set[Kind], top: int) -> None:
    x = float(_MARGIN + _NAME)
    for kind, (colour, words) in _LOOKS.items():
        if kind in kinds:
            writer.pencil.rectangle((x, top, x + 18, top + 18), fill=colour)
            writer.write((x + 26, top), words, _SMALL, INK)
            x += 60 + 8 * len(words)


def _marks(seconds: float) -> Iterator[int]:
    step = next((one for one in _STEPS if seconds / one <= _MOST_MARKS), _STEPS[-1])
    yield from range(0, int(seconds) + 1, step)
