"""Whether a film file is whole: its container is followed to its end, and the last second of every stream is decoded.

Several copiers set a file's whole size at once and fill it from its beginning, so that its headers are right while its
end is still zeros; and a copy that broke off looks like a film until it is played to where it ends.
"""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.boxes import read_outline
from pipeline.errors import MasterError, MasterOutOfReach
from pipeline.shell.conditions import is_out_of_reach
from pipeline.shell.container_ends import COPY_AGAIN, Fault, fault_of_end
from pipeline.shell.digests import refuse_out_of_reach, unreadable
from pipeline.shell.probe import claimed_end_of, find_picture, open_media, packets_of, reason_of, seek

if TYPE_CHECKING:
    from av.container import InputContainer

_TAIL_S: Final = Fraction(1)
_EXPORT_AGAIN: Final = "Export it again, or copy it again."
# Runs of zeros never stand in these: a third zero byte is escaped (H.264 and H.265, 7.4.1), and no other codec's packet
# is nothing but zeros, unless it is a picture or sound as it is, where that is black or silence.
_WITHOUT_ZEROS: Final = ("h264", "hevc")
_AS_IT_IS: Final = ("pcm_", "rawvideo", "r210", "r10k")
_ZEROS: Final = 64
_END_BYTES: Final = 1024
_MP4_FAMILY: Final = ("mov", "mp4")
_BEFORE_S: Final = (Fraction(0), Fraction(15), Fraction(120))
"""How long before the last second reading begins, where no index tells keyframes."""


def find_fault(path: Path) -> Fault | None:
    """Return what is wrong with a film file; None where it is whole, as far as its ends tell.

    Raises MasterOutOfReach where its drive does not answer, which says nothing of it.
    """
    try:
        fault = _fault_of_boxes(path) or fault_of_end(path) or _fault_of_media(path)
    except MasterOutOfReach:
        raise
    except MasterError as error:
        fault = Fault(error.message.removeprefix(f"{path}: ").rstrip("."), error.remedy or _EXPORT_AGAIN)
    except OSError as error:
        if is_out_of_reach(error):
            raise unreadable(path, error) from error
        fault = Fault(f"cannot be read to its end ({error.strerror})", COPY_AGAIN)
    if fault is not None:
        refuse_out_of_reach(path)
    return fault


def is_doubtful(path: Path) -> bool:
    """Tell whether a file may have parts that were never written: it has holes, or ends in zeros."""
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(max(0, size - _END_BYTES))
        if not any(file.read(_END_BYTES)):
            return True
        try:
            # The file system may not know of all.
            return os.lseek(file.fileno(), 0, os.SEEK_HOLE) < size
        except (OSError, AttributeError):
            return False


def _fault_of_boxes(path: Path) -> Fault | None:
    outline = read_outline(path)
    if outline is None:
        return None
    if outline.fault is not None:
        return Fault(f"is not whole: it ends too early ({outline.fault})", COPY_AGAIN)
    if outline.moov_before_mdat is None:
        return Fault("is not whole: it has no moov box, which says what is in it", COPY_AGAIN)
    return None


def _fault_of_media(path: Path) -> Fault | None:
    with open_media(path) as container:
        picture = find_picture(container)
        if picture is None:
            return Fault("has no video stream", "Matinee takes films; a sound file has no pictures.")
        streams: list[Any] = [picture, *_sounds(container)]
        if any(name in _MP4_FAMILY for name in container.format.name.split(",")):
            # Each stream of this family has an index of its own, and its end is known.
            tails = (_Tail(container, [stream], Fraction(0)).fault() for stream in streams)
            return next((fault for fault in tails if fault is not None), None)
    fault = None
    for before in _BEFORE_S:
        with open_media(path) as container:
            fault = _Tail(container, [find_picture(container), *_sounds(container)], before).fault()
        if fault is None:
            return None
    return fault


def _sounds(container: InputContainer) -> list[Any]:
    return [sound for sound in container.streams.audio if sound.codec_context is not None]


class _Tail:
    """The end of some streams of one file."""

    def __init__(self, container: InputContainer, streams: list[Any], before: Fraction) -> None:
        self._container = container
        self._streams = streams
        self._end = min(map(_end_of, streams)) if len(streams) == 1 else claimed_end_of(container)
        self._from = self._end - _TAIL_S
        self._begin = max(Fraction(0), self._from - before)
        self._last_packet: dict[int, Fraction] = {}
        self._last_shown: dict[int, Fraction] = {}

    def fault(self) -> Fault | None:
        """Decode it, and return what is wrong with it."""
        import av

        for stream in self._streams:
            stream.thread_type = "SLICE"
        self._seek()
        packets = packets_of(self._container, *self._streams)
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, OSError) as error:
                return Fault(f"is not whole: it cannot be read to its end ({reason_of(error)})", COPY_AGAIN)
            if packet is None:
                break
            if (fault := self._take(packet)) is not None:
                return fault
        return self._fault_of_end()

    def _seek(self) -> None:
        import av

        try:
            if len(self._streams) == 1:
                (stream,) = self._streams
                seek(self._container, int(self._begin / stream.time_base), stream=stream)
            else:
                seek(self._container, int(self._begin * 1_000_000))
        except av.FFmpegError:  # it has no index: from wherever it is now, which is its beginning
            return

    def _take(self, packet: Any) -> Fault | None:
        import av

        stream = packet.stream
        at = packet.pts if packet.pts is not None else packet.dts
        in_tail = at is not None and at * stream.time_base >= self._from
        if packet.size and in_tail and _is_unwritten(packet, stream.codec_context.name):
            return Fault(f"is not whole: its {_named(stream)} ends in zeros", COPY_AGAIN)
        if at is not None:
            end = (at + (packet.duration or 0)) * stream.time_base
            self._last_packet[stream.index] = max(end, self._last_packet.get(stream.index, end))
        try:
            frames = stream.codec_context.decode(packet if packet.size else None)
        except av.EOFError:
            return None
        except av.FFmpegError as error:
            # What precedes the last second may lean on what was not read.
            is_known_bad = in_tail or not packet.size
            told = f"the last second of its {_named(stream)} cannot be decoded ({reason_of(error)})"
            return Fault(told, COPY_AGAIN) if is_known_bad else None
        for frame in frames:
            if frame.pts is not None or frame.dts is not None:
                shown = (frame.pts if frame.pts is not None else frame.dts) * Fraction(
                    frame.time_base or stream.time_base
                )
                self._last_shown[stream.index] = max(shown, self._last_shown.get(stream.index, shown))
        return None

    def _fault_of_end(self) -> Fault | None:
        last = max(self._last_packet.values(), default=None)
        if last is None or not self._last_shown:
            return Fault("nothing of its last second can be decoded", COPY_AGAIN)
        if last < self._end - _TAIL_S:
            begun = Fraction(self._container.start_time or 0, 1_000_000)
            ends, says = (max(0.0, float(one - begun)) for one in (last, self._end))
            return Fault(f"is cut off: it says {says:.1f} s, but ends at {ends:.1f} s", COPY_AGAIN)
        for stream in self._streams:
            if stream.index in self._last_packet and stream.index not in self._last_shown:
                return Fault(f"the last second of its {_named(stream)} cannot be decoded", COPY_AGAIN)
            if stream.index in self._last_packet and stream.type == "video":
                missing = self._last_packet[stream.index] - self._last_shown[stream.index]
                if missing > _TAIL_S and self._last_packet[stream.index] > self._from + _TAIL_S / 2:
                    return Fault("the last second of its picture cannot be decoded", COPY_AGAIN)
        return None


def _end_of(stream: Any) -> Fraction:
    length: Fraction = (stream.duration or 0) * stream.time_base
    begin: Fraction = (stream.start_time or 0) * stream.time_base
    return begin + length


def _is_unwritten(packet: Any, codec: str) -> bool:
    """Tell whether a packet ends in zeros that no encoder writes."""
    if codec.startswith(_AS_IT_IS):
        return False
    data = memoryview(packet)
    if codec in _WITHOUT_ZEROS and len(data) > _ZEROS and not any(data[-_ZEROS:]):
        return True
    return len(data) >= 16 and not any(data)


def _named(stream: Any) -> str:
    return "picture" if stream.type == "video" else "sound"
