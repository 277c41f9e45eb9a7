"""How the encoder of a rendition is set: a ladder's codec and settings, and the level that follows from them."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from pipeline.codecs import Codec
from pipeline.errors import PlanError
from pipeline.graph import RungEncoder, RungSvtAv1, RungX264, RungX265, Take
from pipeline.ladders import Encoding
from pipeline.plan.levels import Level, level_for
from pipeline.timebase import FrameRate

BUFFER_S: Final = 1
"""Seconds of its highest rate that an encoder may spend at once: over a segment of six, a sixth more than that rate."""
# libx265 4.3 refuses smaller pictures, and SVT-AV1 4.2 runs out of memory with those of 2 pixels.
_LEAST_PX: Final[dict[Codec, int]] = {"h264": 2, "hevc": 16, "av1": 16}
_DECODED: Final[dict[Codec, str]] = {"h264": "5.2", "hevc": "5.1", "av1": "6.2"}
"""The highest levels that devices decode (HLS Authoring Specification, rules 1.3, 1.6 and 1.37)."""
_REFERENCES: Final = 3
KEY_CRF: Final = Fraction(28)
"""Quality of key pictures where their rate has room for it."""
# Two pictures a second apart may share what both take. Over twelve seconds that is a sixth more than the highest rate.
_KEY_BUFFER_S: Final = 2
_KEY_HELD: Final = Fraction(6, 7)
_KEY_PRESET: Final = "slow"
# Told that there is nothing else, libx264 calls pictures High Intra, which not every player knows, and plans no rate.
_KEY_INTERVAL: Final = 2
_B_FRAMES: Final = 3


def encoder_for(
    codec: Codec,
    encoding: Encoding,
    *,
    size: tuple[int, int],
    rate: FrameRate,
    keyframe_interval: int,
    maxrate_kbps: int | None,
    average_kbps: int | None,
    level_kbps: int | None = None,
) -> RungEncoder:
    """Return how the encoder of a codec is set; without a highest rate, its level's is the only one.

    The level allows `level_kbps`, where highest rates differ and it may not. Raises PlanError for a size or rate past
    the levels that devices decode, or a size smaller than the encoder takes.
    """
    width, height = size
    _check_size(width, height, codec)
    level = _level(codec, size=size, rate=rate, maxrate_kbps=level_kbps or maxrate_kbps or 1)
    most = level.kbps if maxrate_kbps is None else maxrate_kbps
    if codec == "av1":
        return RungSvtAv1(
            preset=encoding.preset,
            level=level.name,
            maxrate_kbps=most,
            keyframe_interval_frames=keyframe_interval,
            average_kbps=average_kbps,
        )
    return _WITH_B_FRAMES[codec](
        preset=encoding.preset,
        references=encoding.references or _REFERENCES,
        b_frames=_B_FRAMES if encoding.b_frames is None else encoding.b_frames,
        level=level.name,
        maxrate_kbps=most,
        bufsize_kbit=most * BUFFER_S,
        keyframe_interval_frames=keyframe_interval,
        average_kbps=average_kbps,
    )


def key_encoder(*, size: tuple[int, int], rate: FrameRate, average_kbps: int) -> RungX264:
    """Return how pictures are encoded that all stand alone: at one quality, and at no more than a rate.

    Told an average, libx264 spends up to a third more on a dozen pictures, and half as much again on three. Raises
    PlanError for a size past the levels that devices decode.
    """
    most = max(1, int(average_kbps * _KEY_HELD))
    level = _level("h264", size=size, rate=rate, maxrate_kbps=most)
    return RungX264(
        preset=_KEY_PRESET,
        references=1,
        b_frames=0,
        level=level.name,
        maxrate_kbps=most,
        bufsize_kbit=most * _KEY_BUFFER_S,
        keyframe_interval_frames=_KEY_INTERVAL,
        average_kbps=None,
    )


def takes_for(codec: Codec, takes: tuple[Take, ...]) -> tuple[Take, ...]:
    """Return the qualities of a chunk as its encoder takes them: SVT-AV1 has one for all, the frames' mean."""
    if codec != "av1" or len(takes) < 2:
        return takes
    frames = sum(take.frames for take in takes)
    mean = sum((take.crf * take.frames for take in takes), Fraction(0)) / frames
    return (Take(frames, Fraction(round(mean * 4), 4)),)


def _check_size(width: int, height: int, codec: Codec) -> None:
    least = _LEAST_PX[codec]
    if min(width, height) < least:
        raise PlanError(
            f"a picture of {width}×{height} is too small to be encoded as {codec}, which takes {least} pixels a side.",
            remedy="Name a ladder of H.264 with --ladder.",
        )


def _level(codec: Codec, *, size: tuple[int, int], rate: FrameRate, maxrate_kbps: int) -> Level:
    width, height = size
    level = level_for(width_px=width, height_px=height, rate=rate, maxrate_kbps=maxrate_kbps, codec=codec)
    if Fraction(level.name) > Fraction(_DECODED[codec]):
        raise PlanError(
            f"{width}×{height} at {rate} frames per second and {maxrate_kbps} kb/s takes level {level.name} of "
            f"{codec}, and devices decode {_DECODED[codec]} at most.",
            remedy="Give the ladder smaller pictures or lower bit rates.",
        )
    return level


_WITH_B_FRAMES: Final[dict[Codec, type[RungX264] | type[RungX265]]] = {"h264": RungX264, "hevc": RungX265}
