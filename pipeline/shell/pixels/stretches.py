"""Decode chosen stretches of a film: from a keyframe on, every picture up to a frame, and nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pipeline.facts import MediaFacts
from pipeline.plan.packets import Packets
from pipeline.shell.pixels.bursts import WITHOUT_LOOP_FILTER
from pipeline.shell.pixels.packets import Irregular
from pipeline.shell.probe import open_media, packets_of, seek

_REACH: Final = 64
"""Packets that are read past rather than sought over."""


class StretchReader:
    """Read stretches of one film, in film order; a container of its own for each thread."""

    def __init__(self, path: Path, facts: MediaFacts, packets: Packets) -> None:
        self._path = path
        self._index = facts.picture.index
        self._packets = packets
        self._open()

    def _open(self) -> None:
        self._container = open_media(self._path)
        self._stream: Any = self._container.streams[self._index]
        self._stream.codec_context.options = WITHOUT_LOOP_FILTER
        self._stream.codec_context.thread_count = 1
        self._source: Iterator[Any] = packets_of(self._container, self._stream)
        self._next = 0

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    def read(self, start_frame: int, end_frame: int) -> Iterator[tuple[int, Any]]:
        """Yield (frame, PyAV's picture) for frames [start_frame, end_frame), of which the first is a keyframe.

        Raises Irregular where the decoder shows other pictures than the packets promise.
        """
        first = int(self._packets.shown_order[start_frame])
        wanted = self._packets.shown_order[start_frame:end_frame]
        last = int(wanted.max())
        expected = start_frame
        for picture in self._decoded(first, last):
            frame = self._packets.frame_shown_at(picture.pts)
            if frame is None:
                raise Irregular
            if not start_frame <= frame < end_frame:
                continue
            if frame != expected:
                raise Irregular
            yield frame, picture
            expected += 1
        if expected != end_frame:
            raise Irregular

    def peek(self, anchor: int, frame: int) -> Any:
        """Return PyAV's picture of a frame decoded right after a keyframe, all between left out.

        What the encoder took from the pictures between is wrong in it; what it coded anew is right.
        """
        packets = self._packets.shown_order
        pictures = [
            picture
            for picture in self._decoded(int(packets[anchor]), int(packets[frame]), left_out=True)
            if picture.pts == self._packets.times[frame]
        ]
        if len(pictures) != 1:
            raise Irregular
        return pictures[0]

    def _decoded(self, first: int, last: int, *, left_out: bool = False) -> Iterator[Any]:
        import av

        context = self._stream.codec_context
        try:
            for place, packet in self._fed(first, last):
                if not left_out or place in (first, last):
                    yield from context.decode(packet)
            yield from context.decode(None)
        except av.FFmpegError:
            raise Irregular from None
        finally:
            context.flush_buffers()

    def _fed(self, first: int, last: int) -> Iterator[tuple[int, Any]]:
        """Yield the packets, and their places, from one place to another, seeking where they lie ahead or behind."""
        import av

        if not 0 <= first - self._next <= _REACH:
            self._seek(first)
        while self._next <= last:
            try:
                packet = next(self._source)
            except (StopIteration, av.FFmpegError, OSError):
                raise Irregular from None
            if packet.pts != self._packets.ticks[self._next]:
                raise Irregular
            place, self._next = self._next, self._next + 1
            if place >= first:
                yield place, packet

    def _seek(self, place: int) -> None:
        """Go to a packet, or before it; where the container's index does not lead there, back to the start."""
        tick, first = int(self._packets.ticks[place]), int(self._packets.times[0])
        for target in (tick, tick - (tick - first) // 8):
            seek(self._container, target, stream=self._stream)
            self._source = packets_of(self._container, self._stream)
            packet = next(self._source, None)
            frame = None if packet is None or packet.pts is None else self._packets.frame_shown_at(packet.pts)
            if frame is not None and self._packets.shown_order[frame] <= place:
                self._source = itertools.chain((packet,), self._source)
                self._next = int(self._packets.shown_order[frame])
                return
        self.close()
        self._open()
