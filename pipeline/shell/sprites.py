"""Draw sheets of shots' pictures from those that a study kept, each sheet when it is first looked at."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pipeline.argv import recipe_key
from pipeline.errors import VerifyFailed
from pipeline.plan.sprites import ACROSS, lay_sprite, shots_on, sprite_size, sprites_document
from pipeline.shell.store import Artifact, Store
from pipeline.shell.study import ShotStudy
from pipeline.shell.thumbnails import Thumbnail, thumbnails_from_zip

_VERSION: Final = "1"
"""Of how sheets are drawn; raised when the same pictures would come out otherwise."""
_QUALITY: Final = 75


def describe_sprites(study: ShotStudy) -> dict[str, Any]:
    """Return what a browser needs to show the pictures of a film's shots; no sheet is drawn."""
    frames = [thumbnail.frame for thumbnail in _thumbnails(study)]
    return sprites_document(frames, sprite_size(study.facts.picture))


def sheet_key(study: ShotStudy, sheet: int) -> str:
    """Return the key of a sheet. Raises ValueError for one that there is not."""
    shots_on(sheet, len(study.shots.shots))
    tools = f"{_VERSION}, pillow {version('pillow')}"
    return recipe_key("shot sprites", tools, (study.thumbnails.key, str(sheet)))


def draw_sheet(study: ShotStudy, sheet: int, store: Store) -> Artifact:
    """Return a sheet, drawn where it is missing. Raises ValueError for one that there is not, VerifyFailed."""
    shots = shots_on(sheet, len(study.shots.shots))

    def produce(path: Path) -> dict[str, Any]:
        size = sprite_size(study.facts.picture)
        thumbnails = _thumbnails(study)[shots.start : shots.stop]
        path.write_bytes(_drawn(thumbnails, size))
        _verify(path, (min(len(shots), ACROSS) * size[0], -(-len(shots) // ACROSS) * size[1]))
        return {"made_by": "shot sprites", "inputs": [study.thumbnails.key], "shots": [shots.start, shots.stop]}

    return store.make(sheet_key(study, sheet), ".jpg", produce)[0]


def _thumbnails(study: ShotStudy) -> tuple[Thumbnail, ...]:
    return thumbnails_from_zip(study.thumbnails.path.read_bytes())


def _drawn(thumbnails: Sequence[Thumbnail], size: tuple[int, int]) -> bytes:
    from PIL import Image

    rows = -(-len(thumbnails) // ACROSS)
    sheet = Image.new("RGB", (min(len(thumbnails), ACROSS) * size[0], rows * size[1]))
    for place, thumbnail in enumerate(thumbnails):
        spot = lay_sprite(place, size)
        with Image.open(io.BytesIO(thumbnail.jpeg)) as picture:
            # Decoded at half its size where that is still large enough: JPEG's own way, at a quarter of the time.
            picture.draft("RGB", size)
            sheet.paste(picture.convert("RGB").resize(size, Image.Resampling.BILINEAR), (spot.left_px, spot.top_px))
    raw = io.BytesIO()
    sheet.save(raw, "JPEG", quality=_QUALITY, optimize=True)
    return raw.getvalue()


def _verify(path: Path, expected: tuple[int, int]) -> None:
    """Raise VerifyFailed for a sheet that does not decode, or has another size than was planned."""
    from PIL import Image

    try:
        with Image.open(path) as picture:
            picture.load()
            found = f"{picture.format} {picture.width}×{picture.height}"
    except OSError as error:
        found = str(error)
    wanted = f"JPEG {expected[0]}×{expected[1]}"
    if found != wanted:
        raise VerifyFailed.of(str(path), (("sheet", wanted, found),))
