"""What a codec's configuration says of its stream: the name for CODECS (RFC 6381), profile, level, bits.

Every codec that HLS players know is named; of pictures, H.264, HEVC and AV1 are told in full.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal, Protocol

from pipeline.boxes.atoms import Box, Fields, children, find_optional, malformed
from pipeline.boxes.av1 import is_av1_key_picture, read_av1_parameters
from pipeline.boxes.formats import SOUND_FIELDS, VISUAL_FIELDS, SoundFormat, find_sound_config, read_sound_format
from pipeline.boxes.hevc import SEQUENCE_PARAMETERS, read_hevc_parameters
from pipeline.boxes.nals import is_key_picture
from pipeline.boxes.parameter_sets import SequenceParameters, read_sequence_parameters
from pipeline.errors import VerifyFailed

Family = Literal["H.264", "HEVC", "AV1"]


class ParameterReader(Protocol):
    """Read a parameter set, found somewhere."""

    def __call__(self, unit: bytes, /, *, where: str) -> SequenceParameters: ...


_ENCRYPTED: Final = ("encv", "enca", "enct", "encs")
_NAMED: Final = {"ac-3": "ac-3", "ec-3": "ec-3", "ac-4": "ac-4", "Opus": "Opus", "fLaC": "fLaC", "alac": "alac",
                 "wvtt": "wvtt", "apac": "apac"}  # fmt: skip
_FRONT_AND_BACK: Final = (2, 1, 2, 3, 3, 4, 4, 5)  # channels of each acmod (ETSI TS 102 366, 4.4.2.3)
_HEVC_UNITS_MAX: Final = 1024
"""In an hvcC box: 96 parameter sets have a number of their own (ITU-T H.265, 7.4.3)."""
_ESCAPED: Final = 31  # an audio object type of six more bits follows (ISO/IEC 14496-3, 1.6.2.1)


@dataclass(frozen=True)
class PictureCodec:
    """What avcC, hvcC or av1C says."""

    family: Family
    profile: int
    level: Fraction
    """As people call it: 4.1."""
    is_high_tier: bool
    chroma: int | None
    """As chroma_format_idc: 1 for 4:2:0."""
    bits: int | None
    length_bytes: int | None
    """That stand before each NAL unit; None where there are none."""
    parameter_set: bytes
    """The first sequence parameter set, of AV1 its sequence header; empty where there is none."""


def is_encrypted(entry: Box) -> bool:
    """Return whether a sample entry is of protected media (ISO/IEC 14496-12, 8.12)."""
    return entry.kind in _ENCRYPTED


def name_codec(entry: Box) -> str:
    """Return a sample entry's name for CODECS; the four letters alone where nothing more is known."""
    named = _NAMERS.get(entry.kind)
    return _NAMED.get(entry.kind, entry.kind) if named is None else named(entry)


def read_picture_codec(entry: Box) -> PictureCodec | None:
    """Return what the configuration of a picture codec says; None for a codec that HLS has not."""
    reader = _READERS.get(entry.kind)
    return None if reader is None else reader(entry)


def read_parameters(codec: PictureCodec, *, where: str) -> SequenceParameters | None:
    """Return what a codec's parameter set says; None where it holds none. Raises VerifyFailed where it is broken."""
    unit = codec.parameter_set
    return _PARAMETER_READERS[codec.family](unit, where=where) if unit else None


def stands_alone(sample: bytes, codec: PictureCodec, *, where: str) -> bool:
    """Return whether a sample is a picture that stands alone, as does what follows it.

    Raises VerifyFailed where it is broken.
    """
    if codec.length_bytes is None:
        return is_av1_key_picture(sample, where=where)
    return is_key_picture(sample, family=codec.family, length_bytes=codec.length_bytes, where=where)


def read_sound(entry: Box) -> SoundFormat:
    """Return what is known of sound; where its configuration is of a rarer kind, what the entry's own fields say.

    Channels are 0 where they are not known.
    """
    try:
        found = read_sound_format(entry)
    except VerifyFailed:
        channels, rate = Fields(entry).read("16xH6xI")
        return SoundFormat(channels=channels, sample_rate=rate >> 16, object_type=None, frame_samples=None)
    channels = count_channels(entry)
    return found if channels is None else replace(found, channels=channels)


def count_channels(entry: Box) -> int | None:
    """Return the channels of AC-3 and Enhanced AC-3, whose sample entries do not count them: 0 where that takes more.

    None for other sound.
    """
    kind = {"ac-3": "dac3", "ec-3": "dec3"}.get(entry.kind)
    if kind is None:
        return None
    fields = _configuration(entry, kind, skip=SOUND_FIELDS)
    if kind == "dac3":
        packed = int.from_bytes(fields.take(3))
        return _FRONT_AND_BACK[packed >> 11 & 7] + (packed >> 10 & 1)
    packed = int.from_bytes(fields.take(5))
    has_more = packed >> 1 & 15  # in dependent substreams, which only their headers tell in full
    return 0 if has_more else _FRONT_AND_BACK[packed >> 9 & 7] + (packed >> 8 & 1)


def _configuration(entry: Box, kind: str, skip: int = VISUAL_FIELDS) -> Fields:
    box = find_optional(kind, children(entry, skip=skip), where=entry.where)
    if box is None:
        raise malformed(entry.where, f"has no {kind} box")
    return Fields(box)


def _name_avc(entry: Box) -> str:
    """avc1, then profile, constraints and level as hexadecimal (RFC 6381, 3.3)."""
    return f"{entry.kind}.{_configuration(entry, 'avcC').take(4)[1:].hex()}"


def _name_hevc(entry: Box) -> str:
    """hvc1, profile, compatibility from its last bit on, tier and level, constraints (ISO/IEC 14496-15, E.3)."""
    head, compatibility, constraints, level = _configuration(entry, "hvcC").read("xBI6sB")
    space = ("", "A", "B", "C")[head >> 6]
    reversed_bits = int(f"{compatibility:032b}"[::-1], 2)
    kept = constraints.rstrip(b"\0")
    parts = [f"{space}{head & 31}", f"{reversed_bits:X}", f"{'H' if head & 32 else 'L'}{level}"]
    return ".".join((entry.kind, *parts, *(f"{byte:X}" for byte in kept)))


def _name_av1(entry: Box) -> str:
    """av01, profile, level and tier, bits (AV1 in ISO-BMFF, 5)."""
    codec = _read_av1(entry)
    level, bits = _configuration(entry, "av1C").take(2)[1] & 31, codec.bits or 8
    return f"av01.{codec.profile}.{level:02}{'H' if codec.is_high_tier else 'M'}.{bits:02}"


def _name_mpeg4_sound(entry: Box) -> str:
    """mp4a, the object type of the stream and that of its configuration (RFC 6381, 3.3)."""
    version = Fields(entry).number("8xH6x")
    boxes = children(entry, skip=SOUND_FIELDS) if version == 0 else ()
    descriptor = find_optional("esds", boxes, where=entry.where)
    if descriptor is None:
        return entry.kind
    kind, config, _ = find_sound_config(descriptor)
    if kind != 0x40 or len(config) < 2:
        return f"mp4a.{kind:x}"
    head = int.from_bytes(config[:2])
    object_type = head >> 11
    if object_type == _ESCAPED:
        object_type = 32 + (head >> 5 & 63)
    return f"mp4a.40.{object_type}"


def _name_dolby_vision(entry: Box) -> str:
    boxes = children(entry, skip=VISUAL_FIELDS)
    box = find_optional("dvcC", boxes, where=entry.where) or find_optional("dvvC", boxes, where=entry.where)
    if box is None:
        return entry.kind
    packed = Fields(box).number("2xH")
    return f"{entry.kind}.{packed >> 9:02}.{packed >> 3 & 63:02}"


def _read_avc(entry: Box) -> PictureCodec:
    fields = _configuration(entry, "avcC")
    profile, level, lengths, sets = fields.read("xBxBBB")
    parameter_set = fields.take(fields.number("H")) if sets & 31 else b""
    return PictureCodec(
        family="H.264",
        profile=profile,
        level=Fraction(level, 10),
        is_high_tier=False,
        chroma=None,
        bits=None,
        length_bytes=(lengths & 3) + 1,
        parameter_set=parameter_set,
    )


def _read_hevc(entry: Box) -> PictureCodec:
    """Read an hvcC box as far as its first sequence parameter set (ISO/IEC 14496-15, 8.3.3.1)."""
    fields = _configuration(entry, "hvcC")
    profile, level, chroma, bits, lengths = fields.read("xB10xB3xBB3xB")
    return PictureCodec(
        family="HEVC",
        profile=profile & 31,
        level=Fraction(level, 30),
        is_high_tier=bool(profile & 32),
        chroma=chroma & 3,
        bits=(bits & 7) + 8,
        length_bytes=(lengths & 3) + 1,
        parameter_set=_find_hevc_parameters(fields) if fields.left else b"",
    )


def _find_hevc_parameters(fields: Fields) -> bytes:
    left = _HEVC_UNITS_MAX
    for _ in range(fields.number("B")):
        kind, count = fields.read("BH")
        left -= count
        if left < 0:
            raise malformed(fields.where, f"says that it has more than {_HEVC_UNITS_MAX} units")
        units = [fields.take(fields.number("H")) for _ in range(count)]
        if kind & 63 == SEQUENCE_PARAMETERS and units:
            return units[0]
    return b""


def _read_av1(entry: Box) -> PictureCodec:
    """Read an av1C box; level index 8 is 4.0 (AV1, annex A.3)."""
    fields = _configuration(entry, "av1C")
    first, second = fields.read("xBBx")
    index = first & 31
    bits = (12 if second & 32 else 10) if second & 64 else 8
    return PictureCodec(
        family="AV1",
        profile=first >> 5,
        level=2 + Fraction(index // 4) + Fraction(index % 4, 10),
        is_high_tier=bool(second & 128),
        # Monochrome, then whether chroma is halved across and down, counted as H.264 does.
        chroma=0 if second & 16 else (3, 3, 2, 1)[second >> 2 & 3],
        bits=bits,
        length_bytes=None,
        parameter_set=fields.take(fields.left),
    )


_NAMERS: Final[dict[str, Callable[[Box], str]]] = {
    "avc1": _name_avc, "avc3": _name_avc, "hvc1": _name_hevc, "hev1": _name_hevc, "av01": _name_av1,
    "mp4a": _name_mpeg4_sound, "dvh1": _name_dolby_vision, "dvhe": _name_dolby_vision,
}  # fmt: skip
_READERS: Final[dict[str, Callable[[Box], PictureCodec]]] = {
    "avc1": _read_avc, "avc3": _read_avc, "hvc1": _read_hevc, "hev1": _read_hevc, "dvh1": _read_hevc,
    "dvhe": _read_hevc, "av01": _read_av1,
}  # fmt: skip
_PARAMETER_READERS: Final[dict[Family, ParameterReader]] = {
    "H.264": read_sequence_parameters,
    "HEVC": read_hevc_parameters,
    "AV1": read_av1_parameters,
}
