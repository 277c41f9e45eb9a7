"""Draw a package's storyboard and poster from its own segments, kept in the store."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.argv import recipe_key
from pipeline.plan.storyboard import (
    TILES_ACROSS,
    TILES_DOWN,
    choose_picture,
    chosen_tiles,
    lay_tiles,
    sheet_count,
    tile_size,
)
from pipeline.shell.chunks import MadeSegment
from pipeline.shell.store import Artifact, Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_VERSION: Final = "1"
"""Of how they are drawn; raised when the same segments would look otherwise."""
_QUALITY: Final = 80
_POSTER_QUALITY: Final = 90


@dataclass(frozen=True)
class PlayedSegment:
    """A segment of pictures, and when it begins in the package, in seconds."""

    made: MadeSegment
    start: Fraction

    @property
    def key_times(self) -> tuple[Fraction, ...]:
        """When the pictures that stand alone are shown in the package."""
        return tuple(time - self.made.start + self.start for time in self.made.key_picture_times)


@dataclass(frozen=True)
class Storyboard:
    """Sheets of tiles, the size of one, when each is shown, and how interesting it is."""

    sheets: tuple[Artifact, ...]
    size: tuple[int, int]
    sections: tuple[tuple[Fraction, ...], ...]
    interests: tuple[float, ...]

    @property
    def times(self) -> tuple[Fraction, ...]:
        """When each tile is shown, whatever section it lies in."""
        return tuple(time for section in self.sections for time in section)


def draw_storyboard(sections: Sequence[Sequence[PlayedSegment]], shown_px: tuple[int, int], store: Store) -> Storyboard:
    """Return tiles of the key pictures of a rendition, which is shown in a size of `shown_px`.

    Each section has sheets of its own: what another package plays of it was drawn for that one.
    """
    size = tile_size(*shown_px)
    sheets: list[Artifact] = []
    times: list[tuple[Fraction, ...]] = []
    for section in sections:
        shown = [time for segment in section for time in segment.key_times]
        numbers = chosen_tiles(shown)
        sheets += _sheets(section, numbers, size, store)
        times.append(tuple(shown[number] for number in numbers))
    interests = tuple(interest for sheet in sheets for interest in sheet.receipt["interests"])
    return Storyboard(tuple(sheets), size, tuple(times), interests)


def draw_poster(
    segments: Sequence[PlayedSegment], board: Storyboard, rate: Fraction, wanted: Fraction | None, store: Store
) -> Artifact:
    """Return the picture that stands for a package, from its largest rendition at `rate` frames a second.

    The one at `wanted` (seconds of the package), else the most interesting of the storyboard.
    """
    at = board.times[choose_picture(board.interests)] if wanted is None else wanted
    segment = next((one for one in reversed(segments) if one.start <= at), segments[0])
    number = ((at - segment.start) * rate + Fraction(1, 2)).__floor__()

    def produce(path: Path) -> dict[str, Any]:
        from pipeline.shell.pixels.segments import picture_of

        made = segment.made
        path.write_bytes(_jpeg(picture_of(made.init, made.artifact.path.read_bytes(), number), _POSTER_QUALITY))
        return {"made_by": "poster", "inputs": [made.key], "toolchain": ", ".join(_tools())}

    key = recipe_key("package poster", _VERSION, (segment.made.key, str(number), *_tools()))
    return store.make(key, ".jpg", produce)[0]


def interest(picture: NDArray[np.uint8]) -> float:
    """Return how much there is to see in a picture: edges, colour, and light that is neither black nor white."""
    import numpy as np

    values = picture.astype(np.float32)
    light = values.mean(axis=2)
    edges = np.abs(np.diff(light, axis=0)).mean() + np.abs(np.diff(light, axis=1)).mean()
    colour = (values.max(axis=2) - values.min(axis=2)).mean()
    middle = 1 - abs(float(light.mean()) - 120) / 136
    return float((edges * 2 + colour / 4) * max(0.05, middle))


def _tools() -> tuple[str, ...]:
    return (f"av {version('av')}", f"pillow {version('pillow')}")


def _sheets(
    segments: Sequence[PlayedSegment], numbers: Sequence[int], size: tuple[int, int], store: Store
) -> tuple[Artifact, ...]:
    """Return the sheets of a section's key pictures that have these numbers."""
    recipe = (*(segment.made.key for segment in segments), f"{size}", f"{len(numbers)}", *_tools())
    count = sheet_count(len(numbers))
    keys = {recipe_key("storyboard", _VERSION, (*recipe, str(sheet))): ".jpg" for sheet in range(count)}

    def produce(paths: Any) -> dict[str, dict[str, Any]]:
        tiles = _tiles(segments, size, frozenset(numbers))
        receipts = {}
        for sheet, key in enumerate(keys):
            interests = _draw_sheet(tiles, size, paths.get(key))
            receipts[key] = {"made_by": "storyboard", "inputs": [], "interests": interests, "sheet": sheet}
        return {key: receipts[key] for key in paths}

    made = store.make_several(keys, produce)
    return tuple(made[key][0] for key in keys)


def _tiles(
    segments: Sequence[PlayedSegment], size: tuple[int, int], wanted: frozenset[int]
) -> Iterator[NDArray[np.uint8]]:
    from pipeline.shell.pixels.segments import key_pictures

    number = 0
    for segment in segments:
        count = len(segment.made.key_pictures)
        if not wanted.isdisjoint(range(number, number + count)):
            pictures = key_pictures(segment.made.init, segment.made.artifact.path.read_bytes(), size=size)
            yield from (picture for at, picture in enumerate(pictures, start=number) if at in wanted)
        number += count


def _draw_sheet(tiles: Iterator[NDArray[np.uint8]], size: tuple[int, int], path: Path | None) -> list[float]:
    """Draw the next tiles on a sheet, and return how interesting each is."""
    import numpy as np

    drawn = [tile for _, tile in zip(range(TILES_ACROSS * TILES_DOWN), tiles, strict=False)]
    rows = -(-len(drawn) // TILES_ACROSS)
    sheet = np.zeros((rows * size[1], min(len(drawn), TILES_ACROSS) * size[0], 3), np.uint8)
    for place, tile in zip(lay_tiles([[Fraction(0)] * len(drawn)], Fraction(0), size), drawn, strict=True):
        sheet[place.top_px : place.top_px + size[1], place.left_px : place.left_px + size[0]] = tile
    if path is not None:
        path.write_bytes(_jpeg(sheet, _QUALITY))
    return [round(interest(tile), 3) for tile in drawn]


def _jpeg(pixels: NDArray[np.uint8], quality: int) -> bytes:
    from PIL import Image

    raw = io.BytesIO()
    Image.fromarray(pixels).save(raw, "JPEG", quality=quality, optimize=True)
    return raw.getvalue()
