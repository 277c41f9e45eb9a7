"""What HEVC and AV1 streams say of their pictures is read from parameter sets that several encoders wrote."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.boxes.atoms import Box, pack
from pipeline.boxes.av1 import is_av1_key_picture, read_av1_parameters
from pipeline.boxes.codecs import name_codec, read_parameters, read_picture_codec
from pipeline.boxes.formats import Colour
from pipeline.boxes.hevc import read_hevc_parameters
from pipeline.boxes.parameter_sets import SequenceParameters
from pipeline.errors import VerifyFailed

BT709 = Colour(1, 1, 1, full_range=False)
X265 = bytes.fromhex("42010101600000030090000003000003003fa0050201696595964932bc05a80808082000000300200000030301")
SVT = bytes.fromhex("0a0f0200000d6627fb3805f02020202080")
HEVC = {
    "x265": (X265, SequenceParameters(640, 360, 1, 8, is_progressive=True, colour=BT709)),
    "x265, fields, PQ, 4:2:2, a shape of its own, scaling lists": (
        bytes.fromhex(
            "4201010408000003004d0800000300001eb024839c93b65959ae4e578535091009340000030004000003002980325138018680061a88"
        ),
        SequenceParameters(66, 50, 2, 10, is_progressive=False, colour=Colour(9, 16, 9, full_range=False)),
    ),
    "kvazaar": (
        bytes.fromhex("4201020160000003008000000300000300ba0000a0208316820464932affc018c019004000000300400000030282"),
        SequenceParameters(64, 48, 1, 8, is_progressive=True, colour=None),
    ),
}
AV1 = {
    "SVT-AV1": (SVT, SequenceParameters(640, 360, 1, 8, is_progressive=True, colour=BT709)),
    "libaom, HLG": (
        bytes.fromhex("0a0d000000032c1c4daf9509120904"),
        SequenceParameters(66, 50, 1, 10, is_progressive=True, colour=Colour(9, 18, 9, full_range=False)),
    ),
    "libaom, RGB": (
        bytes.fromhex("0a0d200000032c1c4daf92021a0040"),
        SequenceParameters(66, 50, 3, 8, is_progressive=True, colour=Colour(1, 13, 0, full_range=True)),
    ),
    "libaom, 4:2:2": (
        bytes.fromhex("0a0a400000032c1c4daf9010"),
        SequenceParameters(66, 50, 2, 8, is_progressive=True, colour=None),
    ),
    "libaom, grey": (
        bytes.fromhex("0a0a000000032c1c4daf92a0"),
        SequenceParameters(66, 50, 0, 8, is_progressive=True, colour=None),
    ),
    "libaom, one still": (
        bytes.fromhex("0a06181960e2d004"),
        SequenceParameters(66, 50, 1, 8, is_progressive=True, colour=None),
    ),
}
BOXES = {
    "hvc1": pack(
        "hvcC",
        bytes.fromhex("0101600000009000000000003ff000fcfdf8f800000f02a000010002616221000100"),
        bytes((len(X265),)),
        X265,
    ),
    "av01": pack("av1C", bytes.fromhex("81010c00"), SVT),
}
KEY, SHOWN_AGAIN, OTHER = b"\x32\2\x10\0", b"\x1a\1\x80", b"\x32\2\x30\0"
"""A frame that is a key frame and shown, a header that shows an earlier one, a frame between others."""


@pytest.mark.parametrize("name", HEVC)
def test_a_parameter_set_of_hevc_says_size_colour_and_fields(name: str) -> None:
    unit, said = HEVC[name]
    assert read_hevc_parameters(unit, where="made") == said


@pytest.mark.parametrize("name", AV1)
def test_a_sequence_header_of_av1_says_size_and_colour(name: str) -> None:
    units, said = AV1[name]
    assert read_av1_parameters(units, where="made") == said
    # A temporal delimiter before it, and bytes of padding after it.
    assert read_av1_parameters(b"\x12\0" + units + b"\x7a\1\x80", where="made") == said


def test_what_stands_before_colours_is_passed_over() -> None:
    """Layers, scaling lists, raw samples, sets of reference pictures in both forms, and long-term ones."""
    zero, one, two = "1", "010", "011"
    layers = "0000" + "001" + "1" + "0" * 8 + "0" * 32 + "10" + "0" * 46 + "00011110" + "11" + "0" * 14 + "0" * 96
    size = zero + one + f"{65:013b}" + f"{49:011b}" + "0" + zero + zero + zero + "1" + (zero + two + zero) * 2
    blocks = (zero + zero) * 3
    in_full = {0: 16, 1: 64, 2: 64, 3: 64}
    lists = "".join(
        ("1" + zero * (count + (size > 1)) + ("0" + one) * (1 if size == 3 else 5)) for size, count in in_full.items()
    )
    raw = "1" + "0111" + "0111" + zero + zero + "0"
    # Two pictures each way in full; then of those and itself one is used, one kept, three are dropped.
    sets = two + ("011" + "011" + (zero + "1") * 4) + ("1" + "0" + zero + "1" + "01" + "00" * 3)
    far = "1" + one + "1010" + "1"
    colours = "1" + "0" + "0" + "1" + "101" + "0" + "1" + "00001001" * 3 + "0" + "0" + "0"
    bits = layers + size + blocks + "11" + lists + "00" + raw + sets + far + "11" + colours + "1"
    body = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
    found = read_hevc_parameters(b"\x42\1" + body.replace(b"\0\0", b"\0\0\3"), where="made")
    assert found == SequenceParameters(64, 48, 1, 8, is_progressive=True, colour=Colour(9, 9, 9, full_range=False))


@pytest.mark.parametrize("unit", [b"", b"\x44\1abc", X265[:12], X265[:2] + bytes(60), b"\x42\1" + b"\xff" * 5000])
def test_what_is_no_parameter_set_of_hevc_is_refused(unit: bytes) -> None:
    with pytest.raises(VerifyFailed):
        read_hevc_parameters(unit, where="made")


@pytest.mark.parametrize(
    "units", [b"", b"\x12\0", SVT[:6], b"\x0a\x80\x80", b"\x0a\2\0", b"\x8a\1\0", b"\x0a" + b"\x80" * 9]
)
def test_what_is_no_sequence_header_is_refused(units: bytes) -> None:
    with pytest.raises(VerifyFailed):
        read_av1_parameters(units, where="made")


@pytest.mark.parametrize(
    ("sample", "is_key"),
    [(SVT + KEY, True), (KEY, False), (SVT + SHOWN_AGAIN, False), (SVT + OTHER, False), (OTHER + SVT + KEY, False),
     (b"\x12\0" + SVT, False), (b"", False)],
)  # fmt: skip
def test_a_key_picture_of_av1_is_shown_and_has_its_header_before_it(sample: bytes, *, is_key: bool) -> None:
    assert is_av1_key_picture(sample, where="made") is is_key


def test_configurations_lead_to_what_streams_say() -> None:
    arrays = b"\2" + b"\xa0\0\1\0\2ab" + b"\xa1\0\1" + len(X265).to_bytes(2) + X265
    head = bytes.fromhex("0101600000009000000000003ff000fcfdf8f800000f")
    for kind, box, said in (
        ("hvc1", pack("hvcC", head + arrays), HEVC["x265"][1]),
        ("av01", pack("av1C", bytes.fromhex("81010c00") + SVT), AV1["SVT-AV1"][1]),
    ):
        codec = read_picture_codec(Box(kind, memoryview(bytes(78) + box), kind))
        assert codec is not None and read_parameters(codec, where="made") == said
    for third, chroma in (("0c", 1), ("08", 2), ("00", 3), ("1c", 0)):
        box = pack("av1C", bytes.fromhex(f"8101{third}00"))
        codec = read_picture_codec(Box("av01", memoryview(bytes(78) + box), "av01"))
        assert codec is not None and codec.chroma == chroma and read_parameters(codec, where="made") is None


def test_more_parameter_sets_than_have_numbers_are_refused() -> None:
    arrays = b"\3" + (b"\x20\2\0" + bytes(2 * 512)) * 3
    entry = memoryview(bytes(78) + pack("hvcC", bytes.fromhex("0101600000009000000000003ff000fcfdf8f800000f") + arrays))
    with pytest.raises(VerifyFailed, match="more than 1024 units"):
        read_picture_codec(Box("hvc1", entry, "hvc1"))


@given(data=st.data(), kind=st.sampled_from(tuple(BOXES)))
def test_mutated_configurations_are_refused_or_read_and_nothing_else(data: st.DataObject, kind: str) -> None:
    body = bytearray(bytes(78) + BOXES[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(78, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    entry = Box(kind, memoryview(bytes(body)), kind)
    with contextlib.suppress(VerifyFailed):
        assert name_codec(entry).startswith(kind)
    with contextlib.suppress(VerifyFailed):
        codec = read_picture_codec(entry)
        assert codec is not None
        read_parameters(codec, where="mutated")


@given(st.binary(max_size=40))
def test_any_bytes_are_a_sample_or_none(data: bytes) -> None:
    for sample in (data, SVT + data):
        with contextlib.suppress(VerifyFailed):
            assert isinstance(is_av1_key_picture(sample, where="made"), bool)
