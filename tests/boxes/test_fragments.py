"""Fragments are read as ISO/IEC 14496-12 writes them, in all the ways in which its flags allow, and within bounds."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.boxes.atoms import pack, pack_full
from pipeline.boxes.fragments import (
    Fragment,
    InitSegment,
    read_first_fragment,
    read_init,
    read_segment,
)
from pipeline.boxes.nals import is_key_picture
from pipeline.errors import VerifyFailed

from .conftest import picture_entry, run_ffmpeg


def trex(*, duration: int = 1000, size: int = 4, flags: int = 0) -> bytes:
    return pack_full("trex", struct.pack(">5I", 1, 1, duration, size, flags))


def init_bytes(*, extra: bytes = b"", kind: bytes = b"vide", entry: bytes | None = None, edits: bytes = b"") -> bytes:
    tables = pack("stbl", pack("stsd", entry or picture_entry()), pack_full("stsz", bytes(8)))
    header = pack_full("mdhd", struct.pack(">IIII4x", 0, 0, 24000, 0))
    media = pack("mdia", header, pack_full("hdlr", bytes(4), kind, bytes(13)), pack("minf", tables))
    track = pack("trak", pack_full("tkhd", struct.pack(">III", 0, 0, 1), bytes(68)), edits, media)
    return pack("ftyp", b"iso6\0\0\0\0") + pack("moov", pack("mvhd"), track, pack("mvex", extra or trex()))


INIT = read_init(init_bytes(), where="made")
EMPTY = pack_full("tfhd", struct.pack(">II", 1, 0), flags=0x020010)
"""Of a track whose samples have no bytes, so that none has to be there."""


def read(*boxes: bytes, init: InitSegment = INIT, origin: int = 0) -> tuple[Fragment, ...]:
    return read_segment(b"".join(boxes), init, where="made", origin=origin).fragments


def run(count: int, *columns: int, flags: int, first: int | None = None, version: int = 0) -> bytes:
    """Return a run whose data follows its moof box, if its flags say that it has an offset."""
    rows = b"".join(struct.pack(">i" if one < 0 else ">I", one) for one in columns)
    offset = b"DATA" if flags & 0x1 else b""
    head = b"" if first is None else struct.pack(">I", first)
    return pack_full("trun", struct.pack(">I", count), offset, head, rows, version=version, flags=flags)


def moof(*runs: bytes, header: bytes | None = None, time: bytes = b"", more: int = 0) -> bytes:
    given = header if header is not None else pack_full("tfhd", struct.pack(">I", 1), flags=0x020000)
    made = pack("moof", pack_full("mfhd", struct.pack(">I", 1)), pack("traf", given, time, *runs))
    return made.replace(b"DATA", struct.pack(">i", len(made) + 8 + more))


def test_an_initialization_says_what_the_track_is() -> None:
    (track,) = INIT.tracks
    assert (track.kind, track.codec, track.name, track.timescale) == ("vide", "avc1", "avc1.64001e", 24000)
    assert INIT.is_fragmented and track.edit_list is None and track.samples == 0 and not track.is_encrypted
    assert track.picture is not None and (track.picture.width, track.picture.height) == (64, 48)
    assert track.picture_codec is not None and track.picture_codec.parameter_set == b"gabc"


def test_samples_take_what_their_run_does_not_say_from_the_defaults() -> None:
    init = read_init(init_bytes(extra=trex(duration=1000, size=4, flags=0x10000)), where="made")
    one = run(3, flags=0x5, first=0)
    (found,) = read(moof(one), pack("mdat", bytes(12)), init=init)
    assert [(one.size, one.duration, one.shift, one.is_sync) for one in found.samples] == [
        (4, 1000, 0, True), (4, 1000, 0, False), (4, 1000, 0, False),
    ]  # fmt: skip
    assert found.decode_time is None and found.duration == 3000


def test_a_track_header_overrides_the_defaults() -> None:
    header = pack_full("tfhd", struct.pack(">IIII", 1, 500, 6, 0x10000), flags=0x020038)
    (found,) = read(moof(run(2, flags=0x1), header=header), pack("mdat", bytes(12)))
    assert [(one.size, one.duration, one.is_sync) for one in found.samples] == [(6, 500, False)] * 2


@pytest.mark.parametrize(("version", "shift"), [(0, 2000), (1, -2000)])
def test_composition_offsets_are_signed_in_version_1_alone(version: int, shift: int) -> None:
    (found,) = read(moof(run(1, shift, version=version, flags=0x801)), pack("mdat", bytes(4)))
    assert found.samples[0].shift == shift


def test_offsets_of_version_0_are_never_negative() -> None:
    (found,) = read(moof(run(1, -1, flags=0x801)), pack("mdat", bytes(4)))
    assert found.samples[0].shift == 0xFFFFFFFF


@pytest.mark.parametrize(("version", "layout"), [(0, ">I"), (1, ">Q")])
def test_decode_times_of_both_versions_are_read(version: int, layout: str) -> None:
    time = pack_full("tfdt", struct.pack(layout, 7200), version=version)
    (found,) = read(moof(run(1, flags=0x1), time=time), pack("mdat", bytes(4)))
    assert found.decode_time == 7200


def test_runs_follow_each_other_and_so_do_fragments() -> None:
    one = moof(run(1, flags=0x1), run(2, flags=0)) + pack("mdat", bytes(12))
    found = read(pack("styp", bytes(8)), one, pack("emsg", bytes(9)), one)
    assert [[sample.size for sample in fragment.samples] for fragment in found] == [[4, 4, 4]] * 2
    start = 16 + len(one) - 12
    assert [sample.offset for sample in found[0].samples] == [start, start + 4, start + 8]
    assert found[1].moof[0] == start + 12 + 17


def test_an_absolute_base_is_of_the_file_and_not_of_the_range() -> None:
    header = pack_full("tfhd", struct.pack(">IQ", 1, 5000), flags=0x1)
    one = moof(run(1, flags=0x1), header=header)
    (found,) = read(one, pack("mdat", bytes(4)), origin=5000)
    assert found.samples[0].offset == len(one) + 8


@pytest.mark.parametrize(
    ("boxes", "told"),
    [
        ((moof(run(9, flags=0x1)), pack("mdat", bytes(4))), "outside its mdat"),
        ((moof(run(1, flags=0x1), more=-4), pack("mdat", bytes(4))), "outside its mdat"),
        ((moof(run(0xFFFFFFFF, flags=0)), pack("mdat")), "more than the 20000"),
        ((moof(run(5000, flags=0x100)), pack("mdat")), "more than its"),
        ((moof(header=pack_full("tfhd", struct.pack(">I", 7))),), "is of track 7"),
        ((moof(header=b""),), "no tfhd"),
        ((moof(pack_full("trun", bytes(4), version=2)),), "version 2"),
        ((b"\0\0\0\x40moof",), "64 bytes where 8"),
        ((moof(run(20_000, flags=0), header=EMPTY), pack("mdat")) * 11, "more than the 200000 samples"),
        ((moof(*[run(1, flags=0x1)] * 2), pack("mdat", bytes(4))), "share their bytes"),
    ],
)
def test_what_does_not_fit_is_refused_before_it_costs_anything(boxes: tuple[bytes, ...], told: str) -> None:
    with pytest.raises(VerifyFailed, match=told):
        read(*boxes)


def test_a_byte_range_of_one_picture_may_end_inside_its_mdat() -> None:
    data = moof(run(3, flags=0x1)) + pack("mdat", bytes(12))
    (found,) = read_first_fragment(data[:-8], INIT, where="made")
    assert found.samples[0].offset + found.samples[0].size == len(data) - 8
    for cut in (data[8:], data[:40], pack("styp", bytes(8)), b""):
        with pytest.raises(VerifyFailed):
            read_first_fragment(cut, INIT, where="made")


def test_protected_media_is_known_by_its_entry() -> None:
    entry = picture_entry().replace(b"avc1", b"encv")
    (track,) = read_init(init_bytes(entry=entry), where="made").tracks
    assert track.is_encrypted and track.picture is None


def test_key_pictures_are_told_by_their_slices() -> None:
    def unit(head: int) -> bytes:
        return b"\0\0\0\2" + bytes((head, 0))

    for family, sample, is_key in (
        ("H.264", unit(9) + unit(0x65), True),
        ("H.264", unit(0x41), False),
        ("H.264", unit(0x65) + unit(0x41), False),
        ("HEVC", unit(19 << 1) + unit(39 << 1), True),
        ("HEVC", unit(20 << 1), True),
        ("HEVC", unit(21 << 1), False),  # CRA
        ("HEVC", unit(1 << 1), False),
        ("HEVC", unit(39 << 1), False),
    ):
        assert is_key_picture(sample, family=family, length_bytes=4, where="made") is is_key
    with pytest.raises(VerifyFailed, match="NAL unit"):
        is_key_picture(b"\0\0\0\7e", family="H.264", length_bytes=4, where="made")


def test_what_ffmpeg_fragments_is_read_to_the_sample(tmp_path: Path) -> None:
    path = tmp_path / "fragmented.mp4"
    lavfi = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=24:d=2", "-c:v", "libx264", "-g", "24", "-bf", "2")
    run_ffmpeg(*lavfi, "-movflags", "+frag_keyframe+empty_moov+default_base_moof", str(path))
    data = path.read_bytes()
    head = data.index(b"moof") - 4
    init = read_init(data[:head], where="ffmpeg")
    found = read_segment(data[head:], init, where="ffmpeg").fragments
    assert sum(len(one.samples) for one in found) == 48
    assert [one.samples[0].is_sync for one in found] == [True, True]
    assert found[1].decode_time == found[0].duration


@settings(deadline=None)
@given(st.data())
def test_mutated_bytes_are_refused_or_read_and_nothing_else(data: st.DataObject) -> None:
    one = run(2, 1, 4, 0, 1, 4, 0, flags=0x701)
    whole = bytearray(init_bytes() + moof(one) + pack("mdat", bytes(8)))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    head = len(init_bytes())
    try:
        init = read_init(bytes(whole[:head]), where="mutated")
        read_segment(bytes(whole[head:]), init, where="mutated")
        read_first_fragment(bytes(whole[head:]), init, where="mutated")
    except VerifyFailed:
        pass
