"""Films that reels are made of: which stretches lie inside one shot, and pictures by frame number.

A frame's number is its rank by time, found without decoding, so that any stretch can be read alone.
"""

from __future__ import annotations

import contextlib
from array import array
from bisect import bisect_left
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast

import numpy as np
from numpy.typing import NDArray

from bench.labels import IGNORE, Mark
from bench.reels.errors import ReelError
from pipeline.shell.probe import open_media, probe, ticks_of
from pipeline.timebase import FrameRate

Frame = NDArray[np.uint8]
"""Height × width × blue, green, red."""
Part = Literal["all", "first", "second"]

MARGIN: Final = 4
"""Frames kept clear on either side of a labelled transition: people and detectors disagree by some."""
IGNORE_MARGIN: Final = 12


@dataclass(frozen=True, order=True)
class Stretch:
    """Frames of a film that lie inside one shot; half-open."""

    start_frame: int
    end_frame: int

    @property
    def frame_count(self) -> int:
        """Length in frames."""
        return self.end_frame - self.start_frame


@dataclass(frozen=True)
class Source:
    """A film that takes come from."""

    path: Path
    stream_index: int
    rate: FrameRate
    ticks: array[int]
    """When each frame is shown, by number."""
    stretches: tuple[Stretch, ...]


def open_source(path: Path, labels: Iterable[Mark], *, start: int | None, end: int | None, part: Part) -> Source:
    """Index a film, and find the stretches of its frames [start, end) of a part that lie inside one shot."""
    facts = probe(path)
    ticks = _index(path, facts.picture.index)
    middle = len(ticks) // 2
    first = max(start or 0, middle if part == "second" else 0)
    last = min(len(ticks) if end is None else end, middle if part == "first" else len(ticks))
    return Source(path, facts.picture.index, facts.picture.rate, ticks, clear_stretches(labels, first, last))


def clear_stretches(labels: Iterable[Mark], start: int, end: int) -> tuple[Stretch, ...]:
    """Return what is left of frames [start, end) a margin away from every label."""
    found, at = [], start
    for label in sorted(labels):
        margin = IGNORE_MARGIN if label.kind == IGNORE else MARGIN
        found.append(Stretch(at, min(end, label.start_frame - margin)))
        at = max(at, label.end_frame + margin)
    found.append(Stretch(at, end))
    return tuple(stretch for stretch in found if stretch.frame_count > 0)


def read_pictures(source: Source, numbers: Iterable[int], size: tuple[int, int]) -> Generator[Frame, None, None]:
    """Yield frames of a film by number, which must not fall, scaled to fill a width and height and cropped to it."""
    wanted = iter(numbers)
    number = next(wanted, None)
    if number is None:
        return
    fill = _Fill(size)
    with contextlib.closing(_decoded(source, number)) as decoded:
        for at, picture in decoded:
            if at < number:
                continue
            if at > number:
                raise ReelError(f"{source.path}: frame {number} cannot be reached.")
            shown = fill(picture)
            while number == at:
                yield shown
                number = next(wanted, None)
            if number is None:
                return
    raise ReelError(f"{source.path}: there is no frame {number}.")


def _index(path: Path, stream_index: int) -> array[int]:
    with open_media(path) as container:
        avi = container.format.name == "avi"
        packets = container.demux(container.streams[stream_index])
        times = [packet.dts if avi else packet.pts for packet in packets if packet.size and not packet.is_discard]
    if None in times or len(set(times)) != len(times):
        raise ReelError(f"{path}: its frames have no times of their own; convert it first.")
    return array("q", sorted(cast("list[int]", times)))


def _decoded(source: Source, first: int) -> Generator[tuple[int, Any], None, None]:
    with open_media(source.path) as container:
        stream: Any = container.streams[source.stream_index]
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = 2
        if first:
            container.seek(source.ticks[first], stream=stream, backward=True)
        for picture in container.decode(stream):
            ticks = ticks_of(picture, container)
            at = bisect_left(source.ticks, cast("int", ticks))
            if at == len(source.ticks) or source.ticks[at] != ticks:
                raise ReelError(f"{source.path}: a picture at {ticks} that no packet announced.")
            yield at, picture


class _Fill:
    """Scale pictures so that they fill a size, and crop what is over on two sides."""

    def __init__(self, size: tuple[int, int]) -> None:
        from av.video.reformatter import VideoReformatter

        self._size = size
        self._reformatter = VideoReformatter()

    def __call__(self, picture: Any) -> Frame:
        width, height = self._size
        scale = max(width / picture.width, height / picture.height)
        across, down = max(width, round(picture.width * scale)), max(height, round(picture.height * scale))
        scaled = self._reformatter.reformat(
            picture, width=across, height=down, format="bgr24", interpolation="AREA", threads=1
        )
        left, top = (across - width) // 2, (down - height) // 2
        return np.ascontiguousarray(scaled.to_ndarray()[top : top + height, left : left + width])
