"""Decode a film from some of its keyframes on, for a while each, and leave out everything else.

Nothing but a keyframe can be decoded alone, and everything up to the end of a burst has to be decoded with it. The loop
filter is left out, and pictures that no other one needs: what is measured on small pictures hardly changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from pipeline.facts import MediaFacts
from pipeline.plan.sampling import Sampling, step_of
from pipeline.shell.probe import ticks_of

if TYPE_CHECKING:
    from av.container import InputContainer

WITHOUT_LOOP_FILTER: Final = {"skip_loop_filter": "all"}


@dataclass(frozen=True)
class DecodedPicture:
    """One picture as the decoder gives it."""

    time: Fraction
    """Seconds since the film's first picture."""
    is_key: bool
    frame: Any
    """PyAV's VideoFrame; it may be marked as corrupt."""


@dataclass
class Watching:
    """Which pictures somebody wants to see who does not decode them, and what to call with each."""

    sampling: Sampling
    look: Callable[[DecodedPicture], None]
    is_complete: bool = False
    """Whether all of them were shown."""


class BurstDecoder:
    """Decode what a sampling asks for of one film; `feed` wants all packets of its picture in the file's order."""

    def __init__(self, container: InputContainer, stream: Any, facts: MediaFacts, sampling: Sampling) -> None:
        self._container = container
        self._context = stream.codec_context
        self._context.options = {**self._context.options, **WITHOUT_LOOP_FILTER}
        self._context.skip_frame = "NONREF"
        self._tick, self._start = Fraction(stream.time_base or 1), facts.picture.start
        self._is_whole = sampling.burst is None
        self._asked = _Asked(sampling, facts.picture.rate.frame_duration)
        self._is_running = False

    def feed(self, packet: Any) -> Iterator[DecodedPicture]:
        """Yield the wanted pictures that a packet brings, those before it included; None ends the film."""
        given = packet
        if packet is not None:
            if not (packet.is_keyframe or self._is_running or self._is_whole):
                return  # only a keyframe begins a burst
            stamp = stamp_of(packet, self._container)
            time = self._asked.last if stamp is None else stamp * self._tick - self._start
            need = self._asked.need_of(time, is_key=bool(packet.is_keyframe))
            if need == "aside" or (need == "none" and not self._is_running):
                return
            # Emptied where a burst ends: a decoder that went on with the next one would miss what lies between, and
            # call what depends on it damaged.
            self._is_running, given = need == "decode", packet if need == "decode" else None
        for frame in decoded(self._context, given):
            ticks = ticks_of(frame, self._container)
            if ticks is None:
                continue
            time = ticks * self._tick - self._start
            if self._asked.wants(time, is_key=bool(frame.key_frame)):
                yield DecodedPicture(time, bool(frame.key_frame), frame)


class _Asked:
    """Says which packets have to be decoded, and which of the pictures that come out are wanted."""

    def __init__(self, sampling: Sampling, frame_duration: Fraction) -> None:
        self._sampling = sampling
        self._slack = frame_duration if sampling.burst != 0 else Fraction(0)
        self._started: Fraction | None = None
        self._next = 0
        self.last = Fraction(0)

    def need_of(self, time: Fraction, *, is_key: bool) -> str:
        """Return "decode" for the packet of a picture shown at a time, "none" for one past the burst, else "aside"."""
        self.last = time
        burst = self._sampling.burst
        if burst is None:
            return "decode"
        if is_key and (self._started is None or time - self._started >= self._sampling.spacing):
            self._started = time
        if self._started is None or time > self._started + burst + self._slack:
            return "none"
        # Shown before the keyframe that it follows: it needs what lies before that.
        return "decode" if time >= self._started else "aside"

    def wants(self, time: Fraction, *, is_key: bool) -> bool:
        """Return whether a decoded picture is the first in its step, or a keyframe that begins a burst."""
        burst = self._sampling.burst
        if time < 0:
            return False
        if burst is not None and not (
            self._started is not None and self._started <= time <= self._started + burst + self._slack / 2
        ):
            return False
        step = step_of(time)
        if step >= self._next or is_key:
            self._next = step + 1
            return True
        return False


def stamp_of(packet: Any, container: InputContainer) -> int | None:
    """Return when a packet's picture is shown, in ticks of its stream, as near as the container tells."""
    stamp: int | None = packet.dts if packet.pts is None or container.format.name == "avi" else packet.pts
    return stamp


def decoded(context: Any, packet: Any) -> list[Any]:
    """Return the pictures that a packet brings, none where it is damaged; None empties the decoder."""
    import av

    try:
        return list(context.decode(packet))
    except av.FFmpegError:
        return []
    finally:
        if packet is None:
            context.flush_buffers()
