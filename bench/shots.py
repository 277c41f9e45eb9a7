"""Compare finding shots with PySceneDetect's own command and with a bare decode, and both lists with labels."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.child import MATINEE, SCENEDETECT, run_child
from bench.film import Size, write_stretch
from bench.homes import fresh_home
from bench.report import say, show_load, show_table
from pipeline.shell.ffmpeg import run_ffmpeg

QUICK_SECONDS: Final = 30
TOLERANCE: Final = 1
"""Frames that a transition may lie beside its label: people and detectors disagree on which frame is the first."""


@dataclass(frozen=True, order=True)
class Mark:
    """A transition, found or labelled; half-open, both ends the same for a cut."""

    start_frame: int
    end_frame: int
    kind: str


@dataclass(frozen=True)
class Score:
    """How a list of transitions compares with labels."""

    found: int
    labelled: int
    matched: int

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.matched / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of the labels that were found."""
        return self.matched / self.labelled if self.labelled else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.found + self.labelled
        return 2 * self.matched / both if both else 0.0


def run(film: Path, size: Size) -> None:
    """Print CPU and wall seconds of the three, then precision and recall where the film has labels."""
    labels = read_labels(film)
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        measured = film
        if size == "quick":
            measured = write_stretch(film, Path(folder) / f"stretch{film.suffix}", seconds=QUICK_SECONDS)
        _compare(measured, labels, Path(folder))
    show_load()


def compare(found: Iterable[Mark], labels: Sequence[Mark]) -> Score:
    """Match each label with at most one mark that overlaps it, a frame of room on either side.

    Marks on a label of kind `ignore` count neither for nor against.
    """
    ignored = [label for label in labels if label.kind == "ignore"]
    left = [mark for mark in sorted(found) if not any(_overlap(mark, label) for label in ignored)]
    wanted = [label for label in sorted(labels) if label.kind != "ignore"]
    count, matched = len(left), 0
    for label in wanted:
        match = next((mark for mark in left if _overlap(mark, label)), None)
        if match is not None:
            left.remove(match)
            matched += 1
    return Score(count, len(wanted), matched)


def read_labels(film: Path) -> tuple[Mark, ...]:
    """Return a film's labelled transitions from beside it, none where there are none."""
    name = f"{film.stem}.shots.csv"
    path = next((path for path in (film.parent / "labels" / name, film.parent / name) if path.is_file()), None)
    if path is None:
        return ()
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(Mark(int(row["start_frame"]), int(row["end_frame"]), row["kind"]) for row in rows)


def _compare(film: Path, labels: Sequence[Mark], folder: Path) -> None:
    with fresh_home() as home:
        ours = run_child((MATINEE, "shots", str(film), "--json"), MATINEE_HOME=str(home))
    document = json.loads(ours.stdout)
    listing = ("list-scenes", "--quiet", "--skip-cuts", "--output", str(folder), "--filename", "peer")
    peer = run_child((SCENEDETECT, "--quiet", "--input", str(film), "detect-adaptive", *listing))
    decode = run_ffmpeg(("-i", f"file:{film}", "-map", "0:v:0", "-f", "null", "-"))
    rows = [
        ("matinee shots (dissolves, fades, scores, loudness, sha256)", ours.cpu_seconds, ours.wall_seconds),
        ("scenedetect detect-adaptive", peer.cpu_seconds, peer.wall_seconds),
        ("bare decode by ffmpeg, full size", decode.cpu_seconds, ""),
    ]
    show_table("Finding shots", ("what", "CPU s", "wall s"), rows)
    for name, cpu in (("scenedetect", peer.cpu_seconds), ("bare decode", decode.cpu_seconds)):
        say(f"ours over {name}: {ours.cpu_seconds:.2f} / {cpu:.2f} CPU s = {ours.cpu_seconds / cpu:.2f}")
    labels = [label for label in labels if label.start_frame < document["frame_count"]]
    if not labels:
        say("The film has no labels beside it, so nothing is said of how right the lists are.")
        return
    found = [Mark(item["start_frame"], item["end_frame"], item["kind"]) for item in document["transitions"]]
    marks = {"matinee": found, "scenedetect": _scenes(folder / "peer.csv")}
    _show_scores(marks, labels)


def _scenes(path: Path) -> list[Mark]:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    # Its frames count from 1; the first scene starts with the film, not with a transition.
    starts = [int(row["Start Frame"]) - 1 for row in rows[1:]]
    return [Mark(start, start, "cut") for start in starts]


def _show_scores(marks: dict[str, list[Mark]], labels: Sequence[Mark]) -> None:
    rows = []
    for name, found in marks.items():
        for kinds in (("cut", "dissolve", "fade"), ("cut",)):
            # Labels of other kinds are ignored rather than absent: what was found there is not wrong.
            judged = [
                label if label.kind in kinds else Mark(label.start_frame, label.end_frame, "ignore") for label in labels
            ]
            score = compare(found, judged)
            told = "all" if len(kinds) > 1 else "cuts"
            rows.append((f"{name}, {told}", score.found, score.labelled, score.precision, score.recall, score.f1))
    show_table(
        f"Against the labels, ±{TOLERANCE} frame", ("who", "found", "labelled", "precision", "recall", "F1"), rows
    )


def _overlap(mark: Mark, label: Mark) -> bool:
    # A cut has no length: its frame is taken as one.
    mark_end, label_end = max(mark.end_frame, mark.start_frame + 1), max(label.end_frame, label.start_frame + 1)
    return mark.start_frame - TOLERANCE < label_end and label.start_frame < mark_end + TOLERANCE
