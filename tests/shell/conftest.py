"""Films with known answers: every picture carries its number, and the sound is noise that fits in one place only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest

from pipeline.edit import Edit, MasterSpan, Part, SoundFades
from pipeline.graph import Join, LevelledSound, PictureEncode
from pipeline.plan.clips import Film, plan_picture, plan_sound
from pipeline.plan.shots import Timeline
from pipeline.plan.streams import PictureStream, SoundStream
from pipeline.shell.cards import CardKit
from pipeline.shell.probe import probe
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.timebase import FrameRate, Span

WIDTH, HEIGHT, COLUMNS, ROWS = 160, 90, 4, 3
SAMPLE_RATE = 48000
Samples = np.ndarray[Any, Any]


def ffmpeg(*arguments: str | Path, given: bytes = b"") -> bytes:
    """Run ffmpeg and return its standard output; an error fails the test."""
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *map(str, arguments)]
    run = subprocess.run(argv, input=given, check=False, capture_output=True)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


def numbered_pictures(count: int) -> bytes:
    """Return grey pictures whose twelve blocks spell their number in bits."""
    numbers = np.arange(count)[:, None] >> np.arange(COLUMNS * ROWS) & 1
    blocks = (numbers * 200 + 28).astype(np.uint8).reshape(count, ROWS, COLUMNS)
    return blocks.repeat(HEIGHT // ROWS, axis=1).repeat(WIDTH // COLUMNS, axis=2).tobytes()


def noise(seconds: float, *, level: float = 0.05, seed: int = 1) -> Samples:
    """Return mono noise below 6 kHz, which AAC keeps as it is."""
    white = np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE))
    spectrum = np.fft.rfft(white)
    spectrum[round(len(spectrum) / 4) :] = 0
    return level * np.fft.irfft(spectrum, len(white)) * 2


def decode_sound(path: Path) -> Samples:
    """Return the sound as ffmpeg plays it, (samples, channels)."""
    stereo = ffmpeg("-i", f"file:{path}", "-map", "a:0", "-f", "f32le", "-ac", "2", "-ar", str(SAMPLE_RATE), "-")
    return np.frombuffer(stereo, "<f4").reshape(-1, 2)


def delay_of(found: Samples, expected: Samples, *, most: int = 4800) -> int:
    """Return by how many samples `found` is later than `expected`, the best fit within `most`."""
    length = min(len(found), len(expected))
    size = 1 << (2 * length).bit_length()
    spectrum = np.fft.rfft(found[:length], size) * np.conj(np.fft.rfft(expected[:length], size))
    fit = np.fft.irfft(spectrum, size)
    lags = np.concatenate([np.arange(most + 1), np.arange(-most, 0)])
    return int(lags[np.argmax(fit[lags])])


def read_numbers(path: Path) -> list[int]:
    """Return the number that each shown picture carries, by PyAV."""
    import av

    numbers = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            grey = frame.to_ndarray(format="gray")
            rows, columns = grey.shape[0] // ROWS, grey.shape[1] // COLUMNS
            blocks = grey[: rows * ROWS, : columns * COLUMNS].reshape(ROWS, rows, COLUMNS, columns)
            middles = blocks[:, rows // 4 : -rows // 4, :, columns // 4 : -columns // 4].mean(axis=(1, 3)).ravel()
            assert (np.abs(middles - 126) > 60).all(), "a picture is a mixture of two"
            numbers.append(int(((middles > 126) << np.arange(COLUMNS * ROWS)).sum()))
    return numbers


def write_film(
    path: Path,
    *,
    rate: str = "24",
    frames: int,
    options: Sequence[str] = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2"),
    sound: Samples | None = None,
    sound_options: Sequence[str] = ("-c:a", "pcm_s16le"),
) -> Path:
    """Write a film of numbered pictures, with mono or many-channelled sound beside them."""
    arguments: list[str | Path] = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", rate]
    arguments += ["-i", "pipe:0"]
    if sound is not None:
        channels = 1 if sound.ndim == 1 else sound.shape[1]
        raw = path.with_suffix(".f32")
        raw.write_bytes(sound.astype("<f4").tobytes())
        arguments += ["-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", str(channels), "-i", raw, *sound_options]
    ffmpeg(*arguments, "-pix_fmt", "yuv420p", *options, f"file:{path}", given=numbered_pictures(frames))
    return path


@dataclass(frozen=True)
class Bench:
    """A workshop with masters, and the short way from spans to a clip."""

    workshop: Workshop
    films: dict[str, Film]

    def nodes(
        self,
        parts: Sequence[Part],
        *,
        rate: FrameRate | None = None,
        lufs: str = "-14",
        limiting: str = "6",
        fade_s: Fraction = Fraction(0),
        size: tuple[int, int] = (WIDTH, HEIGHT),
    ) -> tuple[PictureEncode, LevelledSound]:
        """Return the nodes of an edit's picture and sound."""
        edit = Edit("clip", tuple(parts))
        rate = rate or next(iter(self.films.values())).facts.picture.rate
        stream = PictureStream(*size, rate, 24, 2, None, None, "pad", Fraction(1))
        sound = SoundStream(192, Fraction(lufs), Fraction(-1), SAMPLE_RATE, 2, Fraction(limiting))
        return (
            plan_picture(edit, stream, self.films),
            plan_sound(edit, sound, self.films, rate=rate, fades=SoundFades(fade_s, fade_s)),
        )

    def clip(self, parts: Sequence[Part], **wanted: Any) -> Path:
        """Make a clip of picture and sound, and return where it lies."""
        picture, sound = self.nodes(parts, **wanted)
        (picture_key,) = self.workshop.make_pictures([picture])
        sound_key = self.workshop.make_sound(sound).artifact.key
        return self.workshop.make_join(Join((picture_key,), sound_key), (picture,)).artifact.path

    def picture(self, parts: Sequence[Part], **wanted: Any) -> Path:
        """Make a picture alone, and return where it lies."""
        (made,) = self.workshop.make_pictures([self.nodes(parts, **wanted)[0]]).values()
        return made.artifact.path

    def span(self, first: int, frames: int, digest: str = "a" * 64) -> MasterSpan:
        """Return the part that shows some frames of a master."""
        return MasterSpan(digest, Span.of_frames(first, first + frames, self.films[digest].facts.picture.rate))


@pytest.fixture
def bench(tmp_path: Path, fonts_root: Path) -> Callable[..., Bench]:
    """Return a function that sets up a workshop for masters, named aaa…, bbb… and so on."""

    def set_up(*paths: Path) -> Bench:
        digests = [letter * 64 for letter in "abcdef"]
        masters = dict(zip(digests, paths, strict=False))
        films = {
            digest: Film(digest, facts, Timeline(facts.picture.rate, 10**6))
            for digest, path in masters.items()
            for facts in [probe(path)]
        }
        return Bench(Workshop(Store(tmp_path / "store"), "test tools", masters, kit=CardKit(fonts_root)), films)

    return set_up


@pytest.fixture(scope="session")
def fonts_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where fonts are made, once for all processes that run tests: cutting them takes seconds."""
    folder = tmp_path_factory.getbasetemp()
    return (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "fonts"
