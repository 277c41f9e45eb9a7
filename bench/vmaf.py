"""VMAF of an encoded picture against the frames that it was made from, which need no file of their own."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from pipeline.shell.ffmpeg import run_ffmpeg

TAGGED: Final = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
"""Where one side names its colour and the other does not, ffmpeg quietly converts one of them from BT.601."""
# Time stamps from 0 on both sides: a decoder may show negative composition offsets as a late first picture.
_ALIGNED: Final = f"{TAGGED},setpts=PTS-STARTPTS,settb=AVTB,setpts=N"
_SCORE: Final = re.compile(r"VMAF score: ([\d.]+)")


def measure_vmaf(encoded: Path, *, inputs: tuple[str, ...], graph: str, shown: str, every: int = 1) -> float:
    """Return the mean VMAF against what a filter graph over some inputs gives as `shown`, a label such as [s1].

    Of every frame unless `every` says otherwise: looking at every fourth one favours four-frame patterns of B-frames.
    """
    number = inputs.count("-i")
    sides = f"{shown}{_ALIGNED}[reference];[{number}:v]{_ALIGNED}[encoded]"
    measured = f"[encoded][reference]libvmaf=n_threads={os.cpu_count() or 1}:n_subsample={every}:shortest=1"
    argv = (*inputs, "-i", f"file:{encoded}", "-filter_complex", f"{graph};{sides};{measured}", "-f", "null", "-")
    run = run_ffmpeg(argv)
    found = _SCORE.search(run.stderr)
    assert found is not None, run.stderr
    return float(found[1])
