"""The lowest level of each codec that allows a picture is found, by its own tables."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pipeline.codecs import Codec
from pipeline.errors import PlanError
from pipeline.plan.levels import level_for
from pipeline.timebase import FrameRate


@pytest.mark.parametrize(
    ("codec", "size", "rate", "kbps", "level"),
    [
        # Those of AV1 are the examples of its specification (A.3).
        ("hevc", (416, 240), "30", 1500, "2.0"), ("hevc", (640, 360), "30", 3000, "2.1"),
        ("hevc", (960, 540), "30", 6000, "3.0"), ("hevc", (1280, 720), "30", 10_000, "3.1"),
        ("hevc", (1920, 1080), "30", 12_000, "4.0"), ("hevc", (1920, 1080), "60", 12_000, "4.1"),
        ("hevc", (3840, 2160), "60", 40_000, "5.1"), ("hevc", (1920, 1080), "30", 12_001, "4.1"),
        ("av1", (426, 240), "30", 1500, "2.0"), ("av1", (640, 360), "30", 3000, "2.1"),
        ("av1", (854, 480), "30", 6000, "3.0"), ("av1", (1280, 720), "30", 10_000, "3.1"),
        ("av1", (1920, 1080), "30", 12_000, "4.0"), ("av1", (1920, 1080), "60", 20_000, "4.1"),
        ("av1", (3840, 2160), "60", 40_000, "5.1"),
        # Upright pictures pass a side where lying ones do not.
        ("av1", (100, 1200), "1", 100, "2.1"), ("hevc", (8, 2000), "1", 100, "3.0"),
        ("h264", (2704, 16), "1", 100, "3.1"), ("h264", (2720, 16), "1", 100, "3.2"),
        ("h264", (16, 912), "1", 100, "2.1"), ("h264", (1920, 1080), "30", 25_000, "4.0"),
        ("h264", (416, 234), "24", 118, "1.3"),
    ],
)  # fmt: skip
def test_a_picture_has_the_level_that_the_standard_names(
    codec: Codec, size: tuple[int, int], rate: str, kbps: int, level: str
) -> None:
    width, height = size
    found = level_for(width_px=width, height_px=height, rate=FrameRate(Fraction(rate)), maxrate_kbps=kbps, codec=codec)
    assert found.name == level


@pytest.mark.parametrize(("codec", "name"), [("h264", r"H\.264"), ("hevc", "HEVC"), ("av1", "AV1")])
def test_a_picture_past_every_level_of_its_codec_is_refused(codec: Codec, name: str) -> None:
    with pytest.raises(PlanError, match=f"past every {name} level"):
        level_for(width_px=16384, height_px=8192, rate=FrameRate(Fraction(60)), maxrate_kbps=900_000, codec=codec)
