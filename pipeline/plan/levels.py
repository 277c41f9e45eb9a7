"""The levels of each picture codec, and the lowest that allows a picture's size, frame rate and bit rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Final, NamedTuple

from pipeline.codecs import Codec
from pipeline.errors import PlanError
from pipeline.timebase import FrameRate


class Level(NamedTuple):
    """One level, in the units of its codec."""

    name: str
    per_second: int
    per_picture: int
    kbps: int
    width_px: int | None = None
    """The most; None where a side may be as long as the picture's size allows."""
    height_px: int | None = None


# ITU-T H.264 table A-1, High profile: macroblocks per second and picture, kb/s (1.25 × Main's).
H264_LEVELS: Final = (
    Level("1.0", 1485, 99, 80), Level("1.1", 3000, 396, 240), Level("1.2", 6000, 396, 480),
    Level("1.3", 11880, 396, 960), Level("2.0", 11880, 396, 2500), Level("2.1", 19800, 792, 5000),
    Level("2.2", 20250, 1620, 5000), Level("3.0", 40500, 1620, 12500), Level("3.1", 108000, 3600, 17500),
    Level("3.2", 216000, 5120, 25000), Level("4.0", 245760, 8192, 25000), Level("4.1", 245760, 8192, 62500),
    Level("4.2", 522240, 8704, 62500), Level("5.0", 589824, 22080, 168750), Level("5.1", 983040, 36864, 300000),
    Level("5.2", 2073600, 36864, 300000), Level("6.0", 4177920, 139264, 300000),
    Level("6.1", 8355840, 139264, 600000), Level("6.2", 16711680, 139264, 1000000),
)  # fmt: skip
# ITU-T H.265 tables A.8 and A.9, Main tier: luma samples per second and picture, kb/s.
_HEVC_LEVELS: Final = (
    Level("1.0", 552960, 36864, 128), Level("2.0", 3686400, 122880, 1500), Level("2.1", 7372800, 245760, 3000),
    Level("3.0", 16588800, 552960, 6000), Level("3.1", 33177600, 983040, 10000),
    Level("4.0", 66846720, 2228224, 12000), Level("4.1", 133693440, 2228224, 20000),
    Level("5.0", 267386880, 8912896, 25000), Level("5.1", 534773760, 8912896, 40000),
    Level("5.2", 1069547520, 8912896, 60000), Level("6.0", 1069547520, 35651584, 60000),
    Level("6.1", 2139095040, 35651584, 120000), Level("6.2", 4278190080, 35651584, 240000),
)  # fmt: skip
# AV1 bitstream specification, A.3, Main tier: shown luma samples per second, samples per picture, kb/s, longest sides.
_AV1_LEVELS: Final = (
    Level("2.0", 4423680, 147456, 1500, 2048, 1152), Level("2.1", 8363520, 278784, 3000, 2816, 1584),
    Level("3.0", 19975680, 665856, 6000, 4352, 2448), Level("3.1", 31950720, 1065024, 10000, 5504, 3096),
    Level("4.0", 70778880, 2359296, 12000, 6144, 3456), Level("4.1", 141557760, 2359296, 20000, 6144, 3456),
    Level("5.0", 267386880, 8912896, 30000, 8192, 4352), Level("5.1", 534773760, 8912896, 40000, 8192, 4352),
    Level("5.2", 1069547520, 8912896, 60000, 8192, 4352), Level("6.0", 1069547520, 35651584, 60000, 16384, 8704),
    Level("6.1", 2139095040, 35651584, 100000, 16384, 8704), Level("6.2", 4278190080, 35651584, 160000, 16384, 8704),
)  # fmt: skip


@dataclass(frozen=True)
class _Family:
    name: str
    levels: tuple[Level, ...]
    units: Callable[[int, int], int]
    """How many units a picture of a width and height takes."""
    side_px: Callable[[Level], int | None]
    """The longest side that its levels allow a picture besides."""


def _blocks(width: int, height: int) -> int:
    return -(-width // 16) * -(-height // 16)


def _coded_samples(width: int, height: int) -> int:
    """Return luma samples in whole coding blocks, the smallest of which have eight on a side."""
    return -(-width // 8) * -(-height // 8) * 64


_FAMILIES: Final[dict[Codec, _Family]] = {
    # No side longer than the root of eight times the blocks (A.3.1), or samples (A.4.1), of a picture.
    "h264": _Family("H.264", H264_LEVELS, _blocks, lambda level: isqrt(8 * level.per_picture) * 16),
    "hevc": _Family("HEVC", _HEVC_LEVELS, _coded_samples, lambda level: isqrt(8 * level.per_picture)),
    "av1": _Family("AV1", _AV1_LEVELS, lambda width, height: width * height, lambda _: None),
}


def level_for(
    *,
    width_px: int,
    height_px: int,
    rate: FrameRate,
    maxrate_kbps: int,
    codec: Codec = "h264",
    levels: Sequence[Level] | None = None,
) -> Level:
    """Return the lowest of some levels that allows a picture, of all of its codec's where none are given.

    Raises PlanError where none does.
    """
    family = _FAMILIES[codec]
    units = family.units(width_px, height_px)
    for level in family.levels if levels is None else levels:
        longest = family.side_px(level) or max(width_px, height_px)
        fits = width_px <= (level.width_px or longest) and height_px <= (level.height_px or longest)
        is_enough = units <= level.per_picture and units * rate.fps <= level.per_second and maxrate_kbps <= level.kbps
        if fits and is_enough:
            return level
    spent = f" and {maxrate_kbps} kb/s" if maxrate_kbps > 1 else ""
    raise PlanError(f"{width_px}×{height_px} at {rate} frames per second{spent} is past every {family.name} level.")
