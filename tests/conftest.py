"""Small films whose every frame says which it is, a home of one's own for each test, and `matinee` as typed."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A busy machine is no fault of what is tested.
settings.register_profile("matinee", deadline=None)
settings.load_profile("matinee")

_BITS = 12
_FILMS = 4
_HIGHLIGHTS = """
name = "Short moments"
kind = "moment"
count = 2
seconds = 2

[avoid]
black = true
end_credits = true

[spoilers]
last_act_fraction = 0

[sound]
fade_in_s = 0
fade_out_s = 0
"""
_PLATFORM = """
name = "{name}"

[picture]
aspect = "{aspect}"
fit = "crop"
width_px = {{ prefer = {width}, source = "test" }}
height_px = {{ prefer = {height}, source = "test" }}
frame_rate = {{ min = "23/1", max = "30/1", source = "test" }}
keyframe_interval_s = {{ prefer = 2, source = "test" }}
b_frames = {{ prefer = 2, source = "test" }}

[sound]
audio_kbps = {{ prefer = 96, source = "test" }}
sample_rate_hz = 48000
channels = 2
loudness_lufs = {{ target = -16, source = "test" }}
true_peak_dbtp = {{ max = -1, source = "test" }}

[file]
duration_s = {{ max = {seconds}, source = "test" }}
edit_list = {{ rule = "forbidden", source = "test" }}

[sources.test]
title = "Figures for tests"
read_on = 2026-11-23
certainty = "practice"
note = "small, so that tests are fast"
"""
TALL, SQUARE = (144, 256), (144, 144)


@dataclass(frozen=True)
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Workplace:
    """A home with nothing in it but what is known of the films, and `matinee` working there."""

    home: Path
    films: Path
    presets: Path
    matinee: Callable[..., Ran]

    @property
    def film(self) -> Path:
        """12 s at 24 frames per second, 256×144, a cut every 2 s, a tone."""
        return self.films / "kite.mp4"

    @property
    def silent_film(self) -> Path:
        """6 s at 25 frames per second, 192×144, a cut after 3 s, no sound."""
        return self.films / "silent.mp4"

    def out(self, film: str = "kite") -> Path:
        return self.home / "out" / film


def make_film(path: Path, *, film: int, size: tuple[int, int], fps: int, seconds: int, shot_s: int, tone: bool) -> None:
    """Write a film whose frames carry their number and the film's in the middle, as blocks of black and white."""
    import av
    import numpy as np

    width, height = size
    with av.open(str(path), "w") as container:
        picture: Any = container.add_stream(
            "libx264", rate=fps, options={"preset": "ultrafast", "crf": "16", "g": "12"}
        )
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        sound: Any = container.add_stream("aac", rate=48000, layout="stereo", bit_rate=96000) if tone else None
        for number in range(fps * seconds):
            colour = [(30, 60, 160), (170, 90, 30), (40, 140, 60), (150, 40, 120)][number // (fps * shot_s) % 4]
            pixels = np.empty((height, width, 3), np.uint8)
            pixels[:] = colour
            pixels[:10, number % width : number % width + 12] = 200  # something moves
            for bit, is_set in enumerate(_bits(number, film)):
                row, column = divmod(bit, 4)
                top, left = height // 2 - 32 + row * 16, width // 2 - 32 + column * 16
                pixels[top : top + 16, left : left + 16] = 235 if is_set else 16
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            container.mux(picture.encode(frame))
        container.mux(picture.encode())
        if sound is not None:
            _add_tone(container, sound, seconds)


def _add_tone(container: Any, stream: Any, seconds: int) -> None:
    import av
    import numpy as np

    for start in range(0, 48000 * seconds, 1024):
        count = min(1024, 48000 * seconds - start)
        wave = 0.2 * np.sin(2 * np.pi * 440 * (start + np.arange(count)) / 48000)
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]).astype(np.float32), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def read_frames(path: Path) -> list[tuple[int, int] | None]:
    """Return which film and frame each picture of a clip shows; None for one that carries no number."""
    import av

    with av.open(str(path)) as container:
        return [_read_blocks(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def read_light(path: Path) -> list[float]:
    """Return how far each picture of a clip is from black, as mean luma above 16."""
    import av

    with av.open(str(path)) as container:
        return [float(frame.to_ndarray()[: frame.height].mean()) - 16 for frame in container.decode(video=0)]


def read_level(path: Path, *, rate: Fraction) -> list[float]:
    """Return the loudest sample under each picture of a clip, 0 to 1."""
    import av
    import numpy as np

    with av.open(str(path)) as container:
        wave = np.abs(np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)]))
    step = 48000 / rate
    return [float(wave[int(n * step) : int((n + 1) * step)].max()) for n in range(int(len(wave) / step))]


@dataclass(frozen=True)
class Media:
    """How tests look into clips."""

    read_frames: Callable[[Path], list[tuple[int, int] | None]] = read_frames
    read_light: Callable[[Path], list[float]] = read_light
    read_level: Callable[..., list[float]] = read_level


def _read_blocks(grey: Any) -> tuple[int, int] | None:
    import numpy as np

    height, width = grey.shape
    # The film is 144 high and cut to the clip's shape, so its middle is scaled by the heights alone.
    unit = height / 144 * 16
    bits = []
    for bit in range(16):
        row, column = divmod(bit, 4)
        y, x = height / 2 + (row - 2 + 0.5) * unit, width / 2 + (column - 2 + 0.5) * unit
        bits.append(np.mean(grey[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3]) > 125)
    number = sum(1 << place for place, is_set in enumerate(bits[:_BITS]) if is_set)
    film = bits[_BITS] + 2 * bits[_BITS + 1]
    valid = bits[_BITS + 2] and bits[_BITS + 3] == bool(number % 2)
    return (int(film), number) if valid else None


def _bits(number: int, film: int) -> list[bool]:
    assert number < 1 << _BITS and film < _FILMS
    return [
        *(bool(number >> place & 1) for place in range(_BITS)),
        bool(film & 1),
        bool(film & 2),
        True,
        bool(number % 2),
    ]


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with films, presets, and a store in which the films are known and Latin fonts are made."""
    from pipeline.shell.fonts import faces_for, font_file
    from pipeline.shell.ledger import Ledger
    from pipeline.shell.signatures import looks_of
    from pipeline.shell.store import Store
    from pipeline.shell.study import study_master

    root = tmp_path_factory.mktemp("seed")
    films = root / "films"
    films.mkdir()
    make_film(films / "kite.mp4", film=1, size=(256, 144), fps=24, seconds=12, shot_s=2, tone=True)
    make_film(films / "silent.mp4", film=2, size=(192, 144), fps=25, seconds=6, shot_s=3, tone=False)
    for film in films.iterdir():
        os.utime(film, (1_700_000_000, 1_700_000_000))
    write_presets(root / "presets")
    for face in (faces_for(None, "regular")[0], faces_for(None, "bold")[0]):
        font_file(face, root / "store" / "fonts")
    store = Store(root / "store")
    for name in ("kite.mp4", "silent.mp4"):
        looks_of(study_master(films / name, store=store, ledger=Ledger(root / "ledger.sqlite3")), store)
    return root


def write_presets(folder: Path) -> None:
    """Write two platforms and two seconds of highlights."""
    (folder / "highlights").mkdir(parents=True)
    (folder / "platforms").mkdir()
    (folder / "highlights" / "short.toml").write_text(_HIGHLIGHTS)
    for name, (width, height), aspect in (("tall", TALL, "9:16"), ("quad", SQUARE, "1:1")):
        text = _PLATFORM.format(name=name, width=width, height=height, aspect=aspect, seconds=60)
        (folder / "platforms" / f"{name}.toml").write_text(text)


@pytest.fixture
def media() -> Media:
    return Media()


@pytest.fixture
def workplace(
    seed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Workplace:
    home, presets, films = tmp_path / "home", tmp_path / "presets", tmp_path / "films"
    home.mkdir()
    shutil.copytree(seed / "store", home / "store")
    shutil.copytree(seed / "presets", presets)
    shutil.copytree(seed / "films", films)
    monkeypatch.setenv("MATINEE_HOME", str(home))
    monkeypatch.setenv("MATINEE_PRESETS", str(presets))
    monkeypatch.setenv("COLUMNS", "200")
    # The copied films are seconds old, and their digests are not believed before they are two.
    monkeypatch.setattr("pipeline.shell.digests.TRUST_AFTER_NS", 0)

    def matinee(*words: object) -> Ran:
        from pipeline.cli import main

        capfd.readouterr()
        monkeypatch.setattr(sys, "argv", ["matinee", *(str(word) for word in words)])
        code: Any = 0
        try:
            main()
        except SystemExit as left:
            code = left.code
        told = capfd.readouterr()
        return Ran(int(code or 0), told.out, told.err)

    return Workplace(home, films, presets, matinee)


@pytest.fixture(scope="session")
def hls_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an HLS package that keeps every rule; tests spoil copies."""
    from tests.hls_package import make_package

    return make_package(tmp_path_factory.mktemp("hls") / "package")
