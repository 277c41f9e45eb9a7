"""Windows that people marked on a film's pictures: the value, and the CSV file that keeps them."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Final

HEADING: Final = ("frame", "left", "top", "width", "height")
"""Needed in this or another order; `annotator` may stand beside them."""
_SHIPPED: Final = Path(__file__).with_name("labels")
# Windows are marked to the pixel: 404 × 720 means 9:16 as 405 × 720 does.
_LARGEST_TERM: Final = 50


class AnnotationsError(Exception):
    """A file of windows cannot be read; the message says where and what is allowed."""


@dataclass(frozen=True)
class MarkedWindow:
    """The part of one picture that somebody would show, in pixels of the film's picture as shown."""

    frame: int
    left_px: float
    top_px: float
    width_px: float
    height_px: float
    annotator: str = ""

    def edges(self, width_px: float, height_px: float) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom as shares of a picture of a size."""
        right, bottom = self.left_px + self.width_px, self.top_px + self.height_px
        return self.left_px / width_px, self.top_px / height_px, right / width_px, bottom / height_px


def find_annotations(film: Path) -> tuple[Path, ...]:
    """Return the files of windows on a film that come with the benchmarks, found by the film's name."""
    return tuple(sorted(_SHIPPED.glob(f"{film.stem}.*windows.csv")))


def read_annotations(path: Path) -> tuple[MarkedWindow, ...]:
    """Return the windows of a file in its order; lines that begin with # are remarks. Raises AnnotationsError."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AnnotationsError(f"{path} cannot be read: {error}.") from error
    kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    rows = csv.DictReader(line for _, line in kept)
    missing = [name for name in HEADING if name not in (rows.fieldnames or ())]
    if missing:
        raise AnnotationsError(f"{path}: the first line names no {', '.join(missing)}; it needs {', '.join(HEADING)}.")
    windows = tuple(_window(row, f"{path}, line {number}") for row, (number, _) in zip(rows, kept[1:], strict=False))
    if not windows:
        raise AnnotationsError(f"{path} holds no windows.")
    return windows


def shape_of(windows: tuple[MarkedWindow, ...]) -> Fraction:
    """Return width over height of a file's windows, which are of one shape but for rounding."""
    return Fraction(median(one.width_px / one.height_px for one in windows)).limit_denominator(_LARGEST_TERM)


def _window(row: dict[str, str], where: str) -> MarkedWindow:
    try:
        frame = int(row["frame"])
        left, top, width, height = (float(row[name]) for name in HEADING[1:])
    except (TypeError, ValueError) as error:
        raise AnnotationsError(f"{where}: a window is numbers, {', '.join(HEADING)}; frame is a whole one.") from error
    if frame < 0 or not all(map(math.isfinite, (left, top, width, height))) or min(width, height) <= 0:
        raise AnnotationsError(f"{where}: frames count from 0, and width and height are more than 0.")
    return MarkedWindow(frame, left, top, width, height, (row.get("annotator") or "").strip())
