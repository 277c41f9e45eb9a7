"""A film of 75 s whose every frame says which it is, packaged once; and how tests look into packages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipeline.playlists import MediaPlaylist, MultivariantPlaylist, read_playlist
from tests.numbered_films import make_film

LONG = 3
"""The number that the film's frames carry."""
LADDER = """
name = "Small, for tests"
aspect = "16:9"
codec = "h264"
rate_control = "fixed"

[encoding]
preset = "veryfast"
references = 1
b_frames = 2

[[rungs]]
width_px = 128
height_px = 72
average_kbps = 100
peak_kbps = 130
frame_rate_max = "30/1"

[[rungs]]
width_px = 256
height_px = 144
average_kbps = 400
peak_kbps = 800

[sound]
low_below_kbps = 150
surround_from_kbps = 300
loudness_lufs = -20
"""


@dataclass(frozen=True)
class Rendition:
    """One playlist of a package, and its sections as files that any decoder reads."""

    playlist: MediaPlaylist
    sections: tuple[Path, ...]

    @property
    def uris(self) -> list[str]:
        return [segment.uri for segment in self.playlist.segments]


@dataclass(frozen=True)
class Package:
    """A package's folder, looked into."""

    folder: Path
    scratch: Path

    @property
    def master(self) -> MultivariantPlaylist:
        reading = read_playlist((self.folder / "master.m3u8").read_bytes())
        assert isinstance(reading.playlist, MultivariantPlaylist) and not reading.problems
        return reading.playlist

    @property
    def conformance(self) -> Any:
        return json.loads((self.folder / "conformance.json").read_bytes())

    def open_text(self, uri: str) -> MediaPlaylist:
        """Return the playlist of subtitles, whose segments stand alone."""
        reading = read_playlist((self.folder / uri).read_bytes())
        assert isinstance(reading.playlist, MediaPlaylist) and not reading.problems
        return reading.playlist

    def open(self, uri: str) -> Rendition:
        """Return a rendition; each section is its init segment and its segments, or the ranges of them, in one file."""
        reading = read_playlist((self.folder / uri).read_bytes())
        assert isinstance(reading.playlist, MediaPlaylist) and not reading.problems
        sections: list[list[bytes]] = []
        for number, segment in enumerate(reading.playlist.segments):
            if number == 0 or segment.follows_discontinuity:
                assert segment.init is not None
                sections.append([(self.folder / segment.init.uri).read_bytes()])
            span, data = segment.byte_range, (self.folder / segment.uri).read_bytes()
            sections[-1].append(data if span is None else data[span.offset : span.offset + span.length])
        self.scratch.mkdir(parents=True, exist_ok=True)
        paths = []
        for number, parts in enumerate(sections):
            path = self.scratch / f"{uri}-{number}.mp4"
            path.write_bytes(b"".join(parts))
            paths.append(path)
        return Rendition(reading.playlist, tuple(paths))


@pytest.fixture(scope="session")
def packaged_seed(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the film, the ladder, and a store in which the film is packaged."""
    root = tmp_path_factory.mktemp("packaged")
    shutil.copytree(seed / "store", root / "store")
    shutil.copytree(seed / "presets", root / "presets")
    (root / "presets" / "ladders").mkdir()
    (root / "presets" / "ladders" / "small.toml").write_text(LADDER)
    (root / "films").mkdir()
    make_film(root / "films" / "long.mp4", film=LONG, size=(256, 144), fps=24, seconds=75, shot_s=5, tone=True)
    return root


@dataclass(frozen=True)
class Plant:
    """A home with the film in it, and `matinee` working there."""

    home: Path
    films: Path
    presets: Path
    matinee: Callable[..., Any]
    scratch: Path

    @property
    def film(self) -> Path:
        return self.films / "long.mp4"

    def package(self, file: Path, *words: object, ladder: str = "small") -> Package:
        ran = self.matinee("package", file, "--ladder", ladder, "--json", *words)
        assert ran.code == 0, ran.err
        return Package(Path(json.loads(ran.out)["folder"]), self.scratch)


@pytest.fixture
def plant(packaged_seed: Path, workplace: Any, tmp_path: Path) -> Plant:
    shutil.copy(packaged_seed / "films" / "long.mp4", workplace.films)
    shutil.copytree(packaged_seed / "presets" / "ladders", workplace.presets / "ladders")
    # The same store for all tests of a worker: what one has encoded, others find.
    shutil.rmtree(workplace.home / "store")
    (workplace.home / "store").symlink_to(packaged_seed / "store")
    return Plant(workplace.home, workplace.films, workplace.presets, workplace.matinee, tmp_path / "scratch")


def shown(film: int, start: int, end: int) -> list[tuple[int, int]]:
    return [(film, number) for number in range(start, end)]


def seconds_of(playlist: MediaPlaylist) -> Fraction:
    return sum((segment.duration for segment in playlist.segments), Fraction(0))
