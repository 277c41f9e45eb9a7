"""What the tools are, in words that go into every key: ffmpeg's version and build, and its encoders' versions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pipeline.codecs import Codec
from pipeline.errors import FfmpegFailed, InputError
from pipeline.shell.ffmpeg import ffmpeg_exe, run_ffmpeg
from pipeline.shell.ledger import FileIdentity, Ledger

_X264_CORE = re.compile(r"264 - core (.+?) - H\.264")
_ENCODERS: Final[Mapping[Codec, tuple[str, re.Pattern[str]]]] = {
    "hevc": ("libx265", re.compile(r"HEVC encoder version (\S+)")),
    "av1": ("libsvtav1", re.compile(r"SVT-AV1 Encoder Lib (\S+)")),
}
_GREY: Final = ("-f", "lavfi", "-i", "color=gray:size=64x64:rate=1:duration=1")


def describe_toolchain(ledger: Ledger) -> str:
    """Return the description of the ffmpeg in use, remembered for as long as its file is unchanged.

    Raises InputError where the binary has no libx264 or AAC encoder.
    """
    exe = ffmpeg_exe()
    identity = FileIdentity.of(exe)
    known = ledger.known_toolchain(exe, identity)
    if known is not None:
        return known
    description = f"{_version()}; x264 core {_x264_core()}"
    ledger.remember_toolchain(exe, identity, description)
    return description


def describe_encoder(codec: Codec) -> str:
    """Return the version of what encodes a codec's ladders; nothing for libx264's, which the toolchain has.

    Raises InputError where the ffmpeg in use has no such encoder.
    """
    if codec not in _ENCODERS:
        return ""
    name, pattern = _ENCODERS[codec]
    try:
        # One grey frame, with the encoder's own greeting.
        run = run_ffmpeg((*_GREY, "-c:v", name, "-f", "null", "-"))
    except FfmpegFailed as error:
        raise _lacking(name, codec) from error
    match = pattern.search(run.stderr)
    if match is None:
        raise _lacking(name, codec)
    return f"{name} {match[1]}"


def _version() -> str:
    try:
        lines = run_ffmpeg(("-version",)).stdout.decode("utf-8", errors="replace").splitlines()
    except FfmpegFailed as error:
        raise _unusable() from error
    version = lines[0].partition(" Copyright")[0] if lines else "unknown"
    libraries = [" ".join(line.split("/")[0].split()) for line in lines if line.startswith("lib")]
    return ", ".join([version, *libraries])


def _x264_core() -> str:
    # The version of a library inside the binary shows only when it runs: one grey frame, with its header printed.
    sources = (*_GREY, "-f", "lavfi", "-i", "anullsrc=d=0.1")
    try:
        run = run_ffmpeg((*sources, "-c:v", "libx264", "-c:a", "aac", "-flags", "+global_header", "-f", "null", "-"))
    except FfmpegFailed as error:
        raise _unusable() from error
    match = _X264_CORE.search(run.stderr)
    if match is None:
        raise _unusable()
    return match[1]


def _unusable() -> InputError:
    return InputError(
        f"{ffmpeg_exe()} does not encode with libx264 and aac.",
        remedy="Name an ffmpeg that does in MATINEE_FFMPEG, or unset that to use the one that Matinee ships.",
    )


def _lacking(name: str, codec: Codec) -> InputError:
    return InputError(
        f"{ffmpeg_exe()} does not encode with {name}, which ladders of {codec} need.",
        remedy="Name an ffmpeg that does in MATINEE_FFMPEG, unset that to use the one that Matinee ships, or name a "
        "ladder of H.264.",
    )
