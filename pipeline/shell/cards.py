"""Draw cards: MoviePy composes their text in a font that ships with matplotlib, so every machine draws the same."""

from __future__ import annotations

import functools
import importlib.util
import unicodedata
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.errors import PlanError
from pipeline.plan.cards import GROUND, INK, CardLayout, Measure, card_name, lay_out
from pipeline.shell.digests import sha256_of

if TYPE_CHECKING:
    from pipeline.graph import CardDrawing

_VERSION: Final = 1
"""Of how cards are drawn; raised when the same card would look otherwise."""
_FONT: Final = "DejaVuSans"


def describe_card_tools() -> str:
    """Return what draws cards, in words that go into their keys: layout rules, libraries, the font's very bytes."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("moviepy", "pillow"))
    return f"cards {_VERSION}, {packages}, {_FONT} sha256 {sha256_of(_font_path())[:16]}, shaping {_shaping()}"


def check_card(drawing: CardDrawing) -> None:
    """Raise PlanError for a card that cannot be drawn: a character that the font lacks, too much text."""
    for character in dict.fromkeys("".join(drawing.lines)):
        if not _is_drawable(character):
            name = unicodedata.name(character, "a control character")
            raise PlanError(
                f"the card {card_name(drawing.lines)} has the character {character!r} "
                f"(U+{ord(character):04X}, {name}), which the font DejaVu Sans cannot show.",
                remedy="Write it otherwise.",
                character=character,
            )
        if unicodedata.bidirectional(character) in ("R", "AL") and _shaping() == "basic":
            raise PlanError(
                f"the card {card_name(drawing.lines)} is written from right to left, which this machine's Pillow "
                "cannot set.",
                remedy="Install Pillow from PyPI; its wheels come with Raqm.",
            )
    lay_out(drawing, _measure())


def draw_card(drawing: CardDrawing, target: Path) -> CardLayout:
    """Write a card as PNG and return how its text was laid out. Raises PlanError as `check_card` does."""
    from PIL import Image

    check_card(drawing)
    layout = lay_out(drawing, _measure())
    ground, ink = (f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in (GROUND, INK))
    moviepy = _moviepy()
    size = (drawing.width_px, drawing.height_px)
    lines = [
        # Opaque and on its ground: MoviePy would blend see-through letters with black twice.
        moviepy.TextClip(
            font=str(_font_path()), text=line, font_size=layout.size_px, size=(box.width_px, box.height_px),
            color=ink, bg_color=ground, transparent=False, duration=1,
        ).with_position((box.left_px, box.top_px))
        for line, box in zip(layout.lines, layout.boxes, strict=True)
        if line
    ]  # fmt: skip
    card = moviepy.CompositeVideoClip([moviepy.ColorClip(size, color=GROUND, duration=1), *lines], size=size)
    Image.fromarray(card.get_frame(0).astype("uint8")).save(target, format="PNG")
    return layout


def _moviepy() -> Any:
    """Import MoviePy, whose constructors carry no types, when a card is drawn."""
    import moviepy

    return moviepy


@functools.cache
def _font_path() -> Path:
    """Return the font's file, found without importing matplotlib."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf" / f"{_FONT}.ttf"


@functools.cache
def _characters() -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(_font_path())).get_charmap())


def _is_drawable(character: str) -> bool:
    """Return whether the font has a character, or it is one of those that only steer how others are set."""
    return ord(character) in _characters() or unicodedata.category(character) == "Cf"


def _shaping() -> str:
    """Return what sets the letters: Raqm joins Arabic and orders right-to-left text, Pillow's own layout does not."""
    from PIL import features

    raqm, bidi = features.version("raqm"), features.check("fribidi")
    return f"raqm {raqm}" if raqm and bidi else "basic"


def _measure() -> Measure:
    from PIL import ImageFont

    @functools.cache
    def font(size_px: int) -> Any:
        return ImageFont.truetype(str(_font_path()), size_px)

    return lambda text, size_px: float(font(size_px).getlength(text))
