"""A picture is placed whole or filled, centred, in even pixels, with its shape kept."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts import Colour, PictureFacts
from pipeline.graph import Crop, Placement
from pipeline.plan.framing import place_centre, rotated_size
from pipeline.timebase import FrameRate


def _picture(width: int, height: int, aspect: Fraction = Fraction(1), rotation: int = 0) -> PictureFacts:
    return PictureFacts(0, "h264", width, height, aspect, rotation, "yuv420p", 8, Colour(None, None, None, None),
                        "progressive", FrameRate(Fraction(24)), Fraction(0), None)  # fmt: skip


def _place(picture: PictureFacts, width: int, height: int, fit: Literal["crop", "pad"] = "crop") -> Placement:
    return place_centre(picture, width_px=width, height_px=height, fit=fit)


@pytest.mark.parametrize(
    ("picture", "size", "crop"),
    [
        (_picture(1920, 1080), (1080, 1920), Crop(608, 1080, 656, 0)),
        (_picture(1920, 1080), (1920, 1080), Crop(1920, 1080, 0, 0)),
        (_picture(1920, 1080), (1080, 1080), Crop(1080, 1080, 420, 0)),
        (_picture(1080, 1920), (1920, 1080), Crop(1080, 608, 0, 656)),
        (_picture(1920, 1080, rotation=90), (1080, 1920), Crop(1080, 1920, 0, 0)),
        (_picture(1440, 1080, Fraction(4, 3)), (1920, 1080), Crop(1440, 1080, 0, 0)),
        (_picture(720, 576, Fraction(64, 45)), (1080, 1920), Crop(228, 576, 246, 0)),
        (_picture(1440, 1080, Fraction(4, 3), 90), (1080, 1920), Crop(1080, 1440, 0, 0)),
    ],
)
def test_filling_cuts_the_sides_that_are_too_much(picture: PictureFacts, size: tuple[int, int], crop: Crop) -> None:
    assert _place(picture, *size) == Placement(crop, *size)


@pytest.mark.parametrize(
    ("picture", "size", "shown"),
    [
        (_picture(1920, 1080), (1080, 1920), (1080, 608)),
        (_picture(1080, 1920), (1920, 1080), (608, 1080)),
        (_picture(720, 576, Fraction(64, 45)), (1920, 1080), (1920, 1080)),
        (_picture(1440, 1080, Fraction(4, 3), 270), (1080, 1920), (1080, 1920)),
        (_picture(1998, 1080), (1920, 1080), (1920, 1038)),
    ],
)
def test_padding_shows_all_of_the_picture(picture: PictureFacts, size: tuple[int, int], shown: tuple[int, int]) -> None:
    placement = _place(picture, *size, fit="pad")
    assert (placement.width_px, placement.height_px) == shown
    assert (placement.crop.width_px, placement.crop.height_px) == rotated_size(picture)


aspects = st.sampled_from([Fraction(1), Fraction(4, 3), Fraction(64, 45), Fraction(8, 9), Fraction(2)])


@given(
    st.integers(64, 4096), st.integers(64, 4096), aspects, st.sampled_from([0, 90, 180, 270]),
    st.integers(32, 1000), st.integers(32, 1000), st.sampled_from(["crop", "pad"]),
)  # fmt: skip
def test_placements_are_even_inside_and_true_to_shape(
    width: int, height: int, aspect: Fraction, rotation: int, across: int, down: int, fit: Literal["crop", "pad"]
) -> None:
    picture = _picture(width, height, aspect, rotation)
    placement = _place(picture, across * 2, down * 2, fit)
    crop, (stored_width, stored_height) = placement.crop, rotated_size(picture)
    numbers = (crop.width_px, crop.height_px, crop.left_px, crop.top_px, placement.width_px, placement.height_px)
    assert all(number % 2 == 0 and number >= 0 for number in numbers) and min(numbers[:2] + numbers[4:]) >= 2
    assert crop.left_px + crop.width_px <= stored_width and crop.top_px + crop.height_px <= stored_height
    assert placement.width_px <= across * 2 and placement.height_px <= down * 2
    # Centred to the pixel pair, and no side stretched by more than the rounding to even numbers.
    assert abs(stored_width - crop.width_px - 2 * crop.left_px) <= 3
    assert abs(stored_height - crop.height_px - 2 * crop.top_px) <= 3
    pixel = aspect if rotation in (0, 180) else 1 / aspect
    stretch = Fraction(placement.width_px, placement.height_px) / (Fraction(crop.width_px, crop.height_px) * pixel)
    rounding = sum(Fraction(2, number) for number in (*numbers[:2], *numbers[4:]))
    assert abs(stretch - 1) <= 2 * rounding
