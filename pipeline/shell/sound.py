"""Decode sound, once: ffmpeg's EBU R 128 meter says how loud it is, and what it hands on at 16 kHz is listened to."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Final

from pipeline.errors import FfmpegFailed, FfmpegStalled
from pipeline.facts import MediaFacts
from pipeline.plan.features import SOUND_STEP, SoundFeatures
from pipeline.plan.shots import SILENCE_LUFS, Curve
from pipeline.shell.ffmpeg import SIDE, run_ffmpeg
from pipeline.shell.probe import SAFE_INPUT_OPTIONS, source_url

SAMPLE_RATE: Final = 16_000
_BLOCK_BYTES: Final = 2 * SAMPLE_RATE * 10
# A momentary value comes each 100 ms, over the 400 ms before it (EBU Tech 3341). The window of a value reaches from
# 300 ms before its time stamp to 100 ms after; it speaks for the step in its middle.
_WINDOW_MIDDLE_S: Final = -0.1
_VALUE = re.compile(rb"pts_time:(-?[\d.]+)\s+lavfi\.r128\.M=(\S+)")


def measure_sound(
    path: Path, facts: MediaFacts, *, on_progress: Callable[[float], None] | None = None
) -> SoundFeatures | None:
    """Return the features of a film's main sound, from its first picture to the end of its sound.

    None where there is no sound, none that can be decoded, or nothing above silence all the way.
    """
    sound = facts.main_sound
    if sound is None:
        return None

    def tell(seconds: Fraction) -> None:
        if on_progress is not None:
            on_progress(min(1.0, float(seconds / facts.duration)) if facts.duration > 0 else 0.0)

    listener = _Listener()
    argv = sound_argv(path, sound.index, picture_start=facts.picture.start)
    try:
        run = run_ffmpeg(argv, on_progress=lambda progress: tell(progress.out_time), on_output=listener.take)
    except FfmpegStalled:
        raise
    except FfmpegFailed:  # a damaged or unknown sound stream must not keep a film from being cut by its pictures
        return None
    loudness = parse_momentary_loudness(run.side, picture_start=facts.picture.start)
    return None if loudness is None else listener.features(loudness)


def sound_argv(path: Path, stream_index: int, *, picture_start: Fraction) -> tuple[str, ...]:
    """Return the arguments that decode a sound once: loudness as text on the side, samples on standard output.

    The samples are mono at 16 kHz in 16 bits, and the first is heard with the film's first picture.
    """
    safety = [word for name, value in SAFE_INPUT_OPTIONS.items() for word in (f"-{name}", value)]
    meter = f"ebur128=metadata=1:framelog=quiet,ametadata=mode=print:key=lavfi.r128.M:file=pipe\\\\:{SIDE},anullsink"
    # first_pts pads or trims, so that sample 0 is time 0; async fills gaps in the time stamps with silence.
    samples = (
        f"asetpts=PTS-({float(picture_start):.9f}/TB),aresample={SAMPLE_RATE}:async=1:first_pts=0,"
        "aformat=sample_fmts=s16:channel_layouts=mono"
    )
    graph = f"[0:{stream_index}]asplit[a][b];[a]{meter};[b]{samples}[o]"
    # -copyts: the file's own time stamps, which the pictures are counted in as well.
    source = ("-copyts", *safety, "-vn", "-i", source_url(path))
    return (*source, "-filter_complex", graph, "-map", "[o]", "-f", "s16le", "pipe:1")


class _Listener:
    """Listens to the samples as they come, a block at a time."""

    def __init__(self) -> None:
        from pipeline.plan.listening import MusicListener, OnsetListener
        from pipeline.shell.voices import VoiceListener

        self._held = bytearray()
        self._onsets, self._music, self._voices = OnsetListener(), MusicListener(), VoiceListener()

    def take(self, data: bytes) -> None:
        """Take the next bytes; they may end within a sample."""
        self._held += data
        if len(self._held) >= _BLOCK_BYTES:
            self._listen(_BLOCK_BYTES)

    def features(self, loudness: Curve) -> SoundFeatures:
        """Return what was heard, in curves as long as that of the loudness."""
        self._listen(len(self._held) // 2 * 2)
        count = len(loudness.hundredths)
        return SoundFeatures(
            loudness=loudness,
            speech=Curve.of(SOUND_STEP, self._voices.likelihood(count)),
            music=Curve.of(SOUND_STEP, self._music.likelihood(count)),
            onsets=self._onsets.onsets(),
        )

    def _listen(self, size: int) -> None:
        import numpy as np

        samples = np.frombuffer(bytes(self._held[:size]), "<i2")
        del self._held[:size]
        floats = np.divide(samples, 32768, dtype=np.float32)
        self._onsets.take(floats)
        self._music.take(floats)
        self._voices.take(samples)


def parse_momentary_loudness(printed: bytes, *, picture_start: Fraction) -> Curve | None:
    """Read what ffmpeg printed into a curve over the film's time; stretches without sound are silence."""
    values: dict[int, float] = {}
    for time, loudness in _VALUE.findall(printed):
        middle = float(time) - float(picture_start) + _WINDOW_MIDDLE_S
        step = math.floor((middle + 1e-6) / float(SOUND_STEP))
        value = float(loudness)
        if step >= 0 and math.isfinite(value):
            values[step] = max(SILENCE_LUFS, value)
    if not values or max(values.values()) <= SILENCE_LUFS:
        return None
    return Curve.of(SOUND_STEP, tuple(values.get(step, SILENCE_LUFS) for step in range(max(values) + 1)))
