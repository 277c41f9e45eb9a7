"""Trials of a shot → ffmpeg arguments: encoded, decoded again and scored by VMAF in one process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.argv.encoders import encoder_options
from pipeline.argv.ladder import brought_to_size
from pipeline.argv.picture import drawn_picture, split
from pipeline.argv.terms import Locate, arguments, veiled
from pipeline.graph import ChunkEncode

NEIGHBOURS: Final = 3
"""A frame with those before and after it."""
_UPSCALED: Final = "bicubic+accurate_rnd+full_chroma_int+bitexact"
# libvmaf 3 crashes where a side has fewer than 18.
_LEAST_PX: Final = 32
# Where one side names its colour and the other does not, ffmpeg quietly converts one of them from BT.601.
_TAGGED: Final = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
_NUMBERED: Final = "settb=AVTB,setpts=N"


@dataclass(frozen=True)
class ProbeTargets:
    """Where a trial's packets are listed, and where its scores go."""

    packets: str
    scores: str


def probe_argv(
    trials: Sequence[tuple[ChunkEncode, int]], targets: Sequence[ProbeTargets], locate: Locate
) -> tuple[str, ...]:
    """Return arguments that try nodes of one picture, each scored at every so many frames, the first among them.

    The scores are those of the frames as they are played in a picture as large as the drawn one. VMAF reads movement
    off the frames before and after: where few frames are scored, these go with them. Raises ValueError for several
    pictures.
    """
    import ffmpeg

    nodes = [node for node, _ in trials]
    picture = nodes[0].picture
    if any(node.picture != picture for node in nodes):
        raise ValueError("trials of one process show the same picture")
    reference, tried = split(drawn_picture(picture, locate), 2)
    timing = {"fps_mode": "passthrough", "enc_time_base:v": "filter"}
    outputs = [
        ffmpeg.output(stream, veiled(target.packets), **encoder_options(node), **timing, f="framecrc")
        for stream, node, target in zip(brought_to_size(tried, nodes), nodes, targets, strict=True)
    ]
    # The drawn frames come back the way the encoded ones do: as what a decoder makes of an output's packets. Not as
    # wrapped_avframe, with which ffmpeg 9.0 holds the frames of every stretch until the end.
    outputs.append(ffmpeg.output(reference, "-", f="null", **{"c:v": "rawvideo"}, **timing))
    decoders = (part for number in range(len(outputs)) for part in ("-dec", f"{number}:0"))
    scored = [f"-map [scored{number}] -f null -".split() for number in range(len(trials))]
    graph = _scoring(trials, targets)
    return (*arguments(outputs), *decoders, "-filter_complex", graph, *(part for one in scored for part in one))


def _scoring(trials: Sequence[tuple[ChunkEncode, int]], targets: Sequence[ProbeTargets]) -> str:
    """Return the filter graph that compares what each decoder gives with the drawn frames, the last decoder's."""
    copies = "".join(f"[drawn{number}]" for number in range(len(trials)))
    chains = [f"[dec:{len(trials)}]{_TAGGED},split={len(trials)}{copies}"]
    for number, ((node, step), target) in enumerate(zip(trials, targets, strict=True)):
        picture = node.picture
        chosen = f"select=lt(mod(n+1\\,{step})\\,{NEIGHBOURS})," if step > NEIGHBOURS else ""
        fewer = f"framestep={node.every}," if node.every > 1 else ""
        scored = [max(_LEAST_PX, side) for side in (picture.width_px, picture.height_px)]
        size = f"scale={scored[0]}:{scored[1]}:flags={_UPSCALED},"
        tiny = size if scored != [picture.width_px, picture.height_px] else ""
        chains.append(f"[drawn{number}]{fewer}{chosen}{tiny}{_NUMBERED}[reference{number}]")
        chains.append(f"[dec:{number}]{_TAGGED},{chosen}{size}{_NUMBERED}[encoded{number}]")
        log = f"n_subsample={min(step, NEIGHBOURS)}:log_fmt=json:log_path={_escaped(target.scores)}"
        chains.append(f"[encoded{number}][reference{number}]libvmaf={log}:shortest=1[scored{number}]")
    return ";".join(chains)


def _escaped(path: str) -> str:
    """Return a path as a filter's option bears it inside a graph, escaped for the option and again for the graph."""
    option = "".join(f"\\{sign}" if sign in "\\':" else sign for sign in path)
    return "".join(f"\\{sign}" if sign in "\\'[],;" else sign for sign in option)
