"""Read a film's packets without decoding them, but for keyframes here and there: anchors to compare."""

from __future__ import annotations

import itertools
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from pipeline.facts import MediaFacts
from pipeline.plan.packets import Packets
from pipeline.plan.sampling import Sampling
from pipeline.plan.shots import Decoding, Timeline
from pipeline.shell.pixels.bursts import BurstDecoder, Watching
from pipeline.shell.pixels.times import claimed_end, timeline_of
from pipeline.shell.probe import open_media, packets_of

# One packet is one picture in these, where every packet has a time. VP8 hides pictures in packets of their own,
# MPEG-2 and interlaced H.264 may split one into two.
_ONE_PICTURE_A_PACKET: Final = ("h264", "hevc", "vp9", "av1", "libdav1d", "mpeg4", "mjpeg", "prores", "dnxhd")
# Of two anchors: films that have more keyframes, or nothing else, are looked at in steps.
_LEAST_APART: Final = Fraction(3, 10)
_KEYFRAMES: Final = Sampling(Fraction(0), spacing=_LEAST_APART)
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
    watching: Watching | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> PacketReading:
    """Read all packets of a film's picture, and decode its keyframes, or some of them where there are very many.

    `on_anchor` gets each in order: its time stamp in ticks, the same in seconds, and PyAV's picture. Who is `watching`
    gets all keyframes, and what follows them. Raises Irregular where packets do not tell pictures.
    """
    if facts.picture.scan != "progressive" or facts.container == "avi":
        raise Irregular
    notes = _Notes()
    with open_media(path) as container:
        stream: Any = container.streams[facts.picture.index]
        end = claimed_end(stream, facts)
        tick = Fraction(stream.time_base)
        origin = facts.picture.start / tick
        # One thread: decoders with several hold pictures back, which would come with the next keyframe.
        stream.codec_context.thread_count = 1
        decoder = BurstDecoder(container, stream, facts, _KEYFRAMES if watching is None else watching.sampling)
        anchors = _Anchors(tick, on_anchor)
        look = (lambda _: None) if watching is None else watching.look
        for packet in itertools.chain(_until_damage(packets_of(container, stream), notes), (None,)):
            if packet is not None:
                notes.take(packet)
                if packet.is_keyframe:
                    anchors.expect(packet)
            for picture in decoder.feed(packet):
                anchors.take(picture.frame)
                look(picture)
            if packet is None:
                break
            if len(notes.ticks) % _TOLD_EVERY == 0 and on_progress is not None and end > 0:
                on_progress(min(1.0, float((packet.pts - origin) * tick / end)))
        if watching is not None:
            watching.is_complete = True
        anchors.check()
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
    """Tell the keyframes among decoded pictures that are far enough apart, each of which has to come."""

    def __init__(self, tick: Fraction, on_anchor: OnAnchor) -> None:
        self._tick = tick
        self._on_anchor = on_anchor
        self._last: int | None = None
        self._due: deque[int] = deque()

    def expect(self, packet: Any) -> None:
        """Wait for this keyframe's picture where it is far enough from the last. Raises Irregular where one is lost."""
        if self._last is None or (packet.pts - self._last) * self._tick >= _LEAST_APART:
            self.check(most_due=1)
            self._last = packet.pts
            self._due.append(packet.pts)

    def take(self, frame: Any) -> None:
        """Tell a decoded picture where it is one of those. Raises Irregular where one before it never came."""
        if frame.pts in self._due:
            if frame.pts != self._due.popleft():
                raise Irregular
            self._on_anchor(frame.pts, frame.pts * self._tick, frame)

    def check(self, *, most_due: int = 0) -> None:
        """Raise Irregular where more pictures are still to come than may be."""
        if len(self._due) > most_due:
            raise Irregular


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
