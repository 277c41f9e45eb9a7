"""Nodes of sound → ffmpeg arguments: mix, level, measure, encode."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pipeline.argv.terms import Locate, arguments, decimal, open_film, open_input, seconds, seeking, since, veiled
from pipeline.graph import AAC_FRAME, SAMPLE_RATE_HZ, FilmSound, Levels, SoundEncode, SoundMix, SoundPart

_TRUE_PEAK_RATE_HZ = 4 * SAMPLE_RATE_HZ  # BS.1770-5 annex 2 asks for 4 × oversampling


def sound_argv(node: SoundEncode, target: str, locate: Locate) -> tuple[str, ...]:
    """Return arguments that mix, level and encode sound as AAC-LC whose first sample is the one at time 0."""
    import ffmpeg

    mix = node.mix
    whole = mix.lead_in + aac_frames(mix.samples) * AAC_FRAME
    stream = _levelled(_mixed(mix, locate), node.levels)
    stream = stream.filter("apad", whole_len=whole).filter("atrim", end_sample=whole)
    # The encoder's priming is one frame; it and the lead-in are dropped, so that the first sample kept is shown at 0.
    dropped = mix.lead_in // AAC_FRAME + 1
    options = {
        "c:a": "aac",
        "profile:a": "aac_low",
        "bsf:a": f"noise=drop=lt(n\\,{dropped}),setts=pts=PTS-{mix.lead_in}:dts=DTS-{mix.lead_in}",
        # The twoloop coder is the encoder's default; named, since it shapes every byte.
        "aac_coder": "twoloop",
        "b:a": f"{node.kbps}k",
        "ar": SAMPLE_RATE_HZ,
        "flags:a": "+bitexact",
        "fflags": "+bitexact",
        "map_metadata": -1,
        "movflags": "+faststart",
        "use_editlist": 0,
        "write_btrt": 0,
        "f": "mp4",
    }
    return arguments([ffmpeg.output(stream, veiled(target), **options)])


def loudness_argv(mix: SoundMix, levels: Levels, locate: Locate) -> tuple[str, ...]:
    """Return arguments that measure a mix at its level by EBU R 128; the summary comes on standard error."""
    import ffmpeg

    stream = _levelled(_mixed(mix, locate), levels)
    stream = stream.filter("atrim", start_sample=mix.lead_in)
    stream = stream.filter("ebur128", peak="true", framelog="quiet")
    return arguments([ffmpeg.output(stream, "-", f="null")])


def decoded_loudness_argv(url: str, *, stream: str = "a:0", most: Fraction | None = None) -> tuple[str, ...]:
    """Return arguments that measure a file's sound by EBU R 128, as its decoder gives it, for at most some seconds."""
    import ffmpeg

    bound: dict[str, Any] = {} if most is None else {"t": seconds(most)}
    heard = open_film(url, **bound)[stream].filter("ebur128", peak="true", framelog="quiet")
    return arguments([ffmpeg.output(heard, "-", f="null")])


def aac_frames(samples: int) -> int:
    """Return how many AAC frames cover some samples."""
    return -(-samples // AAC_FRAME)


def _mixed(mix: SoundMix, locate: Locate) -> Any:
    """Return the parts of a mix as one stereo stream at 48 kHz, faded, lead-in first."""
    import ffmpeg

    parts = [_sound_source(part, position, locate) for position, part in enumerate(mix.parts)]
    stream = parts[0] if len(parts) == 1 else ffmpeg.concat(*parts, v=0, a=1)
    if mix.fade_in:
        stream = stream.filter("afade", t="in", ss=mix.lead_in, ns=mix.fade_in)
    if mix.fade_out:
        stream = stream.filter("afade", t="out", ss=mix.lead_in + mix.samples - mix.fade_out, ns=mix.fade_out)
    return stream


def _sound_source(part: SoundPart, position: int, locate: Locate) -> Any:
    if isinstance(part, FilmSound):
        stream = open_film(locate(part.source), position, **seeking(part.seek))[str(part.stream_index)]
        # One sample of room before the in point; first_pts below then cuts or fills to the very sample.
        stream = stream.filter("atrim", start=seconds(part.start - Fraction(1, SAMPLE_RATE_HZ)))
        stream = stream.filter("asetpts", since(part.start))
        # async fills gaps and a late start with silence, which keeps speech on the lips; without min_hard_comp it
        # would let gaps below a tenth of a second pass. Rounding of time stamps stays below it.
        stream = stream.filter("aresample", SAMPLE_RATE_HZ, **{"async": 1}, first_pts=0, min_hard_comp="0.01")
        stream = stream.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
        stream = stream.filter("apad", whole_len=part.samples)
    else:
        source = f"anullsrc=channel_layout=stereo:sample_rate={SAMPLE_RATE_HZ}"
        stream = open_input(source, position, f="lavfi")["a:0"].filter(
            "aformat", sample_fmts="fltp", channel_layouts="stereo"
        )
    return _counted(stream.filter("atrim", end_sample=part.samples))


def _counted(stream: Any) -> Any:
    """Return the stream with sample n at exactly n / 48000; N/SR/TB, the usual idiom, rounds some down."""
    return stream.filter("asettb", expr=f"1/{SAMPLE_RATE_HZ}").filter("asetpts", "N")


def _levelled(stream: Any, levels: Levels) -> Any:
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
    return stream.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
