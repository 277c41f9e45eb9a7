"""Nodes of one ladder → ffmpeg arguments: one decode, one cascade of scaling, one encode for each rendition."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from pipeline.argv.encoders import QP_RANGE, base_quality, encoder_options
from pipeline.argv.picture import drawn_picture, muxer_options, split
from pipeline.argv.terms import Locate, Stream, arguments, numbered, veiled
from pipeline.argv.views import SCALE_FLAGS, plain
from pipeline.graph import ChunkEncode, RungX265, ScaleStep
from pipeline.timebase import FrameRate


def ladder_argv(nodes: Sequence[ChunkEncode], targets: Sequence[str], locate: Locate) -> tuple[str, ...]:
    """Return arguments that draw a picture once and encode every node from it. Raises ValueError for several pictures.

    A node's pixels are the same whichever others are encoded with it: each says by which sizes it comes to its own.
    """
    import ffmpeg

    picture = nodes[0].picture
    if any(node.picture != picture for node in nodes):
        raise ValueError("nodes that share a decode show the same picture")
    streams = brought_to_size(drawn_picture(picture, locate), nodes)
    outputs = [
        ffmpeg.output(
            # The last of few pictures may be shown for less than the others: in whole frames of the drawn picture.
            _at_its_quality(stream if node.told_rate is None else numbered(stream, node.told_rate), node),
            veiled(target),
            **encoder_options(node),
            **muxer_options(node.told_rate or picture.rate),
        )
        for stream, node, target in zip(streams, nodes, targets, strict=True)
    ]
    return arguments(outputs)


def brought_to_size(drawn: Stream, nodes: Sequence[ChunkEncode]) -> list[Stream]:
    """Return what each node encodes of a drawn picture, by one cascade of scaling."""
    streams: list[Stream | None] = [None] * len(nodes)
    _spread(drawn, (), nodes, range(len(nodes)), streams)
    return streams


def _spread(
    stream: Stream,
    way: tuple[ScaleStep, ...],
    nodes: Sequence[ChunkEncode],
    numbers: Sequence[int],
    streams: list[Stream | None],
) -> None:
    """Give a stream, which came a way, to the nodes whose way that is, and further down to those that go on from it."""
    here = [number for number in numbers if nodes[number].way == way]
    onward = dict.fromkeys(nodes[number].way[len(way)] for number in numbers if number not in here)
    copies = split(stream, len(here) + len(onward))
    for number, copy in zip(here, copies, strict=False):
        streams[number] = copy
    rate = nodes[0].picture.rate
    every = way[-1].every if way else 1
    for step, copy in zip(onward, copies[len(here) :], strict=True):
        further = [number for number in numbers if number not in here and nodes[number].way[len(way)] == step]
        _spread(_scaled(copy, step, every, rate), (*way, step), nodes, further, streams)


def _scaled(stream: Stream, step: ScaleStep, every: int, rate: FrameRate) -> Stream:
    """Return what a step makes of a stream that has every n-th frame of a picture at a rate."""
    if step.every != every:
        stream = stream.filter("framestep", step=step.every // every)
        stream = numbered(stream, rate.every(step.every))
    return plain(stream.filter("scale", step.width_px, step.height_px, flags=SCALE_FLAGS))


def _at_its_quality(stream: Stream, node: ChunkEncode) -> Stream:
    """Return the stream with each take's distance from the encoder's own quality on its frames.

    libx264 takes the quality of a keyframe from the frames before it, so that where another shot begins one at another
    quality (its `zones`), its first frame has that of the shot before. An offset for the whole frame is exact.
    """
    import ffmpeg

    offsets = [take.crf - base_quality(node.takes) for take in node.takes]
    if not any(offsets):
        return stream
    # libx265 4.3 crashes where some frames have one and others none.
    is_everywhere = isinstance(node.encoder, RungX265)
    ends = list(accumulate((take.frames for take in node.takes), initial=0))
    pieces = []
    for copy, offset, (first, end) in zip(split(stream, len(offsets)), offsets, pairwise(ends), strict=True):
        piece = numbered(copy.filter("trim", start_frame=first, end_frame=end), node.rate)
        if offset or is_everywhere:
            share = (offset / QP_RANGE).limit_denominator(100_000)
            piece = piece.filter("addroi", 0, 0, "iw", "ih", qoffset=f"{share.numerator}/{share.denominator}")
        pieces.append(piece)
    return numbered(ffmpeg.concat(*pieces, v=1, a=0), node.rate)
