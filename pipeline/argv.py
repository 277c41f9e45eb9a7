"""Render nodes → ffmpeg arguments, through ffmpeg-python's graph; and the recipe keys that follow from them.

Pure: paths come from `locate`, a function from an input's key to what stands after `-i`. A key is made from the very
arguments, with keys in place of paths, so that nothing that changes an output can be forgotten in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from pipeline.colour import conversion_filters
from pipeline.facts import CONTAINERS
from pipeline.graph import (
    AAC_FRAME,
    SAMPLE_RATE_HZ,
    X264,
    CardDrawing,
    FilmPicture,
    FilmSound,
    Levels,
    PictureEncode,
    PicturePart,
    Placement,
    Poster,
    SoundEncode,
    SoundMix,
    SoundPart,
    StillPicture,
)
from pipeline.timebase import FrameRate

Locate = Callable[[str], str]

# Swscale's exact paths: the same pixels on every machine, chroma interpolated in full.
SCALE_FLAGS = "lanczos+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"
_TRUE_PEAK_RATE_HZ = 4 * SAMPLE_RATE_HZ  # BS.1770-5 annex 2 asks for 4 × oversampling


def picture_argv(nodes: Sequence[PictureEncode], targets: Sequence[str], locate: Locate) -> tuple[str, ...]:
    """Return arguments that decode parts once and encode every node from them.

    All nodes have the same parts and rate, but for what their stills show; they differ in placement, size and encoder.
    Raises ValueError otherwise.
    """
    import ffmpeg

    first = nodes[0]
    if any((node.decoded, node.rate) != (first.decoded, first.rate) for node in nodes):
        raise ValueError("nodes that share a decode have the same parts and rate")
    branches: list[list[Any]] = [[] for _ in nodes]
    for position in range(len(first.parts)):
        for part, numbers in _sharers(nodes, position).items():
            stream = _picture_source(part, position, nodes[numbers[0]], locate)
            copies = stream.filter_multi_output("split", len(numbers)) if len(numbers) > 1 else [stream]
            for copy, number in enumerate(numbers):
                node = nodes[number]
                branches[number].append(_placed(copies[copy], part, node, node.placements[position]))
    outputs = [
        ffmpeg.output(_finished(parts, node), _veiled(target), **_picture_options(node))
        for parts, node, target in zip(branches, nodes, targets, strict=True)
    ]
    return _arguments(outputs)


def sound_argv(node: SoundEncode, target: str, locate: Locate) -> tuple[str, ...]:
    """Return arguments that mix, level and encode sound as AAC-LC whose first sample is the one at time 0."""
    import ffmpeg

    mix = node.mix
    whole = mix.lead_in + aac_frames(mix.samples) * AAC_FRAME
    stream = _levelled(mixed(mix, locate), node.levels)
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
    return _arguments([ffmpeg.output(stream, _veiled(target), **options)])


def loudness_argv(mix: SoundMix, levels: Levels, locate: Locate) -> tuple[str, ...]:
    """Return arguments that measure a mix at its level by EBU R 128; the summary comes on standard error."""
    import ffmpeg

    stream = _levelled(mixed(mix, locate), levels)
    stream = stream.filter("atrim", start_sample=mix.lead_in)
    stream = stream.filter("ebur128", peak="true", framelog="quiet")
    return _arguments([ffmpeg.output(stream, "-", f="null")])


def decoded_loudness_argv(url: str) -> tuple[str, ...]:
    """Return arguments that measure a finished sound file by EBU R 128, as its decoder gives it."""
    import ffmpeg

    stream = _open(url)["a:0"].filter("ebur128", peak="true", framelog="quiet")
    return _arguments([ffmpeg.output(stream, "-", f="null")])


def poster_argv(node: Poster, target: str, locate: Locate) -> tuple[str, ...]:
    """Return arguments that take one frame of an encoded picture as JPEG."""
    import ffmpeg

    stream = _open(locate(node.picture), ss=_seconds(node.at))["v:0"]
    # JPEG is BT.601 in full range, whatever the film is (JFIF, ITU-T T.871).
    ranges = {"in_range": "limited", "out_range": "full", "in_color_matrix": "bt709", "out_color_matrix": "bt601"}
    stream = stream.filter("scale", flags=SCALE_FLAGS, **ranges).filter("format", "yuvj420p")
    options = {"frames:v": 1, "c:v": "mjpeg", "q:v": 3, "flags:v": "+bitexact", "fflags": "+bitexact", "f": "mjpeg"}
    return _arguments([ffmpeg.output(stream, _veiled(target), **options)])


def card_key(drawing: CardDrawing) -> str:
    """Return the key of a card's picture."""
    size = (str(drawing.width_px), str(drawing.height_px))
    return recipe_key("card", drawing.tools, (drawing.design, *size, *drawing.lines))


def recipe_key(kind: str, toolchain: str, argv: Sequence[str]) -> str:
    """Return the key of work: sha256 over what kind of work it is, the tools that do it, and their arguments."""
    document = json.dumps([kind, toolchain, list(argv)], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(document.encode("ascii")).hexdigest()


def key_as_url(key: str) -> str:
    """Stand in for `locate` where a key is made."""
    return f"key:{key}"


def _sharers(nodes: Sequence[PictureEncode], position: int) -> dict[PicturePart, list[int]]:
    """Return the parts that stand at a position, each with the nodes that show it: several only where stills differ."""
    sharers: dict[PicturePart, list[int]] = {}
    for number, node in enumerate(nodes):
        sharers.setdefault(node.parts[position], []).append(number)
    return sharers


def _picture_source(part: PicturePart, position: int, node: PictureEncode, locate: Locate) -> Any:
    """Return a part's frames at the output's rate, numbered from 0, exactly as many as the part has."""
    if isinstance(part, FilmPicture):
        stream = _film_picture(part, position, node.rate, locate)
    elif isinstance(part, StillPicture):
        # pattern_type none: a % in a path is a character, not a number to count.
        still = {"f": "image2", "pattern_type": "none", "loop": 1, "framerate": str(node.rate)}
        stream = _input(locate(part.source), position, **still)["v:0"]
    else:
        size = f"{node.width_px}x{node.height_px}"
        stream = _input(f"color=black:size={size}:rate={node.rate}", position, f="lavfi")["v:0"]
    # A master's last frames may be missing by rounding: the last one is held rather than the output cut short.
    stream = stream.filter("tpad", stop=2, stop_mode="clone") if isinstance(part, FilmPicture) else stream
    return _numbered(stream.filter("trim", end_frame=part.frames), node.rate)


def _film_picture(part: FilmPicture, position: int, rate: FrameRate, locate: Locate) -> Any:
    """Return a master's frames from the in point on, at the output's rate.

    Time stamps are the file's own (-copyts), so no seek, edit list or odd start time moves the in point. The frame
    wanted first is the one nearest to `start`: containers round their time stamps.
    """
    stream = _open(locate(part.source), position, **_seeking(part.seek))[str(part.stream_index)]
    if part.scan == "interlaced":
        # Each picture says whether it is interlaced and which of its fields comes first.
        stream = stream.filter("bwdif", mode="send_frame", parity="auto", deint="interlaced")
    # No trim at the in point: of what is shown before it, fps keeps the last picture, which a variable rate may hold.
    stream = stream.filter("setpts", _since(part.start))
    divisor = part.rate.fps / rate.fps
    if divisor.denominator == 1 and divisor > 1:
        stream = stream.filter("fps", fps=str(part.rate), start_time=0, round="near")
        return stream.filter("framestep", step=divisor.numerator)
    return stream.filter("fps", fps=str(rate), start_time=0, round="near")


def _since(start: Fraction) -> str:
    """Return the expression of the time since `start`; without round, 0.9999 of a coarse tick would count as none."""
    return f"round(PTS-({start})/TB)"


def _numbered(stream: Any, rate: FrameRate) -> Any:
    """Return the stream with frame n at exactly n / rate."""
    stream = stream.filter("settb", expr=str(1 / rate.fps)).filter("setpts", "N")
    return stream.filter("fps", fps=str(rate))  # setpts forgets the rate, which x264's rate control reads


def _placed(stream: Any, part: PicturePart, node: PictureEncode, placement: Placement | None) -> Any:
    if placement is not None:
        crop = placement.crop
        stream = stream.filter("crop", crop.width_px, crop.height_px, crop.left_px, crop.top_px, exact=1)
        width, height = placement.width_px, placement.height_px
    else:
        width, height = node.width_px, node.height_px
    if isinstance(part, FilmPicture):
        for name, options in conversion_filters(part.colour, width_px=width, height_px=height, scale_flags=SCALE_FLAGS):
            stream = stream.filter(name, **options)
    else:
        stream = stream.filter("scale", width, height, flags=SCALE_FLAGS, out_color_matrix="bt709", out_range="limited")
    if (width, height) != (node.width_px, node.height_px):
        stream = stream.filter("pad", node.width_px, node.height_px, "(ow-iw)/2", "(oh-ih)/2", color="black")
    stream = stream.filter("setsar", 1).filter("format", "yuv420p")
    return stream.filter("setparams", color_primaries="bt709", color_trc="bt709", colorspace="bt709", range="tv")


def _finished(parts: list[Any], node: PictureEncode) -> Any:
    import ffmpeg

    if len(parts) == 1:
        return parts[0]
    return _numbered(ffmpeg.concat(*parts, v=1, a=0), node.rate)


def _picture_options(node: PictureEncode) -> dict[str, Any]:
    encoder = node.encoder
    return {
        "c:v": "libx264",
        "preset": encoder.preset,
        "crf": _decimal(encoder.crf),
        "maxrate": f"{encoder.maxrate_kbps}k",
        "bufsize": f"{encoder.bufsize_kbit}k",
        "profile:v": "high",
        "level:v": encoder.level,
        "g": encoder.keyframe_interval_frames,
        "bf": encoder.b_frames,
        "refs": encoder.references,
        "threads:v": encoder.threads,
        "x264-params": _x264_params(encoder),
        "frames:v": node.frames,
        "fps_mode": "passthrough",
        "enc_time_base:v": "filter",
        "video_track_timescale": _timescale(node.rate),
        "flags:v": "+bitexact",
        "fflags": "+bitexact",
        "map_metadata": -1,
        # Composition offsets below zero put the first picture at 0 without an edit list.
        "movflags": "+faststart+negative_cts_offsets",
        "use_editlist": 0,
        "write_btrt": 0,
        "f": "mp4",
    }


def _x264_params(encoder: X264) -> str:
    """Return what has no ffmpeg option of its own.

    Keyframes come at the interval and nowhere else, since platforms name a shortest one too; cpu-independent gives
    the same bytes on every processor.
    """
    interval = encoder.keyframe_interval_frames
    return f"keyint={interval}:min-keyint={interval}:scenecut=0:open-gop=0:cpu-independent=1:stitchable=1"


def mixed(mix: SoundMix, locate: Locate) -> Any:
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
        stream = _open(locate(part.source), position, **_seeking(part.seek))[str(part.stream_index)]
        # One sample of room before the in point; first_pts below then cuts or fills to the very sample.
        stream = stream.filter("atrim", start=_seconds(part.start - Fraction(1, SAMPLE_RATE_HZ)))
        stream = stream.filter("asetpts", _since(part.start))
        # async fills gaps and a late start with silence, which keeps speech on the lips; without min_hard_comp it
        # would let gaps below a tenth of a second pass. Rounding of time stamps stays below it.
        stream = stream.filter("aresample", SAMPLE_RATE_HZ, **{"async": 1}, first_pts=0, min_hard_comp="0.01")
        stream = stream.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
        stream = stream.filter("apad", whole_len=part.samples)
    else:
        source = f"anullsrc=channel_layout=stereo:sample_rate={SAMPLE_RATE_HZ}"
        stream = _input(source, position, f="lavfi")["a:0"].filter(
            "aformat", sample_fmts="fltp", channel_layouts="stereo"
        )
    return _counted(stream.filter("atrim", end_sample=part.samples))


def _counted(stream: Any) -> Any:
    """Return the stream with sample n at exactly n / 48000; N/SR/TB, the usual idiom, rounds some down."""
    return stream.filter("asettb", expr=f"1/{SAMPLE_RATE_HZ}").filter("asetpts", "N")


def _levelled(stream: Any, levels: Levels) -> Any:
    if levels.gain_db:
        stream = stream.filter("volume", f"{_decimal(levels.gain_db)}dB", precision="float")
    if levels.ceiling_dbtp is not None:
        # A limiter sees samples, not the peaks between them: oversampled, it sees nearly all. latency=1 keeps sync.
        stream = stream.filter("aresample", _TRUE_PEAK_RATE_HZ)
        stream = stream.filter(
            "alimiter", limit=f"{_decimal(levels.ceiling_dbtp)}dB", attack=5, release=80, level=0, latency=1
        )
        # Its time stamps jump where its look-ahead sets in, though no sample is missing: they are counted anew.
        stream = _counted(stream.filter("aresample", SAMPLE_RATE_HZ))
    return stream.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")


def _open(url: str, position: int = 0, **options: Any) -> Any:
    """Open one file and nothing that it may name, even if it is no longer the file that was probed."""
    formats = ",".join(CONTAINERS)
    return _input(url, position, protocol_whitelist="file", format_whitelist=formats, **options)


def _input(url: str, position: int, **options: Any) -> Any:
    """Return the input that the part at a position reads.

    ffmpeg-python takes equal inputs for one, which it then refuses to use twice; the position keeps them apart.
    """
    import ffmpeg.nodes

    make: Any = ffmpeg.nodes.InputNode
    return make("input", (position,), {"filename": _veiled(url), **options}).stream()


def _seeking(seek: Fraction | None) -> dict[str, Any]:
    return {} if seek is None else {"ss": _seconds(seek), "seek_timestamp": 1, "noaccurate_seek": None}


def _arguments(outputs: Sequence[Any]) -> tuple[str, ...]:
    import ffmpeg

    merged = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    return ("-copyts", *(_unveiled(str(argument)) for argument in ffmpeg.get_args(merged)))


def _veiled(path: str) -> str:
    """Return a path as ffmpeg-python bears it: it hashes UTF-8, which the bytes of a file's name need not be."""
    return path.encode("utf-8", "surrogateescape").decode("latin-1")


def _unveiled(argument: str) -> str:
    return argument.encode("latin-1").decode("utf-8", "surrogateescape")


def _timescale(rate: FrameRate) -> int:
    """Return ticks per second in which a frame is a whole number: 24000 for 24 and 24000/1001 alike."""
    return rate.fps.numerator if rate.fps.denominator > 1 else rate.fps.numerator * 1000


def _seconds(value: Fraction) -> str:
    """Return microseconds as decimal seconds: the precision that ffmpeg reads."""
    return _decimal(Fraction(round(value * 1_000_000), 1_000_000))


def _decimal(value: Fraction) -> str:
    """Return an exact short decimal; only fractions that have one come here."""
    scaled = value * 1_000_000
    if scaled.denominator != 1:
        raise ValueError(f"{value} has no decimal of six places")
    sign = "-" if scaled < 0 else ""
    whole, part = divmod(abs(scaled.numerator), 1_000_000)
    return f"{sign}{whole}.{part:06}".rstrip("0").rstrip(".")


def aac_frames(samples: int) -> int:
    """Return how many AAC frames cover some samples."""
    return -(-samples // AAC_FRAME)
