"""Measure the memory of our own processes, without ffmpeg's, through the whole job on a two-hour master.

Of packaging, also that of ffmpeg, and both beside those of a film that is many times as short.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Final

from bench.child import MATINEE, ChildRun, run_child
from bench.film import Size, write_stretch
from bench.homes import fresh_home
from bench.report import say, show_figure, show_load, show_ratio
from pipeline.shell.probe import probe

GOAL_MB: Final = 400
FLAT: Final = 1.1
WHOLE_SECONDS: Final = 7200
# The cheapest picture: nothing is cut off or enlarged. What is rendered changes nothing in our own processes.
_REQUEST: Final = ("--count", "1", "--platform", "x")
# Memory does not ask how large pictures are, over any length.
_LADDER: Final = """
name = "Two small rungs"
aspect = "16:9"
codec = "h264"
rate_control = "fixed"
[encoding]
preset = "veryfast"
[[rungs]]
width_px = 128
height_px = 72
average_kbps = 60
peak_kbps = 120
[[rungs]]
width_px = 192
height_px = 108
average_kbps = 120
peak_kbps = 240
[sound]
low_below_kbps = 100
surround_from_kbps = 200
loudness_lufs = -16
"""


def run(film: Path, size: Size) -> None:
    """Print the peak of our Python processes while shots are found, and while clips are cut."""
    seconds, wanted = (0, WHOLE_SECONDS) if size == "whole" else (30, 120)
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder, fresh_home() as home:
        length = seconds or float(probe(film).duration)
        copies = -(-wanted // int(length))
        long = write_stretch(film, Path(folder) / f"long{film.suffix}", seconds=seconds, copies=copies)
        facts = probe(long)
        say(f"{copies} × {film.name}: {float(facts.duration):.0f} s, {facts.size_bytes / 1e6:.0f} MB")
        shots = run_child((MATINEE, "shots", str(long), "--json"), MATINEE_HOME=str(home))
        cut = run_child((MATINEE, "cut", str(long), *_REQUEST), MATINEE_HOME=str(home))
        once = write_stretch(film, Path(folder) / f"once{film.suffix}", seconds=seconds, copies=1)
        short_package, long_package = (_package(one, home, Path(folder)) for one in (once, long))
    for name, run in (("matinee shots", shots), ("matinee cut, analysed before", cut)):
        say(f"{name}: {run.cpu_seconds:.1f} CPU s with ffmpeg's, {run.wall_seconds:.1f} s wall")
        show_figure(f"{name}: peak of our own processes", run.python_peak_bytes / 1e6, "MB", goal=GOAL_MB)
    for what, held in (("our own processes", "python_peak_bytes"), ("the largest process", "largest_bytes")):
        long_mb, once_mb = (getattr(one, held) / 1e6 for one in (long_package, short_package))
        show_ratio(f"packaging {copies} times the film over once: {what}", long_mb, once_mb, "MB", goal=FLAT)
    show_load()


def _package(film: Path, home: Path, folder: Path) -> ChildRun:
    """Package a film in two small sizes."""
    ladders = folder / "presets" / "ladders"
    ladders.mkdir(parents=True, exist_ok=True)
    (ladders / "tiny.toml").write_text(_LADDER)
    command = (MATINEE, "package", str(film), "--ladder", "tiny", "--out", str(folder / film.stem), "--json")
    ran = run_child(command, MATINEE_HOME=str(home), MATINEE_PRESETS=str(ladders.parent))
    assert json.loads(ran.stdout)["conforms"], ran.stdout
    say(f"matinee package {film.name}: {ran.cpu_seconds:.1f} CPU s, {ran.wall_seconds:.1f} s wall")
    return ran
