"""What every command line is made of: inputs opened safely, times and numbers written exactly, names of any bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from pipeline.containers import CONTAINERS
from pipeline.timebase import FrameRate, whole_microseconds

Locate = Callable[[str], str]
"""From an input's key to what stands after `-i`."""
Stream = Any
"""A stream of ffmpeg-python's graph, which has no types."""


def open_film(url: str, position: int = 0, **options: Any) -> Any:
    """Open one file and nothing that it may name, even if it is no longer the file that was probed."""
    formats = ",".join(CONTAINERS)
    return open_input(url, position, protocol_whitelist="file", format_whitelist=formats, **options)


def open_input(url: str, position: int, **options: Any) -> Any:
    """Return the input that the part at a position reads.

    ffmpeg-python takes equal inputs for one, which it then refuses to use twice; the position keeps them apart.
    """
    import ffmpeg.nodes

    make: Any = ffmpeg.nodes.InputNode
    return make("input", (position,), {"filename": veiled(url), **options}).stream()


def seeking(seek: Fraction | None) -> dict[str, Any]:
    """Return the options that start reading at a time of the file, at the keyframe before it."""
    return {} if seek is None else {"ss": seconds(seek), "seek_timestamp": 1, "noaccurate_seek": None}


def numbered(stream: Stream, rate: FrameRate) -> Stream:
    """Return the stream with frame n at exactly n / rate."""
    stream = stream.filter("settb", expr=str(1 / rate.fps)).filter("setpts", "N")
    return stream.filter("fps", fps=str(rate))  # setpts forgets the rate, which x264's rate control reads


def since(start: Fraction) -> str:
    """Return the expression of the time since `start`; without round, 0.9999 of a coarse tick would count as none."""
    return f"round(PTS-({start})/TB)"


def arguments(outputs: Sequence[Any]) -> tuple[str, ...]:
    """Return the command line of some outputs, without the program; time stamps stay the files' own."""
    import ffmpeg

    merged = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    return ("-copyts", *(_unveiled(str(argument)) for argument in ffmpeg.get_args(merged)))


def veiled(path: str) -> str:
    """Return a path as ffmpeg-python bears it: it hashes UTF-8, which the bytes of a file's name need not be."""
    return path.encode("utf-8", "surrogateescape").decode("latin-1")


def _unveiled(argument: str) -> str:
    return argument.encode("latin-1").decode("utf-8", "surrogateescape")


def seconds(value: Fraction) -> str:
    """Return microseconds as decimal seconds: the precision that ffmpeg reads."""
    return _decimal(whole_microseconds((value,))[0])


def decimal(value: Fraction) -> str:
    """Return an exact short decimal; only fractions that have one come here."""
    scaled, rest = divmod(value.numerator * 1_000_000, value.denominator)
    if rest:
        raise ValueError(f"{value} has no decimal of six places")
    return _decimal(scaled)


def _decimal(microseconds: int) -> str:
    sign = "-" if microseconds < 0 else ""
    whole, part = divmod(abs(microseconds), 1_000_000)
    return f"{sign}{whole}.{part:06}".rstrip("0").rstrip(".")
