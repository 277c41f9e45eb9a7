"""How a rendition's encoder is told what its node says: the ffmpeg options of each codec's encoder."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

from pipeline.argv.terms import decimal
from pipeline.graph import X264, ChunkEncode, RungEncoder, RungSvtAv1, RungX264, RungX265, Take

# stitchable: parameter sets that say nothing of the quality, so that all chunks share one init segment.
_X264_PARAMS: Final = "min-keyint=1:scenecut=0:open-gop=0:cpu-independent=1:stitchable=1"
# At a given quality libx264 forgets to make the first picture better than those that follow from it, which it does with
# every later keyframe, by a quantiser that is 1.4 times as fine (rate_estimate_qscale in encoder/ratecontrol.c).
_FIRST_KEYFRAME: Final = "zones=0,0,b=1.4"
# Seven hundred bytes of the encoder's version and settings, before the first picture of every chunk.
_WITHOUT_SEI: Final = "filter_units=remove_types=6"
# Told an average, SVT-AV1 spends up to 1.6 times as much on a segment: where the highest rate is nearer than this, that
# one is held instead, at a quality that most shots reach at a rate so low.
_SVT_LOOSE: Final = 1.65
_SVT_LOW: Final = Fraction(55)
_SVT_OFF_PERCENT: Final = 5
# SVT-AV1 4.2 refuses an average for pictures with a side shorter than this, whose adaptive quantization it turns off.
_SVT_AVERAGED_PX: Final = 64
QP_RANGE: Final = 51
"""Steps of the quantiser of H.264 and HEVC with 8 bits (libavcodec/libx264.c, libx265.c)."""


def encoder_options(node: ChunkEncode) -> dict[str, Any]:
    """Return how the encoder of a node is set."""
    encoder = node.encoder
    if isinstance(encoder, RungX264):
        options = _x264(encoder, node.takes)
    elif isinstance(encoder, RungX265):
        options = _x265(encoder, node.takes)
    else:
        options = _svt_av1(encoder, node.takes, least_px=min(node.size))
    return {
        **options,
        "force_key_frames": ",".join(_before(node.rate.time_of(frame)) for frame in node.keyframes),
        "frames:v": node.frames,
    }


def x26x_options(encoder: X264 | RungX264 | RungX265) -> dict[str, Any]:
    """Return what clips and renditions, H.264 and HEVC, are told alike."""
    return {
        "preset": encoder.preset,
        "maxrate": f"{encoder.maxrate_kbps}k",
        "bufsize": f"{encoder.bufsize_kbit}k",
        "g": encoder.keyframe_interval_frames,
        "bf": encoder.b_frames,
        "refs": encoder.references,
    }


def base_quality(takes: Sequence[Take]) -> Fraction:
    """Return the quality that an encoder is set to: the one that half of the frames have at least."""
    half, seen = sum(take.frames for take in takes), 0
    for take in sorted(takes, key=lambda one: one.crf):
        seen += 2 * take.frames
        if seen >= half:
            return take.crf
    raise ValueError("a node has takes, or an average bit rate")


def _x264(encoder: RungX264, takes: Sequence[Take]) -> dict[str, Any]:
    first = f":{_FIRST_KEYFRAME}" if encoder.average_kbps is None else ""
    return {
        "c:v": "libx264",
        **x26x_options(encoder),
        **_spent(encoder, takes),
        "profile:v": "high",
        "level:v": encoder.level,
        # One thread: with several the bytes depend on the machine's load. Renditions keep the other cores busy.
        "threads:v": 1,
        "x264-params": f"{_X264_PARAMS}{first}",
        "bsf:v": _WITHOUT_SEI,
    }


def _x265(encoder: RungX265, takes: Sequence[Take]) -> dict[str, Any]:
    interval = encoder.keyframe_interval_frames
    own = (
        # One thread, as for H.264.
        "pools=none:frame-threads=1:log-level=error"
        # Nothing of the settings in the stream, so that all chunks share one init segment.
        f":no-info=1:level-idc={encoder.level}:high-tier=0"
        f":keyint={interval}:min-keyint=1:scenecut=0:open-gop=0"
    )
    return {
        "c:v": "libx265",
        # Parameter sets stand in the init segment alone (HLS Authoring Specification, rule 1.10).
        "tag:v": "hvc1",
        **x26x_options(encoder),
        **_spent(encoder, takes),
        "profile:v": "main",
        "forced-idr": 1,
        "x265-params": own,
    }


def _svt_av1(encoder: RungSvtAv1, takes: Sequence[Take], *, least_px: int) -> dict[str, Any]:
    """Return options of SVT-AV1, which has one quality for all of an encode. Raises ValueError for several.

    It holds a highest rate at a given quality alone, and badly: a few pictures pay for all.
    """
    if len(takes) > 1:
        raise ValueError("SVT-AV1 encodes at one quality")
    average = encoder.average_kbps
    if average is None or least_px < _SVT_AVERAGED_PX or encoder.maxrate_kbps < _SVT_LOOSE * average:
        # ffmpeg's own option takes whole numbers.
        own = f"crf={decimal(base_quality(takes) if average is None else _SVT_LOW)}:mbr-overshoot-pct=10"
        spent = {"maxrate": f"{encoder.maxrate_kbps}k"}
    else:
        own = f"overshoot-pct={_SVT_OFF_PERCENT}:undershoot-pct={_SVT_OFF_PERCENT}"
        spent = {"b:v": f"{average}k"}
    return {
        "c:v": "libsvtav1",
        "preset": encoder.preset,
        **spent,
        "profile:v": "main",
        "level:v": encoder.level.replace(".", ""),
        "g": encoder.keyframe_interval_frames,
        # One thread, as for H.264.
        "svtav1-params": f"lp=1:{own}",
    }


def _spent(encoder: RungEncoder, takes: Sequence[Take]) -> dict[str, str]:
    average = encoder.average_kbps
    return {"crf": decimal(base_quality(takes))} if average is None else {"b:v": f"{average}k"}


def _before(time: Fraction) -> str:
    """Return a time as whole microseconds, none too late: a keyframe is the first picture at its time or after it."""
    return decimal(Fraction((time * 1_000_000).__floor__(), 1_000_000))
