"""The pictures that players show over their time bar, and the one that stands for a package: which, when and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.captions import vtt_time

TILES_ACROSS: Final = 10
TILES_DOWN: Final = 10
_LONG_SIDE_PX: Final = 176
"""Of a tile: players show them about so large."""
_MOST_TILES: Final = 600
# Films begin and end with titles and black.
_MARGIN: Final = Fraction(1, 10)


@dataclass(frozen=True)
class Tile:
    """One picture of a storyboard: when it stands for the film, and where it lies."""

    start: Fraction
    end: Fraction
    sheet: int
    left_px: int
    top_px: int


def tile_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Return the size of the tiles of a picture, even numbers."""
    scale = Fraction(_LONG_SIDE_PX, max(width_px, height_px))
    across, down = (max(2, round(side * scale / 2) * 2) for side in (width_px, height_px))
    return across, down


def chosen_tiles(times: Sequence[Fraction]) -> tuple[int, ...]:
    """Return the numbers of the key pictures that get a tile: all, or every n-th of a long film."""
    step = max(1, -(-len(times) // _MOST_TILES))
    return tuple(range(0, len(times), step))


def lay_tiles(sections: Sequence[Sequence[Fraction]], end: Fraction, size: tuple[int, int]) -> tuple[Tile, ...]:
    """Return tiles in rows, sheet by sheet; each stands for the film until the next one, the last to the end.

    `sections` are the times at which tiles begin to stand for it. Each has sheets of its own, which it has wherever it
    plays.
    """
    tiles: list[Tile] = []
    starts = [start for section in sections for start in section]
    followings = iter((*starts[1:], end))
    sheet = 0
    for section in sections:
        for number, start in enumerate(section):
            above, place = divmod(number, TILES_ACROSS * TILES_DOWN)
            row, column = divmod(place, TILES_ACROSS)
            tiles.append(Tile(start, next(followings), sheet + above, column * size[0], row * size[1]))
        sheet += sheet_count(len(section))
    return tuple(tiles)


def sheet_count(tiles: int) -> int:
    """Return on how many sheets so many tiles lie."""
    return -(-tiles // (TILES_ACROSS * TILES_DOWN))


def tiles_text(tiles: Sequence[Tile], sheets: Sequence[str], size: tuple[int, int]) -> str:
    """Return the tiles as WebVTT, a picture's address and place for each time, as players take it."""
    blocks = (
        f"\n{vtt_time(tile.start)} --> {vtt_time(tile.end)}\n"
        f"{sheets[tile.sheet]}#xywh={tile.left_px},{tile.top_px},{size[0]},{size[1]}\n"
        for tile in tiles
    )
    return "WEBVTT\n" + "".join(blocks)


def choose_picture(interests: Sequence[float]) -> int:
    """Return the number of the most interesting of a film's key pictures, not among the first and last of them."""
    margin = int(len(interests) * _MARGIN)
    inside = range(margin, len(interests) - margin) if len(interests) > 2 * margin else range(len(interests))
    return max(inside, key=lambda number: (interests[number], -number))
