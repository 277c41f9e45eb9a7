"""What a track says of its loudness is read as it was written, to the grain of its fields."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.boxes.atoms import Box, children, pack, pack_full
from pipeline.boxes.loudness import StatedLoudness, pack_loudness, read_loudness
from pipeline.errors import VerifyFailed


def boxes_of(data: bytes) -> tuple[Box, ...]:
    return children(Box("trak", memoryview(data), "track"))


def track_with(entry: bytes, version: int) -> tuple[Box, ...]:
    return boxes_of(pack("udta", pack("ludt", pack_full("tlou", entry, version=version))))


@given(loudness=st.floats(-57, 5), peak=st.none() | st.floats(-100, 10))
def test_what_is_written_is_read(loudness: float, peak: float | None) -> None:
    found = read_loudness(boxes_of(pack_loudness(StatedLoudness(loudness, peak))), where="track")
    assert found is not None and abs(found.integrated_lufs - loudness) <= 1 / 8
    assert (found.true_peak_dbtp is None) == (peak is None)
    assert peak is None or abs((found.true_peak_dbtp or 0) - peak) <= 1 / 64


@given(loudness=st.floats(-1000, 1000), peak=st.floats(-1000, 1000))
def test_what_the_fields_cannot_hold_is_told_as_near_as_they_can(loudness: float, peak: float) -> None:
    found = read_loudness(boxes_of(pack_loudness(StatedLoudness(loudness, peak))), where="track")
    assert found is not None and -57.75 <= found.integrated_lufs <= 6


def test_the_bytes_are_those_of_the_standard() -> None:
    entry = bytes.fromhex("00000002a0230101a723")
    assert pack_loudness(StatedLoudness(-16, -1)).endswith(pack_full("tlou", entry))


def test_the_entry_of_the_plain_sound_is_read_among_several() -> None:
    compressed = struct.pack(">BH3sBB", 0, 5, bytes(3), 0x23, 1) + bytes((1, 200, 0x23))
    plain = struct.pack(">BH3sBB", 0, 0, bytes(3), 0x23, 2) + bytes((2, 90, 0x23, 1, 131, 0x13))
    found = read_loudness(track_with(bytes((2,)) + compressed + plain, version=1), where="track")
    assert found == StatedLoudness(-25.0, None)


def test_the_box_of_the_plain_sound_is_read_among_several() -> None:
    mixed, plain = (
        struct.pack(">H3sBB", downmix << 6, bytes(3), 0x23, 1) + bytes((1, value, 0x23))
        for downmix, value in ((2, 100), (0, 131))
    )
    boxes = boxes_of(pack("udta", pack("ludt", pack_full("tlou", mixed), pack_full("tlou", plain))))
    assert read_loudness(boxes, where="track") == StatedLoudness(-25.0, None)


def test_a_track_may_say_nothing_or_something_else() -> None:
    assert read_loudness((), where="track") is None
    assert read_loudness(boxes_of(pack("udta", pack("name", b"x"))), where="track") is None
    anchor = struct.pack(">H3sBB", 0, bytes(3), 0x23, 1) + bytes((2, 90, 0x23))
    assert read_loudness(track_with(anchor, version=0), where="track") is None


@pytest.mark.parametrize("entry", [b"", bytes(6), struct.pack(">H3sBB", 0, bytes(3), 0x23, 9) + bytes(3)])
def test_a_box_that_ends_too_early_is_told(entry: bytes) -> None:
    with pytest.raises(VerifyFailed):
        read_loudness(track_with(entry, version=0), where="track")
