"""The pictures of a film's shots on sheets: which lies where, so that few files hold thousands of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from pipeline.facts import PictureFacts
from pipeline.plan.storyboard import tile_size

ACROSS: Final = 10
DOWN: Final = 5
"""Tiles of a sheet: as many shots as a screen shows at once, in about 150 kB."""


@dataclass(frozen=True)
class Sprite:
    """One shot's picture: the sheet, counted from 0, and its top left corner there."""

    sheet: int
    left_px: int
    top_px: int


def sprite_size(picture: PictureFacts) -> tuple[int, int]:
    """Return width and height of the tiles of a film: upright, of its shape."""
    return tile_size(*picture.display_size)


def lay_sprite(shot: int, size: tuple[int, int]) -> Sprite:
    """Return where the picture of a shot lies; shots count from 0."""
    sheet, place = divmod(shot, ACROSS * DOWN)
    row, column = divmod(place, ACROSS)
    return Sprite(sheet, column * size[0], row * size[1])


def sheet_count(shots: int) -> int:
    """Return on how many sheets the pictures of so many shots lie."""
    return -(-shots // (ACROSS * DOWN))


def shots_on(sheet: int, shots: int) -> range:
    """Return the shots whose pictures lie on a sheet. Raises ValueError for a sheet that there is not."""
    if not 0 <= sheet < sheet_count(shots):
        raise ValueError(f"there is no sheet {sheet} of {sheet_count(shots)}")
    return range(sheet * ACROSS * DOWN, min(shots, (sheet + 1) * ACROSS * DOWN))


def sprites_document(frames: Sequence[int], size: tuple[int, int]) -> dict[str, Any]:
    """Return what a browser needs to show shots' pictures, as JSON values.

    `frames` are those that are shown, one for each shot; they are told as differences from the one before.
    """
    differences = [later - sooner for sooner, later in pairwise((0, *frames))]
    return {
        "width_px": size[0],
        "height_px": size[1],
        "across": ACROSS,
        "down": DOWN,
        "sheets": sheet_count(len(frames)),
        "frames": differences,
    }
