"""Files with one fault each, for tests of what is found wrong with a file: small, and otherwise as they should be."""

from __future__ import annotations

import struct
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np

from pipeline.boxes import join
from pipeline.boxes.atoms import pack
from pipeline.plan import delivery
from pipeline.presets import PlatformPreset

SIZE = (72, 128)
RATE = 24
SECONDS = 2
AAC_FRAME = 1024
_LEVEL = 0.2  # of a sine of 1 kHz on both channels: -14 LUFS


DOCUMENTS = {
    "facebook": delivery.FACEBOOK,
    "x": delivery.X,
    "instagram": delivery.INSTAGRAM,
    "linkedin": delivery.LINKEDIN,
    "youtube": delivery.YOUTUBE,
}


def strict_preset(*cited: str, **changed: dict[str, Any]) -> PlatformPreset:
    """Return a platform for small pictures that cites documents, first those which count; limits can be changed."""
    limits: dict[str, dict[str, Any]] = {
        "width_px": {"min": 54, "max": 144, "prefer": 72},
        "height_px": {"min": 96, "max": 256, "prefer": 128},
        "frame_rate": {"min": "24000/1001", "max": "60/1"},
        "keyframe_interval_s": {"max": 1, "prefer": 1},
        "b_frames": {"max": 2, "prefer": 2},
        "video_kbps": {"max": 2000},
        "audio_kbps": {"min": 128, "max": 192, "prefer": 128},
        "loudness_lufs": {"target": -14, "source": "practice"},
        "true_peak_dbtp": {"max": -1, "source": "practice"},
        "duration_s": {"min": 1, "max": 3},
        "file_size_mb": {"max": 1},
        "edit_list": {"rule": "forbidden"},
    }
    stated = {name: {"source": "page", **limit, **changed.get(name, {})} for name, limit in limits.items()}
    sound, file = ("audio_kbps", "loudness_lufs", "true_peak_dbtp"), ("duration_s", "file_size_mb", "edit_list")
    dated = {"read_on": date(2026, 11, 23)}
    documents = {name: DOCUMENTS[name] for name in (cited or ("facebook", "x", "instagram"))}
    sources = {
        "page": {"title": "The page", "url": "https://example.org/", "certainty": "read", **dated},
        **{name: {"title": name, "url": url, "certainty": "read", **dated} for name, url in documents.items()},
        "practice": {"title": "Practice", "certainty": "practice", "note": "what people deliver", **dated},
    }
    return PlatformPreset.model_validate(
        {
            "id": "strict",
            "name": "Strict",
            "picture": {"aspect": "9:16", "fit": "crop",
                        **{name: limit for name, limit in stated.items() if name not in (*sound, *file)}},
            "sound": {"sample_rate_hz": 48000, "channels": 2, **{name: stated[name] for name in sound}},
            "file": {name: stated[name] for name in file},
            "sources": sources,
        }
    )  # fmt: skip


def run_ffmpeg(*arguments: str | Path, given: bytes = b"") -> None:
    """Run ffmpeg; fail with its words."""
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *map(str, arguments)]
    done = subprocess.run(argv, input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def write_picture(
    target: Path,
    *options: str,
    size: tuple[int, int] = SIZE,
    rate: int = RATE,
    seconds: float = SECONDS,
    filters: str = "null",
    colour: str = "color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv",
    x264: str = "",
) -> Path:
    """Encode a moving picture as it should be but for what is given."""
    source = f"testsrc2=s={size[0]}x{size[1]}:r={rate}:d={seconds}"
    params = f"keyint={rate}:min-keyint={rate}:scenecut=0:open-gop=0:bframes=2:{x264}".rstrip(":")
    # fmt: off
    run_ffmpeg(
        "-f", "lavfi", "-i", source, "-vf", f"setsar=1,{filters},setparams={colour}",
        "-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-pix_fmt", "yuv420p", "-profile:v", "high",
        "-x264-params", params,
        "-movflags", "+faststart+negative_cts_offsets", "-use_editlist", "0", *options, target,
    )
    # fmt: on
    return target


def sine(level: float = _LEVEL, *, seconds: float = SECONDS, rate: int = 48000) -> np.ndarray[Any, Any]:
    """Return a sine of 1 kHz."""
    return (level * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * rate)) / rate)).astype("<f4")


def write_sound(
    target: Path, wave: np.ndarray[Any, Any] | None = None, *, rate: int = 48000, channels: int = 2
) -> Path:
    """Encode a wave as AAC-LC that starts at 0; it is heard left and right, or in the one channel."""
    wave = sine(rate=rate) if wave is None else wave
    samples = np.zeros((len(wave), channels), "<f4")
    samples[:, :2] = wave[:, None]
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    # fmt: off
    run_ffmpeg(
        "-f", "f32le", "-ar", str(rate), "-ch_layout", layout, "-i", "pipe:0",
        "-c:a", "aac", "-b:a", "160k", "-bsf:a", "noise=drop=lt(n\\,1)",
        "-movflags", "+faststart", "-use_editlist", "0", target,
        given=samples.tobytes(),
    )
    # fmt: on
    return target


@dataclass(frozen=True)
class Workbench:
    """A good picture, a good sound, the file of both, and what is made of them."""

    folder: Path

    @property
    def picture(self) -> Path:
        return self.folder / "picture.mp4"

    @property
    def sound(self) -> Path:
        return self.folder / "sound.m4a"

    @property
    def good(self) -> Path:
        return self.folder / "good.mp4"

    def joined(self, target: Path, *, picture: Path | None = None, sound: Path | None = None) -> Path:
        """Join as clips are joined."""
        join(pictures=(picture or self.picture,), sound=sound or self.sound, target=target)
        return target

    def copied(self, target: Path, *options: str) -> Path:
        """Let ffmpeg copy the good file's streams into another."""
        run_ffmpeg("-i", self.good, "-c", "copy", *options, target)
        return target

    def patched(self, target: Path, kind: bytes, skip: int, new: bytes) -> Path:
        """Write the good file with other bytes behind the first box of a kind."""
        data = self.good.read_bytes()
        at = data.index(kind) + 4 + skip
        target.write_bytes(data[:at] + new + data[at + len(new) :])
        return target

    def enlarged(self, target: Path, size: int) -> Path:
        """Write the good file with a box that holds nothing at its end."""
        target.write_bytes(self.good.read_bytes() + pack("free", bytes(size)))
        return target


def make_workbench(folder: Path) -> Workbench:
    """Make the good parts."""
    bench = Workbench(folder)
    write_picture(bench.picture)
    write_sound(bench.sound)
    bench.joined(bench.good)
    return bench


TURNED = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
