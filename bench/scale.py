"""How Matinee scales: 10,000 films planned, keyed and looked up without decoding any, and two workers against one."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final, Literal

from bench.homes import fresh_home
from bench.report import say, show_figure, show_floor, show_table
from bench.scaling.library import PLATFORMS, REGIONS, Library
from bench.scaling.machines import run_studio
from pipeline.collecting import collect_seldom

Size = Literal["quick", "whole"]
_FILMS: Final = {"quick": (4, 16), "whole": (300, 10_000)}
_GOALS_S: Final = {300: 5.0, 10_000: 150.0}
_MEMORY_GOAL_MB: Final = 1000
_SPEEDUP_GOAL: Final = 1.8
_PARTS: Final = 4
_GROWTH_GOAL: Final = 1.2


def run(film: Path, size: Size) -> None:
    """Measure both. Two workers of one core each need two cores that nothing else uses."""
    collect_seldom()  # as the command line does
    for count in _FILMS[size]:
        _show_planning(count)
    if (os.cpu_count() or 1) < 2 or shutil.which("taskset") is None:
        say("two workers: left out, since there are no two cores, or no taskset to keep them to theirs")
    elif size == "whole":
        _show_workers(film)


def _show_planning(films: int) -> None:
    """Plan films, in parts that tell whether the last cost what the first did."""
    parts: list[float] = []
    walls: list[float] = []
    with fresh_home() as home, (library := Library(home)).ledger.kept_open():
        clips = keys = 0
        for part in range(_PARTS):
            began, cpu = time.monotonic(), time.process_time()
            for number in range(films * part // _PARTS, films * (part + 1) // _PARTS):
                counted = library.plan(number)
                clips, keys = clips + counted.clips, keys + counted.keys
            parts.append(time.process_time() - cpu)
            walls.append(time.monotonic() - began)
    each = [1000 * part * _PARTS / films for part in parts]
    show_table(
        f"{films} films × {PLATFORMS} platforms × {REGIONS} regions: {clips} clips, {keys} keys",
        ("", *(f"quarter {number}" for number in range(1, _PARTS + 1))),
        [("CPU ms for each film", *each), ("wall", *(1000 * wall * _PARTS / films for wall in walls))],
    )
    if films in _GOALS_S:
        show_figure("planning, keys, store index and ledger", sum(walls), "s", goal=_GOALS_S[films])
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    show_figure("peak memory", peak_mb, "MB", goal=_MEMORY_GOAL_MB, digits=0)
    # The first quarter works out what films of one format share.
    show_figure("last quarter against the second", each[-1] / each[1], "times", goal=_GROWTH_GOAL)


def _show_workers(film: Path) -> None:
    """Cut and package a film with one worker of one core, and with two."""
    rows, seconds = [], {1: 0.0, 2: 0.0}
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        for workers in (1, 2):
            with run_studio(Path(folder) / str(workers), tuple(range(workers))) as studio:
                for flow in ("cut-clips", "package-hls"):
                    # Looking at the film and trials are the desk's; what is handed out is measured.
                    looked = studio.run(flow, film, "--param", "dry_run=true")
                    made = studio.run(flow, film)
                    seconds[workers] += made
                    rows.append((f"{flow}, {workers} worker{'s' if workers > 1 else ''}", looked, made))
    show_table("one core each; seconds", ("", "looked at before", "made"), rows)
    show_floor("two workers against one, cut and package", seconds[1] / seconds[2], "times", goal=_SPEEDUP_GOAL)
