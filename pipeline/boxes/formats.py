"""Sample entries: what an avc1 or mp4a box says about the codec, the picture and the sound of a track."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from pipeline.boxes.atoms import Box, Fields, children, find_optional, malformed

VISUAL_FIELDS: Final = 78  # bytes of a visual sample entry before its boxes (ISO/IEC 14496-12, 12.1.3)
SOUND_FIELDS: Final = 28  # of an audio sample entry (12.2.3)
PROFILES: Final = {
    66: "Baseline",
    77: "Main",
    88: "Extended",
    100: "High",
    110: "High 10",
    122: "High 4:2:2",
    244: "High 4:4:4 Predictive",
}  # profile_idc (ITU-T H.264, annex A)
# Those whose avcC goes on after the parameter sets (14496-15, 5.3.3.1); 144 was the 4:4:4 profile before 244.
_HIGH_PROFILES: Final = (100, 110, 122, 144, 244)
CHROMAS: Final = ("4:0:0", "4:2:0", "4:2:2", "4:4:4")  # chroma_format_idc (ITU-T H.264, table 6-1)
# Code points (ISO/IEC 23091-2) as people call them.
_PRIMARIES: Final = {1: "BT.709", 2: "not named", 5: "BT.601", 6: "BT.601", 9: "BT.2020", 11: "P3", 12: "P3"}
_TRANSFERS: Final = {1: "BT.709", 2: "not named", 6: "BT.601", 13: "sRGB", 14: "BT.2020", 15: "BT.2020", 16: "PQ",
                     18: "HLG"}  # fmt: skip
_MATRICES: Final = {0: "RGB", 1: "BT.709", 2: "not named", 5: "BT.601", 6: "BT.601", 9: "BT.2020"}
_SAMPLE_RATES: Final = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)


@dataclass(frozen=True)
class Avc:
    """What an avcC box says; `level` is ten times the level's number, `chroma` None where the box does not say."""

    profile: int
    level: int
    length_bytes: int  # that stand before each NAL unit
    chroma: int | None
    bits: int | None


@dataclass(frozen=True)
class Colour:
    """The code points of a colr box of type nclx (ISO/IEC 23091-2)."""

    primaries: int
    transfer: int
    matrix: int
    full_range: bool

    @property
    def name(self) -> str:
        """What people call it: 'BT.709 limited', 'BT.2020, PQ, BT.2020 limited'."""
        codes = ((self.primaries, _PRIMARIES), (self.transfer, _TRANSFERS), (self.matrix, _MATRICES))
        names = [table.get(code, f"code {code}") for code, table in codes]
        named = names[0] if len(set(names)) == 1 else ", ".join(names)
        return f"{named} {'full' if self.full_range else 'limited'}"


@dataclass(frozen=True)
class PictureFormat:
    """Coded size in pixels, sample aspect ratio, colour, and the H.264 facts where the codec is avc1."""

    width: int
    height: int
    aspect: Fraction | None
    colour: Colour | None
    avc: Avc | None


@dataclass(frozen=True)
class SoundFormat:
    """What the decoder's configuration says; `object_type` 2 is AAC-LC, None where it is not AAC."""

    channels: int
    sample_rate: int
    object_type: int | None
    frame_samples: int | None
    # The highest bit rate that the encoder allowed itself; it binds nobody, so formats are equal without it.
    bit_rate_max: int | None = field(default=None, compare=False)


def read_picture_format(entry: Box) -> PictureFormat:
    """Read a visual sample entry."""
    boxes = children(entry, skip=VISUAL_FIELDS)
    fields = Fields(entry)
    width, height = fields.read("24xHH")
    aspect = find_optional("pasp", boxes, where=entry.where)
    avc = find_optional("avcC", boxes, where=entry.where)
    return PictureFormat(
        width=width,
        height=height,
        aspect=None if aspect is None else _read_aspect(aspect),
        colour=_read_colour(boxes),
        avc=None if avc is None else _read_avc(avc),
    )


def read_sound_format(entry: Box) -> SoundFormat:
    """Read an audio sample entry; what the AAC configuration says goes before the entry's own fields."""
    version, channels, rate = Fields(entry).read("8xH6xH6xI")
    boxes = children(entry, skip=SOUND_FIELDS) if version == 0 else ()
    descriptor = find_optional("esds", boxes, where=entry.where)
    if descriptor is None:
        return SoundFormat(channels=channels, sample_rate=rate >> 16, object_type=None, frame_samples=None)
    _, config, bit_rate_max = find_sound_config(descriptor)
    return replace(_read_sound_config(config, where=descriptor.where), bit_rate_max=bit_rate_max or None)


def find_sound_config(box: Box) -> tuple[int, bytes, int]:
    """Return the object type, AudioSpecificConfig and maxBitrate of an esds box, three descriptors deep.

    ISO/IEC 14496-1, 7.2.6; there is a configuration where the object type is 0x40, MPEG-4 audio.
    """
    fields = Fields(box)
    fields.version(0)
    _enter_descriptor(fields, 3)
    flags = fields.number("2xB")
    fields.take((2 if flags & 0x80 else 0) + (fields.number("B") if flags & 0x40 else 0) + (2 if flags & 0x20 else 0))
    _enter_descriptor(fields, 4)
    kind, bit_rate_max = fields.read("B4xI4x")
    if kind != 0x40:
        return kind, b"", bit_rate_max
    return kind, fields.take(_enter_descriptor(fields, 5)), bit_rate_max


def _read_aspect(box: Box) -> Fraction | None:
    across, down = Fields(box).read("II")
    return Fraction(across, down) if across and down else None


def _read_colour(boxes: tuple[Box, ...]) -> Colour | None:
    for box in boxes:
        if box.kind == "colr" and bytes(box.body[:4]) == b"nclx":
            primaries, transfer, matrix, ranges = Fields(box).read("4xHHHB")
            return Colour(primaries, transfer, matrix, full_range=bool(ranges & 0x80))
        if box.kind == "colr" and bytes(box.body[:4]) == b"nclc":  # QuickTime's, always of limited range
            primaries, transfer, matrix = Fields(box).read("4xHHH")
            return Colour(primaries, transfer, matrix, full_range=False)
    return None


def _read_avc(box: Box) -> Avc:
    fields = Fields(box)
    profile, level, lengths = fields.read("xBxBB")
    for counted in (0x1F, 0xFF):  # sequence, then picture parameter sets
        for _ in range(fields.number("B") & counted):
            fields.take(fields.number("H"))
    known = profile in _HIGH_PROFILES and fields.left >= 3
    chroma, luma_bits, _ = fields.read("BBB") if known else (None, 0, 0)
    return Avc(
        profile=profile,
        level=level,
        length_bytes=(lengths & 3) + 1,
        chroma=None if chroma is None else chroma & 3,
        bits=None if chroma is None else (luma_bits & 7) + 8,
    )


def _enter_descriptor(fields: Fields, tag: int) -> int:
    """Take a descriptor's tag and return its size, seven bits a byte."""
    found = fields.number("B")
    if found != tag:
        raise malformed(fields.where, f"has descriptor {found} where {tag} belongs")
    size = 0
    for _ in range(4):
        byte = fields.number("B")
        size = size << 7 | byte & 0x7F
        if not byte & 0x80:
            return size
    raise malformed(fields.where, "has a descriptor size of more than four bytes")


def _read_sound_config(config: bytes, *, where: str) -> SoundFormat:
    """Read an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1): five bits type, four bits rate, four bits channels."""
    if len(config) < 2:
        raise malformed(where, "does not hold the configuration of an AAC decoder")
    head = int.from_bytes(config[:2])
    object_type, rate, channels = head >> 11, head >> 7 & 15, head >> 3 & 15
    if rate >= len(_SAMPLE_RATES) or object_type in (0, 31):
        raise malformed(where, "holds an AAC configuration of a kind that Matinee never writes")
    # A backward compatible extension says that the stream is HE-AAC although its head says AAC-LC.
    tail = int.from_bytes(config[2:5].ljust(3, b"\0"))
    extended = tail >> 13 == 0x2B7 and tail >> 8 & 31 == 5 and tail >> 7 & 1
    return SoundFormat(
        channels=8 if channels == 7 else channels,
        sample_rate=_SAMPLE_RATES[rate],
        object_type=5 if extended else object_type,
        frame_samples=960 if head >> 2 & 1 else 1024,
    )
