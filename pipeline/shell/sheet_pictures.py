"""Posters as run sheets show them: small JPEGs, made from whatever picture somebody has."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.spelling import spelled

LONGEST_SIDE_PX: Final = 640
"""Of a picture that is 6 cm wide at most, at 270 dots per inch."""
_MOST_BYTES: Final = 64 * 1024 * 1024
_QUALITY: Final = 88


@dataclass(frozen=True)
class SheetPicture:
    """A poster."""

    jpeg: bytes
    size: tuple[int, int]
    """Width and height in pixels."""


def read_posters(paths: Iterable[Path]) -> tuple[dict[Path, SheetPicture], tuple[str, ...]]:
    """Return the posters that can be read, by their files, and a note on each that cannot: the sheet goes without."""
    read: dict[Path, SheetPicture] = {}
    notes = []
    for path in paths:
        try:
            read[path] = _read(path)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no JPEG or PNG that can be read"
            notes.append(f"{spelled(str(path))} is not on the run sheet ({reason}).")
    return read, tuple(notes)


def _read(path: Path) -> SheetPicture:
    from PIL import Image, ImageOps

    if not path.is_file():  # a pipe would wait for ever
        raise FileNotFoundError(2, "it is no file")
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError("it is too large")
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            image.draft("RGB", (2 * LONGEST_SIDE_PX, 2 * LONGEST_SIDE_PX))
            upright = ImageOps.exif_transpose(image)
            # What shines through lies on the paper's white.
            clear = upright.convert("RGBA")
            ground = Image.new("RGBA", clear.size, "white")
            small = Image.alpha_composite(ground, clear).convert("RGB")
    except (SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(str(error)) from error
    small.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    small.save(written, "JPEG", quality=_QUALITY)
    return SheetPicture(written.getvalue(), small.size)
