"""Read a film's packets without decoding them, but for keyframes here and there: anchors to compare."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from pipeline.facts import MediaFacts
from pipeline.plan.packets import Packets
from pipeline.plan.shots import Decoding, Timeline
from pipeline.shell.pixels.times import claimed_end, timeline_of
from pipeline.shell.probe import open_media

# One packet is one picture in these, where every packet has a time. VP8 hides pictures in packets of their own,
# MPEG-2 and interlaced H.264 may split one into two.
_ONE_PICTURE_A_PACKET: Final = ("h264", "hevc", "vp9", "av1", "libdav1d", "mpeg4", "mjpeg", "prores", "dnxhd")
# Of two anchors: films that have more keyframes, or nothing else, are looked at in steps.
_LEAST_APART: Final = Fraction(3, 10)
WITHOUT_LOOP_FILTER: Final = {"skip_loop_filter": "all"}


_TOLD_EVERY: Final = 240
OnAnchor = Callable[[int, Fraction, Any], None]


class Irregular(Exception):  # noqa: N818 - it is no error: the film has to be read picture by picture
    """A film's packets do not tell its pictures; every one has to be decoded."""


@dataclass(frozen=True)
class PacketReading:
    """What one pass over the packets gave."""

    packets: Packets
    timeline: Timeline
    decoding: Decoding


def read_packets(
    path: Path,
    facts: MediaFacts,
    *,
    on_anchor: OnAnchor,
    on_progress: Callable[[float], None] | None = None,
) -> PacketReading:
    """Read all packets of a film's picture, and decode its keyframes, or some of them where there are very many.

    `on_anchor` gets each in order: its time stamp in ticks, the same in seconds, and PyAV's picture. Raises Irregular
    where packets do not tell pictures.
    """
    if facts.picture.scan != "progressive" or facts.container == "avi":
        raise Irregular
    notes = _Notes()
    with open_media(path) as container:
        stream: Any = container.streams[facts.picture.index]
        end = claimed_end(stream, facts)
        tick = Fraction(stream.time_base)
        origin = facts.picture.start / tick
        anchors = _Anchors(stream.codec_context, tick, on_anchor)
        for packet in _until_damage(container.demux(stream), notes):
            notes.take(packet)
            if packet.is_keyframe:
                anchors.offer(packet)
            if len(notes.ticks) % _TOLD_EVERY == 0 and on_progress is not None and end > 0:
                on_progress(min(1.0, float((packet.pts - origin) * tick / end)))
    packets = notes.packets()
    if not packets.is_regular or not (facts.picture.codec in _ONE_PICTURE_A_PACKET or packets.keys.all()):
        raise Irregular
    ordered = packets.ticks[packets.shown_order].tolist()
    timeline = timeline_of(ordered, tick, natural=facts.picture.rate)
    length = notes.last_duration or round(facts.picture.rate.frame_duration / tick)
    decoding = Decoding(notes.damage_count, (ordered[-1] - ordered[0] + length) * tick, end)
    return PacketReading(packets, timeline, decoding)


class _Notes:
    def __init__(self) -> None:
        self.ticks, self._sizes, self._keys = array("q"), array("i"), bytearray()
        self.damage_count = 0
        self.last_duration = 0
        self._latest = -(1 << 62)

    def take(self, packet: Any) -> None:
        if packet.pts is None or packet.is_discard:
            raise Irregular
        if packet.pts >= self._latest:
            self._latest, self.last_duration = packet.pts, packet.duration or 0
        self.damage_count += bool(packet.is_corrupt)
        self.ticks.append(packet.pts)
        self._sizes.append(packet.size)
        self._keys.append(packet.is_keyframe)

    def packets(self) -> Packets:
        return Packets(
            np.frombuffer(self.ticks, np.int64),
            np.frombuffer(self._sizes, np.int32),
            np.frombuffer(self._keys, np.bool_),
        )


class _Anchors:
    """Decode some keyframes, each from its packet alone; without a loop filter, which nobody sees at small size."""

    def __init__(self, context: Any, tick: Fraction, on_anchor: OnAnchor) -> None:
        context.options = WITHOUT_LOOP_FILTER
        context.thread_count = 1
        self._context = context
        self._tick = tick
        self._on_anchor = on_anchor
        self._last: int | None = None

    def offer(self, packet: Any) -> None:
        """Decode this keyframe where it is far enough from the last."""
        if self._last is None or (packet.pts - self._last) * self._tick >= _LEAST_APART:
            self._last = packet.pts
            self._decode(packet)

    def _decode(self, packet: Any) -> None:
        """Decode one packet with nothing before it: with a memory, decoders hold pictures back or drop them."""
        import av

        try:
            pictures = [*self._context.decode(packet), *self._context.decode(None)]
        except av.FFmpegError:
            raise Irregular from None
        self._context.flush_buffers()
        if len(pictures) != 1 or pictures[0].pts != packet.pts:
            raise Irregular
        self._on_anchor(packet.pts, packet.pts * self._tick, pictures[0])


def _until_damage(packets: Iterator[Any], notes: _Notes) -> Iterator[Any]:
    """Yield packets until the container ends or breaks off."""
    import av

    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):
            notes.damage_count += 1
            return
        if packet is None or packet.size == 0:
            return
        yield packet
