"""Nodes of picture → ffmpeg arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pipeline.argv.encoders import x26x_options
from pipeline.argv.terms import (
    Locate,
    Stream,
    arguments,
    decimal,
    numbered,
    open_film,
    open_input,
    seconds,
    seeking,
    since,
    veiled,
)
from pipeline.argv.views import SCALE_FLAGS, plain, shown
from pipeline.graph import (
    X264,
    Container,
    FilmPicture,
    PictureEncode,
    PicturePart,
    Poster,
    ProRes,
    StillPicture,
    View,
)
from pipeline.timebase import FrameRate

_FIELD_ORDERS: Final = {"top first": "tff", "bottom first": "bff"}


def picture_argv(nodes: Sequence[PictureEncode], targets: Sequence[str], locate: Locate) -> tuple[str, ...]:
    """Return arguments that decode parts once and encode every node from them.

    All nodes have the same parts and rate, but for what their stills show; they differ in views, size, captions and
    encoder. Those that differ in nothing but the encoder share their pixels as well. Raises ValueError otherwise.
    """
    import ffmpeg

    first = nodes[0]
    if any((node.decoded, node.rate) != (first.decoded, first.rate) for node in nodes):
        raise ValueError("nodes that share a decode have the same parts and rate")
    drawn = list(dict.fromkeys(node.drawn for node in nodes))
    outputs = []
    for picture, node in zip(_drawn(drawn, locate), drawn, strict=True):
        encoded = [number for number, other in enumerate(nodes) if other.drawn == node]
        for copy, number in zip(split(picture, len(encoded)), encoded, strict=True):
            outputs.append((number, ffmpeg.output(copy, veiled(targets[number]), **_picture_options(nodes[number]))))
    return arguments([output for _, output in sorted(outputs, key=lambda one: one[0])])


def drawn_picture(node: PictureEncode, locate: Locate) -> Stream:
    """Return the frames that a node shows, as they go to an encoder."""
    return _drawn([node], locate)[0]


def film_frames(part: FilmPicture, position: int, rate: FrameRate, locate: Locate) -> Stream:
    """Return a master's frames from the in point on at a rate, numbered from 0, exactly as many as the part has."""
    stream = film_pictures(part, position, locate)
    divisor = part.rate.fps / rate.fps
    if divisor.denominator == 1 and divisor > 1:
        stream = stream.filter("fps", fps=str(part.rate), start_time=0, round="near")
        stream = stream.filter("framestep", step=divisor.numerator)
    else:
        stream = stream.filter("fps", fps=str(rate), start_time=0, round="near")
    # A master's last frames may be missing by rounding: the last is held rather than the output cut short.
    stream = stream.filter("tpad", stop=2, stop_mode="clone")
    return numbered(stream.filter("trim", end_frame=part.frames), rate)


def film_pictures(part: FilmPicture, position: int, locate: Locate) -> Stream:
    """Return a master's pictures, none of two fields, at their own times, which count from the in point.

    Time stamps are the file's own (-copyts), so no seek, edit list or odd start time moves the in point. The frame
    wanted first is the one nearest to `start`: containers round their time stamps.
    """
    stream = open_film(locate(part.source), position, **seeking(part.seek))[str(part.stream_index)]
    if part.scan in _FIELD_ORDERS:
        stream = stream.filter("setfield", _FIELD_ORDERS[part.scan])
    if part.scan != "progressive":
        # Each picture says whether it is interlaced and which of its fields comes first.
        stream = stream.filter("bwdif", mode="send_frame", parity="auto", deint="interlaced")
    # No trim at the in point: of what is shown before it, fps keeps the last picture, which a variable rate may hold.
    return stream.filter("setpts", since(part.start))


def split(stream: Stream, count: int) -> list[Stream]:
    """Return a stream as often as it is needed."""
    if count == 1:
        return [stream]
    copies = stream.filter_multi_output("split", count)
    return [copies[number] for number in range(count)]


def muxer_options(rate: FrameRate, container: Container = "mp4") -> dict[str, Any]:
    """Return what makes a file of frames at a rate whose first picture is shown at 0, the same bytes every time."""
    return {
        "fps_mode": "passthrough",
        "enc_time_base:v": "filter",
        "video_track_timescale": rate.timescale,
        "flags:v": "+bitexact",
        "fflags": "+bitexact",
        "map_metadata": -1,
        # Composition offsets below zero put the first picture at 0 without an edit list.
        "movflags": "+faststart+negative_cts_offsets",
        "use_editlist": 0,
        "write_btrt": 0,
        "f": container,
    }


def poster_argv(node: Poster, target: str, locate: Locate) -> tuple[str, ...]:
    """Return arguments that take one frame of an encoded picture as JPEG."""
    import ffmpeg

    stream = open_film(locate(node.picture), ss=seconds(node.at))["v:0"]
    # JPEG is BT.601 in full range, whatever the film is (JFIF, ITU-T T.871).
    ranges = {"in_range": "limited", "out_range": "full", "in_color_matrix": "bt709", "out_color_matrix": "bt601"}
    stream = stream.filter("scale", flags=SCALE_FLAGS, **ranges).filter("format", "yuvj420p")
    options = {"frames:v": 1, "c:v": "mjpeg", "q:v": 3, "flags:v": "+bitexact", "fflags": "+bitexact", "f": "mjpeg"}
    return arguments([ffmpeg.output(stream, veiled(target), **options)])


def _drawn(nodes: Sequence[PictureEncode], locate: Locate) -> list[Stream]:
    """Return the frames of nodes that share a decode and differ in what they show."""
    branches: list[list[Stream]] = [[] for _ in nodes]
    for position in range(len(nodes[0].parts)):
        for part, numbers in _sharers(nodes, position).items():
            copies = split(_picture_source(part, position, nodes[numbers[0]], locate), len(numbers))
            for copy, number in zip(copies, numbers, strict=True):
                node = nodes[number]
                branches[number].append(_placed(copy, part, node, node.views[position]))
    return [_captioned(_finished(parts, node), node, locate) for parts, node in zip(branches, nodes, strict=True)]


def _sharers(nodes: Sequence[PictureEncode], position: int) -> dict[PicturePart, list[int]]:
    """Return the parts that stand at a position, each with the nodes that show it: several only where stills differ."""
    sharers: dict[PicturePart, list[int]] = {}
    for number, node in enumerate(nodes):
        sharers.setdefault(node.parts[position], []).append(number)
    return sharers


def _picture_source(part: PicturePart, position: int, node: PictureEncode, locate: Locate) -> Stream:
    """Return a film's frames at the output's rate, numbered from 0, exactly as many as the part has; else one."""
    if isinstance(part, FilmPicture):
        return film_frames(part, position, node.rate, locate)
    if isinstance(part, StillPicture):
        # pattern_type none: a % in a path is a character, not a number to count.
        still = {"f": "image2", "pattern_type": "none", "framerate": str(node.rate)}
        return open_input(locate(part.source), position, **still)["v:0"]
    size = f"{node.width_px}x{node.height_px}"
    return open_input(f"color=black:size={size}:rate={node.rate}", position, f="lavfi")["v:0"].filter(
        "trim", end_frame=1
    )


def _placed(stream: Stream, part: PicturePart, node: PictureEncode, views: Sequence[View]) -> Stream:
    if isinstance(part, FilmPicture):
        return shown(stream, part, views, node)
    size = (node.width_px, node.height_px)
    stream = stream.filter("scale", *size, flags=SCALE_FLAGS, out_color_matrix="bt709", out_range="limited")
    stream = plain(stream, node.pixels)
    # Held when it is as the output has it: to decode and scale it for each frame takes longer than to encode them.
    held = stream.filter("loop", loop=-1, size=1).filter("trim", end_frame=part.frames)
    return numbered(held, node.rate)


def _captioned(stream: Stream, node: PictureEncode, locate: Locate) -> Stream:
    """Return the stream with its captions drawn. libass opens its files itself, so it gets plain paths."""
    if node.captions is None:
        return stream
    script, fonts = (locate(key).removeprefix("file:") for key in (node.captions.script, node.captions.fonts))
    first = node.captions.first_frame
    # libass goes by the time of a picture, which in a piece of a clip counts from the piece.
    stream = stream.filter("setpts", f"N+{first}") if first else stream
    stream = stream.filter("ass", filename=veiled(script), fontsdir=veiled(fonts), shaping="complex")
    return numbered(stream, node.rate) if first else stream


def _finished(parts: list[Stream], node: PictureEncode) -> Stream:
    import ffmpeg

    if len(parts) == 1:
        return parts[0]
    return numbered(ffmpeg.concat(*parts, v=1, a=0), node.rate)


def _picture_options(node: PictureEncode) -> dict[str, Any]:
    if isinstance(node.encoder, ProRes):
        # Made by Apple's name, so that editors take it for what it is; all slices of a picture are coded alike.
        own = {"c:v": "prores_ks", "profile:v": "hq", "vendor": "apl0", "threads:v": 1}
        return {**own, "frames:v": node.frames, **muxer_options(node.rate, node.container)}
    encoder = node.encoder
    return {
        "c:v": "libx264",
        **x26x_options(encoder),
        "crf": decimal(encoder.crf),
        "profile:v": "high",
        "level:v": encoder.level,
        "threads:v": encoder.threads,
        "x264-params": _x264_params(encoder),
        "frames:v": node.frames,
        **muxer_options(node.rate),
    }


def _x264_params(encoder: X264) -> str:
    """Return what has no ffmpeg option of its own.

    Keyframes come at the interval and nowhere else, since platforms name a shortest one too; cpu-independent gives
    the same bytes on every processor.
    """
    interval = encoder.keyframe_interval_frames
    return f"keyint={interval}:min-keyint={interval}:scenecut=0:open-gop=0:cpu-independent=1:stitchable=1"
