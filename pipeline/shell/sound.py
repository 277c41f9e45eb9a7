"""Decode sound: how loud a film is from moment to moment, by ffmpeg's EBU R 128 meter."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Final

from pipeline.errors import FfmpegFailed, FfmpegStalled
from pipeline.facts import MediaFacts
from pipeline.plan.shots import SILENCE_LUFS, Curve
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import SAFE_INPUT_OPTIONS, source_url

LOUDNESS_STEP: Final = Fraction(1, 10)
"""The meter's own step: one value each 100 ms, over the 400 ms before it (EBU Tech 3341)."""
# The window of a value reaches from 300 ms before its time stamp to 100 ms after; it speaks for the step in its middle.
_WINDOW_MIDDLE_S: Final = -0.1
_VALUE = re.compile(rb"pts_time:(-?[\d.]+)\s+lavfi\.r128\.M=(\S+)")


def momentary_loudness(
    path: Path, facts: MediaFacts, *, on_progress: Callable[[float], None] | None = None
) -> Curve | None:
    """Return the momentary loudness of a film's main sound, in LUFS, from its first picture to the end of its sound.

    None where there is no sound, none that can be decoded, or nothing above silence all the way.
    """
    sound = facts.main_sound
    if sound is None:
        return None

    def tell(seconds: Fraction) -> None:
        if on_progress is not None:
            on_progress(min(1.0, float(seconds / facts.duration)) if facts.duration > 0 else 0.0)

    try:
        run = run_ffmpeg(
            momentary_loudness_argv(path, sound.index), on_progress=lambda progress: tell(progress.out_time)
        )
    except FfmpegStalled:
        raise
    except FfmpegFailed:  # a damaged or unknown sound stream must not keep a film from being cut by its pictures
        return None
    return parse_momentary_loudness(run.stdout, picture_start=facts.picture.start)


def momentary_loudness_argv(path: Path, stream_index: int) -> tuple[str, ...]:
    """Return the arguments that print one momentary value each 100 ms on standard output."""
    safety = [word for name, value in SAFE_INPUT_OPTIONS.items() for word in (f"-{name}", value)]
    meter = "ebur128=metadata=1:framelog=quiet,ametadata=mode=print:key=lavfi.r128.M:file=-"
    # -copyts: the file's own time stamps, which the pictures are counted in as well.
    source = ("-copyts", *safety, "-vn", "-i", source_url(path), "-map", f"0:{stream_index}")
    return (*source, "-af", meter, "-f", "null", "-")


def parse_momentary_loudness(stdout: bytes, *, picture_start: Fraction) -> Curve | None:
    """Read what ffmpeg printed into a curve over the film's time; stretches without sound are silence."""
    values: dict[int, float] = {}
    for time, loudness in _VALUE.findall(stdout):
        middle = float(time) - float(picture_start) + _WINDOW_MIDDLE_S
        step = math.floor((middle + 1e-6) / float(LOUDNESS_STEP))
        value = float(loudness)
        if step >= 0 and math.isfinite(value):
            values[step] = max(SILENCE_LUFS, value)
    if not values or max(values.values()) <= SILENCE_LUFS:
        return None
    return Curve.of(LOUDNESS_STEP, tuple(values.get(step, SILENCE_LUFS) for step in range(max(values) + 1)))
