"""Media with known answers for the tests of boxes: flash-and-beep clips by ffmpeg, and bare tracks of made-up bytes."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from pipeline.boxes import Expectation, PictureExpectation, SoundExpectation, Track, join
from pipeline.boxes.atoms import pack, pack_full
from pipeline.boxes.movie import UPRIGHT
from pipeline.boxes.samples import Runs, Samples
from pipeline.timebase import FrameRate

SAMPLE_RATE = 48000
AAC_FRAME = 1024
PICTURE_SIZE = (128, 72)
TIMESCALES = {"24/1": 24000, "24000/1001": 24000, "25/1": 25000, "30000/1001": 30000, "60/1": 60000}


@dataclass(frozen=True)
class Clip:
    """A clip whose pictures flash white, and whose sound beeps, at the start of each frame of `flashes`."""

    folder: Path
    rate: FrameRate
    frames: int
    keyframe_interval: int
    flashes: tuple[int, ...]

    @property
    def picture(self) -> Path:
        return self.folder / "picture.mp4"

    @property
    def sound(self) -> Path:
        return self.folder / "sound.m4a"

    @property
    def joined(self) -> Path:
        return self.folder / "joined.mp4"

    @property
    def seconds(self) -> Fraction:
        return self.rate.time_of(self.frames)

    @property
    def expectation(self) -> Expectation:
        picture = PictureExpectation(
            *PICTURE_SIZE,
            rate=self.rate,
            frames=self.frames,
            keyframe_interval_max=self.keyframe_interval,
            level_max=40,
        )
        return Expectation(picture=picture, sound=SoundExpectation(seconds=self.seconds))


def run_ffmpeg(*arguments: str, given: bytes = b"") -> bytes:
    """Run ffmpeg and return what it wrote to standard output; an error that it only tells fails the test too."""
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *arguments]
    run = subprocess.run(argv, input=given, check=True, capture_output=True)
    assert run.stderr == b""
    return run.stdout


def picture_arguments(*, bframes: int, keyframe_interval: int, timescale: int) -> tuple[str, ...]:
    """Return the part of the recipe that gives pictures from 0 without an edit list."""
    # fmt: off
    return (
        "-c:v", "libx264", "-preset", "veryfast", "-threads", "1",
        "-profile:v", "high", "-level:v", "4.0", "-pix_fmt", "yuv420p",
        "-bf", str(bframes), "-g", str(keyframe_interval), "-x264-params", "open-gop=0:b-adapt=0",
        "-video_track_timescale", str(timescale),
        "-movflags", "+faststart+negative_cts_offsets", "-use_editlist", "0", "-write_btrt", "0",
        "-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1",
    )
    # fmt: on


def sound_arguments(*, lead_in: int, packets: int) -> tuple[str, ...]:
    """Return the part of the recipe that drops the lead-in and the encoder's priming, which is one packet."""
    first = lead_in // AAC_FRAME + 1
    whole = lead_in + packets * AAC_FRAME
    length = f"apad=whole_len={whole},atrim=end_sample={whole}"
    # fmt: off
    return (
        "-af", f"aresample={SAMPLE_RATE},aformat=channel_layouts=stereo,{length}",
        "-c:a", "aac", "-profile:a", "aac_low", "-b:a", "192k",
        "-bsf:a", f"noise=drop=lt(n\\,{first}),setts=pts=PTS-{lead_in}:dts=DTS-{lead_in}",
        "-movflags", "+faststart", "-use_editlist", "0", "-write_btrt", "0",
        "-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1",
    )
    # fmt: on


def write_picture(clip: Clip, *, bframes: int, extra: tuple[str, ...] = ()) -> None:
    """Encode a moving test picture that is white in the frames that flash."""
    white = "+".join(f"eq(n,{frame})" for frame in clip.flashes)
    size = "x".join(map(str, PICTURE_SIZE))
    run_ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=s={size}:r={clip.rate}", "-frames:v", str(clip.frames)),
        "-vf",
        f"lutyuv=y=val/2,drawbox=c=white:t=fill:enable='{white}',setsar=1,"
        "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv",
        *picture_arguments(
            bframes=bframes, keyframe_interval=clip.keyframe_interval, timescale=TIMESCALES[str(clip.rate)]
        ),
        *extra,
        str(clip.picture),
    )


def write_sound(clip: Clip, *, lead_in: int) -> None:
    """Encode a sound that is silent but for 20 ms of tone at each flash, and loud before the in point."""
    samples = (clip.seconds * SAMPLE_RATE).__ceil__()
    wave = np.zeros(lead_in + samples, dtype="<f4")
    wave[:lead_in] = 0.5 * np.sin(np.arange(lead_in) / 5)
    tone = 0.8 * np.sin(2 * np.pi * 2000 * (np.arange(960) + 0.5) / SAMPLE_RATE)
    for frame in clip.flashes:
        start = lead_in + round(clip.rate.time_of(frame) * SAMPLE_RATE)
        wave[start : start + 960] = tone[: len(wave) - start]
    packets = -(-samples // AAC_FRAME)
    source = ("-f", "f32le", "-ar", str(SAMPLE_RATE), "-ch_layout", "mono", "-i", "pipe:0")
    run_ffmpeg(*source, *sound_arguments(lead_in=lead_in, packets=packets), str(clip.sound), given=wave.tobytes())


@pytest.fixture(scope="session")
def make_clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Clip]:
    """Return a function that makes a clip of two seconds: picture, sound and both joined."""

    def make(rate: str = "24000/1001", *, bframes: int = 3, lead_in: int = 0) -> Clip:
        exact = FrameRate.parse(rate)
        frames = exact.frames_within(Fraction(2))
        flashes = (exact.nominal // 3, exact.nominal + 1, frames - 3)
        clip = Clip(tmp_path_factory.mktemp("clip"), exact, frames, exact.nominal // 2, flashes)
        write_picture(clip, bframes=bframes)
        write_sound(clip, lead_in=lead_in)
        join(pictures=(clip.picture,), sound=clip.sound, target=clip.joined)
        return clip

    return make


@pytest.fixture(scope="session")
def clip(make_clip: Callable[..., Clip]) -> Clip:
    """Return one clip that is as it should be; tests do not change its files."""
    return make_clip()


def picture_entry() -> bytes:
    """Return the stsd body of an H.264 track of 64 by 48 pixels."""
    avc = pack("avcC", bytes((1, 100, 0, 30, 0xFF, 0xE1)), b"\0\4gabc", b"\1\0\2hx", bytes((0xFD, 0xF8, 0xF8, 0)))
    shape = pack("pasp", struct.pack(">II", 1, 1)) + pack("colr", b"nclx", struct.pack(">HHHB", 1, 1, 1, 0))
    fields = struct.pack(">6xH16xHH50x", 1, 64, 48)
    return bytes(4) + struct.pack(">I", 1) + pack("avc1", fields, avc, shape)


def sound_entry() -> bytes:
    """Return the stsd body of an AAC-LC track, 48 kHz stereo."""
    config = b"\x05\x80\x80\x80\x02\x11\x90"
    decoder = b"\x04\x14\x40\x15" + bytes(11) + config[:1] + b"\x02" + config[5:]
    stream = pack_full("esds", b"\x03\x19\x00\x01\x00", decoder, b"\x06\x01\x02")
    fields = struct.pack(">6xH8xHH4xI", 1, 2, 16, SAMPLE_RATE << 16)
    return bytes(4) + struct.pack(">I", 1) + pack("mp4a", fields, stream)


def bare_track(
    kind: str, *, sizes: Runs, durations: Runs, shifts: Runs = (), keyframes: tuple[int, ...] | None = None
) -> Track:
    """Return a track whose samples stand in one chunk at byte 0 of a file."""
    count = sum(count for count, _ in sizes)
    return Track(
        number=1,
        kind=kind,
        codec="avc1" if kind == "vide" else "mp4a",
        timescale=24000 if kind == "vide" else SAMPLE_RATE,
        duration=sum(count * value for count, value in durations),
        entry=picture_entry() if kind == "vide" else sound_entry(),
        samples=Samples(sizes, durations, shifts, keyframes, (0,) if count else (), ((1, count),) if count else ()),
        picture=None,
        sound=None,
        edit_list=None,
        shown_size=(Fraction(64), Fraction(48)) if kind == "vide" else (Fraction(0), Fraction(0)),
        matrix=UPRIGHT,
        created=0,
    )
