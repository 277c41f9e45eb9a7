"""Decode pictures: one pass over a whole film at reduced size, every shown picture once, in order.

Nothing the size of a frame is kept; what a damaged file costs is counted, and the times of all pictures make the
film's timeline.
"""

from __future__ import annotations

import contextlib
import os
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from pipeline.errors import MasterError
from pipeline.facts import MediaFacts, PictureFacts
from pipeline.plan.shots import Decoding, Timeline
from pipeline.shell.probe import open_media, ticks_of
from pipeline.timebase import FrameRate, parse_seconds

if TYPE_CHECKING:
    import numpy as np
    from av.container import InputContainer
    from numpy.typing import NDArray

LONG_SIDE_PX: Final = 256
ROUNDING: Final = Fraction(3, 2000)
"""Containers round times to milliseconds (Matroska) or worse by half; what is nearer to an even grid is constant."""
_BIG_PICTURE_PX = 2048 * 1152
_MOST_THREADS = 8
_MOST_THREADS_BIG = 4  # each decoding thread holds pictures of its own: 4K at 10 bits is 25 MB a picture


@dataclass(frozen=True)
class SmallPicture:
    """One shown picture, upright, with square pixels, reduced to `LONG_SIDE_PX` on its longer side."""

    frame: int
    time: Fraction
    """Seconds since the first picture."""
    bgr: NDArray[np.uint8]


class PictureReader:
    """Iterate once over a film's pictures; `timeline` and `decoding` are complete when the iteration is."""

    def __init__(self, path: Path, facts: MediaFacts, *, on_progress: Callable[[float], None] | None = None) -> None:
        self._path = path
        self._facts = facts
        self._on_progress = on_progress
        self._ticks = array("q")
        self._tick = Fraction(1)
        self._last_duration = Fraction(0)
        self._corrupt_count = 0
        self._claimed_end = facts.duration

    def __iter__(self) -> Iterator[SmallPicture]:
        """Decode the film. Raises MasterError where no picture of it can be decoded."""
        self._ticks = array("q")
        self._corrupt_count = 0
        with open_media(self._path) as container:
            stream = container.streams[self._facts.picture.index]
            self._tick = Fraction(stream.time_base or 1)
            self._claimed_end = _claimed_end(stream, self._facts)
            _choose_threads(stream, self._facts.picture)
            shrink = _Shrinker(self._facts.picture)
            for picture in self._decoded(container, stream):
                time = self._note_time(picture, container)
                yield SmallPicture(len(self._ticks) - 1, time, shrink(picture))
        if not self._ticks:
            raise MasterError.of(self._path, "holds no picture that can be decoded.", remedy="Export or copy it again.")

    @property
    def timeline(self) -> Timeline:
        """When each picture is shown; constant where the times lie on an even grid but for rounding."""
        ticks, tick, natural = self._ticks, self._tick, self._facts.picture.rate
        rate = constant_rate(ticks, tick, natural=natural)
        if rate is not None:
            return Timeline(rate, len(ticks))
        return Timeline(natural, len(ticks), tuple(time - ticks[0] for time in ticks), tick)

    @property
    def decoding(self) -> Decoding:
        """How the reading went."""
        end = (self._ticks[-1] - self._ticks[0]) * self._tick + self._last_duration if self._ticks else Fraction(0)
        return Decoding(self._corrupt_count, end, self._claimed_end)

    def _decoded(self, container: InputContainer, stream: Any) -> Iterator[Any]:
        import av

        packets = container.demux(stream)
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

    def _note_time(self, picture: Any, container: InputContainer) -> Fraction:
        frame_ticks = max(1, round(self._facts.picture.rate.frame_duration / self._tick))
        ticks = ticks_of(picture, container)
        if ticks is None:
            ticks = self._ticks[-1] + frame_ticks if self._ticks else 0
        if self._ticks and ticks <= self._ticks[-1]:  # a broken clock; pictures still follow one another
            ticks = self._ticks[-1] + 1
        self._ticks.append(ticks)
        self._last_duration = picture.duration * self._tick if picture.duration else frame_ticks * self._tick
        time: Fraction = (ticks - self._ticks[0]) * self._tick
        if self._on_progress is not None and self._claimed_end > 0 and len(self._ticks) % 24 == 0:
            self._on_progress(min(1.0, float(time / self._claimed_end)))
        return time


def constant_rate(ticks: array[int], tick: Fraction, *, natural: FrameRate) -> FrameRate | None:
    """Return the constant rate whose grid all times lie on but for a container's rounding; None where they do not."""
    if len(ticks) < 2:
        return natural
    measured = (len(ticks) - 1) / ((ticks[-1] - ticks[0]) * tick)
    for rate in dict.fromkeys((natural, FrameRate.nearest_standard(measured))):
        tolerance = min(max(tick, ROUNDING), rate.frame_duration / 4) / tick
        step = rate.frame_duration / tick
        # Whole numbers throughout: a film has hundreds of thousands of pictures.
        numerator, denominator, slack = step.numerator, step.denominator, int(tolerance * step.denominator)
        first = ticks[0]
        if all(abs((time - first) * denominator - k * numerator) <= slack for k, time in enumerate(ticks)):
            return rate
    return None


def small_size(picture: PictureFacts) -> tuple[int, int]:
    """Return width and height of the reduced picture as shown, even, its longer side `LONG_SIDE_PX`."""
    width, height = picture.display_size
    scale = Fraction(LONG_SIDE_PX, max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


class _Shrinker:
    """Make small upright pictures; scaling and the conversion to BGR are one step of swscale."""

    def __init__(self, picture: PictureFacts) -> None:
        from av.video.reformatter import VideoReformatter

        width, height = small_size(picture)
        self._stored = (height, width) if picture.rotation_deg in (90, 270) else (width, height)
        self._quarter_turns = -(picture.rotation_deg // 90)  # numpy turns counter-clockwise
        self._reformatter = VideoReformatter()

    def __call__(self, picture: Any) -> NDArray[np.uint8]:
        import numpy as np

        width, height = self._stored
        # One thread: a picture of this size costs less than handing it to others does.
        small = self._reformatter.reformat(
            picture, width=width, height=height, format="bgr24", interpolation="AREA", threads=1
        )
        bgr = cast("NDArray[np.uint8]", small.to_ndarray())
        return np.ascontiguousarray(np.rot90(bgr, self._quarter_turns)) if self._quarter_turns else bgr


def _choose_threads(stream: Any, picture: PictureFacts) -> None:
    stream.thread_type = "AUTO"
    most = _MOST_THREADS_BIG if picture.width_px * picture.height_px > _BIG_PICTURE_PX else _MOST_THREADS
    stream.codec_context.thread_count = min(most, os.cpu_count() or 1)


def _claimed_end(stream: Any, facts: MediaFacts) -> Fraction:
    """Return when the pictures should end: the stream's claim, or the container's where that is sooner."""
    if facts.container == "avi" and facts.picture.frame_count:  # libav shortens the length of one that was cut off
        return facts.picture.frame_count * facts.picture.rate.frame_duration
    claims = [facts.duration] if facts.duration > 0 else []
    if stream.duration:
        claims.append(stream.duration * Fraction(stream.time_base))
    elif "DURATION" in stream.metadata:  # Matroska's way, as clock text; the container's may be the sound's
        with contextlib.suppress(ValueError, ZeroDivisionError):
            last = parse_seconds(stream.metadata["DURATION"])
            claims.append(last - facts.picture.start if last > facts.picture.start else last)
    return min(claims, default=Fraction(0))
