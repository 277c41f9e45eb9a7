"""When a file's pictures are shown and which are keyframes: from an MP4's tables, or else from all of its packets."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from pipeline.boxes import Movie, Track
from pipeline.boxes.nals import find_false_keyframes
from pipeline.boxes.samples import groups_of, keyframes_of
from pipeline.errors import VerifyFailed
from pipeline.plan.measurements import Measured, PictureTimes, Unmeasured
from pipeline.shell.pixels.times import constant_rate
from pipeline.shell.probe import open_media, packets_of
from pipeline.timebase import FrameRate

MOST_PICTURES: Final = 1_000_000  # four and a half hours of 60 pictures a second; what is read of each stays in memory
TOO_MANY: Final = Unmeasured("it has more pictures or packets than are read")


@dataclass
class PacketNotes:
    """What the packets of one stream say; times in ticks, in the order of decoding."""

    tick: Fraction
    shown: array[int] = field(default_factory=lambda: array("q"))
    keyframes: array[int] = field(default_factory=lambda: array("q"))
    """Numbers of packets."""
    bytes: int = 0
    last_duration: int = 0
    """Of the packet that is shown last."""
    is_timeless: bool = False
    is_cut_short: bool = False
    """Whether there are more packets in the file than were read."""
    _latest: int | None = None

    @property
    def seconds(self) -> Fraction:
        """From the first packet's start to the last one's end; 0 where there are none."""
        if not self.shown:
            return Fraction(0)
        return (max(self.shown) - min(self.shown) + self.last_duration) * self.tick

    def take(self, packet: Any, *, by_order: bool) -> None:
        """Note a packet; `by_order` where the container has no times but those of decoding."""
        time = packet.dts if by_order else packet.pts
        if time is None:
            self.is_timeless = True
            return
        if packet.is_keyframe:
            self.keyframes.append(len(self.shown))
        if self._latest is None or time >= self._latest:
            self._latest, self.last_duration = time, packet.duration or self.last_duration
        self.shown.append(time)
        self.bytes += packet.size


def read_notes(path: Path, indexes: Sequence[int]) -> tuple[dict[int, PacketNotes], str | None]:
    """Read every packet of some streams without decoding any; return what they say, and where the file breaks off."""
    if not indexes:
        return {}, None
    with open_media(path) as container:
        streams = [container.streams[index] for index in indexes]
        notes = {stream.index: PacketNotes(Fraction(stream.time_base or 1)) for stream in streams}
        by_order = container.format.name == "avi"
        fault: list[str] = []
        for packet in _until_fault(packets_of(container, *streams), fault):
            note = notes.get(packet.stream_index)
            if note is None:
                continue
            if len(note.shown) > MOST_PICTURES:
                for each in notes.values():
                    each.is_cut_short = True
                break
            if packet.size and not packet.is_discard:
                note.take(packet, by_order=by_order)
            if packet.is_corrupt and not fault:
                fault.append("a packet is damaged")
        return notes, next(iter(fault), None)


def times_of_notes(notes: PacketNotes, natural: FrameRate) -> Measured[PictureTimes]:
    """Return the times of pictures whose packets were read."""
    if notes.is_cut_short:
        return TOO_MANY
    if notes.is_timeless:
        return Unmeasured("its pictures carry no times")
    return _times(notes.shown, notes.keyframes, _Clock(notes.tick, notes.last_duration, natural), notes.bytes)


def times_of_track(movie: Movie, track: Track, natural: FrameRate) -> Measured[PictureTimes]:
    """Return the times of an MP4's picture track; the heads of its keyframes are read."""
    samples = track.samples
    if samples.count > MOST_PICTURES:
        return TOO_MANY
    if not samples.count:
        return Unmeasured("its picture track is empty")
    last = samples.durations[-1][1]
    clock = _Clock(Fraction(1, track.timescale), last, natural)
    try:
        false = find_false_keyframes(movie.path, track)
    except VerifyFailed as error:
        return Unmeasured(error.message.removeprefix(str(movie.path)).strip().rstrip("."))
    return _times(
        samples.shown_times(), keyframes_of(samples), clock, samples.bytes, false, trimmed=_trimmed(movie, track)
    )


@dataclass(frozen=True)
class _Clock:
    tick: Fraction
    last: int
    """Ticks for which the last picture is shown."""
    natural: FrameRate


def _times(
    shown: array[int],
    keyframes: Sequence[int],
    clock: _Clock,
    size: int,
    false: Sequence[int] = (),
    *,
    trimmed: Fraction | None = None,
) -> Measured[PictureTimes]:
    ordered = sorted(shown)
    steps = [step for step in (after - before for before, after in pairwise(ordered)) if step] or [clock.last]
    duration = (ordered[-1] - ordered[0] + (clock.last or steps[-1])) * clock.tick if ordered else Fraction(0)
    if not duration or (len(ordered) > 1 and ordered[0] == ordered[-1]):
        return Unmeasured("its pictures carry no usable times")
    opened = {group.first for group in groups_of(shown, keyframes) if group.is_open} | set(false)
    starts = sorted(shown[number] for number in keyframes) or ordered[:1]
    intervals = [after - before for before, after in pairwise(starts)]
    to_end = duration - (starts[-1] - ordered[0]) * clock.tick
    return PictureTimes(
        frame_count=len(shown),
        duration=duration if trimmed is None else min(trimmed, duration),
        rate=constant_rate(ordered, clock.tick, natural=clock.natural),
        average_fps=len(shown) / duration,
        slowest_fps=1 / (max(steps) * clock.tick),
        fastest_fps=1 / (min(steps) * clock.tick),
        shortest_interval_s=min(intervals) * clock.tick if intervals else None,
        longest_interval_s=max(max(intervals, default=0) * clock.tick, to_end),
        group_count=max(1, len(keyframes)),
        # Pictures before the first keyframe cannot be decoded at all.
        open_groups=len(opened) + (not keyframes or keyframes[0] > 0),
        b_frames=_longest_run(shown),
        kbps=Fraction(size * 8, 1000) / duration,
    )


def _longest_run(shown: array[int]) -> int:
    """Return the most pictures in a row that are shown before one that was decoded before them."""
    import numpy as np

    times = np.frombuffer(shown, np.int64)
    is_b = np.zeros(len(times) + 2, np.int8)
    is_b[1:-1] = (times < np.maximum.accumulate(times))[np.argsort(times, kind="stable")]
    edges = np.flatnonzero(np.diff(is_b))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _trimmed(movie: Movie, track: Track) -> Fraction | None:
    """Return the seconds of a track that its edit list shows; None without one."""
    shown = sum(entry.duration for entry in track.edit_list or () if entry.media_time >= 0)
    return Fraction(shown, movie.timescale) if shown else None


def _until_fault(packets: Iterator[Any], fault: list[str]) -> Iterator[Any]:
    """Yield packets until the container ends or breaks off; why it breaks off goes into `fault`."""
    import av

    try:
        yield from packets
    except (av.FFmpegError, OSError) as error:
        fault.append(f"it breaks off ({error.strerror or error})")
