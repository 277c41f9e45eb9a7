"""Decode pictures: one pass over a whole film at reduced size, every shown picture once, in order.

Nothing the size of a frame is kept; what a damaged file costs is counted, and the times of all pictures make the
film's timeline.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import MasterError
from pipeline.facts import MediaFacts, PictureFacts
from pipeline.plan.shots import Decoding, Timeline
from pipeline.shell.machine import count_processors
from pipeline.shell.pixels.small import Shrinker
from pipeline.shell.pixels.times import claimed_end, timeline_of
from pipeline.shell.probe import open_media, packets_of, ticks_of

if TYPE_CHECKING:
    import numpy as np
    from av.container import InputContainer
    from numpy.typing import NDArray

_TOLD_EVERY = 24
_BIG_PICTURE_PX = 2048 * 1152
_MOST_THREADS = 8
_MOST_THREADS_BIG = 4  # each decoding thread holds pictures of its own: 4K at 10 bits is 25 MB a picture


@dataclass(frozen=True)
class ShownPicture:
    """One picture of a film as it was decoded; small versions are made where they are asked for."""

    frame: int
    ticks: int
    """When it is shown, in `tick`s since the first picture."""
    tick: Fraction
    raw: Any
    """PyAV's picture, as stored: unturned, of any format; valid until the next one is asked for."""
    shrink: Callable[[Any], NDArray[np.uint8]]

    @property
    def time(self) -> Fraction:
        """Seconds since the first picture."""
        return self.ticks * self.tick

    @cached_property
    def bgr(self) -> NDArray[np.uint8]:
        """The picture upright, with square pixels, `LONG_SIDE_PX` on its longer side."""
        return self.shrink(self.raw)


class PictureReader:
    """Iterate once over a film's pictures; `timeline` and `decoding` are complete when the iteration is."""

    def __init__(self, path: Path, facts: MediaFacts, *, on_progress: Callable[[float], None] | None = None) -> None:
        self._path = path
        self._facts = facts
        self._on_progress = on_progress
        self._ticks = array("q")
        self._tick = Fraction(1)
        self._frame_ticks = self._last_ticks = 1
        self._corrupt_count = 0
        self._claimed_end = facts.duration

    def __iter__(self) -> Iterator[ShownPicture]:
        """Decode the film. Raises MasterError where no picture of it can be decoded."""
        self._ticks = array("q")
        self._corrupt_count = 0
        with open_media(self._path) as container:
            stream = container.streams[self._facts.picture.index]
            self._tick = Fraction(stream.time_base or 1)
            self._frame_ticks = max(1, round(self._facts.picture.rate.frame_duration / self._tick))
            self._claimed_end = claimed_end(stream, self._facts)
            choose_threads(stream, self._facts.picture)
            shrink = Shrinker(self._facts.picture)
            for picture in self._decoded(container, stream):
                self._note_time(picture, container)
                since_first = self._ticks[-1] - self._ticks[0]
                yield ShownPicture(len(self._ticks) - 1, since_first, self._tick, picture, shrink)
        if not self._ticks:
            raise MasterError.of(self._path, "holds no picture that can be decoded.", remedy="Export or copy it again.")

    @property
    def timeline(self) -> Timeline:
        """When each picture is shown; constant where the times lie on an even grid but for rounding."""
        return timeline_of(self._ticks, self._tick, natural=self._facts.picture.rate)

    @property
    def decoding(self) -> Decoding:
        """How the reading went."""
        end = (self._ticks[-1] - self._ticks[0] + self._last_ticks) * self._tick if self._ticks else Fraction(0)
        return Decoding(self._corrupt_count, end, self._claimed_end)

    def _decoded(self, container: InputContainer, stream: Any) -> Iterator[Any]:
        import av

        packets = packets_of(container, stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, OSError):  # the container breaks off; what the decoder still holds is shown
                self._corrupt_count += 1
                packet = None
            try:
                pictures = stream.codec_context.decode(packet)
            except av.EOFError:
                return
            except av.FFmpegError:  # damage in the middle: what follows may be whole again
                self._corrupt_count += 1
                pictures = []
            for picture in pictures:
                self._corrupt_count += bool(picture.is_corrupt)
                yield picture
            if packet is None:
                return

    def _note_time(self, picture: Any, container: InputContainer) -> None:
        ticks = ticks_of(picture, container)
        if ticks is None:
            ticks = self._ticks[-1] + self._frame_ticks if self._ticks else 0
        if self._ticks and ticks <= self._ticks[-1]:  # a broken clock; pictures still follow one another
            ticks = self._ticks[-1] + 1
        self._ticks.append(ticks)
        self._last_ticks = picture.duration or self._frame_ticks
        # Fractions are slow: they are reckoned with when there is something to tell.
        if len(self._ticks) % _TOLD_EVERY == 0 and self._on_progress is not None and self._claimed_end > 0:
            self._on_progress(min(1.0, float((ticks - self._ticks[0]) * self._tick / self._claimed_end)))


def half_of_processors(*, most: int) -> int:
    """Return how many threads may decode without taking the machine from everybody else: one at least.

    Two threads of one core gain a fifth of the time for half as much CPU again.
    """
    return max(1, min(most, count_processors() // 2))


def choose_threads(stream: Any, picture: PictureFacts) -> None:
    stream.thread_type = "AUTO"
    most = _MOST_THREADS_BIG if picture.width_px * picture.height_px > _BIG_PICTURE_PX else _MOST_THREADS
    stream.codec_context.thread_count = min(most, count_processors())
