"""Measure the memory of our own processes, without ffmpeg's, through the whole job on a two-hour master."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from bench.child import MATINEE, run_child
from bench.film import Size, write_stretch
from bench.homes import fresh_home
from bench.report import say, show_figure, show_load
from pipeline.shell.probe import probe

GOAL_MB: Final = 400
WHOLE_SECONDS: Final = 7200
# The cheapest picture: nothing is cut off or enlarged. What is rendered changes nothing in our own processes.
_REQUEST: Final = ("--count", "1", "--platform", "x")


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
    for name, run in (("matinee shots", shots), ("matinee cut, analysed before", cut)):
        say(f"{name}: {run.cpu_seconds:.1f} CPU s with ffmpeg's, {run.wall_seconds:.1f} s wall")
        show_figure(f"{name}: peak of our own processes", run.python_peak_bytes / 1e6, "MB", goal=GOAL_MB)
    show_load()
