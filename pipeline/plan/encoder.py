"""How libx264 is set for a platform's picture: measured settings, and the level that follows from size and rate."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from pipeline.errors import PlanError
from pipeline.graph import X264
from pipeline.plan.streams import PictureStream
from pipeline.timebase import FrameRate

# Chosen from the tables in bench/README.md (Big Buck Bunny at 1080×1920: a calm, a busy and a dark excerpt, and grain).
# Platforms encode again what they get, so what counts is what is left after that. "faster" with one reference takes
# 54 % of the CPU of "medium" with three (1.9 against 3.5 s for a second of film); files are 1.6 % larger, VMAF is 97.43
# against 97.50, and 0.2 to 0.3 lower after a platform's encode. More references bought nothing at any preset.
PRESET: Final = "faster"
REFERENCES: Final = 1
# After a generous platform's encode, CRF 16, 18, 20, 22 and 24 leave VMAF 95.2, 95.2, 94.9, 94.2 and 92.7 (96.2 if it
# got the frames themselves): 18 is the last that costs nothing, and saves a fifth of the size of 16.
CRF: Final = Fraction(18)
THREADS: Final = 1
"""The same recipe must give the same bytes. With several threads, libx264 looks at how large the frames beside the one
that it begins have become so far, wherever a cap is near: the same noise came out in two ways in 12 encodes with four
threads, in one way in 48 with one. Pictures of other sizes keep the other cores busy, so that nobody waits longer."""

Level = tuple[str, int, int, int]
# ITU-T H.264 table A-1, High profile: level, macroblocks per second, macroblocks per frame, kb/s (1.25 × Main's).
LEVELS: Final = (
    ("1.0", 1485, 99, 80), ("1.1", 3000, 396, 240), ("1.2", 6000, 396, 480), ("1.3", 11880, 396, 960),
    ("2.0", 11880, 396, 2500), ("2.1", 19800, 792, 5000), ("2.2", 20250, 1620, 5000),
    ("3.0", 40500, 1620, 12500), ("3.1", 108000, 3600, 17500), ("3.2", 216000, 5120, 25000),
    ("4.0", 245760, 8192, 25000), ("4.1", 245760, 8192, 62500), ("4.2", 522240, 8704, 62500),
    ("5.0", 589824, 22080, 168750), ("5.1", 983040, 36864, 300000), ("5.2", 2073600, 36864, 300000),
    ("6.0", 4177920, 139264, 300000), ("6.1", 8355840, 139264, 600000), ("6.2", 16711680, 139264, 1000000),
)  # fmt: skip
_OURS: Final = tuple(row for row in LEVELS if "3.0" <= row[0] <= "5.2")  # what phones are built for
# A cap far above what CRF 18 needs, so that noise or confetti cannot make a file that players choke on.
_CAP_BITS_PER_PIXEL: Final = Fraction(1, 3)


def x264_for(stream: PictureStream) -> X264:
    """Return the encoder settings of a picture stream. Raises PlanError for a size or rate past every level."""
    cap = (stream.width_px * stream.height_px * stream.frame_rate.fps * _CAP_BITS_PER_PIXEL / 1000).__ceil__()
    maxrate = cap if stream.max_kbps is None else min(cap, stream.max_kbps)
    return X264(
        preset=PRESET,
        crf=CRF,
        maxrate_kbps=maxrate,
        bufsize_kbit=maxrate,
        keyframe_interval_frames=stream.keyframe_interval_frames,
        b_frames=stream.b_frames,
        references=REFERENCES,
        level=level_for(
            width_px=stream.width_px, height_px=stream.height_px, rate=stream.frame_rate, maxrate_kbps=maxrate
        ),
        threads=THREADS,
    )


def level_for(
    *, width_px: int, height_px: int, rate: FrameRate, maxrate_kbps: int, levels: Sequence[Level] = _OURS
) -> str:
    """Return the lowest of some H.264 levels that allows a picture. Raises PlanError where none does."""
    blocks = -(-width_px // 16) * -(-height_px // 16)
    for level, per_second, per_frame, kbps in levels:
        if blocks <= per_frame and blocks * rate.fps <= per_second and maxrate_kbps <= kbps:
            return level
    raise PlanError(f"{width_px}×{height_px} at {rate} frames per second is past every H.264 level.")
