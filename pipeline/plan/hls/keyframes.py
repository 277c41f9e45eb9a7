"""Rules about trick play: playlists of key pictures, and whether their byte ranges are what they say."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate
from typing import Final

from pipeline.counting import counted
from pipeline.plan.hls.package import KeyRange, Package, Stream
from pipeline.plan.hls.pictures import ranges_of
from pipeline.plan.hls.rules import Miss, Rule, Seen, all_of, needs, needs_master, over_streams
from pipeline.plan.measurements import Measured
from pipeline.playlists import IframeVariant, Variant

_DENSE: Final = Fraction(1)
_DENSE_SLACK: Final = Fraction(11, 10)


def _exist(package: Package) -> Seen:
    count = 0 if package.choices is None else len(package.choices.iframe_variants)
    misses = () if count else (Miss(package.master_uri, "no EXT-X-I-FRAME-STREAM-INF"),)
    return Seen(counted(count, "playlist"), misses)


def _over(look: Callable[[tuple[Stream, ...]], Seen]) -> Callable[[Package], Measured[Seen]]:
    return lambda package: over_streams(package.having("key pictures"), look)


def _ranges(keeps: Callable[[KeyRange], bool], told: str) -> Callable[[Package], Measured[Seen]]:
    """Return the look at every byte range."""

    def look(streams: tuple[Stream, ...]) -> Seen:
        misses, count = [], 0
        for stream in streams:
            for piece in stream.pieces:
                if isinstance(piece.content, KeyRange):
                    count += 1
                    if not keeps(piece.content):
                        span = piece.entry.byte_range
                        where = piece.entry.uri if span is None else f"{piece.entry.uri} at byte {span.offset}"
                        misses.append(Miss(stream.uri, f"{where} {told}"))
        return Seen(f"{count - len(misses)} of {counted(count, 'picture')}", tuple(misses))

    return _over(look)


def _marked(streams: tuple[Stream, ...]) -> Seen:
    misses = tuple(
        Miss(one.uri, "no EXT-X-I-FRAMES-ONLY")
        for one in streams
        if one.playlist is not None and not one.playlist.is_i_frames_only
    )
    return Seen(f"in {len(streams) - len(misses)} of {counted(len(streams), 'playlist')}", misses)


def _dense(streams: tuple[Stream, ...]) -> Seen:
    found = [(one.duration / len(one.pieces), one) for one in streams if one.pieces]
    best = min(step for step, _ in found)
    misses = () if best <= _DENSE * _DENSE_SLACK else (Miss(streams[0].uri, f"one in {float(best):.2f} s"),)
    return Seen(f"one in {float(best):.2f} s", misses)


def _times(streams: tuple[Stream, ...]) -> Seen:
    """Hold durations against when the pictures are shown, within each section (RFC 8216, 4.3.3.6)."""
    misses, worst = [], Fraction(0)
    for stream in streams:
        for section in stream.sections:
            told = accumulate((piece.entry.duration for piece in section), initial=Fraction(0))
            shown = [piece.content.shown for piece in section if isinstance(piece.content, KeyRange)]
            known = [(one, at) for one, at in zip(shown, told, strict=False) if one is not None]
            off = [one - known[0][0] - at for one, at in known]
            spread = max((abs(one) for one in off), default=Fraction(0))
            worst = max(worst, spread)
            if spread > Fraction(1, 20):
                misses.append(Miss(stream.uri, f"a picture is {float(spread):.3f} s from its time"))
                break
    return Seen(f"{float(worst) * 1000:.2f} ms off at most", tuple(misses))


def _cheapest(package: Package) -> Seen:
    """Look whether each size's key pictures are those of its lowest rate."""
    misses, count = [], 0
    for one in () if package.choices is None else package.choices.iframe_variants:
        same = _alternatives(package, one)
        keys = package.stream(one.uri)
        cheapest = min(same, key=lambda variant: variant.average_bandwidth or variant.bandwidth or 0, default=None)
        source = None if cheapest is None else package.stream(cheapest.uri)
        if keys is None or source is None:
            continue
        count += 1
        held = {piece.entry.uri for piece in source.pieces}
        pictures = {piece.entry.uri for piece in keys.pieces}
        others = {
            piece.entry.uri for stream in package.having("video") if stream is not source for piece in stream.pieces
        }
        if not pictures <= held and pictures & others:
            misses.append(Miss(one.uri, f"they are not those of {source.uri}"))
    return Seen(counted(count, "playlist"), tuple(misses))


def _alternatives(package: Package, keys: IframeVariant) -> list[Variant]:
    """Return the variants of the size and codec of a playlist of key pictures."""
    variants = () if package.choices is None else package.choices.variants
    same = [one for one in variants if one.resolution == keys.resolution]
    return [one for one in same if not keys.codecs or keys.codecs[0] in one.codecs]


def _some_codec(package: Package) -> Seen:
    told = [name for one in (package.choices.iframe_variants if package.choices else ()) for name in one.codecs]
    kept = any(name.startswith(("avc1", "avc3")) for name in told)
    return Seen(
        ", ".join(dict.fromkeys(told)) or "none is named", () if kept else (Miss(package.master_uri, "no H.264"),)
    )


def _some_sdr(package: Package) -> Seen:
    found = ranges_of(package.having("key pictures"))
    return Seen(", ".join(sorted(found)), () if "SDR" in found or not found else (Miss(package.master_uri, "no SDR"),))


_KEYS: Final = needs("key pictures")
_LISTED: Final = all_of(needs_master, _KEYS)
RULES: Final = (
    Rule("6.1", "MUST", "there are I-frame playlists", "EXT-X-I-FRAME-STREAM-INF", all_of(needs_master, needs("video")),
         _exist),
    Rule("6.2", "SHOULD", "some key pictures are dense", "one in a second", _KEYS, _over(_dense)),
    Rule("6.4", "SHOULD", "key pictures come from the lowest rate of their size", "its segments", _LISTED, _cheapest),
    Rule("6.8", "MUST", "I-frame playlists say so", "EXT-X-I-FRAMES-ONLY", _KEYS, _over(_marked)),
    Rule("6.10", "MUST", "byte ranges hold the moof box and all of the picture", "moof to the picture's end", _KEYS,
         _ranges(lambda one: one.has_moof and one.holds_picture, "lacks its moof box or part of its picture")),
    Rule("RFC 8216 4.3.3.6a", "MUST", "each entry is a key picture", "IDR", _KEYS,
         _ranges(lambda one: one.is_key is not False, "is no key picture")),
    Rule("RFC 8216 4.3.3.6b", "MUST", "each lasts until the next is shown", "within 0.05 s", _KEYS, _over(_times)),
    Rule("Matinee 6", "SHOULD", "byte ranges hold no more than the picture", "to the picture's end", _KEYS,
         _ranges(lambda one: not one.holds_more, "holds more than one picture")),
    Rule("6.14", "SHOULD", "some key pictures are H.264", "avc1", _LISTED, _some_codec),
    Rule("6.16", "MUST", "some key pictures are SDR", "SDR", _KEYS, _some_sdr),
)  # fmt: skip
