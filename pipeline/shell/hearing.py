"""Measure a file's main sound for `plan/conformity`: what it decodes to, when it starts, and how loud it is.

The loudness is ffmpeg's own measure, in a process of its own: the one by which clips are levelled, so that a clip
cannot keep its limit there and miss it here, and a decoder that a broken file brings down does not take us with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Final

from pipeline.argv import decoded_loudness_argv
from pipeline.boxes import Track
from pipeline.errors import FfmpegFailed, VerifyFailed
from pipeline.plan.measurements import Measured, SoundLevel, SoundMeasurements, Unmeasured
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.loudness import parse_loudness
from pipeline.shell.picture_times import TOO_MANY, PacketNotes
from pipeline.shell.probe import open_media, packets_of, source_url
from pipeline.shell.process_watch import Progress

MOST_SECONDS: Final = 4 * 3600
_PACKETS_TO_TRY: Final = 256
_NAMES: Final = {"aac": "AAC", "mp3": "MP3", "ac3": "AC-3", "eac3": "E-AC-3", "opus": "Opus", "vorbis": "Vorbis",
                 "flac": "FLAC", "alac": "ALAC"}  # fmt: skip
# What an MP4 calls so is so, even where its first frames hold no more than AAC-LC (ISO/IEC 14496-3, table 1.17).
_OBJECTS: Final[dict[int | None, str]] = {5: "HE-AAC", 29: "HE-AACv2"}
OnFraction = Callable[[float], None]


def measure_heard(
    path: Path, index: int, stored: Track | PacketNotes, on_progress: OnFraction | None = None
) -> SoundMeasurements:
    """Return what is measured of the sound of that index; `stored` says how long it is and how many bytes it takes.

    `on_progress` is told how far the measuring of loudness is, 0 to 1.
    """
    told, heard = stored.sound if isinstance(stored, Track) else None, _hear(path, index)
    is_cut_short = isinstance(stored, PacketNotes) and stored.is_cut_short
    return SoundMeasurements(
        codec=heard.codec if told is None else _OBJECTS.get(told.object_type, heard.codec),
        channels=heard.channels,
        sample_rate_hz=heard.sample_rate_hz,
        start=heard.start,
        kbps=TOO_MANY if is_cut_short else _kbps(stored),
        kbps_max=None if told is None or told.bit_rate_max is None else Fraction(told.bit_rate_max, 1000),
        level=TOO_MANY if is_cut_short else _measure_level(path, index, stored.seconds, on_progress),
    )


def _kbps(stored: Track | PacketNotes) -> Measured[Fraction]:
    size = stored.samples.bytes if isinstance(stored, Track) else stored.bytes
    if not stored.seconds:
        return Unmeasured("the file does not say how long its sound is")
    return Fraction(size * 8, 1000) / stored.seconds


@dataclass(frozen=True)
class _Heard:
    codec: str
    channels: int
    sample_rate_hz: int
    start: Measured[Fraction]


def _hear(path: Path, index: int) -> _Heard:
    """Return what the first decoded frame of a sound says: HE-AAC is told from AAC-LC by decoding alone."""
    with open_media(path) as container:
        stream: Any = container.streams[index]
        frame, context = _first_frame(container, stream), stream.codec_context
        start: Measured[Fraction] = Unmeasured("its sound cannot be decoded")
        if frame is not None:
            start = Unmeasured("its sound carries no times") if frame.pts is None else frame.pts * frame.time_base
        if container.format.name == "avi":
            start = Unmeasured("AVI does not say when pictures are shown")
        name = context.codec.canonical_name
        profile = str(context.profile or "")
        codec = "PCM" if name.startswith("pcm_") else _NAMES.get(name, name.upper())
        if name == "aac" and profile:
            codec = profile if profile.startswith("HE") else f"AAC-{profile}"
        return _Heard(codec, context.channels, context.sample_rate, start)


def _first_frame(container: Any, stream: Any) -> Any:
    import av

    try:
        for packet in islice(packets_of(container, stream), _PACKETS_TO_TRY):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            if frames:
                return frames[0]
    except (av.FFmpegError, OSError):
        return None
    return None


def _measure_level(path: Path, index: int, seconds: Fraction, on_progress: OnFraction | None) -> Measured[SoundLevel]:
    if seconds > MOST_SECONDS:
        return Unmeasured(f"the sound is longer than {MOST_SECONDS // 3600} hours")

    def tell(progress: Progress) -> None:
        if on_progress is not None and seconds:
            on_progress(float(min(Fraction(1), progress.out_time / seconds)))

    argv = decoded_loudness_argv(source_url(path), stream=str(index), most=Fraction(MOST_SECONDS))
    try:
        loudness = parse_loudness(run_ffmpeg(argv, on_progress=tell).stderr)
    except (FfmpegFailed, VerifyFailed):
        return Unmeasured("the sound cannot be decoded")
    return SoundLevel(loudness.integrated_lufs, loudness.true_peak_dbtp)
