"""Labelled transitions of a film: the value, and the CSV file beside the film that keeps them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HEADING: Final = ("kind", "start_frame", "end_frame", "note")
IGNORE: Final = "ignore"
"""The kind of a stretch that is a matter of taste: what is found there counts neither for nor against."""


@dataclass(frozen=True, order=True)
class Mark:
    """A transition, found or labelled; half-open, both ends the same for a cut."""

    start_frame: int
    end_frame: int
    kind: str
    note: str = ""
    """What is special about a label, such as `cutaway` or `jump`; nothing for most."""

    @property
    def is_cut(self) -> bool:
        """Whether one shot ends where the other starts."""
        return self.kind == "cut"


def find_labels(film: Path) -> Path | None:
    """Return the file of labels that lies beside a film, `labels/NAME.shots.csv` or `NAME.shots.csv`."""
    name = f"{film.stem}.shots.csv"
    return next((path for path in (film.parent / "labels" / name, film.parent / name) if path.is_file()), None)


def read_labels(path: Path) -> tuple[Mark, ...]:
    """Return the labels of a file in film order; the fourth column may be missing."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        sorted(Mark(int(row["start_frame"]), int(row["end_frame"]), row["kind"], row.get("note") or "") for row in rows)
    )


def write_labels(path: Path, labels: Iterable[Mark]) -> None:
    """Write labels in film order; equal labels give equal bytes."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADING)
        writer.writerows((mark.kind, mark.start_frame, mark.end_frame, mark.note) for mark in sorted(labels))
