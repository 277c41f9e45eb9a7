"""How reels are encoded: encoders as films meet them, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pipeline.timebase import FrameRate


@dataclass(frozen=True)
class Tuning:
    """What a person changes about an encoder; None leaves its own."""

    crf: int | None = None
    keyframe_interval_frames: int | None = None
    scenecut: int | None = None


def encoder_argv(name: str, rate: FrameRate, tuning: Tuning) -> tuple[str, ...]:
    """Return ffmpeg's arguments for an encoder that ENCODERS names."""
    return ENCODERS[name](rate, tuning)


def _x264(_: FrameRate, tuning: Tuning) -> tuple[str, ...]:
    """What x264 does unasked: keyframes at cuts, and every 250 frames at least."""
    gop = tuning.keyframe_interval_frames or 250
    scenecut = 40 if tuning.scenecut is None else tuning.scenecut
    return ("-c:v", "libx264", "-g", str(gop), "-sc_threshold", str(scenecut), *_crf(tuning, 23), *_YUV)


def _x264_fixed(rate: FrameRate, tuning: Tuning) -> tuple[str, ...]:
    """What streaming asks for, but open: keyframes every two seconds wherever cuts are."""
    gop = tuning.keyframe_interval_frames or 2 * rate.nominal
    params = f"keyint={gop}:min-keyint={gop}:scenecut={tuning.scenecut or 0}:open-gop=1:b-pyramid=normal:bframes=4"
    return ("-c:v", "libx264", "-x264-params", params, *_crf(tuning, 23), *_YUV)


def _hevc(_: FrameRate, tuning: Tuning) -> tuple[str, ...]:
    gop, scenecut = tuning.keyframe_interval_frames or 250, 40 if tuning.scenecut is None else tuning.scenecut
    params = f"keyint={gop}:scenecut={scenecut}:log-level=error"
    return ("-c:v", "libx265", "-preset", "fast", "-tag:v", "hvc1", "-x265-params", params, *_crf(tuning, 26), *_YUV)


def _mjpeg(_: FrameRate, __: Tuning) -> tuple[str, ...]:
    return ("-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p")


def _prores(_: FrameRate, __: Tuning) -> tuple[str, ...]:
    return ("-c:v", "prores_ks", "-profile:v", "standard", "-pix_fmt", "yuv422p10le")


def _crf(tuning: Tuning, usual: int) -> tuple[str, str]:
    return ("-crf", str(usual if tuning.crf is None else tuning.crf))


_YUV: Final = ("-pix_fmt", "yuv420p")

ENCODERS: Final[dict[str, Callable[[FrameRate, Tuning], tuple[str, ...]]]] = {
    "x264": _x264,
    "x264-fixed": _x264_fixed,
    "hevc": _hevc,
    "mjpeg": _mjpeg,
    "prores": _prores,
}
