"""Make odd masters with known content: each picture carries its number, each moment of sound its place in the film."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np

SAMPLE_RATE = 48000
_SEEN = 0.4  # how much of a block is looked at: its middle, away from the blur of scaling
_CHECK = 13


def ffmpeg(*arguments: str | Path, given: bytes | None = None) -> None:
    """Run ffmpeg; fail with its words."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, input=given, stdin=None if given else subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@dataclass(frozen=True)
class Marks:
    """Four by four blocks in the middle of a picture that spell a number and its check."""

    across_px: float = 8
    down_px: float = 8

    def draw(self, pictures: np.ndarray[Any, Any]) -> None:
        """Write each picture's index into pictures of shape (count, height, width, 3)."""
        count, height, width, _ = pictures.shape
        for row in range(4):
            for column in range(4):
                top, left = (
                    round(middle + (place - 2) * pitch)
                    for middle, place, pitch in ((height / 2, row, self.down_px), (width / 2, column, self.across_px))
                )
                below, right = round(top + self.down_px), round(left + self.across_px)
                lit = np.array([_spelled(number) >> (row * 4 + column) & 1 for number in range(count)], dtype=bool)
                pictures[:, top:below, left:right] = np.where(lit, 235, 20).astype(np.uint8)[:, None, None, None]

    def scaled(self, across: float, down: float) -> Marks:
        """Return the marks as they look in a picture scaled by so much."""
        return Marks(self.across_px * across, self.down_px * down)

    def read(self, luma: np.ndarray[Any, Any]) -> int:
        """Return the number in a picture; fail where it shows none, as a mixture of two pictures does."""
        height, width = luma.shape
        spelled = 0
        for row in range(4):
            for column in range(4):
                y, x = height / 2 + (row - 1.5) * self.down_px, width / 2 + (column - 1.5) * self.across_px
                up, aside = self.down_px * _SEEN / 2, self.across_px * _SEEN / 2
                block = luma[round(y - up) : round(y + up) + 1, round(x - aside) : round(x + aside) + 1]
                level = float(block.mean())
                assert level < 85 or level > 170, f"block {row},{column} is grey: {level}"
                spelled |= (level > 128) << (row * 4 + column)
        number = spelled >> 4
        assert spelled == _spelled(number), f"{spelled:016b} spells no number"
        return number


def _spelled(number: int) -> int:
    return number << 4 | number * 7 % _CHECK


def known_sound(seconds: float, *, seed: int = 7) -> np.ndarray[Any, Any]:
    """Return noise between 300 and 4000 Hz, louder in the last third, that is never the same twice."""
    count = round(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    spectrum[(hertz < 300) | (hertz > 4000)] = 0
    noise = np.fft.irfft(spectrum, count)
    level = np.where(np.arange(count) < count * 2 // 3, 0.05, 0.1)
    return (noise / noise.std() * level).astype(np.float32)


def write_wav(path: Path, channels: Sequence[np.ndarray[Any, Any]]) -> Path:
    """Write channels as 16-bit sound."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(np.stack(channels, axis=1), -1, 1) * 32767).astype("<i2").tobytes())
    return path


@dataclass(frozen=True)
class Master:
    """A generated master: when each picture is shown, and what is heard."""

    path: Path
    times: tuple[Fraction, ...]
    """When picture n is shown, in seconds since the first picture."""
    sound: np.ndarray[Any, Any]
    """One channel of its sound; sample 0 belongs to time `sound_start`."""
    sound_start: Fraction
    size: tuple[int, int]
    marks: Marks


def plain_pictures(count: int, size: tuple[int, int], marks: Marks) -> np.ndarray[Any, Any]:
    """Return numbered pictures on a grey gradient that a bar moves over."""
    width, height = size
    pictures = np.empty((count, height, width, 3), dtype=np.uint8)
    pictures[:] = np.linspace(60, 180, width, dtype=np.uint8)[None, None, :, None]
    for number in range(count):
        left = number * 3 % width
        pictures[number, height - height // 8 :, left : left + width // 10] = (200, 60, 40)
    marks.draw(pictures)
    return pictures


class Studio:
    """Make masters in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def shoot(
        self,
        name: str,
        *,
        rate: str = "24",
        seconds: float = 8,
        size: tuple[int, int] = (160, 90),
        marks: Marks | None = None,
        pictures: np.ndarray[Any, Any] | None = None,
        times: Callable[[int], Fraction] | None = None,
        sound_start: Fraction = Fraction(0),
        before_inputs: Sequence[str] = (),
        picture_filter: str = "null",
        picture: Sequence[str] = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
        sound: Sequence[str] | None = ("-c:a", "aac"),
        rest: Sequence[str] = (),
    ) -> Master:
        """Encode a master; `times` is told to those whose filter gives pictures other times than the rate does."""
        exact = Fraction(rate)
        marks = marks or Marks()
        count = int(seconds * exact) if pictures is None else len(pictures)
        if pictures is None:
            pictures = plain_pictures(count, size, marks)
        size = (pictures.shape[2], pictures.shape[1])
        heard = known_sound(seconds - float(sound_start))
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        arguments: list[str | Path] = [
            *before_inputs, "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}", "-r", rate,
            "-i", "pipe:0",
        ]  # fmt: skip
        if sound is not None:
            wav = write_wav(self.folder / "sound.wav", (heard,))
            arguments += ["-itsoffset", str(float(sound_start)), "-i", wav]
            arguments += ["-map", "0:v", "-map", "1:a", *sound]
        ffmpeg(*arguments, "-vf", picture_filter, *picture, *rest, f"file:{path}", given=pictures.tobytes())
        shown = tuple(Fraction(n) / exact if times is None else times(n) for n in range(count))
        return Master(path, shown, heard, sound_start, size, marks)
