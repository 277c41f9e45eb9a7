"""Nodes of sound → ffmpeg arguments: mix, level, measure, encode."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import count
from typing import Any

from pipeline.argv.forms import Form, Place, spelled, stand_ins
from pipeline.argv.keys import key_as_url
from pipeline.argv.terms import Locate, arguments, decimal, open_film, open_input, seconds, seeking, since, veiled
from pipeline.graph import (
    AAC_FRAME,
    LEAD_IN,
    SAMPLE_RATE_HZ,
    Container,
    FilmSound,
    Layout,
    Levels,
    Mix,
    Share,
    Silence,
    SoundEncode,
    SoundPart,
    Stretch,
)
from pipeline.timebase import Span

_TRUE_PEAK_RATE_HZ = 4 * SAMPLE_RATE_HZ  # BS.1770-5 annex 2 asks for 4 × oversampling
_METER_BLOCK = SAMPLE_RATE_HZ * 4 // 10
"""Samples that EBU R 128 takes for one value: what is shorter is heard with the silence after it."""


def sound_argv(node: SoundEncode, target: str, locate: Locate) -> tuple[str, ...]:
    """Return arguments that mix, level and encode sound whose first sample is the one at time 0."""
    import ffmpeg

    if node.coding == "pcm":
        stream = _mixed(node, locate).filter("atrim", start_sample=LEAD_IN)
        stream = _counted(stream.filter("apad", whole_len=node.samples).filter("atrim", end_sample=node.samples))
        return arguments([ffmpeg.output(stream, veiled(target), **{"c:a": "pcm_s24le", **_muxed("mov")})])
    stream, options = aac_sound(node, locate)
    return arguments([ffmpeg.output(stream, veiled(target), **options, **_muxed("mp4"))])


def told_sound(node: SoundEncode) -> str:
    """Return the arguments of a node, keys for its inputs whatever the files are called, told as for its key.

    Sounds of many films are encoded alike, and differ in which film and which part of it is heard alone.
    """
    places = tuple(_places(node))
    standing = iter(stand_ins(places))
    parts = tuple(part if isinstance(part, Silence) else _standing_in(part, standing) for part in node.parts)
    return _form_of(replace(node, parts=parts)).filled(spelled(places, _before))


@functools.lru_cache(maxsize=256)
def _form_of(node: SoundEncode) -> Form:
    return Form.of(sound_argv(node, "out", key_as_url), spelled(tuple(_places(node)), _before))


def _places(node: SoundEncode) -> Iterator[Place]:
    stretches = (part for part in node.parts if isinstance(part, Stretch))
    return ((piece.source, piece.start, piece.seek) for one in stretches for piece in one.pieces)


def _standing_in(part: Stretch, standing: Iterator[Place]) -> Stretch:
    """Return the stretch that is the same for all that differ from it in places alone."""
    pieces = []
    for piece in part.pieces:
        source, start, seek = next(standing)
        assert start is not None
        pieces.append(replace(piece, source=source, start=start, seek=seek))
    return replace(part, pieces=tuple(pieces))


def aac_sound(node: SoundEncode, locate: Locate) -> tuple[Any, dict[str, Any]]:
    """Return what is encoded as AAC of a node, and the options that do it."""
    whole = LEAD_IN + aac_frames(node.samples) * AAC_FRAME
    stream = _mixed(node, locate).filter("apad", whole_len=whole).filter("atrim", end_sample=whole)
    # The encoder's priming is one frame; it and the lead-in are dropped, so that the first sample kept is shown at 0.
    dropped = LEAD_IN // AAC_FRAME + 1
    return stream, {
        "c:a": "aac",
        "profile:a": "aac_low",
        "bsf:a": f"noise=drop=lt(n\\,{dropped}),setts=pts=PTS-{LEAD_IN}:dts=DTS-{LEAD_IN}",
        "aac_coder": node.coder,
        "b:a": f"{node.kbps}k",
    }


def loudness_argv(node: SoundEncode, locate: Locate) -> tuple[str, ...]:
    """Return arguments that measure what would be encoded by EBU R 128; the summary comes on standard error."""
    return _measured(_mixed(node, locate).filter("atrim", start_sample=LEAD_IN))


def decoded_loudness_argv(url: str, *, stream: str = "a:0", most: Fraction | None = None) -> tuple[str, ...]:
    """Return arguments that measure a file's sound by EBU R 128, as its decoder gives it, for at most some seconds."""
    bound: dict[str, Any] = {} if most is None else {"t": seconds(most)}
    return _measured(open_film(url, **bound)[stream])


def span_loudness_argv(url: str, span: Span) -> tuple[str, ...]:
    """Return arguments that measure some seconds of a file's first sound by EBU R 128, as its decoder gives it."""
    before = span.start - 1
    stream = open_film(url, **seeking(before if before > 0 else None))["a:0"]
    stream = stream.filter("atrim", start=seconds(span.start), end=seconds(span.end)).filter("asetpts", "PTS-STARTPTS")
    return _measured(stream)


def aac_frames(samples: int) -> int:
    """Return how many AAC frames cover some samples."""
    return -(-samples // AAC_FRAME)


def _muxed(container: Container) -> dict[str, Any]:
    """Return what makes a file of sound at 48 kHz from 0 on, the same bytes every time."""
    return {
        "ar": SAMPLE_RATE_HZ,
        "flags:a": "+bitexact",
        "fflags": "+bitexact",
        "map_metadata": -1,
        "movflags": "+faststart",
        "use_editlist": 0,
        "write_btrt": 0,
        "f": container,
    }


def _measured(stream: Any) -> tuple[str, ...]:
    import ffmpeg

    stream = stream.filter("apad", whole_len=_METER_BLOCK).filter("ebur128", peak="true", framelog="quiet")
    return arguments([ffmpeg.output(stream, "-", f="null")])


def _mixed(node: SoundEncode, locate: Locate) -> Any:
    """Return the parts one after another as one stream at 48 kHz, lead-in first."""
    places = count()
    streams = [_heard(part, levels, places, locate) for part, levels in zip(node.parts, node.levels, strict=True)]
    first, *others = streams
    if not others:
        return first
    return _joined([first, *(_counted(stream.filter("atrim", start_sample=LEAD_IN)) for stream in others)])


def _heard(part: SoundPart, levels: Levels | None, places: Iterator[int], locate: Locate) -> Any:
    """Return a part with its lead-in; what is done to it is the same wherever it stands."""
    if isinstance(part, Silence):
        source = f"anullsrc=channel_layout={part.layout}:sample_rate={SAMPLE_RATE_HZ}"
        stream = _laid(open_input(source, next(places), f="lavfi")["a:0"], part.layout)
        return _counted(stream.filter("atrim", end_sample=LEAD_IN + part.samples))
    stream = _faded(part, [_film_sound(piece, next(places), locate) for piece in part.pieces])
    return stream if levels is None else _levelled(stream, levels, part.layout)


def _joined(streams: Sequence[Any]) -> Any:
    """Return streams one after another; concat rounds each one's length to microseconds, and many make a sample."""
    import ffmpeg

    return _counted(ffmpeg.concat(*streams, v=0, a=1))


def _faded(part: Stretch, pieces: Sequence[Any]) -> Any:
    stream = pieces[0] if len(pieces) == 1 else _joined(pieces)
    if part.fade_in:
        stream = stream.filter("afade", t="in", ss=LEAD_IN, ns=part.fade_in)
    if part.fade_out:
        stream = stream.filter("afade", t="out", ss=LEAD_IN + part.end - part.fade_out, ns=part.fade_out)
    return stream


def _film_sound(piece: FilmSound, place: int, locate: Locate) -> Any:
    stream = open_film(locate(piece.source), place, **seeking(piece.seek))[str(piece.stream_index)]
    # One sample of room before the in point; first_pts below then cuts or fills to the very sample.
    stream = stream.filter("atrim", start=_before(piece.start))
    stream = stream.filter("asetpts", since(piece.start))
    # Floating point first: the sum of several channels may pass what whole numbers hold.
    stream = stream.filter("aformat", sample_fmts="fltp").filter("pan", args=_panned(piece.mix))
    # async fills gaps and a late start with silence, which keeps speech on the lips; without min_hard_comp it
    # would let gaps below a tenth of a second pass. Rounding of time stamps stays below it.
    stream = stream.filter("aresample", SAMPLE_RATE_HZ, **{"async": 1}, first_pts=0, min_hard_comp="0.01")
    stream = _laid(stream, piece.mix.layout).filter("apad", whole_len=piece.samples)
    return _counted(stream.filter("atrim", end_sample=piece.samples))


def _before(start: Fraction) -> str:
    """Return the time one sample before another, as arguments have it."""
    return seconds(start - Fraction(1, SAMPLE_RATE_HZ))


def _panned(mix: Mix) -> str:
    """Return a mixture in the pan filter's words; of the channels that it names, those that are not there are 0."""
    return "|".join((mix.layout, *(f"{one.name}={_sum(one.shares)}" for one in mix.channels)))


def _sum(shares: tuple[Share, ...]) -> str:
    told = "+".join(f"{decimal(share.factor)}*{share.channel}" for share in shares).replace("+-", "-")
    return told or "0*c0"


def _laid(stream: Any, layout: Layout) -> Any:
    return stream.filter("aformat", sample_fmts="fltp", channel_layouts=layout)


def _counted(stream: Any) -> Any:
    """Return the stream with sample n at exactly n / 48000; N/SR/TB, the usual idiom, rounds some down."""
    return stream.filter("asettb", expr=f"1/{SAMPLE_RATE_HZ}").filter("asetpts", "N")


def _levelled(stream: Any, levels: Levels, layout: Layout) -> Any:
    if levels.gain_db:
        stream = stream.filter("volume", f"{decimal(levels.gain_db)}dB", precision="float")
    if levels.ceiling_dbtp is not None:
        # A limiter sees samples, not the peaks between them: oversampled, it sees nearly all. latency=1 keeps sync.
        stream = stream.filter("aresample", _TRUE_PEAK_RATE_HZ)
        stream = stream.filter(
            "alimiter", limit=f"{decimal(levels.ceiling_dbtp)}dB", attack=5, release=80, level=0, latency=1
        )
        # Its time stamps jump where its look-ahead sets in, though no sample is missing: they are counted anew.
        stream = _counted(stream.filter("aresample", SAMPLE_RATE_HZ))
    return _laid(stream, layout)
