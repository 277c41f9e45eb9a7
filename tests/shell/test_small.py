"""A picture made small is the same whether it comes as the planes of a film or as BGR."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from av import VideoFrame

from pipeline.shell.pixels.small import Miniaturist


@pytest.mark.parametrize("size", [(720, 1280), (144, 256), (90, 162), (37, 65)])
def test_bgr_makes_the_miniature_that_its_planes_make(size: tuple[int, int]) -> None:
    height, width = size
    chance = np.random.default_rng(7)
    grain = chance.normal(0, 30, (height, width, 1)) + cv2.resize(chance.uniform(40, 215, (6, 8, 3)), (width, height))
    bgr = grain.clip(0, 255).astype(np.uint8)
    make = Miniaturist()
    even = bgr[: height & ~1, : width & ~1]
    planes = VideoFrame.from_ndarray(cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420), format="yuv420p")
    for ours, theirs in zip(make.of_bgr(bgr), make(planes), strict=True):
        assert ours.shape == theirs.shape and ours.dtype == theirs.dtype == np.uint8
        assert np.abs(ours.astype(int) - theirs).max() <= 1
