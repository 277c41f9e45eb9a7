"""Where the window of a target shape lies on a film's picture. For now the centre, whole or filled."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from pipeline.facts import PictureFacts
from pipeline.graph import Crop, Placement


def place_centre(picture: PictureFacts, *, width_px: int, height_px: int, fit: Literal["crop", "pad"]) -> Placement:
    """Return the placement of a film's picture, centred, in an output of a size.

    `crop` fills the output and loses what is outside; `pad` shows everything and leaves black. The crop counts in
    stored pixels after rotation, so that anamorphic pictures are cut and squared in one scaling.
    """
    stored_width, stored_height = rotated_size(picture)
    pixel = picture.sample_aspect if picture.rotation_deg in (0, 180) else 1 / picture.sample_aspect
    if fit == "pad":
        return _padded(stored_width, stored_height, pixel, width_px, height_px)
    wanted = Fraction(width_px, height_px) / pixel  # width over height in stored pixels
    width, height = Fraction(stored_width), Fraction(stored_height)
    if width / height > wanted:
        width = height * wanted
    else:
        height = width / wanted
    crop_width, crop_height = _even_within(width, stored_width), _even_within(height, stored_height)
    left, top = (stored_width - crop_width) // 4 * 2, (stored_height - crop_height) // 4 * 2
    return Placement(Crop(crop_width, crop_height, left, top), width_px, height_px)


def rotated_size(picture: PictureFacts) -> tuple[int, int]:
    """Return width and height of the stored picture after the player's turn."""
    turned = picture.rotation_deg in (90, 270)
    return (picture.height_px, picture.width_px) if turned else (picture.width_px, picture.height_px)


def _padded(stored_width: int, stored_height: int, pixel: Fraction, width_px: int, height_px: int) -> Placement:
    shape = stored_width * pixel / stored_height
    width, height = Fraction(width_px), Fraction(height_px)
    if shape > width / height:
        height = width / shape
    else:
        width = height * shape
    whole = Crop(stored_width // 2 * 2, stored_height // 2 * 2, 0, 0)
    return Placement(whole, _even_within(width, width_px), _even_within(height, height_px))


def _even_within(length: Fraction, most: int) -> int:
    return max(2, min(round(length / 2) * 2, most // 2 * 2))
