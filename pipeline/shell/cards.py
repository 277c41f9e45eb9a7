"""Draw cards: MoviePy composes what a layout says, and the picture is held against the layout before it counts."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.edit import CardPicture
from pipeline.errors import VerifyFailed
from pipeline.graph import CardSheet
from pipeline.plan.cards import CardLayout, card_name, lay_out
from pipeline.plan.codes import QUIET_MODULES, Code
from pipeline.plan.compositions import Element, Letters, LogoPlace, PicturePlace, Shape, Tone
from pipeline.plan.laurels import branch
from pipeline.shell.card_letters import FontPen, advance, ascent, describe_letters
from pipeline.shell.card_pictures import PictureFile, read_card_picture
from pipeline.styles import mixed, rgb_of

if TYPE_CHECKING:
    import numpy as np

    from pipeline.geometry import Box
    from pipeline.graph import CardDrawing

_VERSION: Final = 2
"""Of how cards are drawn; raised when the same card would look otherwise."""
_FINER: Final = 4
"""Shapes are drawn so many times larger and made smaller, which smooths their edges."""
_QUIET: Final = 0.76
"""How much of the text's colour is in that of what stands back."""
_INK_STEP: Final = 24
"""Least difference from the ground, of 255, that counts as ink; the palest edge of a letter is paler."""
_SLACK_PX: Final = 2
"""How much of a letter's edge may be paler than that."""
_SEEN_AT: Final = (1.0, 0.8, 0.65, 1.5)
"""Sizes in which codes are looked for, as shares of their own."""
_DARK, _LIGHT = "#000000", "#ffffff"


@dataclass(frozen=True)
class CardKit:
    """Files that cards are drawn with."""

    fonts: Path
    """The folder in which fonts are made."""
    logo: PictureFile | None = None
    pictures: Mapping[str, PictureFile] = field(default_factory=dict)
    """Those that cards show instead of text, by digest."""


def describe_card_tools() -> str:
    """Return what draws cards, in words that go into their keys: rules, libraries and fonts."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("moviepy", "pillow", "segno"))
    return f"cards {_VERSION}, {packages}, {describe_letters()}"


def check_card(drawing: CardDrawing, kit: CardKit) -> CardLayout:
    """Return where everything on a card stands. Raises PlanError for one that cannot be drawn."""
    return lay_out(drawing, FontPen(kit.fonts, drawing.sheet.language))


def draw_card(drawing: CardDrawing, target: Path, kit: CardKit) -> CardLayout:
    """Write a card as PNG and return its layout.

    Raises PlanError as `check_card` does, PresetError for a logo that changed, and VerifyFailed where the picture is
    not what the layout says.
    """
    from PIL import Image

    layout, moviepy, sheet = check_card(drawing, kit), _moviepy(), drawing.sheet
    size = (sheet.width_px, sheet.height_px)
    clips = [clip for element in layout.elements for clip in _clips(element, sheet, kit, drawing.picture)]
    ground = moviepy.ColorClip(size, color=rgb_of(sheet.ground), duration=1)
    picture = moviepy.CompositeVideoClip([ground, *clips], size=size).get_frame(0).astype("uint8")
    verify_card(drawing, layout, picture)
    Image.fromarray(picture).save(target, format="PNG")
    return layout


def verify_card(drawing: CardDrawing, layout: CardLayout, picture: np.ndarray[Any, Any]) -> None:
    """Raise VerifyFailed unless a picture shows all that a layout says, whole, and nothing beside it."""
    faults = (*_place_faults(drawing, layout), *_ink_faults(drawing, layout, picture))
    faults += tuple(
        ("its QR code", str(drawing.link), "unreadable")
        for code in layout.elements
        if isinstance(code, Code) and not is_scannable(picture[_slices(code.box)], str(drawing.link))
    )
    if faults:
        raise VerifyFailed.of(f"The card {card_name(drawing.lines)}", faults)


def is_scannable(picture: np.ndarray[Any, Any], link: str) -> bool:
    """Return whether a code in a picture reads as an address.

    Each of OpenCV's detectors now and then misses a perfect code in one size, as phones do, which see it in many.
    """
    import cv2

    detectors: tuple[Any, ...] = (cv2.QRCodeDetectorAruco(), cv2.QRCodeDetector())
    for share in _SEEN_AT:
        size = tuple(max(1, round(side * share)) for side in picture.shape[1::-1])
        seen = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if share < 1 else cv2.INTER_CUBIC)
        if any(detector.detectAndDecode(seen)[0] == link for detector in detectors):
            return True
    return False


def _clips(element: Element, sheet: CardSheet, kit: CardKit, picture: CardPicture | None) -> Iterator[Any]:
    """Yield what MoviePy puts one over the other for an element; `picture` is what the card shows instead of text."""
    moviepy = _moviepy()
    if isinstance(element, Letters):
        yield from _text_clips(element, sheet, FontPen(kit.fonts, sheet.language))
        return
    if isinstance(element, LogoPlace):
        assert kit.logo is not None, "a sheet with a logo comes with its file"
        pixels = _picture_pixels(element.box, sheet, kit.logo)
    elif isinstance(element, PicturePlace):
        assert picture is not None, "a card that shows a picture names it"
        pixels = _picture_pixels(element.box, sheet, kit.pictures[picture.digest])
    else:
        pixels = _code_pixels(element) if isinstance(element, Code) else _shape_pixels(element, sheet)
    clip = moviepy.ImageClip(pixels, transparent=pixels.shape[2] == 4, duration=1)
    yield clip.with_position((element.box.left_px, element.box.top_px))


def _text_clips(element: Letters, sheet: CardSheet, pen: FontPen) -> Iterator[Any]:
    moviepy, start, margin = _moviepy(), element.start_px, element.size_px
    colour = _colour(element.tone, sheet)
    for run in pen.runs(element.text, element.weight):
        width = advance(run, element.size_px)
        up = ascent(run, element.size_px)
        clip = moviepy.TextClip(
            font=str(run.font), text=run.text, font_size=element.size_px, size=(width, 2 * element.size_px),
            # Letters may reach beyond where they start and end, so each run has its own size as a margin.
            margin=(margin, margin, margin, margin), horizontal_align="left", vertical_align="top",
            # See-through in the letters' own colour: MoviePy would blend their edges with black twice.
            color=colour, bg_color=(*rgb_of(colour), 0), duration=1,
        )  # fmt: skip
        yield clip.with_position((start - margin, element.baseline_px - up - margin))
        start += width


def _colour(tone: Tone, sheet: CardSheet) -> str:
    quiet = mixed(sheet.ink, sheet.ground, _QUIET)
    return {"ink": sheet.ink, "accent": sheet.accent, "quiet": quiet}[tone]


def _code_pixels(code: Code) -> np.ndarray[Any, Any]:
    """Return a code, dark on light whatever the card's ground, as readers expect, with its quiet zone."""
    import numpy as np

    modules = np.array([[int(module) for module in row] for row in code.rows], np.uint8)
    dark = np.kron(np.pad(modules, QUIET_MODULES), np.ones((code.module_px, code.module_px), np.uint8))
    return np.where(dark[..., None], np.array(rgb_of(_DARK)), np.array(rgb_of(_LIGHT))).astype(np.uint8)


def _shape_pixels(shape: Shape, sheet: CardSheet) -> np.ndarray[Any, Any]:
    """Return a shape as RGBA of one colour, its edges smooth."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageOps

    width, height = shape.box.width_px, shape.box.height_px
    fine = Image.new("L", (width * _FINER, height * _FINER))
    pencil = ImageDraw.Draw(fine)
    if shape.kind == "rule":
        pencil.rectangle((0, 0, *fine.size), fill=255)
    elif shape.kind == "frame":
        radius, line = shape.line_px * 3 * _FINER, shape.line_px * _FINER
        pencil.rounded_rectangle((0, 0, fine.width - 1, fine.height - 1), radius, outline=255, width=line)
    else:
        for leaf in branch():
            pencil.polygon([(x * fine.height, y * fine.height) for x, y in leaf], fill=255)
        fine = ImageOps.mirror(fine) if shape.kind == "mirrored branch" else fine
    alpha = np.asarray(fine.resize((width, height), Image.Resampling.BOX))
    colour = np.array(rgb_of(_colour(shape.tone, sheet)), np.uint8)
    return np.dstack([np.broadcast_to(colour, (height, width, 3)), alpha])


def _picture_pixels(box: Box, sheet: CardSheet, file: PictureFile) -> np.ndarray[Any, Any]:
    """Return a picture in its size, on the card's ground."""
    import numpy as np
    from PIL import Image

    size = (box.width_px, box.height_px)
    small = read_card_picture(file).resize(size, Image.Resampling.LANCZOS)
    return np.asarray(Image.alpha_composite(Image.new("RGBA", size, sheet.ground), small).convert("RGB"))


def _place_faults(drawing: CardDrawing, layout: CardLayout) -> Iterator[tuple[str, str, str]]:
    for kind, box in layout.boxes:
        if not any(free.holds(box) for free in drawing.sheet.free):
            yield f"the place of its {kind}", "inside what buttons leave free", str(box)


def _ink_faults(
    drawing: CardDrawing, layout: CardLayout, picture: np.ndarray[Any, Any]
) -> Iterator[tuple[str, str, str]]:
    """Yield where a picture has ink beside the boxes of its layout, or less in one of them than it should have."""
    import numpy as np

    far = np.abs(picture.astype(np.int16) - np.array(rgb_of(drawing.sheet.ground))).max(axis=2)
    beside = far.copy()
    for kind, box in layout.boxes:
        beside[_slices(box)] = 0
        rows, columns = np.nonzero(far[_slices(box)] >= _INK_STEP)
        # A code has its own light; a logo may be see-through at its edges.
        if kind in ("text", "rule", "frame", "branch"):
            found = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) if len(rows) else (0, 0, 0, 0)
            wanted = (0, 0, box.width_px, box.height_px)
            if any(abs(int(one) - other) > _SLACK_PX for one, other in zip(found, wanted, strict=True)):
                yield f"the ink of its {kind}", f"{wanted}", f"{tuple(map(int, found))}"
    if beside.max() > _INK_STEP:
        yield "what is drawn beside its text and pictures", "nothing", f"{np.count_nonzero(beside > _INK_STEP)} pixels"


def _slices(box: Box) -> tuple[slice, slice]:
    return slice(box.top_px, box.bottom_px), slice(box.left_px, box.right_px)


@functools.cache
def _moviepy() -> Any:
    """Import MoviePy, whose constructors carry no types, when a card is drawn."""
    import moviepy

    return moviepy
