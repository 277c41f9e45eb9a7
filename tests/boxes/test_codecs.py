"""Codecs are named as players ask for them, from the bytes of their configurations.

The names beside the bytes are those that Shaka Packager 3.8 wrote for the same streams, and the examples of RFC 6381.
"""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest

from pipeline.boxes.atoms import Box, pack, pack_full
from pipeline.boxes.codecs import count_channels, is_encrypted, name_codec, read_picture_codec
from pipeline.boxes.parameter_sets import read_sequence_parameters
from pipeline.errors import VerifyFailed

from .conftest import sound_entry

HVCC = bytes.fromhex("0101600000009000000000003ff000fcfdf8f800000f00")
HVCC_HIGH = bytes.fromhex("0121600000000000000000007bf000fcfdf8f800000f00")
HVCC_10 = bytes.fromhex("0102200000009000000000003ff000fcfdfafa00000f00")
AV1C = bytes.fromhex("81014c00")


def entry(kind: str, *boxes: bytes, fields: int = 78) -> Box:
    return Box(kind, memoryview(bytes(fields) + b"".join(boxes)), kind)


@pytest.mark.parametrize(
    ("box", "name"),
    [
        (entry("avc1", pack("avcC", bytes((1, 0x64, 0, 0x1F, 0xFF, 0xE0, 0)))), "avc1.64001f"),
        (entry("avc3", pack("avcC", bytes((1, 0x42, 0xE0, 0x1E, 0xFF, 0xE0, 0)))), "avc3.42e01e"),
        (entry("hvc1", pack("hvcC", HVCC)), "hvc1.1.6.L63.90"),
        (entry("hvc1", pack("hvcC", HVCC_10)), "hvc1.2.4.L63.90"),
        (entry("hev1", pack("hvcC", HVCC_HIGH)), "hev1.1.6.H123"),
        (entry("av01", pack("av1C", AV1C)), "av01.0.01M.10"),
        (entry("dvh1", pack("dvcC", b"\1\0\x0a\x30" + bytes(20))), "dvh1.05.06"),
        (entry("ec-3", fields=28), "ec-3"),
        (entry("Opus", fields=28), "Opus"),
        (entry("wvtt", fields=8), "wvtt"),
        (entry("what", fields=8), "what"),
    ],
)
def test_a_codec_has_the_name_that_others_give_it(box: Box, name: str) -> None:
    assert name_codec(box) == name


@pytest.mark.parametrize(
    ("config", "name"),
    [(b"\x11\x90", "mp4a.40.2"), (b"\x2b\x11\x88\0", "mp4a.40.5"), (b"\xeb\x11\x88\0", "mp4a.40.29"),
     (b"\xf9\x48\x00\0", "mp4a.40.42")],
)  # fmt: skip
def test_sound_is_named_by_its_configuration(config: bytes, name: str) -> None:
    decoder = b"\x04" + bytes((15 + len(config),)) + b"\x40\x15" + bytes(11) + b"\x05" + bytes((len(config),)) + config
    stream = pack_full("esds", b"\x03" + bytes((3 + len(decoder),)) + b"\0\1\0" + decoder)
    assert name_codec(entry("mp4a", stream, fields=28)) == name
    mp3 = pack_full("esds", b"\x03\x14\0\1\0\x04\x0f\x6b\x15" + bytes(11))
    assert name_codec(entry("mp4a", mp3, fields=28)) == "mp4a.6b"


def test_profile_level_and_bits_are_read() -> None:
    avc = read_picture_codec(entry("avc1", pack("avcC", b"\1\x64\0\x29\xff\xe1\0\2gx\0")))
    assert avc is not None and (avc.family, avc.profile, avc.level, avc.parameter_set) == (
        "H.264", 100, Fraction(41, 10), b"gx",
    )  # fmt: skip
    hevc = read_picture_codec(entry("hvc1", pack("hvcC", HVCC_10)))
    assert hevc is not None and (hevc.family, hevc.profile, hevc.level, hevc.bits) == ("HEVC", 2, Fraction(21, 10), 10)
    av1 = read_picture_codec(entry("av01", pack("av1C", AV1C)))
    assert av1 is not None and (av1.level, av1.bits, av1.chroma) == (Fraction(21, 10), 10, 1)
    # 4:0:0, 4:2:0, 4:2:2 and 4:4:4.
    for chroma, flags in enumerate((0x1C, 0x0C, 0x08, 0x00)):
        found = read_picture_codec(entry("av01", pack("av1C", bytes((0x81, 1, flags, 0)))))
        assert found is not None and found.chroma == chroma
    assert read_picture_codec(entry("vp09")) is None


@pytest.mark.parametrize("kind", ["avc1", "hvc1", "av01"])
def test_a_picture_without_its_configuration_is_refused(kind: str) -> None:
    with pytest.raises(VerifyFailed, match="has no"):
        name_codec(entry(kind))


@pytest.mark.parametrize(
    ("box", "channels"),
    [
        (entry("ac-3", pack("dac3", (8 << 14 | 7 << 11 | 1 << 10).to_bytes(3)), fields=28), 6),
        (entry("ac-3", pack("dac3", (8 << 14 | 2 << 11).to_bytes(3)), fields=28), 2),
        (entry("ec-3", pack("dec3", (16 << 17 | 7 << 9 | 1 << 8).to_bytes(5)), fields=28), 6),
        (entry("ec-3", pack("dec3", (16 << 17 | 7 << 9 | 1 << 8 | 1 << 1).to_bytes(5), b"\2"), fields=28), 0),
        (entry("Opus", fields=28), None),
    ],
)
def test_dolby_sound_is_counted_by_its_own_box(box: Box, channels: int | None) -> None:
    assert count_channels(box) == channels


def test_protected_entries_are_known() -> None:
    assert is_encrypted(entry("encv")) and is_encrypted(entry("enca")) and not is_encrypted(entry("avc1"))
    assert sound_entry()


class Bits:
    """Write a sequence parameter set field by field."""

    def __init__(self) -> None:
        self.text = ""

    def put(self, value: int, count: int) -> Bits:
        self.text += f"{value:0{count}b}"
        return self

    def counted(self, *values: int) -> Bits:
        for value in values:
            digits = f"{value + 1:b}"
            self.text += "0" * (len(digits) - 1) + digits
        return self

    def unit(self) -> bytes:
        text = self.text + "1"
        text += "0" * (-len(text) % 8)
        return b"\x67" + int(text, 2).to_bytes(len(text) // 8)


def parameters(*, is_progressive: bool, colour: bool = True) -> bytes:
    bits = Bits().put(100, 8).put(0, 8).put(40, 8).counted(0, 1, 0, 0).put(0, 2)  # High, 4:2:0, 8 bits
    bits.counted(0, 0, 0, 4).put(0, 1).counted(119, 67 if is_progressive else 33)
    bits.put(int(is_progressive), 1)
    if not is_progressive:
        bits.put(0, 1)
    bits.put(1, 1).put(1, 1).counted(0, 0, 0, 4 if is_progressive else 2)
    bits.put(int(colour), 1)
    if colour:
        bits.put(1, 1).put(1, 8).put(0, 1).put(1, 1).put(5, 3).put(0, 1).put(1, 1).put(9, 8).put(16, 8).put(9, 8)
    return bits.unit()


def test_a_sequence_parameter_set_says_size_fields_and_colour() -> None:
    found = read_sequence_parameters(parameters(is_progressive=True), where="made")
    assert (found.width, found.height, found.is_progressive, found.bits, found.chroma) == (1920, 1080, True, 8, 1)
    assert found.colour is not None and (found.colour.primaries, found.colour.transfer) == (9, 16)
    fields = read_sequence_parameters(parameters(is_progressive=False, colour=False), where="made")
    assert (fields.width, fields.height, fields.is_progressive, fields.colour) == (1920, 1080, False, None)


@pytest.mark.parametrize("unit", [b"", b"\x68abc", b"\x67\x64", b"\x67" + bytes(60), b"\x67" * 5000])
def test_what_is_no_parameter_set_is_refused(unit: bytes) -> None:
    with pytest.raises(VerifyFailed):
        read_sequence_parameters(unit, where="made")


def test_emulation_prevention_is_undone() -> None:
    unit = parameters(is_progressive=True)
    spelled = unit[:1] + unit[1:].replace(b"\0\0", b"\0\0\3")
    assert read_sequence_parameters(spelled, where="made") == read_sequence_parameters(unit, where="made")


def test_a_level_of_hevc_is_thirty_times_its_number() -> None:
    data = bytearray(HVCC)
    struct.pack_into("B", data, 12, 153)
    found = read_picture_codec(entry("hvc1", pack("hvcC", bytes(data))))
    assert found is not None and found.level == Fraction(51, 10)
