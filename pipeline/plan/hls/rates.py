"""Bit rates as RFC 8216 counts them (4.1): the peak over runs of segments of about a target duration, the average."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.plan.hls.package import Package, Stream
from pipeline.playlists import IframeVariant, MediaType, Variant

_SHORTEST: Final = Fraction(1, 2)
_LONGEST: Final = Fraction(3, 2)
"""Of the target duration: how long a run of segments is that the peak is measured over."""
_GROUPS: Final[tuple[tuple[str, MediaType], ...]] = (("audio", "AUDIO"), ("video", "VIDEO"), ("subtitles", "SUBTITLES"))


@dataclass(frozen=True)
class Rates:
    """Bits per second."""

    peak: Fraction
    average: Fraction


def rates_of(stream: Stream) -> Rates | None:
    """Return a stream's rates; None where nothing of it lasts."""
    playlist = stream.playlist
    if playlist is None or not stream.pieces or not stream.duration:
        return None
    sizes = [(piece.size * 8, piece.entry.duration) for piece in stream.pieces]
    return measure_rates(sizes, target=playlist.target_duration)


def measure_rates(segments: Sequence[tuple[int, Fraction]], *, target: int) -> Rates:
    """Return the rates of segments of so many bits and seconds, which last at least some time."""
    bits, time = sum(one[0] for one in segments), sum((one[1] for one in segments), Fraction(0))
    average = Fraction(bits) / time
    return Rates(peak=max(_run_rates(segments, target), default=average), average=average)


def demand_of(variant: Variant | IframeVariant, package: Package) -> Rates | None:
    """Return the largest sums of rates that a player of a variant can come to (4.3.4.2; Apple 9.13).

    None where a stream that belongs to it could not be read whole.
    """
    total = _known_rates(package.stream(variant.uri))
    choices = package.choices
    if total is None or choices is None or isinstance(variant, IframeVariant):
        return total
    for attribute, kind in _GROUPS:
        members = choices.group(kind, getattr(variant, attribute))
        rates = [_known_rates(package.stream(one.uri)) for one in members if one.uri not in (None, variant.uri)]
        if None in rates:
            return None
        known = [one for one in rates if one is not None]
        peak = max((one.peak for one in known), default=Fraction(0))
        total = Rates(total.peak + peak, total.average + max((one.average for one in known), default=Fraction(0)))
    return total


def kbps(rate: Fraction) -> str:
    """Return a rate for people."""
    return f"{float(rate) / 1000:.1f} kb/s"


def _known_rates(stream: Stream | None) -> Rates | None:
    return None if stream is None or stream.fault is not None else rates_of(stream)


def _run_rates(segments: Sequence[tuple[int, Fraction]], target: int) -> Iterable[Fraction]:
    for first in range(len(segments)):
        bits, time = 0, Fraction(0)
        for size, duration in segments[first:]:
            bits, time = bits + size, time + duration
            if time > target * _LONGEST:
                break
            if time >= target * _SHORTEST and time:
                yield bits / time
