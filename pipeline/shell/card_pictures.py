"""Read the pictures that stand on cards, the logo of a style and those that a film has for regions, from anybody.

All of one is looked at before anything is drawn with it.
"""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.argv import recipe_key
from pipeline.edit import CardPicture
from pipeline.errors import PlanError, PresetError
from pipeline.presets import StylePreset, preset_file
from pipeline.shell.store import Store
from pipeline.tables import Problem, show_value

if TYPE_CHECKING:
    from PIL.Image import Image

_KINDS: Final = ("PNG", "JPEG")
_MOST_BYTES: Final = 32 * 1024 * 1024
_MOST_PIXELS: Final = 24_000_000
"""6000×4000; decoded and turned to RGBA that is some 200 MB for a moment."""
_LEAST_PX: Final = 16
_LONGEST_SHAPE: Final = 10
_SEEN: Final = 24
"""Least difference from the ground, of 255, that is seen."""
_BROKEN: Final = (OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, struct.error,
                  zlib.error)  # fmt: skip
"""What Pillow's readers raise for files that are damaged, by accident or on purpose."""


@dataclass(frozen=True)
class PictureFile:
    """A picture for cards, and where it lies."""

    picture: CardPicture
    path: Path


def find_logo(style: StylePreset) -> PictureFile | None:
    """Return a style's logo after all of it was looked at, None where it names none. Raises PresetError."""
    named = style.card_look.logo
    if named is None:
        return None
    preset = preset_file("styles", style.id).path
    path = preset.parent / named
    try:
        if Path(named).is_absolute() or ".." in Path(named).parts or "\0" in named:
            raise ValueError("it should be the path of a file in the preset's folder, without '..'")
        raw = _read(path)
        picture = _decoded(raw)
        _refuse_invisible(picture, style.card_look.ground)
    except ValueError as error:
        problem = Problem(str(preset), "card_look.logo", show_value(named), str(error))
        raise PresetError(
            str(problem), path=problem.path, field=problem.field, value=problem.value, allowed=problem.allowed
        ) from None
    return PictureFile(CardPicture(hashlib.sha256(raw).hexdigest(), *picture.size), path)


def keep_card_picture(path: Path, store: Store) -> PictureFile:
    """Return a picture that a film has for a card, after all of it was looked at; the store keeps its bytes.

    So that an edit, which names it by its digest, finds it again. Raises ValueError that says what is wrong with it.
    """
    raw = _read(path)
    size = _decoded(raw).size
    digest = hashlib.sha256(raw).hexdigest()

    def produce(target: Path) -> dict[str, Any]:
        target.write_bytes(raw)
        return {"made_by": "card picture", "inputs": []}

    artifact, _ = store.make(card_picture_key(digest), ".picture", produce)
    return PictureFile(CardPicture(digest, *size), artifact.path)


def kept_card_picture(picture: CardPicture, store: Store) -> PictureFile:
    """Return a picture that was kept. Raises PlanError where it was not."""
    artifact = store.find(card_picture_key(picture.digest))
    if artifact is None:
        raise PlanError(
            f"a card shows a picture (sha256 {picture.digest[:12]}…) that is not kept here.",
            remedy="Cut the film for its regions again with matinee cut --region, which keeps it.",
        )
    return PictureFile(picture, artifact.path)


def card_picture_key(digest: str) -> str:
    """Return the key under which the store keeps a card's picture."""
    return recipe_key("card picture", "content", (digest,))


def read_card_picture(file: PictureFile) -> Image:
    """Return a picture's pixels as RGBA. Raises PresetError where the file is no longer what it was."""
    try:
        raw = _read(file.path)
        if hashlib.sha256(raw).hexdigest() == file.picture.digest:
            return _decoded(raw)
    except ValueError:
        pass
    raise PresetError(f"{file.path}: the picture changed while cards were drawn.", remedy="Run it again.")


def _read(path: Path) -> bytes:
    """Return a file's bytes. Raises ValueError that says what is wrong with it."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for ever
            raise ValueError(f"{path} is not a file but a directory or a device")
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror or error})") from None
    if len(raw) > _MOST_BYTES:
        raise ValueError(f"it should be a file of at most {_MOST_BYTES // 1024 // 1024} MiB")
    return raw


def _decoded(raw: bytes) -> Image:
    """Return a picture as it is looked at, in RGBA. Raises ValueError that says what is wrong with it."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Sizes are checked here, before anything is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture: Any = Image.open(io.BytesIO(raw), formats=_KINDS)
        _refuse_unfit(picture)
        picture.load()
        picture = ImageOps.exif_transpose(picture)
    except UnidentifiedImageError:
        raise ValueError("it should be a PNG or JPEG picture") from None
    except Image.DecompressionBombError:
        raise ValueError(_too_large("")) from None
    except _Unfit as error:
        raise ValueError(str(error)) from None
    except _BROKEN as error:
        raise ValueError(f"it should be a whole picture; this one is damaged ({error})") from None
    if picture.mode.startswith("I"):
        import numpy as np

        # Sixteen bits, which Pillow would cut off at 255 rather than scale.
        picture = Image.fromarray((np.asarray(picture).astype(np.uint32) >> 8).astype(np.uint8))
    return picture.convert("RGBA")  # type: ignore[no-any-return]


class _Unfit(Exception):  # noqa: N818 - says what it is
    """A picture that is whole and cannot stand on a card."""


def _refuse_unfit(picture: Any) -> None:
    width, height = picture.size
    if width * height > _MOST_PIXELS:
        raise _Unfit(_too_large(f", not {width}×{height}"))
    if min(width, height) < _LEAST_PX:
        raise _Unfit(f"it should have at least {_LEAST_PX} pixels on each side, not {width}×{height}")
    if max(width, height) > min(width, height) * _LONGEST_SHAPE:
        raise _Unfit(f"it should be at most {_LONGEST_SHAPE} times as long as high, not {width}×{height}")
    if picture.format == "PNG" and getattr(picture, "is_animated", False):
        raise _Unfit("it should be one picture; this one is animated")
    if picture.mode == "CMYK":
        raise _Unfit("it should be a picture for screens, in RGB or grey; this one is for print, in CMYK")


def _too_large(found: str) -> str:
    return f"it should have at most {_MOST_PIXELS // 1_000_000} million pixels{found}"


def _refuse_invisible(picture: Image, ground: str) -> None:
    from PIL import Image, ImageChops

    small = picture.copy()
    small.thumbnail((400, 400))
    empty = Image.new("RGBA", small.size, ground)
    drawn = Image.alpha_composite(empty, small)
    bands = ImageChops.difference(drawn, empty).convert("RGB").split()
    furthest = max(int(band.getextrema()[1]) for band in bands)  # type: ignore[arg-type]  # of bands of eight bits
    if furthest < _SEEN:
        raise ValueError(f"it cannot be seen on the cards' ground {ground}")
