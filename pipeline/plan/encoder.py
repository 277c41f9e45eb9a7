"""How libx264 is set for a platform's picture: measured settings, and the level that follows from size and rate."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Final

from pipeline.graph import X264
from pipeline.plan.levels import H264_LEVELS, level_for
from pipeline.plan.streams import PictureStream

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

_OURS: Final = tuple(level for level in H264_LEVELS if "3.0" <= level.name <= "5.2")  # what phones are built for
# A cap far above what CRF 18 needs, so that noise or confetti cannot make a file that players choke on.
_CAP_BITS_PER_PIXEL: Final = Fraction(1, 3)


def keyframe_interval(stream: PictureStream, frames: int) -> int:
    """Return the frames between keyframes of a piece that another follows, so that its last group is no shorter.

    It is the stream's own where that parts the piece well, else the next longer one that does; a piece of less than two
    of the shortest groups that the stream's platforms take is one group.
    """
    least, interval = stream.keyframe_interval_frames_min, stream.keyframe_interval_frames
    rest = frames % interval
    if rest == 0 or rest >= least:
        return interval
    for count in range(max(1, frames // interval), 1, -1):
        length = -(-frames // count)
        if length >= interval and frames - (count - 1) * length >= least:
            return length
    return frames


@functools.lru_cache(maxsize=256)
def x264_for(stream: PictureStream, keyframe_interval_frames: int | None = None) -> X264:
    """Return the encoder settings of a picture stream, with its own or another interval of keyframes.

    Raises PlanError for a size or rate past every level.
    """
    cap = (stream.width_px * stream.height_px * stream.frame_rate.fps * _CAP_BITS_PER_PIXEL / 1000).__ceil__()
    maxrate = cap if stream.max_kbps is None else min(cap, stream.max_kbps)
    return X264(
        preset=PRESET,
        crf=CRF,
        maxrate_kbps=maxrate,
        bufsize_kbit=maxrate,
        keyframe_interval_frames=keyframe_interval_frames or stream.keyframe_interval_frames,
        b_frames=stream.b_frames,
        references=REFERENCES,
        level=level_for(
            width_px=stream.width_px,
            height_px=stream.height_px,
            rate=stream.frame_rate,
            maxrate_kbps=maxrate,
            levels=_OURS,
        ).name,
        threads=THREADS,
    )
