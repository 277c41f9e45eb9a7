"""Find which frames of a film an edit of it shows: a trailer that was encoded again, letterboxed, graded, titled.

Each picture is reduced to 32 × 18 values of luma without its black bars. A trailer's shots are looked up in the film by
correlation, which a change of brightness and contrast leaves alone, then placed to the frame by the correlation of
twelve fields of the picture, the worst third of which does not count: a title covers less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import probe
from pipeline.timebase import FrameRate

WIDTH: Final = 32
HEIGHT: Final = 18
_FIELDS: Final = (4, 3)
_KEPT_FIELDS: Final = 8
_CROP: Final = re.compile(r"crop=(\d+):(\d+):(\d+):(\d+)")
_SAME_SHAPE: Final = 0.03
_FLAT: Final = 4.0
"""Standard deviation of luma below which a picture, or a field of it, has nothing to tell it by."""
_JUMP: Final = 0.75
"""Correlation of neighbouring frames below which another shot begins."""
_LEAST_FRAMES: Final = 6
_SAMPLES: Final = 5
_OFFERS: Final = 12
_SEEN: Final = 0.8
_EDGE: Final = 0.6

Pictures = NDArray[np.float32]


@dataclass(frozen=True)
class Match:
    """Frames of a trailer and the frames of the film that they show, both half-open."""

    trailer: tuple[int, int]
    film: tuple[int, int]
    likeness: float


@dataclass(frozen=True)
class Footage:
    """The pictures of one file, frames × 18 × 32 luma without black bars, and its rate."""

    pictures: NDArray[np.uint8]
    rate: FrameRate


def find_matches(film: Path, trailer: Path) -> tuple[Footage, tuple[Match, ...]]:
    """Return the film's pictures, and the stretches of it that a trailer shows, in the trailer's order."""
    areas = {path: find_area(path) for path in (film, trailer)}
    shape = _shape(areas[trailer])
    if abs(_shape(areas[film]) / shape - 1) > _SAME_SHAPE:
        areas[film] = _middle(areas[film], shape)  # the trailer was cropped to another shape
    pictures = {path: read_footage(path, area) for path, area in areas.items()}
    return pictures[film], match_footage(pictures[film], pictures[trailer])


def match_footage(film: Footage, trailer: Footage) -> tuple[Match, ...]:
    """Return the stretches of a film that a trailer shows, in the trailer's order."""
    search = _Search(film, trailer)
    return tuple(match for first, end in _shots_of(trailer) for match in search.place(first, end))


def used_spans(matches: tuple[Match, ...]) -> tuple[tuple[int, int], ...]:
    """Return the frames of the film that are shown, in order, those that touch joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(match.film for match in matches):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple(joined)


def find_area(path: Path) -> tuple[int, int, int, int]:
    """Return width, height, left and top of the picture inside its black bars, in pixels, from the keyframes."""
    run = run_ffmpeg(
        ("-skip_frame", "nokey", "-i", f"file:{path}", "-an", "-vf", "cropdetect=limit=24:round=2:reset=0:skip=0",
         "-f", "null", "-")
    )  # fmt: skip
    found = _CROP.findall(run.stderr)
    width, height = probe(path).picture.display_size
    values = tuple(int(value) for value in found[-1]) if found else (width, height, 0, 0)
    return values if values[0] > width // 3 and values[1] > height // 3 else (width, height, 0, 0)  # type: ignore[return-value]


def read_footage(path: Path, area: tuple[int, int, int, int]) -> Footage:
    """Read every frame of a file, reduced."""
    width, height, left, top = area
    graph = f"crop={width}:{height}:{left}:{top},scale={WIDTH}:{HEIGHT}:flags=area,format=gray"
    source = ("-i", f"file:{path}", "-an", "-vf", graph, "-fps_mode", "passthrough")
    run = run_ffmpeg((*source, "-f", "rawvideo", "-"))
    pictures = np.frombuffer(run.stdout, np.uint8).reshape(-1, HEIGHT, WIDTH)
    return Footage(pictures, probe(path).picture.rate)


class _Search:
    """A film prepared for looking up frames of a trailer."""

    def __init__(self, film: Footage, trailer: Footage) -> None:
        self._film, self._trailer = film, trailer
        self._coarse = _normal(_halved(film.pictures))
        self._speed = Fraction(film.rate.fps / trailer.rate.fps)
        # 23.976 beside 24 is the same film at nearly the same speed: frame for frame, as transfers are made.
        if abs(self._speed - 1) < Fraction(1, 100):
            self._speed = Fraction(1)

    def place(self, first: int, end: int) -> Iterator[Match]:
        """Yield what a stretch of the trailer shows; where it is more than one shot, what stands beside the first."""
        if end - first < _LEAST_FRAMES:
            return
        match = self._match(first, end)
        if match is None:
            return
        yield from self.place(first, match.trailer[0])
        yield match
        yield from self.place(match.trailer[1], end)

    def _match(self, first: int, end: int) -> Match | None:
        frames = np.arange(first, end)
        lit = frames[self._trailer.pictures[first:end].reshape(end - first, -1).std(axis=1) >= _FLAT]
        if len(lit) < _LEAST_FRAMES:
            return None
        samples = lit[np.linspace(0, len(lit) - 1, _SAMPLES).astype(int)]
        best = max(self._offsets(samples), key=lambda offset: self._mean(samples, offset), default=None)
        if best is None:
            return None
        near = range(best - 3, best + 4)
        some = lit[:: max(1, len(lit) // 48)]
        best = max(near, key=lambda offset: (self._mean(some, offset), -abs(offset - best)))
        return self._grown(frames, best)

    def _offsets(self, samples: NDArray[np.intp]) -> set[int]:
        """Return where the stretch may lie: the frame of the film at the trailer's frame 0, were it to go on so."""
        queries = _normal(_halved(self._trailer.pictures[samples]))
        likeness = queries @ self._coarse.T
        offsets: set[int] = set()
        for sample, row in zip(samples, likeness, strict=True):
            # The best of each half second: neighbours are as good and say the same.
            width = max(1, round(self._film.rate.fps / 2))
            padded = np.pad(row, (0, -len(row) % width), constant_values=-1).reshape(-1, width)
            blocks = np.argsort(-padded.max(axis=1), kind="stable")[:_OFFERS]
            offsets |= {int(block * width + padded[block].argmax()) - self._shown_at(int(sample)) for block in blocks}
        return offsets

    def _shown_at(self, frame: int) -> int:
        return int(frame * self._speed)

    def _mean(self, frames: NDArray[np.intp], offset: int) -> float:
        return float(self._likeness(frames, offset).mean())

    def _likeness(self, frames: NDArray[np.intp], offset: int) -> NDArray[np.float64]:
        """Return how alike frames of the trailer are to those of the film at an offset; -1 outside of it."""
        at = np.array([self._shown_at(int(frame)) + offset for frame in frames])
        inside = (at >= 0) & (at < len(self._film.pictures))
        result = np.full(len(frames), -1.0)
        if inside.any():
            result[inside] = _fields_alike(self._trailer.pictures[frames[inside]], self._film.pictures[at[inside]])
        return result

    def _grown(self, frames: NDArray[np.intp], offset: int) -> Match | None:
        """Return the longest run of a stretch that looks like the film at an offset, if it does so on the whole."""
        likeness = self._likeness(frames, offset)
        # Fades make single frames unlike: gaps of up to two count as seen.
        alike = likeness >= _EDGE
        runs: list[list[int]] = []
        for k in np.flatnonzero(alike):
            if runs and k - runs[-1][1] <= 2:
                runs[-1][1] = int(k) + 1
            else:
                runs.append([int(k), int(k) + 1])
        first, end = max(runs, key=lambda run: run[1] - run[0], default=[0, 0])
        mean = float(likeness[first:end].mean()) if end > first else 0.0
        if end - first < _LEAST_FRAMES or mean < _SEEN:
            return None
        start, stop = (self._shown_at(int(frame)) + offset for frame in (frames[first], frames[end - 1]))
        return Match((int(frames[first]), int(frames[end - 1]) + 1), (start, stop + 1), mean)


def _shots_of(trailer: Footage) -> Iterator[tuple[int, int]]:
    """Yield the trailer's shots, as far as a sudden change tells them; dissolves are found when they are placed."""
    normal = _normal(_halved(trailer.pictures))
    alike = (normal[1:] * normal[:-1]).sum(axis=1)
    cuts = [0, *(int(k) + 1 for k in np.flatnonzero(alike < _JUMP)), len(trailer.pictures)]
    yield from pairwise(cuts)


def _halved(pictures: NDArray[np.uint8]) -> Pictures:
    count = len(pictures)
    return pictures.reshape(count, HEIGHT // 2, 2, WIDTH // 2, 2).mean(axis=(2, 4), dtype=np.float32)


def _normal(pictures: Pictures) -> Pictures:
    """Return pictures as vectors of length one about their mean; flat ones as zeros."""
    flat = pictures.reshape(len(pictures), -1)
    centred = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    shown = length > _FLAT * np.sqrt(flat.shape[1])
    return np.where(shown, centred / np.maximum(length, 1e-6), 0).astype(np.float32)


def _fields_alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the mean correlation of the fields of pairs of pictures, without the worst third."""
    a, b = _fields(one), _fields(other)
    spread = np.minimum(a.std(axis=2), b.std(axis=2))
    a, b = (each - each.mean(axis=2, keepdims=True) for each in (a, b))
    norm = np.linalg.norm(a, axis=2) * np.linalg.norm(b, axis=2)
    alike = np.where(norm > 0, (a * b).sum(axis=2) / np.maximum(norm, 1e-6), 0)
    # A flat field says nothing: it counts for little, and a picture of flat fields alone is like no other.
    weight = np.clip(spread / _FLAT, 0, 1)
    order = np.argsort(-(alike + (weight <= 0.25) * -2), axis=1)[:, :_KEPT_FIELDS]
    best, weights = (np.take_along_axis(values, order, axis=1) for values in (alike, weight))
    total = weights.sum(axis=1)
    result: NDArray[np.float64] = np.where(total > 2, (best * weights).sum(axis=1) / np.maximum(total, 1e-6), 0)
    return result


def _fields(pictures: NDArray[np.uint8]) -> Any:
    across, down = _FIELDS
    count = len(pictures)
    fields = pictures.reshape(count, down, HEIGHT // down, across, WIDTH // across).transpose(0, 1, 3, 2, 4)
    return fields.reshape(count, across * down, -1).astype(np.float32)


def _shape(area: tuple[int, int, int, int]) -> float:
    return area[0] / area[1]


def _middle(area: tuple[int, int, int, int], shape: float) -> tuple[int, int, int, int]:
    """Return the largest part of an area in its middle that has a shape."""
    width, height, left, top = area
    across, down = min(width, round(height * shape)), min(height, round(width / shape))
    return across, down, left + (width - across) // 2, top + (height - down) // 2
