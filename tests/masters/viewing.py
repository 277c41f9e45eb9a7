"""Watch a finished clip as a player does, and judge it by what is in it: which pictures when, with which sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.masters.studio import SAMPLE_RATE, Marks, Master

CLIP_SECONDS = 2


@dataclass(frozen=True)
class Clip:
    """A finished clip as a player gets it, and what clips.json says of it."""

    path: Path
    said: dict[str, Any]
    notes: tuple[str, ...]
    start: Fraction
    """Where in the film it begins, by clips.json."""
    rate: Fraction
    times: tuple[Fraction, ...]
    planes: tuple[tuple[np.ndarray[Any, Any], ...], ...]
    """Y, Cb and Cr of each picture."""
    sound: np.ndarray[Any, Any]
    """Samples of shape (2, count), sample 0 at time 0; nothing where there is no sound."""

    @property
    def size(self) -> tuple[int, int]:
        height, width = self.planes[0][0].shape
        return width, height

    def numbers(self, marks: Marks) -> list[int]:
        return [marks.read(luma) for luma, _, _ in self.planes]

    def rgb_at(self, across: float, down: float, *, picture: int = 20, reach_px: int = 2) -> tuple[float, ...]:
        """Return the colour around a point given in shares of width and height, as a BT.709 player shows it."""
        levels = []
        for plane in self.planes[picture]:
            height, width = plane.shape
            y, x = round(down * height), round(across * width)
            around = plane[max(0, y - reach_px) : y + reach_px, max(0, x - reach_px) : x + reach_px]
            levels.append(float(around.mean()))
        luma, blue, red = (levels[0] - 16) / 219, (levels[1] - 128) / 224, (levels[2] - 128) / 224
        shown = (luma + 1.5748 * red, luma - 0.1873 * blue - 0.4681 * red, luma + 1.8556 * blue)
        return tuple(channel * 255 for channel in shown)


def watch(path: Path, said: dict[str, Any], start: Fraction, notes: Sequence[str]) -> Clip:
    """Decode a clip."""
    times, planes, heard, origin = [], [], [], None
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for picture in container.decode(stream):
            times.append(picture.pts * picture.time_base)
            assert picture.format.name == "yuv420p"
            planes.append(tuple(_plane(plane) for plane in picture.planes))
        rate = stream.average_rate
    with av.open(str(path)) as container:
        for sound in container.decode(audio=0) if container.streams.audio else ():
            assert (sound.sample_rate, sound.layout.name, sound.format.name) == (SAMPLE_RATE, "stereo", "fltp")
            origin = sound.pts if origin is None else origin
            heard.append(sound.to_ndarray())
    samples = np.concatenate(heard, axis=1) if heard else np.zeros((2, 0), dtype=np.float32)
    assert origin in (None, 0), f"sound begins at sample {origin}"
    return Clip(path, said, tuple(notes), start, Fraction(rate), tuple(times), tuple(planes), samples)


def _plane(plane: Any) -> np.ndarray[Any, Any]:
    lines = np.frombuffer(plane, dtype=np.uint8).reshape(plane.height, plane.line_size)
    return lines[:, : plane.width].copy()


def heard_at(clip: Clip, master: Master, second: float, *, length_s: float = 0.2) -> Fraction:
    """Return which time of the film is heard at a second of the clip, to the sample.

    It is sought a second around the time that clips.json promises; fails where no such sound is there.
    """
    first = round(second * SAMPLE_RATE)
    piece = clip.sound.mean(axis=0)[first : first + round(length_s * SAMPLE_RATE)].astype(np.float64)
    promised = round((clip.start + Fraction(second) - master.sound_start) * SAMPLE_RATE)
    sought = max(0, promised - SAMPLE_RATE)
    film = master.sound[sought : promised + SAMPLE_RATE + len(piece)].astype(np.float64)
    size = len(film) + len(piece)
    product = np.fft.irfft(np.fft.rfft(film, size) * np.conj(np.fft.rfft(piece, size)), size)[: len(film)]
    at = int(product.argmax())
    there = film[at : at + len(piece)]
    likeness = float(np.dot(there, piece[: len(there)]) / (np.linalg.norm(there) * np.linalg.norm(piece) + 1e-12))
    assert likeness > 0.8, f"the sound at {second} s is not the film's (likeness {likeness:.2f})"
    return Fraction(sought + at, SAMPLE_RATE) + master.sound_start - Fraction(first, SAMPLE_RATE) + Fraction(second)


def assert_to_the_frame(clip: Clip, rate: str, *, seconds: int = CLIP_SECONDS) -> None:
    """Fail unless the clip has a constant rate, starts at 0, and has exactly the frames and sound it should."""
    exact = Fraction(rate)
    frames = int(seconds * exact)
    assert clip.rate == exact
    assert clip.times == tuple(Fraction(n) / exact for n in range(frames))
    assert b"elst" not in clip.path.read_bytes()[:4096]
    if clip.sound.shape[1]:
        over = Fraction(clip.sound.shape[1], SAMPLE_RATE) - frames / exact
        assert 0 <= over < Fraction(1024, SAMPLE_RATE)


def assert_in_sync(clip: Clip, master: Master, *, within: Fraction = Fraction(1, 1000)) -> None:
    """Fail unless sound at the clip's start, middle and end is the film's at the time that clips.json promises."""
    for second in (0.0, 0.9, 1.75):
        late = heard_at(clip, master, second) - clip.start - Fraction(second)
        assert abs(late) <= within, f"sound is {float(late) * 1000:.2f} ms late at {second} s"


def assert_shows(clip: Clip, master: Master, *, across: float, down: float, within: Fraction = Fraction(0)) -> None:
    """Fail unless each picture of the clip is the film's at that time, `within` so many seconds."""
    numbers = clip.numbers(master.marks.scaled(across, down))
    for time, number in zip(clip.times, numbers, strict=True):
        late = master.times[number] - clip.start - time
        assert abs(late) <= within, f"picture {number} is {float(late) * 1000:.2f} ms off at {float(time)} s"
