"""Decode the pictures of a film that are to be looked at for its features, and no more than they need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.facts import MediaFacts
from pipeline.plan.sampling import PictureStream, Sampling
from pipeline.shell.pixels.bursts import WITHOUT_LOOP_FILTER, BurstDecoder, DecodedPicture, decoded, stamp_of
from pipeline.shell.pixels.reader import half_of_processors
from pipeline.shell.pixels.times import ROUNDING
from pipeline.shell.probe import open_media, packets_of, seek, ticks_of
from pipeline.timebase import Span

if TYPE_CHECKING:
    from av.container import InputContainer

_HEAD_PACKETS: Final = 3000
_ORDER_PACKETS: Final = 100
_MOST_THREADS: Final = 4
_LEADS_S: Final = (0, 2, 5, 10, 30)
"""How far before a span a keyframe is looked for that decoding can begin with; behind that, it would take too long."""


def describe_pictures(path: Path, facts: MediaFacts) -> PictureStream:
    """Return what a film's packets say of the cost of its pictures: its index, else the packets that it begins with.

    Raises MasterError where the file cannot be opened.
    """
    with open_media(path) as container:
        stream = container.streams.video[_place(container, facts)]
        sizes = [(entry.size, bool(entry.is_keyframe)) for entry in stream.index_entries]
        count = facts.duration / facts.picture.rate.frame_duration
        is_indexed = len(sizes) >= 0.9 * count  # Matroska's index names keyframes alone; a transport stream has none
        head = list(_head(container, stream, most=_ORDER_PACKETS if is_indexed else _HEAD_PACKETS))
        if not is_indexed:
            sizes = [(size, is_key) for size, is_key, _ in head]
        shown = [time for _, _, time in head if time is not None]
        scale = float(count) / max(1, len(sizes))
        keys, others = ([size for size, is_key in sizes if is_key == wanted] for wanted in (True, False))
        return PictureStream(
            codec=facts.picture.codec,
            pixels=facts.picture.width_px * facts.picture.height_px,
            fps=float(facts.picture.rate.fps),
            seconds=float(facts.duration),
            key_count=round(len(keys) * scale),
            key_bytes=round(sum(keys) * scale),
            other_count=round(len(others) * scale),
            other_bytes=round(sum(others) * scale),
            has_b_frames=shown != sorted(shown),
        )


def sampled_pictures(
    path: Path, facts: MediaFacts, sampling: Sampling, *, on_progress: Callable[[float], None] | None = None
) -> Iterator[DecodedPicture]:
    """Yield the pictures that a sampling asks for, about in order of time; damage costs pictures and nothing else.

    Raises MasterError where the file cannot be opened.
    """
    with open_media(path) as container:
        stream = container.streams.video[_place(container, facts)]
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = half_of_processors(most=_MOST_THREADS)
        decoder = BurstDecoder(container, stream, facts, sampling)
        for packet in _packets(container, stream):
            if packet is not None and packet.is_keyframe and on_progress is not None and facts.duration > 0:
                time = (stamp_of(packet, container) or 0) * (stream.time_base or 1) - facts.picture.start
                on_progress(min(1.0, max(0.0, float(time / facts.duration))))
            yield from (picture for picture in decoder.feed(packet) if not picture.frame.is_corrupt)


def pictures_within(
    path: Path, facts: MediaFacts, spans: Sequence[Span]
) -> Iterator[tuple[Span, Iterator[DecodedPicture]]]:
    """Yield each span with all pictures shown in it, to be taken before the next span; damage costs pictures.

    A span that lies too far behind anything that decoding can begin with has none. Raises MasterError where the file
    cannot be opened.
    """
    with open_media(path) as container:
        stream = container.streams.video[_place(container, facts)]
        context = stream.codec_context
        context.thread_count = 1
        context.options = {**context.options, **WITHOUT_LOOP_FILTER}
        for span in spans:
            yield span, _pictures_of(span, container, stream, facts)


def _pictures_of(span: Span, container: InputContainer, stream: Any, facts: MediaFacts) -> Iterator[DecodedPicture]:
    tick, start = Fraction(stream.time_base or 1), facts.picture.start
    context = stream.codec_context
    shown, length = span.start - facts.picture.rate.frame_duration, facts.picture.rate.frame_duration
    for packet in _packets_from_keyframe(span.start, container, stream, start):
        stamp = None if packet is None else stamp_of(packet, container)
        if stamp is not None:
            context.skip_frame = "NONREF" if stamp * tick - start < span.start - ROUNDING else "DEFAULT"
        for frame in decoded(context, packet):
            ticks = ticks_of(frame, container)
            shown = shown + length if ticks is None else ticks * tick - start
            if shown >= span.end - ROUNDING:
                return
            if shown >= span.start - ROUNDING and not frame.is_corrupt:
                yield DecodedPicture(shown, bool(frame.key_frame), frame)


def _packets_from_keyframe(
    time: Fraction, container: InputContainer, stream: Any, picture_start: Fraction
) -> Iterator[Any]:
    """Yield a stream's packets from a keyframe shown at a time or a little before; none where there is none."""
    import av

    tick = Fraction(stream.time_base or 1)
    for lead in _LEADS_S:  # without an index, a seek leads to where the time is, and not to a keyframe
        try:
            seek(container, max(0, int((time - lead + picture_start) / tick)), stream=stream)
        except (av.FFmpegError, OSError):
            return
        packets = _packets(container, stream)
        first = next((packet for packet in packets if packet is None or packet.is_keyframe), None)
        stamp = None if first is None else stamp_of(first, container)
        if stamp is not None and stamp * tick - picture_start <= time + ROUNDING:
            if time - (stamp * tick - picture_start) <= _LEADS_S[-1]:
                yield first
                yield from packets
            return


def _packets(container: InputContainer, stream: Any) -> Iterator[Any]:
    """Yield a stream's packets, and None at the end, where the file breaks off as well."""
    import av

    packets = packets_of(container, stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):
            packet = None
        if packet is None or packet.size == 0:
            yield None
            return
        yield packet


def _place(container: InputContainer, facts: MediaFacts) -> int:
    """Return which of the video streams is the film's picture."""
    return [stream.index for stream in container.streams.video].index(facts.picture.index)


def _head(container: InputContainer, stream: Any, *, most: int) -> Iterator[tuple[int, bool, int | None]]:
    """Yield size, kind and time of the first packets."""
    for number, packet in enumerate(_packets(container, stream)):
        if packet is None or number >= most:
            return
        yield packet.size, bool(packet.is_keyframe), packet.pts
