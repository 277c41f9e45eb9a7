"""The units (OBUs) of AV1 samples: what a sequence header says, and whether a sample is a key picture.

AV1 bitstream specification, 5.3, 5.5 and 5.9; AV1 Codec ISO Media File Format Binding, 2.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pipeline.boxes.atoms import malformed
from pipeline.boxes.bits import Bits
from pipeline.boxes.formats import Colour
from pipeline.boxes.parameter_sets import SequenceParameters

_SEQUENCE_HEADER, _FRAME_HEADER, _FRAME = 1, 3, 6
_MAX_UNITS: Final = 4096
_MAX_SIZE_BYTES: Final = 8
_UNNAMED: Final = 2
"""The code point of colours that nobody names."""
_SRGB: Final = (1, 13, 0)


def is_av1_key_picture(sample: bytes, *, where: str) -> bool:
    """Return whether a sample begins with a key picture that is shown, and its sequence header before it."""
    has_header = False
    for kind, body in _units(sample, where):
        if kind == _SEQUENCE_HEADER:
            has_header = True
        elif kind in (_FRAME_HEADER, _FRAME):
            # show_existing_frame, frame_type (0 is a key frame), show_frame
            return has_header and bool(body) and body[0] >> 4 == 0b0001
    return False


def read_av1_parameters(units: bytes, *, where: str) -> SequenceParameters:
    """Read the first sequence header among units. Raises VerifyFailed where there is none or it ends too early."""
    body = next((body for kind, body in _units(units, where) if kind == _SEQUENCE_HEADER), None)
    if body is None:
        raise malformed(where, "holds no sequence header")
    bits = Bits(body[:256], where)
    profile = bits.take(3)
    bits.take(1)
    is_reduced = bits.take(1)
    if is_reduced:
        bits.take(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    width, height = bits.take(width_bits) + 1, bits.take(height_bits) + 1
    if not is_reduced and bits.take(1):
        bits.take(7)
    bits.take(3)
    if not is_reduced:
        _skip_tools(bits)
    bits.take(3)
    depth, chroma, colour = _read_colour(bits, profile)
    return SequenceParameters(width, height, chroma, depth, is_progressive=True, colour=colour)


def _units(data: bytes, where: str) -> Iterator[tuple[int, bytes]]:
    """Yield each unit's type and what follows its header."""
    at = 0
    for _ in range(_MAX_UNITS):
        if at >= len(data):
            return
        head = data[at]
        at += 2 if head & 4 else 1
        size = len(data) - at
        if head & 2:
            size, at = _size(data, at, where)
        if head & 0x80 or size < 0 or at + size > len(data):
            raise malformed(where, f"has a unit at byte {at} of a sample that does not hold it")
        yield head >> 3 & 15, data[at : at + size]
        at += size
    raise malformed(where, f"has a sample of more than {_MAX_UNITS} units")


def _size(data: bytes, at: int, where: str) -> tuple[int, int]:
    """Return a unit's size, seven bits a byte from the lowest on (4.10.5), and where the unit goes on."""
    size = 0
    for place, byte in enumerate(data[at : at + _MAX_SIZE_BYTES]):
        size |= (byte & 127) << 7 * place
        if not byte & 128:
            return size, at + place + 1
    raise malformed(where, f"has a unit at byte {at} whose size does not end")


def _skip_operating_points(bits: Bits) -> None:
    """Skip times, and the levels of each operating point (5.5.1)."""
    delay_bits = 0
    if bits.take(1):
        bits.take(64)
        if bits.take(1):
            bits.counted()
        if bits.take(1):
            delay_bits = bits.take(5) + 1
            bits.take(42)
    has_display_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if has_display_delay and bits.take(1):
            bits.take(4)


def _skip_tools(bits: Bits) -> None:
    """Skip which tools the pictures may use (5.5.1)."""
    bits.take(4)
    has_order = bits.take(1)
    if has_order:
        bits.take(2)
    # Each picture chooses whether it is for screen content, or all are told at once; and so of whole motion.
    is_for_screens = 1 if bits.take(1) else bits.take(1)
    if is_for_screens and not bits.take(1):
        bits.take(1)
    if has_order:
        bits.take(3)


def _read_colour(bits: Bits, profile: int) -> tuple[int, int, Colour | None]:
    """Return bits, chroma as H.264 counts it, and the colour; None where the stream does not name it (5.5.2)."""
    is_deep = bits.take(1)
    depth = 12 if profile == 2 and is_deep and bits.take(1) else 10 if is_deep else 8
    is_grey = profile != 1 and bool(bits.take(1))
    codes = (bits.take(8), bits.take(8), bits.take(8)) if bits.take(1) else (_UNNAMED,) * 3
    if codes == _SRGB and not is_grey:
        return depth, 3, Colour(*codes, full_range=True)
    full_range = bool(bits.take(1))
    colour = None if codes == (_UNNAMED,) * 3 else Colour(*codes, full_range=full_range)
    if is_grey:
        return depth, 0, colour
    if profile < 2:
        return depth, 3 if profile else 1, colour
    if depth < 12:
        return depth, 2, colour
    return depth, (1 if bits.take(1) else 2) if bits.take(1) else 3, colour
