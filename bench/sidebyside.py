"""How much faster are two chunks encoded at once than one, and is that better than two threads for one encode?"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from bench.film import Size
from bench.homes import fresh_home, working_in
from bench.report import say, show_floor, show_load, show_table
from pipeline.argv import ladder_argv
from pipeline.package import PackageRequest, plan_package, study_subject
from pipeline.plan.chunks import RungChunk
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import source_url
from pipeline.shell.render import Workshop

_LADDER: Final = "landscape-fixed"
_GOAL: Final = 1.8
_ROUNDS: Final[dict[Size, int]] = {"quick": 1, "whole": 3}


def run(film: Path, size: Size) -> None:
    """Print how long two chunks of the largest rendition take in turn, at once, and with two threads."""
    with fresh_home() as home, working_in(home), tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        request = PackageRequest(ladder=_LADDER)
        plan = plan_package(study_subject(film, request), request, lambda *_: None)
        (reel,) = plan.reels.values()
        largest = plan.pictures.renditions[-1]
        chunks = [one for _, rungs in reel.chunks[1:3] for one in rungs if one.rendition == largest]
        times: dict[str, list[float]] = {}
        for number in range(_ROUNDS[size]):
            work = Path(folder) / str(number)
            work.mkdir()
            bench = _Bench(plan.workshop, work)
            times.setdefault("one after the other, one thread each", []).append(bench.in_turn(chunks, threads=1))
            times.setdefault("at once, one thread each", []).append(bench.at_once(chunks))
            times.setdefault("one after the other, two threads each", []).append(bench.in_turn(chunks, threads=2))
        best = {what: min(found) for what, found in times.items()}
        show_table("Two chunks of the largest rendition", ("how", "wall s, the best"), list(best.items()))
        in_turn, at_once, threaded = best.values()
        show_floor(
            f"at once, {in_turn:.1f} / {at_once:.1f} s", in_turn / at_once, "times as fast as in turn", goal=_GOAL
        )
        say(f"two threads: {in_turn / threaded:.2f} times as fast as one")
        say(f"two busy loops of nothing but sums, which is what the machine gives: {_two_busy_loops():.2f} times")
    show_load()


class _Bench:
    """Encodes into files of its own and takes the time."""

    def __init__(self, workshop: Workshop, folder: Path) -> None:
        self._workshop = workshop
        self._folder = folder

    def in_turn(self, chunks: Sequence[RungChunk], *, threads: int) -> float:
        started = time.perf_counter()
        for number, chunk in enumerate(chunks):
            self._encode(chunk, f"turn{threads}-{number}", threads)
        return time.perf_counter() - started

    def at_once(self, chunks: Sequence[RungChunk]) -> float:
        started = time.perf_counter()
        with ThreadPoolExecutor(len(chunks)) as pool:
            for future in [pool.submit(self._encode, chunk, f"once{n}", 1) for n, chunk in enumerate(chunks)]:
                future.result()
        return time.perf_counter() - started

    def _encode(self, chunk: RungChunk, name: str, threads: int) -> None:
        argv = list(ladder_argv([chunk.node], [source_url(self._folder / f"{name}.mp4")], self._workshop.locate))
        argv[argv.index("-threads:v") + 1] = str(threads)
        run_ffmpeg(tuple(argv))


def _two_busy_loops() -> float:
    """Return how much faster two processes that only add run at once than in turn; below 2, cores are shared."""
    command = (sys.executable, "-c", "sum(range(100_000_000))")
    started = time.perf_counter()
    for _ in range(2):
        subprocess.run(command, check=True)
    in_turn = time.perf_counter() - started
    started = time.perf_counter()
    for process in [subprocess.Popen(command) for _ in range(2)]:
        process.wait()
    return in_turn / (time.perf_counter() - started)
