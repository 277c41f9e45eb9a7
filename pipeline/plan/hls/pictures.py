"""Rules about pictures: codec, profile, level, rate, colour, and where key pictures stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Final

from pipeline.boxes.codecs import Family, PictureCodec
from pipeline.boxes.formats import Colour
from pipeline.boxes.fragments import TrackHead
from pipeline.codecs import Codec
from pipeline.errors import PlanError
from pipeline.plan.hls.package import Init, Media, Package, Stream
from pipeline.plan.hls.rules import Miss, Rule, Seen, needs, over_streams
from pipeline.plan.levels import level_for
from pipeline.plan.measurements import Measured, Unmeasured
from pipeline.timebase import FrameRate, total

_CODECS: Final[Mapping[Family, Codec]] = {"H.264": "h264", "HEVC": "hevc", "AV1": "av1"}
_HIGH: Final = (100,)
_PROFILES: Final[Mapping[Family, Mapping[int, str]]] = {
    "H.264": {66: "Baseline", 77: "Main", 88: "Extended", 100: "High", 110: "High 10", 122: "High 4:2:2"},
    "HEVC": {1: "Main", 2: "Main10", 3: "Main still"},
    "AV1": {0: "Main", 1: "High", 2: "Professional"},
}
COMMON_RATES: Final = tuple(map(Fraction, ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")))
RATE_SLACK: Final = Fraction(1, 1000)
HDR_TRANSFERS: Final = {16: "PQ", 18: "HLG"}


def frame_rate(stream: Stream) -> Fraction | None:
    """Return the mean frame rate of the fastest section that has pictures: what a decoder has to keep up with."""
    rates = []
    for section in stream.sections:
        media = [piece.content for piece in section if isinstance(piece.content, Media)]
        seconds, count = total(one.duration for one in media), sum(one.samples for one in media)
        if seconds:
            rates.append(count / seconds)
    return max(rates, default=None)


def shown_size(init: Init) -> tuple[int, int] | None:
    """Return width and height in square pixels."""
    track = init.track
    if track is None or track.picture is None:
        return None
    width, height = track.picture.width, track.picture.height
    if init.parameters is not None:
        width, height = init.parameters.width, init.parameters.height
    return round(width * (track.picture.aspect or 1)), height


def colour_of(init: Init) -> Colour | None:
    """Return the colour as the container or else the stream says it."""
    told = init.track.picture.colour if init.track is not None and init.track.picture is not None else None
    return told or (init.parameters.colour if init.parameters is not None else None)


def video_range(init: Init) -> str | None:
    """Return SDR, HLG or PQ; None where neither container nor stream says what its colours are."""
    colour = colour_of(init)
    return None if colour is None else HDR_TRANSFERS.get(colour.transfer, "SDR")


def ranges_of(streams: Iterable[Stream]) -> set[str]:
    """Return the dynamic ranges of streams: as they say themselves, else as their variants are declared."""
    found = set()
    for stream in streams:
        named = [one.video_range for one in stream.variants] + [one.video_range for one in stream.iframe_variants]
        told = next(filter(None, named), "SDR")
        found |= {video_range(init) or told for init in stream.inits}
    return found


def _streams(package: Package) -> tuple[Stream, ...]:
    return package.having("video")


def _heads(streams: Iterable[Stream]) -> Iterator[tuple[Stream, TrackHead]]:
    for stream in streams:
        for init in stream.inits:
            if init.track is not None and init.track.kind == "vide":
                yield stream, init.track


def _codecs(streams: Iterable[Stream], family: str | None = None) -> list[tuple[Stream, PictureCodec, TrackHead]]:
    return [
        (stream, head.picture_codec, head)
        for stream, head in _heads(streams)
        if head.picture_codec is not None and family in (None, head.picture_codec.family)
    ]


def _needs_family(family: str) -> Callable[[Package], str | None]:
    def test(package: Package) -> str | None:
        return None if _codecs(_streams(package), family) else f"no stream is {family}"

    return test


def _each_head(
    keeps: Callable[[TrackHead], bool], say: Callable[[TrackHead], str]
) -> Callable[[Package], Measured[Seen]]:
    """Return the look at every picture track."""

    def look(streams: tuple[Stream, ...]) -> Seen:
        heads = list(_heads(streams))
        misses = tuple(Miss(stream.uri, say(head)) for stream, head in heads if not keeps(head))
        return Seen(listed(say(head) for _, head in heads), misses)

    return lambda package: over_streams(_streams(package), look)


def _each_codec(
    family: str, keeps: Callable[[PictureCodec], bool], *, is_for_all: Callable[[list[bool]], bool] = all
) -> Callable[[Package], Measured[Seen]]:
    """Return the look at every stream of a family; `is_for_all` is `any` where one that keeps the rule is enough."""

    def look(streams: tuple[Stream, ...]) -> Seen:
        found = _codecs(streams, family)
        kept = [keeps(codec) for _, codec, _ in found]
        misses = tuple(
            Miss(stream.uri, _codec_text(codec))
            for (stream, codec, _), good in zip(found, kept, strict=True)
            if not good
        )
        return Seen(listed(_codec_text(codec) for _, codec, _ in found), () if is_for_all(kept) else misses)

    return lambda package: over_streams(_streams(package), look)


def _codec_text(codec: PictureCodec) -> str:
    profile = _PROFILES[codec.family].get(codec.profile, f"profile {codec.profile}")
    return f"{codec.family} {profile}@{float(codec.level):g}{' High tier' if codec.is_high_tier else ''}"


def _level(package: Package) -> Measured[Seen]:
    """Hold levels against the lowest that size, rate and peak bit rate need."""

    def look(streams: tuple[Stream, ...]) -> Measured[Seen]:
        misses, told = [], []
        for stream, codec, head in _codecs(streams):
            rate, rates = frame_rate(stream), stream.rates
            if rate is None or rates is None or head.picture is None:
                continue
            try:
                need = level_for(
                    width_px=head.picture.width,
                    height_px=head.picture.height,
                    rate=FrameRate(near_rate(rate)),
                    maxrate_kbps=(rates.peak / 1000).__ceil__(),
                    codec=_CODECS[codec.family],
                ).name
            except PlanError:
                continue
            told.append(f"{float(codec.level):g}")
            if codec.level > max(Fraction(need), _FLOOR):
                misses.append(Miss(stream.uri, f"level {float(codec.level):g} where {need} is enough"))
        if not told:
            return Unmeasured("no stream is of a codec, size and rate that have levels")
        return Seen(f"level {listed(told)}", tuple(misses))

    return over_streams(_streams(package), look)


_FLOOR: Final = Fraction(3)
"""Encoders are told no lower level than every device decodes."""


def near_rate(rate: Fraction) -> Fraction:
    """Return the common frame rate that a measured one means, else the measured one."""
    best = min(COMMON_RATES, key=lambda one: abs(one - rate))
    return best if abs(best - rate) <= best * RATE_SLACK / 2 else rate


def _progressive(package: Package) -> Measured[Seen]:
    found = [(one, init.parameters) for one in _streams(package) for init in one.inits if init.parameters is not None]
    if not found:
        return Unmeasured("no stream tells: it takes the streams' parameter sets")
    misses = tuple(Miss(stream.uri, "its stream allows fields") for stream, told in found if not told.is_progressive)
    return Seen("progressive" if not misses else "interlaced", misses)


def _colours(package: Package) -> Measured[Seen]:
    found = [(one, colour_of(init)) for one in _streams(package) for init in one.inits]
    told = [(stream, colour) for stream, colour in found if colour is not None]
    if not told:
        return Unmeasured("no stream says what its colours are")
    first = told[0][1]
    misses = tuple(Miss(stream.uri, colour.name) for stream, colour in told if colour != first)
    return Seen(listed(colour.name for _, colour in told), misses if len(ranges_of(_streams(package))) == 1 else ())


def listed(words: Iterable[str]) -> str:
    """Return words, each once."""
    return ", ".join(dict.fromkeys(words))


_VIDEO: Final = needs("video")
RULES: Final = (
    Rule(
        "1.1",
        "MUST",
        "pictures are H.264, HEVC, Dolby Vision or AV1",
        "avc1, hvc1, dvh1, av01",
        _VIDEO,
        _each_head(lambda head: head.picture_codec is not None, lambda head: head.name),
    ),
    Rule(
        "1.3a",
        "SHOULD",
        "some H.264 is within what old devices decode",
        "High@4.1",
        _needs_family("H.264"),
        _each_codec(
            "H.264", lambda one: one.profile <= _HIGH[0] and one.level <= Fraction(41, 10), is_for_all=any
        ),
    ),
    Rule(
        "1.3b",
        "MUST",
        "all H.264 is within what devices decode",
        "High@5.2",
        _needs_family("H.264"),
        _each_codec("H.264", lambda one: one.profile <= _HIGH[0] and one.level <= Fraction(52, 10)),
    ),
    Rule(
        "1.4",
        "SHOULD",
        "H.264 uses its High profile",
        "High",
        _needs_family("H.264"),
        _each_codec("H.264", lambda one: one.profile in _HIGH),
    ),
    Rule(
        "1.6a",
        "SHOULD",
        "some HEVC is within what old devices decode",
        "Main10@4.0, Main tier",
        _needs_family("HEVC"),
        _each_codec(
            "HEVC",
            lambda one: one.profile in (1, 2, 3) and one.level <= 4 and not one.is_high_tier,
            is_for_all=any,
        ),
    ),
    Rule(
        "1.6b",
        "MUST",
        "all HEVC is within what devices decode",
        "Main10@5.1, High tier",
        _needs_family("HEVC"),
        _each_codec("HEVC", lambda one: one.profile in (1, 2, 3) and one.level <= Fraction(51, 10)),
    ),
    Rule(
        "1.10",
        "SHOULD",
        "parameter sets stand in the initialization",
        "avc1, hvc1, dvh1",
        _VIDEO,
        _each_head(lambda head: head.codec not in ("avc3", "hev1", "dvhe"), lambda head: head.codec),
    ),
    Rule("1.11", "SHOULD", "the level is no higher than needed", "as size, rate and bits need, or 3.0",
         _VIDEO, _level),
    Rule("1.14", "MUST", "pictures are not interlaced", "progressive", _VIDEO, _progressive),
    Rule("1.21", "SHOULD", "one colour space", "the same in all variants", _VIDEO, _colours),
    Rule(
        "1.37",
        "MUST",
        "AV1 is within what devices decode",
        "level 6.2",
        _needs_family("AV1"),
        _each_codec("AV1", lambda one: one.level <= Fraction(62, 10)),
    ),
)  # fmt: skip
