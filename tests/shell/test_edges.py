"""Black edges are measured to the row and the column, however the picture is stored, and never taken from the dark."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from av import VideoFrame
from numpy.typing import NDArray

from pipeline.facts import Colour, PictureFacts
from pipeline.plan.subjects import Bars
from pipeline.shell.edges import black_edges
from pipeline.timebase import FrameRate

Picture = NDArray[np.uint8]


def _scene(height: int = 180, width: int = 320, *, seed: int = 4) -> Picture:
    return np.random.default_rng(seed).integers(50, 220, (height, width, 3)).astype(np.uint8)


def _barred(bars: Bars, picture: Picture | None = None) -> Picture:
    barred = (_scene() if picture is None else picture).copy()
    height, width = barred.shape[:2]
    barred[: bars.top_px], barred[height - bars.bottom_px :] = 0, 0
    barred[:, : bars.left_px], barred[:, width - bars.right_px :] = 0, 0
    return barred


def _edges(bgr: Picture, form: str = "yuv420p", rotation: int = 0) -> Bars | None:
    height, width = bgr.shape[:2]
    facts = PictureFacts(0, "h264", width, height, Fraction(1), rotation, form, 8, Colour(None, None, None, None),
                         "progressive", FrameRate(Fraction(24)), Fraction(0), None)  # fmt: skip
    is_full = form.startswith("yuvj")
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(bgr), format="bgr24")
    frame = frame.reformat(format=form.replace("yuvj", "yuv"), dst_color_range=2 if is_full else 1)
    if is_full:
        frame.color_range = 2
    return black_edges(frame, facts)


@pytest.mark.parametrize(
    "bars",
    [Bars(), Bars(top_px=22, bottom_px=22), Bars(left_px=40, right_px=40), Bars(32, 18, 32, 18), Bars(top_px=31),
     Bars(right_px=5), Bars(4, 10, 60, 70)],
)  # fmt: skip
def test_edges_are_found_to_the_row_and_the_column(bars: Bars) -> None:
    # Chroma of half the size lets a bright neighbour into one dark row; luma does not.
    assert _edges(_barred(bars), "yuv444p") == bars


@pytest.mark.parametrize(
    "form", ["yuv420p", "yuvj420p", "yuv420p10le", "yuv422p10le", "nv12", "gbrp", "rgb24", "gray", "yuv444p12le"]
)
def test_they_are_found_in_every_way_that_pictures_are_stored(form: str) -> None:
    assert _edges(_barred(Bars(20, 30, 24, 36)), form) == Bars(20, 30, 24, 36)


@pytest.mark.parametrize("size", [(16, 16), (37, 65), (91, 161), (1081, 333)])
def test_pictures_of_any_size_are_measured(size: tuple[int, int]) -> None:
    assert _edges(_scene(*size)) == Bars()
    height = size[0] // 4
    assert _edges(_barred(Bars(top_px=height, bottom_px=height), _scene(*size))) == (
        Bars(top_px=height, bottom_px=height)
    )


@pytest.mark.parametrize(
    ("rotation", "found"),
    [(0, Bars(10, 20, 30, 40)), (90, Bars(40, 10, 20, 30)), (180, Bars(30, 40, 10, 20)), (270, Bars(20, 30, 40, 10))],
)
def test_edges_of_a_turned_picture_are_those_that_people_see(rotation: int, found: Bars) -> None:
    assert _edges(_barred(Bars(10, 20, 30, 40)), rotation=rotation) == found


def test_compression_leaves_black_black() -> None:
    noisy = _barred(Bars(top_px=24, bottom_px=24))
    noise = np.random.default_rng(1).integers(0, 7, (24, 320, 3)).astype(np.uint8)
    noisy[:24] += noise
    noisy[-24:] += noise
    assert _edges(noisy) == Bars(top_px=24, bottom_px=24)


def test_a_picture_too_dark_to_tell_tells_nothing() -> None:
    assert _edges(np.zeros((180, 320, 3), np.uint8)) is None
    assert _edges(_barred(Bars(top_px=24), (_scene() // 12).astype(np.uint8))) is None


def test_a_dark_edge_that_is_no_bar_is_picture() -> None:
    night = _scene()
    night[:90] = 0  # half of the picture is no bar
    assert _edges(night) == Bars()
    night = _scene()
    night[:40] = 24  # dark, not black
    assert _edges(night) == Bars()
    night[:40] = 0
    night[12:15, 100:112] = 200  # a lamp in the dark
    assert _edges(night) == Bars(top_px=12)
