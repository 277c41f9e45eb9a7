"""Measure what a person waits for where there is nothing to do: a second run, the same on a 20 GB master, and help."""

from __future__ import annotations

import shutil
import struct
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

from bench.child import MATINEE, run_child
from bench.film import Size, write_stretch
from bench.homes import OUT
from bench.report import say, show_figure, show_load, show_table

GOAL_S: Final = 1.5
HELP_GOAL_S: Final = 0.4
SPARSE_BYTES: Final = 20_000_000_000
REPEATS: Final = 7
# One clip tells as much of a large master as all of them: only its digest could be read again.
_ONE_CLIP: Final = ("--count", "1", "--platform", "x")


def run(film: Path, size: Size) -> None:
    """Print the median wall seconds of several runs each, and what their imports cost."""
    show_load()
    # The whole job takes long and is the same every time: its home is kept for the next measurement.
    home = OUT / "warm"
    with tempfile.TemporaryDirectory(prefix="matinee-bench-", dir=_made(OUT)) as folder:
        if size == "whole":
            _measure("3 highlights × all platforms", film, (), home)
            large = write_sparse(film, Path(folder) / f"large{film.suffix}", SPARSE_BYTES)
        else:
            short = write_stretch(film, Path(folder) / f"short{film.suffix}", seconds=100)
            large = write_sparse(short, Path(folder) / f"large{film.suffix}", SPARSE_BYTES // 20)
        _measure(f"1 clip of a master of {large.stat().st_size / 1e9:.0f} GB", large, _ONE_CLIP, Path(folder) / "home")
    _show("matinee --help", ("--help",), home, goal=HELP_GOAL_S)
    _show_imports()
    show_load()


def write_sparse(film: Path, target: Path, size: int) -> Path:
    """Copy an MP4 or MOV film and let a `free` box, a hole in the file, fill it up to a size."""
    shutil.copyfile(film, target)
    used = target.stat().st_size
    with target.open("r+b") as file:
        file.seek(used)
        # ISO/IEC 14496-12, 4.2: size 1 means that 64 bits of it follow the type.
        file.write(struct.pack(">I4sQ", 1, b"free", size - used))
        file.truncate(size)
    return target


def _measure(what: str, film: Path, request: tuple[str, ...], home: Path) -> None:
    first = run_child((MATINEE, "cut", str(film), *request), MATINEE_HOME=str(home))
    say(f"{what}, first run: {first.wall_seconds:.1f} s wall, {first.cpu_seconds:.1f} CPU s")
    _show(f"{what}, again", ("cut", str(film), *request), home, goal=GOAL_S)


def _show(what: str, arguments: tuple[str, ...], home: Path, *, goal: float) -> None:
    runs = [run_child((MATINEE, *arguments), MATINEE_HOME=str(home)) for _ in range(REPEATS)]
    walls = [run.wall_seconds for run in runs]
    show_figure(f"{what}: median of {REPEATS}, wall", median(walls), "s", goal=goal)
    cpu = min(run.cpu_seconds for run in runs)
    say(f"  fastest {min(walls):.2f} s, slowest {max(walls):.2f} s; {cpu:.2f} CPU s: the wait if idle")


def _show_imports() -> None:
    """Print the modules whose import takes longest in `matinee cut`, which imports all that a warm run needs."""
    code = "import sys; sys.argv = ['matinee', 'cut', '--help']; from pipeline.cli import main; main()"
    warm = "import pipeline.cut.job, pipeline.cli.progress"
    rows = []
    for name, script in (("--help of cut", code), ("what a warm cut imports", warm)):
        timed = run_child((sys.executable, "-X", "importtime", "-c", script)).stderr
        lines = [line.removeprefix("import time:").split("|") for line in timed.splitlines() if line.count("|") == 2]
        taken = [(int(own), module.strip()) for own, _, module in lines if own.strip().isdigit()]
        packages: dict[str, int] = {}
        for own, module in taken:
            package = module.partition(".")[0]
            packages[package] = packages.get(package, 0) + own
        top = sorted(packages.items(), key=lambda item: -item[1])[:8]
        rows += [(name, package, own / 1000) for package, own in top]
    show_table("Imports, wall, by package", ("when", "package", "ms"), rows)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
