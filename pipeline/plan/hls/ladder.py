"""Rules about the ladder: which variants there are, their bit rates, and the numbers that say so."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from pipeline.counting import counted
from pipeline.plan.hls.demand import demand_of
from pipeline.plan.hls.package import Package, Stream
from pipeline.plan.hls.pictures import frame_rate, ranges_of
from pipeline.plan.hls.rates import Rates, kbps
from pipeline.plan.hls.rules import Miss, Rule, Seen, all_of, needs, needs_master, needs_vod, over_streams
from pipeline.plan.measurements import Measured, Unmeasured
from pipeline.playlists import IframeVariant, Variant

_TOLERANCE: Final = Fraction(1, 10)
# Apple 1.25, H.264: the highest average of each size in kb/s.
_H264_KBPS: Final = {(416, 234): 145, (640, 360): 365, (768, 432): 1100, (960, 540): 2000, (1280, 720): 4500,
                     (1920, 1080): 7800}  # fmt: skip
_HEVC_KBPS: Final = {(640, 360): 145, (768, 432): 300, (960, 540): 1600, (1280, 720): 3400, (1920, 1080): 5800,
                     (2560, 1440): 8100, (3840, 2160): 16800}  # fmt: skip
_START_KBPS: Final = 2000
_UHD_KBPS: Final = 15_000


def _variants(package: Package) -> tuple[Variant, ...]:
    return () if package.choices is None else package.choices.variants


def _measured(attribute: str, tag: str, pick: Callable[[Rates], Fraction]) -> Callable[[Package], Measured[Seen]]:
    """Return the look that holds a declared rate against what the segments come to."""

    def look(package: Package) -> Measured[Seen]:
        choices = package.choices
        every: tuple[Variant | IframeVariant, ...] = (
            () if choices is None else (*choices.variants, *choices.iframe_variants)
        )
        misses, worst, count = [], Fraction(0), 0
        for one in every:
            demand, told = demand_of(one, package), getattr(one, attribute)
            if demand is None or told is None:
                continue
            count += 1
            share = Fraction(told) / max(pick(demand), Fraction(1)) - 1
            worst = max(worst, share, key=abs)
            if abs(share) > _TOLERANCE:
                misses.append(Miss(one.uri, f"{tag} {kbps(Fraction(told))}, measured {kbps(pick(demand))}"))
        if not count:
            return Unmeasured("no variant has it and streams that could be read whole")
        return Seen(f"{float(worst):+.1%} at most, of {counted(count, 'variant')}", tuple(misses))

    return look


def _peaks(package: Package) -> Measured[Seen]:
    def look(streams: tuple[Stream, ...]) -> Seen:
        found = [(one, rates) for one in streams if (rates := one.rates) is not None]
        misses = tuple(
            Miss(one.uri, f"peak {kbps(rates.peak)}, average {kbps(rates.average)}")
            for one, rates in found
            if rates.peak > rates.average * 2
        )
        worst = max((rates.peak / rates.average for _, rates in found), default=Fraction(0))
        return Seen(f"at most {float(worst):.0%}", misses)

    return over_streams(package.having("video"), look)


def _sizes(package: Package) -> Measured[Seen]:
    def look(streams: tuple[Stream, ...]) -> Measured[Seen]:
        misses, told = [], []
        for stream, most in ((one, _target(one)) for one in streams):
            rates = stream.rates
            if most is None or rates is None:
                continue
            told.append(kbps(rates.average))
            if rates.average > most * 1000 * (1 + _TOLERANCE):
                misses.append(Miss(stream.uri, f"{kbps(rates.average)} where {most} kb/s is the target"))
        return Seen(", ".join(told), tuple(misses)) if told else Unmeasured("none of a size in the table could be read")

    return over_streams(package.having("video"), look)


def _target(stream: Stream) -> int | None:
    codec = None if stream.head is None else stream.head.picture_codec
    table = {"H.264": _H264_KBPS, "HEVC": _HEVC_KBPS}.get("" if codec is None else codec.family, {})
    size = next((one.resolution for one in stream.variants), None)
    return None if size is None else table.get(size)


def _has_ladder_size(package: Package) -> str | None:
    found = any(_target(stream) is not None for stream in package.having("video"))
    return None if found else "no variant is of a size in Apple's table for 16:9"


def _first(package: Package) -> Seen:
    """Hold the first variant against the one whose average is nearest to 2000 kb/s."""
    told = [one for one in _variants(package) if one.average_bandwidth or one.bandwidth]
    distances = [abs((one.average_bandwidth or one.bandwidth or 0) - _START_KBPS * 1000) for one in told]
    first = (told[0].average_bandwidth or told[0].bandwidth or 0) if told else 0
    is_nearest = not told or distances[0] == min(distances)
    misses = () if is_nearest else (Miss(told[0].uri, f"{first / 1000:.0f} kb/s, and another is nearer"),)
    return Seen(f"{first / 1000:.0f} kb/s", misses)


def _shapes(package: Package) -> Seen:
    sized = _sized(package)
    shapes = [Fraction(*one.resolution) for one in sized if one.resolution is not None]
    misses = tuple(
        # Sizes are even numbers, so small pictures miss their shape by a little.
        Miss(one.uri, f"{one.resolution[0]}x{one.resolution[1]}" if one.resolution else "")
        for one, shape in zip(sized, shapes, strict=True)
        if abs(shape / shapes[0] - 1) > Fraction(2, 100)
    )
    return Seen(f"{float(shapes[0]):.3f}:1" if shapes else "none is stated", misses)


def _has_sizes(package: Package) -> str | None:
    return None if _sized(package) else "no variant says its size"


def _sized(package: Package) -> list[Variant]:
    """Return the variants whose size has a shape."""
    return [one for one in _variants(package) if one.resolution is not None and all(one.resolution)]


def _uhd(package: Package) -> Seen:
    rates = [one.average_bandwidth or one.bandwidth or 0 for one in _uhd_variants(package)]
    misses = (Miss(package.master_uri, f"the least is {min(rates) / 1000:.0f} kb/s"),)
    return Seen(f"{min(rates) / 1000:.0f} kb/s", misses if min(rates) > _UHD_KBPS * 1000 else ())


def _uhd_variants(package: Package) -> list[Variant]:
    return [one for one in _variants(package) if one.resolution is not None and min(one.resolution) >= 2160]


def _some_codec(package: Package) -> Seen:
    told = any(name.startswith(("avc1", "avc3")) for one in _variants(package) for name in one.codecs)
    misses = () if told else (Miss(package.master_uri, "no variant is H.264"),)
    return Seen("H.264" if told else "none", misses)


def _some_sdr(package: Package) -> Measured[Seen]:
    found = ranges_of(package.having("video"))
    if not found:
        return Unmeasured("no stream of pictures could be read")
    misses = () if "SDR" in found else (Miss(package.master_uri, "every stream is HDR"),)
    return Seen(", ".join(sorted(found)), misses)


def _slow_hdr(package: Package) -> Seen:
    rates = [rate for stream in package.having("video") if ranges_of((stream,)) - {"SDR"}
             if (rate := frame_rate(stream)) is not None]  # fmt: skip
    misses = (
        (Miss(package.master_uri, f"the slowest is {float(min(rates)):.3f} fps"),) if rates and min(rates) > 31 else ()
    )
    return Seen(f"{float(min(rates)):.3f} fps" if rates else "none", misses)


def needs_hdr(package: Package) -> str | None:
    """Apply where a stream is HDR."""
    return None if ranges_of(package.having("video")) - {"SDR"} else "no stream is HDR"


_VIDEO: Final = all_of(needs_master, needs("video"))
RULES: Final = (
    Rule("1.12", "SHOULD", "some variants are H.264", "H.264", _VIDEO, _some_codec),
    Rule("1.20", "SHOULD", "HDR has variants of 30 frames per second at most", "≤ 30", all_of(_VIDEO, needs_hdr),
         _slow_hdr),
    Rule("1.24", "MUST", "a variant is SDR", "SDR", _VIDEO, _some_sdr),
    Rule("1.25", "SHOULD", "average rates are those of Apple's ladder or less", "the size's highest target + 10 %",
         all_of(_VIDEO, _has_ladder_size), _sizes),
    Rule("1.26", "MUST", "AVERAGE-BANDWIDTH is what the segments come to", "± 10 %", all_of(needs_master, needs_vod),
         _measured("average_bandwidth", "AVERAGE-BANDWIDTH", lambda rates: rates.average)),
    Rule("1.27, 9.13", "MUST", "BANDWIDTH is the peak of the most demanding combination", "± 10 %",
         all_of(needs_master, needs_vod), _measured("bandwidth", "BANDWIDTH", lambda rates: rates.peak)),
    Rule("1.30", "SHOULD", "the peak is no more than twice the average", "≤ 200 %", all_of(needs("video"), needs_vod),
         _peaks),
    Rule("1.32", "SHOULD", "the first variant is the one to start with", "nearest to 2000 kb/s", _VIDEO, _first),
    Rule("1.33", "SHOULD", "all variants have one shape", "the same aspect ratio", all_of(_VIDEO, _has_sizes), _shapes),
    Rule("1.34", "SHOULD", "some UHD is for common lines", "≤ 15 Mb/s",
         all_of(_VIDEO, lambda package: None if _uhd_variants(package) else "no variant is UHD"), _uhd),
)  # fmt: skip
