"""What the sequence parameter set of an HEVC stream says of its pictures (ITU-T H.265, 7.3.2.2, 7.3.3 and E.2.1)."""

from __future__ import annotations

from typing import Final

from pipeline.boxes.atoms import malformed
from pipeline.boxes.bits import Bits
from pipeline.boxes.formats import Colour
from pipeline.boxes.parameter_sets import SequenceParameters, read_colour

SEQUENCE_PARAMETERS: Final = 33
"""The type of its NAL unit (table 7-1)."""
_BYTES_MAX: Final = 4096
_MAX_SETS: Final = 64
_MAX_PICTURES: Final = 16


def read_hevc_parameters(unit: bytes, *, where: str) -> SequenceParameters:
    """Read a sequence parameter set with its NAL header. Raises VerifyFailed where it is none or ends too early."""
    if len(unit) < 2 or unit[0] >> 1 & 63 != SEQUENCE_PARAMETERS or len(unit) > _BYTES_MAX:
        raise malformed(where, "holds no sequence parameter set")
    bits = Bits(unit[2:].replace(b"\0\0\3", b"\0\0"), where)
    bits.take(4)
    sublayers = bits.take(3)
    bits.take(1)
    is_interlaced_source = _skip_profile(bits, sublayers)
    bits.counted()
    chroma = bits.counted()
    parted = bits.take(1) if chroma == 3 else 0
    width, height = bits.counted(), bits.counted()
    crops = tuple(bits.counted() for _ in range(4)) if bits.take(1) else (0, 0, 0, 0)
    across = 1 if chroma in (0, 3) or parted else 2
    down = 2 if chroma == 1 else 1
    depth = bits.counted() + 8
    bits.counted()
    order_bits = bits.counted() + 4
    for _ in range(sublayers + 1 if bits.take(1) else 1):
        bits.counted(), bits.counted(), bits.counted()
    _skip_tools(bits)
    _skip_references(bits, order_bits, where)
    bits.take(2)
    colour, are_fields = _read_usability(bits) if bits.take(1) else (None, False)
    return SequenceParameters(
        width=width - (crops[0] + crops[1]) * across,
        height=height - (crops[2] + crops[3]) * down,
        chroma=chroma,
        bits=depth,
        is_progressive=not (is_interlaced_source or are_fields),
        colour=colour,
    )


def _skip_profile(bits: Bits, sublayers: int) -> bool:
    """Skip profile, tier and level, and return whether the source is interlaced and nothing else."""
    bits.take(40)
    is_progressive, is_interlaced = bits.take(1), bits.take(1)
    bits.take(46)
    bits.take(8)
    given = [(bits.take(1), bits.take(1)) for _ in range(sublayers)]
    if sublayers:
        bits.take(2 * (8 - sublayers))
    for has_profile, has_level in given:
        bits.take(88 * has_profile + 8 * has_level)
    return bool(is_interlaced and not is_progressive)


def _skip_tools(bits: Bits) -> None:
    """Skip sizes of blocks and scaling lists, up to where sets of reference pictures begin."""
    for _ in range(6):
        bits.counted()
    if bits.take(1) and bits.take(1):
        _skip_scaling_lists(bits)
    bits.take(2)
    if bits.take(1):
        bits.take(8)
        bits.counted()
        bits.counted()
        bits.take(1)


def _skip_scaling_lists(bits: Bits) -> None:
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.take(1):
                bits.counted()
                continue
            for _ in range(min(64, 1 << (4 + 2 * size)) + (size > 1)):
                bits.signed()


def _skip_references(bits: Bits, order_bits: int, where: str) -> None:
    """Skip sets of reference pictures (7.3.7): each is given in full, or by how it differs from the one before."""
    count = bits.counted()
    if count > _MAX_SETS:
        raise malformed(where, f"has {count} sets of reference pictures")
    pictures = 0
    for number in range(count):
        if number and bits.take(1):
            bits.take(1)
            bits.counted()
            # Each is used by the current picture, or else says whether it stays in the set.
            pictures = sum(bool(bits.take(1) or bits.take(1)) for _ in range(pictures + 1))
            continue
        pictures = bits.counted() + bits.counted()
        if pictures > _MAX_PICTURES:
            raise malformed(where, f"has a set of {pictures} reference pictures")
        for _ in range(pictures):
            bits.counted()
            bits.take(1)
    if bits.take(1):
        for _ in range(min(bits.counted(), 32)):
            bits.take(order_bits + 1)


def _read_usability(bits: Bits) -> tuple[Colour | None, bool]:
    """Return the colour, and whether pictures are fields."""
    colour = read_colour(bits)
    if bits.take(1):
        bits.counted()
        bits.counted()
    bits.take(1)
    return colour, bool(bits.take(1))
