"""A home of one's own for each test with small films in it, and `matinee` as typed."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from tests.companion_here import CompanionHere
from tests.numbered_films import Media, make_film
from tests.stand_ins import draw_instead, find_no_face

# A shell has what it starts in the background ignore Ctrl-C, and so would every process that tests start and stop.
signal.signal(signal.SIGINT, signal.default_int_handler)

# To compile thousands of asserts takes each process longer than to import all else. Where Python is told not to write
# down what it compiles, as in many containers, this one does.
sys.dont_write_bytecode = False

# A busy machine is no fault of what is tested.
settings.register_profile("matinee", deadline=None)
settings.load_profile("matinee")

# What takes longest, so that no process is left alone with it at the end. Each process of pytest-xdist takes one of the
# first files, then another: so that those which mostly wait, for servers and films that play, never do so at once.
_FIRST = (
    "flows/test_notifications.py", "flows/test_watch_folder.py", "flows/test_serve.py", "package/",
    "flows/test_machines.py", "players/test_playing.py", "flows/test_flows.py",
    "screening/", "players/", "review/", "shell/targets/", "cut/", "masters/", "watching/", "cli/", "venue/", "bench/",
    "shell/",
)  # fmt: skip
# Of which one process runs all: they share a server, what takes long to import, or a store that knows their films.
_TOGETHER = (
    # The last one's tests end it.
    ("flows/test_notifications.py", "flows/test_watch_folder.py", "flows/test_serve.py"),
    ("flows/test_flows.py", "flows/test_drops.py", "flows/test_watched_runs.py", "flows/test_reviewed_runs.py"),
    ("package/",),
    ("venue/",),
)
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; in the Makefile, pytest-xdist is told to keep to this order."""

    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(Path(__file__).parent).as_posix()
        return next((place for place, first in enumerate(_FIRST) if name.startswith(first)), len(_FIRST))

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for no garbage while all is imported and collected, and not in that afterwards: it stays until the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


class _Together(LoadFileScheduling):
    """Gives each process file after file, and files that share what is dear to make to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        name = file.removeprefix("tests/")
        return next((prefixes[0] for prefixes in _TOGETHER if name.startswith(prefixes)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Together | None:
    return _Together(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def unsynced() -> Iterator[None]:
    """Let files and ledgers be written without waiting for the disk, as they are for tests alone: none ends in a power
    cut, and what a killed process wrote stays."""
    connect = sqlite3.connect

    def connect_unsynced(*given: Any, **named: Any) -> sqlite3.Connection:
        database = connect(*given, **named)
        database.execute("PRAGMA synchronous = OFF")
        return database

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        patch.setattr(sqlite3, "connect", connect_unsynced)
        yield


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


def make_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder in which something was made that takes seconds, once for all processes of pytest-xdist.

    None of them changes it. What could not be made is tried again by the next that wants it, in a new folder.
    """
    own = tmp_path_factory.getbasetemp()
    root = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
    with root.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            making = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=root.parent))
            make(making)
            making.rename(root)
    return root


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with films, presets, and a store with Latin fonts and all that is seen in the films for clips."""
    return make_once(tmp_path_factory, "seed", _plant)


def _plant(root: Path) -> None:
    from pipeline.shell.fonts import faces_for, font_file

    films = root / "films"
    films.mkdir()
    make_film(films / "kite.mp4", film=1, size=(256, 144), fps=24, seconds=12, shot_s=2, tone=True)
    make_film(films / "silent.mp4", film=2, size=(192, 144), fps=25, seconds=6, shot_s=3, tone=False)
    for film in films.iterdir():
        os.utime(film, (1_700_000_000, 1_700_000_000))
    write_presets(root / "presets")
    for face in (faces_for(None, "regular")[0], faces_for(None, "bold")[0]):
        font_file(face, root / "store" / "fonts")
    look_at(tuple(sorted(films.iterdir())), root)


def look_at(films: tuple[Path, ...], home: Path) -> None:
    """Keep in a home's store what planning clips of films looks at; no clip is made."""
    from pipeline.cut.plan import plan_film
    from pipeline.cut.request import CutRequest, analyse
    from pipeline.shell.signatures import looks_of
    from pipeline.shell.store import Store

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MATINEE_HOME", str(home))
        patch.setenv("MATINEE_PRESETS", str(home / "presets"))
        patch.setattr("pipeline.shell.apart.Companion", CompanionHere)
        patch.setattr("pipeline.shell.faces.FaceFinder.find", find_no_face)
        request = CutRequest(highlights="short")
        for film in films:
            subject = analyse(film, request)
            plan_film(subject, request)
            looks_of(subject.main, Store(home / "store"))


def write_presets(folder: Path) -> None:
    """Write two platforms and two seconds of highlights."""
    (folder / "highlights").mkdir(parents=True)
    (folder / "platforms").mkdir()
    (folder / "highlights" / "short.toml").write_text(_HIGHLIGHTS)
    for name, (width, height), aspect in (("tall", TALL, "9:16"), ("quad", SQUARE, "1:1")):
        text = _PLATFORM.format(name=name, width=width, height=height, aspect=aspect, seconds=60)
        (folder / "platforms" / f"{name}.toml").write_text(text)


@pytest.fixture(autouse=True)
def nobody_looks_on() -> Iterator[None]:
    """End the process that looked into a test's last film: another test may say otherwise how it is to look."""
    yield
    apart = sys.modules.get("pipeline.shell.apart")
    if apart is not None:
        apart._PRESENT.leave()


@pytest.fixture
def media() -> Media:
    return Media()


@pytest.fixture
def workplace(
    seed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
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
    monkeypatch.setattr("pipeline.shell.plot.score_plot", draw_instead)
    monkeypatch.setattr("pipeline.shell.apart.Companion", CompanionHere)
    monkeypatch.setattr("pipeline.shell.faces.FaceFinder.find", find_no_face)

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
