"""Rules about the beat of pictures: the frame rate, and where key pictures stand."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from pipeline.counting import counted
from pipeline.plan.hls.package import Media, Package, Stream
from pipeline.plan.hls.pictures import COMMON_RATES, RATE_SLACK, frame_rate, listed, near_rate
from pipeline.plan.hls.rules import Miss, Rule, Seen, needs, over_streams
from pipeline.plan.measurements import Measured

_FASTEST: Final = Fraction(60) * (1 + RATE_SLACK)
_KEY_INTERVAL: Final = Fraction(2)


def _intervals(package: Package) -> Measured[Seen]:
    def look(streams: tuple[Stream, ...]) -> Seen:
        misses, longest = [], Fraction(0)
        for stream in streams:
            for piece in stream.pieces:
                media = piece.content
                if not isinstance(media, Media):
                    continue
                gap = media.longest_interval
                longest = max(longest, gap)
                if gap > _KEY_INTERVAL + media.longest_step:
                    misses.append(Miss(stream.uri, f"{piece.entry.uri}: {float(gap):.3f} s"))
        return Seen(f"at most {float(longest):.3f} s", tuple(misses))

    return over_streams(_nal_streams(package), look)


def _starts(package: Package) -> Measured[Seen]:
    def look(streams: tuple[Stream, ...]) -> Seen:
        misses, count = [], 0
        for stream in streams:
            for piece in stream.pieces:
                if isinstance(piece.content, Media):
                    count += 1
                    if not piece.content.keys or piece.content.keys[0] != 0:
                        misses.append(Miss(stream.uri, f"{piece.entry.uri} does not start with an IDR picture"))
        return Seen(f"{count - len(misses)} of {counted(count, 'segment')}", tuple(misses))

    return over_streams(_nal_streams(package), look)


def _marked(package: Package) -> Measured[Seen]:
    def look(streams: tuple[Stream, ...]) -> Seen:
        misses = tuple(
            Miss(stream.uri, f"{piece.entry.uri}: {counted(piece.content.false_keys, 'picture')} marked and no IDR")
            for stream in streams
            for piece in stream.pieces
            if isinstance(piece.content, Media) and piece.content.false_keys
        )
        return Seen(f"{counted(len(misses), 'segment')} with others", misses)

    return over_streams(_nal_streams(package), look)


def _nal_streams(package: Package) -> tuple[Stream, ...]:
    """Return the streams whose key pictures can be told, and those that nothing is known of."""
    return tuple(one for one in package.having("video") if one.head is None or one.head.picture_codec is not None)


def _rates(keeps: Callable[[Fraction], bool]) -> Callable[[Package], Measured[Seen]]:
    def look(streams: tuple[Stream, ...]) -> Seen:
        found = [(stream, rate) for stream in streams if (rate := frame_rate(stream)) is not None]
        misses = tuple(Miss(stream.uri, f"{float(rate):.3f} fps") for stream, rate in found if not keeps(rate))
        return Seen(f"{listed(f'{float(rate):.3f}' for _, rate in found)} fps", misses)

    return lambda package: over_streams(package.having("video"), look)


_VIDEO: Final = needs("video")
RULES: Final = (
    Rule("1.13", "SHOULD", "a key picture every 2 s", "IDR, ≤ 2 s", _VIDEO, _intervals),
    Rule(
        "1.18",
        "SHOULD",
        "the frame rate is a common one",
        "23.976, 24, 25, 29.97, 30, 50, 59.94, 60",
        _VIDEO,
        _rates(lambda rate: near_rate(rate) in COMMON_RATES),
    ),
    Rule("1.19", "MUST", "no more than 60 frames per second", "≤ 60", _VIDEO, _rates(lambda rate: rate <= _FASTEST)),
    Rule("7.4", "MUST", "a segment starts with a key picture", "IDR", _VIDEO, _starts),
    Rule("Matinee 4", "MUST", "pictures that are marked as key pictures are some", "IDR", _VIDEO, _marked),
)  # fmt: skip
