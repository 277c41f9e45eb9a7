"""Rules about trick play: playlists of key pictures, whether their byte ranges are what they say, and their rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import accumulate, chain
from typing import Final

from pipeline.counting import counted
from pipeline.plan.hls.package import KeyRange, Package, Stream
from pipeline.plan.hls.pictures import ranges_of
from pipeline.plan.hls.rates import kbps
from pipeline.plan.hls.rules import Miss, Rule, Seen, all_of, needs, needs_master, needs_vod, over_streams
from pipeline.plan.measurements import Measured, Unmeasured
from pipeline.playlists import IframeVariant, Variant

_DENSE: Final = Fraction(1)
_DENSE_SLACK: Final = Fraction(11, 10)
# Apple 6.7: kb/s of key pictures of each size, one in a second; where there are two, the higher.
_H264_KBPS: Final = {(640, 360): 45, (768, 432): 90, (960, 540): 250, (1280, 720): 375, (1920, 1080): 580}
_HEVC_KBPS: Final = {(768, 432): 40, (960, 540): 200, (1280, 720): 300, (1920, 1080): 525}
_SHOWN_PER_SECOND: Final = 8
_RATE_SLACK: Final = Fraction(11, 10)


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
        others = (other.addresses for other in package.having("video") if other is not source)
        if not keys.addresses <= source.addresses and not keys.addresses.isdisjoint(chain.from_iterable(others)):
            misses.append(Miss(one.uri, f"they are not those of {source.uri}"))
    return Seen(counted(count, "playlist"), tuple(misses))


def _alternatives(package: Package, keys: IframeVariant) -> list[Variant]:
    """Return the variants of the size and codec of a playlist of key pictures."""
    variants = () if package.choices is None else package.choices.variants
    same = [one for one in variants if one.resolution == keys.resolution]
    return [one for one in same if not keys.codecs or keys.codecs[0] in one.codecs]


def _own(package: Package) -> tuple[Stream, ...]:
    """Return the key pictures that were made for winding: no variant plays their segments."""
    played = frozenset[str]().union(*(stream.addresses for stream in package.having("video")))
    return tuple(one for one in package.having("key pictures") if one.pieces and played.isdisjoint(one.addresses))


def _has_own(package: Package) -> str | None:
    return None if _own(package) else "all key pictures are those of streams that play, and so are their rates"


def _has_table_size(package: Package) -> str | None:
    found = any(_size_of(one) in _table(one) for one in _own(package))
    return None if found else "no key pictures of their own are of a size in Apple's table"


def _table(stream: Stream) -> Mapping[tuple[int, int], int]:
    codec = None if stream.head is None else stream.head.picture_codec
    return {"H.264": _H264_KBPS, "HEVC": _HEVC_KBPS}.get("" if codec is None else codec.family, {})


def _size_of(stream: Stream) -> tuple[int, int]:
    return next((one.resolution for one in stream.iframe_variants if one.resolution is not None), (0, 0))


def _as_published(stream: Stream) -> Fraction | None:
    """Return the kb/s that the table has for key pictures of a size, one in a second."""
    found = _table(stream).get(_size_of(stream))
    return None if found is None else Fraction(found)


def _normal(package: Package, stream: Stream) -> Fraction | None:
    """Return what key pictures may take, one in a second: an eighth of the variants of their size, or Apple's figure.

    Other sizes have the figure of the next in the table. None where nothing says what is normal.
    """
    across, down = _size_of(stream)
    table = [rate for (width, height), rate in _table(stream).items() if width * height >= across * down > 0]
    same = [package.stream(one.uri) for keys in stream.iframe_variants for one in _alternatives(package, keys)]
    rates = [one.rates.average / 1000 for one in same if one is not None and one.fault is None and one.rates]
    return max((*map(Fraction, table[:1]), *(rate / _SHOWN_PER_SECOND for rate in rates)), default=None)


def _cost(allowed: Callable[[Package, Stream], Fraction | None]) -> Callable[[Package], Measured[Seen]]:
    """Return the look that holds the rates of key pictures of their own against what one in a second may take."""

    def look(package: Package) -> Measured[Seen]:
        misses, told = [], []
        for stream in _own(package):
            most, rates = allowed(package, stream), stream.rates
            if most is None or rates is None or stream.fault is not None:
                continue
            told.append(kbps(rates.average))
            limit = most * 1000 * len(stream.pieces) / stream.duration
            if rates.average > limit * _RATE_SLACK:
                misses.append(Miss(stream.uri, f"{kbps(rates.average)} where {kbps(limit)} is the target"))
        return Seen(", ".join(told), tuple(misses)) if told else Unmeasured("none could be read whole and has a target")

    return look


def _several(package: Package) -> Seen:
    choices = () if package.choices is None else package.choices.iframe_variants
    count = len({one.average_bandwidth or one.bandwidth for one in choices})
    return Seen(counted(count, "rate"), () if count > 1 else (Miss(package.master_uri, "there is no other"),))


def _has_sizes(package: Package) -> str | None:
    variants = () if package.choices is None else package.choices.variants
    return None if len({one.resolution for one in variants}) > 1 else "all variants have one size"


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
    Rule("6.5", "SHOULD", "key pictures of their own, eight in a second, take a variant's rate",
         "its eighth for one in a second, or 6.7's", all_of(_LISTED, needs_vod, _has_own), _cost(_normal)),
    Rule("6.6", "SHOULD", "key pictures come at several rates", "two or more", all_of(_LISTED, _has_sizes), _several),
    Rule("6.7", "SHOULD", "key pictures of their own have the rates of Apple's table or less",
         "the size's kb/s for one in a second + 10 %", all_of(_LISTED, needs_vod, _has_own, _has_table_size),
         _cost(lambda _, stream: _as_published(stream))),
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
