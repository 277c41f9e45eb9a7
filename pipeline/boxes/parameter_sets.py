"""What the sequence parameter set of an H.264 stream says of its pictures (ITU-T H.264, 7.3.2.1.1 and E.1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipeline.boxes.atoms import malformed
from pipeline.boxes.bits import Bits
from pipeline.boxes.formats import Colour

_WITH_CHROMA: Final = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)
_EXTENDED_SHAPE: Final = 255
_BYTES_MAX: Final = 4096


@dataclass(frozen=True)
class SequenceParameters:
    """Size in pixels after cropping, chroma as chroma_format_idc, and what only an old camera interlaces."""

    width: int
    height: int
    chroma: int
    bits: int
    is_progressive: bool
    colour: Colour | None
    """None where the stream does not say."""


def read_sequence_parameters(unit: bytes, *, where: str) -> SequenceParameters:
    """Read a sequence parameter set with its NAL header. Raises VerifyFailed where it is none or ends too early."""
    if not unit or unit[0] & 31 != 7 or len(unit) > _BYTES_MAX:
        raise malformed(where, "holds no sequence parameter set")
    bits = Bits(unit[1:].replace(b"\0\0\3", b"\0\0"), where)
    profile = bits.take(8)
    bits.take(16)
    bits.counted()
    chroma, depth, parted = 1, 8, 0
    if profile in _WITH_CHROMA:
        chroma = bits.counted()
        parted = bits.take(1) if chroma == 3 else 0
        depth = bits.counted() + 8
        bits.counted()
        bits.take(1)
        if bits.take(1):
            _skip_matrices(bits, 8 if chroma != 3 else 12)
    _skip_order(bits)
    bits.counted()
    bits.take(1)
    width, height = bits.counted() + 1, bits.counted() + 1
    is_progressive = bool(bits.take(1))
    if not is_progressive:
        bits.take(1)
    bits.take(1)
    crops = tuple(bits.counted() for _ in range(4)) if bits.take(1) else (0, 0, 0, 0)
    across = 1 if chroma in (0, 3) or parted else 2
    down = (2 if chroma == 1 else 1) * (1 if is_progressive else 2)
    return SequenceParameters(
        width=width * 16 - (crops[0] + crops[1]) * across,
        height=height * 16 * (1 if is_progressive else 2) - (crops[2] + crops[3]) * down,
        chroma=chroma,
        bits=depth,
        is_progressive=is_progressive,
        colour=read_colour(bits) if bits.take(1) else None,
    )


def read_colour(bits: Bits) -> Colour | None:
    """Read the head of the usability information, as far as the colour: it is the same in HEVC (ITU-T H.265, E.2.1)."""
    if bits.take(1) and bits.take(8) == _EXTENDED_SHAPE:
        bits.take(32)
    if bits.take(1):
        bits.take(1)
    if not bits.take(1):
        return None
    full_range = bool(bits.take(4) & 1)
    if not bits.take(1):
        return None
    return Colour(bits.take(8), bits.take(8), bits.take(8), full_range=full_range)


def _skip_matrices(bits: Bits, count: int) -> None:
    for matrix in range(count):
        if bits.take(1):
            last = following = 8
            for _ in range(16 if matrix < 6 else 64):
                if following:
                    following = (last + bits.signed()) % 256
                last = following or last


def _skip_order(bits: Bits) -> None:
    """Skip how pictures are numbered and ordered."""
    bits.counted()
    kind = bits.counted()
    if kind == 0:
        bits.counted()
    elif kind == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(min(bits.counted(), 255)):
            bits.signed()
