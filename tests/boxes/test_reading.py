"""A file that is damaged, cut short or made to mislead gives VerifyFailed, soon and in little memory."""

from __future__ import annotations

import struct
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.boxes import Expectation, find_differences, join, read_movie
from pipeline.boxes.atoms import pack, pack_full, pack_header
from pipeline.boxes.formats import Avc, Colour, PictureFormat, SoundFormat
from pipeline.boxes.headers import pack_movie
from pipeline.boxes.movie import EditListEntry, Track
from pipeline.errors import VerifyFailed

from .conftest import Clip, bare_track

FTYP = pack("ftyp", b"isom\0\0\0\0isom")
MANY = struct.pack(">I", 0xFFFFFFFF)
on_one_file = settings(
    max_examples=250, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def survive(data: bytes, folder: Path, expectation: Expectation) -> None:
    """Do with these bytes whatever can be done with a file; only VerifyFailed may come of it."""
    path = folder / "given.mp4"
    path.write_bytes(data)
    told = str(path)
    try:
        find_differences(read_movie(path), expectation)
    except VerifyFailed as error:
        told = str(error)
    assert str(path) in told
    for sound in (None, path):
        with suppress(VerifyFailed):
            join(pictures=(path,), sound=sound, target=folder / "joined.mp4")


@on_one_file
@given(st.data())
def test_changed_bytes_give_nothing_but_verify_failed(clip: Clip, tmp_path: Path, data: st.DataObject) -> None:
    source = data.draw(st.sampled_from((clip.joined, clip.picture, clip.sound)))
    damaged = bytearray(source.read_bytes())
    heads = damaged.index(b"mdat") + 64
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, heads))
        new = data.draw(st.one_of(st.binary(min_size=1, max_size=8), st.sampled_from((MANY, b"\0" * 4, b"\0\0\0\1"))))
        damaged[at : at + len(new)] = new
    survive(bytes(damaged), tmp_path, clip.expectation)


@on_one_file
@given(st.data())
def test_a_misleading_table_gives_nothing_but_verify_failed(clip: Clip, tmp_path: Path, data: st.DataObject) -> None:
    damaged = bytearray(clip.joined.read_bytes())
    kinds = (b"stts", b"ctts", b"stss", b"stsc", b"stsz", b"stco", b"mdhd", b"mvhd", b"tkhd", b"stsd", b"avcC", b"esds")
    start = damaged.index(data.draw(st.sampled_from(kinds)))
    at = start + 4 * data.draw(st.integers(-1, 8))
    value = data.draw(st.one_of(st.integers(0, 300), st.integers(0, 0xFFFFFFFF), st.just(0xFFFFFFFF)))
    damaged[at : at + 4] = struct.pack(">I", value)
    survive(bytes(damaged), tmp_path, clip.expectation)


@on_one_file
@given(st.data())
def test_a_file_that_ends_early_gives_verify_failed(clip: Clip, tmp_path: Path, data: st.DataObject) -> None:
    whole = clip.joined.read_bytes()
    path = tmp_path / "short.mp4"
    path.write_bytes(whole[: data.draw(st.one_of(st.integers(0, len(whole) - 1), st.integers(0, 4000)))])
    with pytest.raises(VerifyFailed, match=r"short\.mp4"):
        read_movie(path)


@on_one_file
@given(st.binary(max_size=300))
def test_any_bytes_give_verify_failed(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "noise.mp4"
    path.write_bytes(data)
    with pytest.raises(VerifyFailed, match=r"noise\.mp4"):
        read_movie(path)


def patched(clip: Clip, kind: bytes, skip: int, new: bytes) -> bytes:
    """Return the clip's bytes with others `skip` bytes behind the first box of a kind."""
    data = clip.joined.read_bytes()
    at = data.index(kind) + 4 + skip
    return data[:at] + new + data[at + len(new) :]


@pytest.mark.parametrize(
    ("kind", "skip", "reason"),
    [
        (b"stts", 4, "4294967295 entries"),
        (b"ctts", 4, "4294967295 entries"),
        (b"stsz", 8, "4294967295 samples"),
        (b"stco", 4, "4294967295 entries"),
        (b"stts", 8, "durations for 47 samples"),
        (b"stsc", 12, "samples in chunks for 47 samples"),
        (b"stco", 8, "outside its mdat box"),
        (b"stss", 8, "rising sample numbers"),
        (b"trak", -8, "box of 4294967295 bytes"),
    ],
)
def test_a_huge_number_is_refused_by_name_and_without_memory(
    clip: Clip, tmp_path: Path, kind: bytes, skip: int, reason: str
) -> None:
    path = tmp_path / "huge.mp4"
    path.write_bytes(patched(clip, kind, skip, MANY))
    tracemalloc.start()
    try:
        with pytest.raises(VerifyFailed, match=reason):
            read_movie(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("kind", "skip", "new", "reason"),
    [
        (b"trak", -8, struct.pack(">I", 7), "box of 7 bytes"),
        (b"stsc", 8, struct.pack(">I", 2), "rising chunk numbers"),
        (b"stsc", 4, bytes(4), "rising chunk numbers"),
        (b"mvhd", 12, bytes(4), "timescale of 0"),
        (b"stsd", 4, struct.pack(">I", 2), "2, where one is needed"),
    ],
)
def test_a_number_that_cannot_be_is_refused_by_name(
    clip: Clip, tmp_path: Path, kind: bytes, skip: int, new: bytes, reason: str
) -> None:
    path = tmp_path / "wrong.mp4"
    path.write_bytes(patched(clip, kind, skip, new))
    with pytest.raises(VerifyFailed, match=reason):
        read_movie(path)


def test_boxes_nested_without_end_are_refused(tmp_path: Path) -> None:
    nested = b""
    for _ in range(5000):
        nested = pack("trak", nested)
    path = tmp_path / "deep.mp4"
    path.write_bytes(FTYP + pack("moov", nested) + pack("mdat"))
    with pytest.raises(VerifyFailed, match="no mvhd box"):
        read_movie(path)


def test_boxes_without_number_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.mp4"
    path.write_bytes(FTYP + pack("moov", pack("free") * 5000) + pack("mdat"))
    with pytest.raises(VerifyFailed, match="more than 4096 boxes"):
        read_movie(path)


def test_a_fragmented_file_is_refused(clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "fragmented.mp4"
    path.write_bytes(clip.joined.read_bytes().replace(b"trak", b"mvex", 1))
    with pytest.raises(VerifyFailed, match="is fragmented"):
        read_movie(path)


def test_a_file_past_four_gigabytes_is_read_without_its_samples(tmp_path: Path) -> None:
    far = 5 << 30
    track = bare_track("vide", sizes=((3, 1000),), durations=((3, 1000),))
    placed = pack_movie((with_chunk_at(track, far),), offset_box="co64")
    path = tmp_path / "far.mp4"
    with path.open("wb") as stream:
        stream.write(FTYP + placed + pack_header("mdat", far + 3000))
        stream.truncate(stream.tell() + far + 3000)
    movie = read_movie(path)
    assert movie.bytes > far
    assert list(movie.tracks[0].samples.locations()) == [(far, 1000), (far + 1000, 1000), (far + 2000, 1000)]


def test_a_last_box_of_size_0_reaches_to_the_end(clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "open.mp4"
    path.write_bytes(patched(clip, b"mdat", -8, bytes(4)))
    assert read_movie(path).tracks == read_movie(clip.joined).tracks


def test_formats_are_read_from_the_sample_entries(clip: Clip) -> None:
    picture, sound = read_movie(clip.joined).tracks
    avc = Avc(profile=100, level=40, length_bytes=4, chroma=1, bits=8)
    assert picture.picture == PictureFormat(128, 72, Fraction(1), Colour(1, 1, 1, full_range=False), avc)
    assert sound.sound == SoundFormat(channels=2, sample_rate=48000, object_type=2, frame_samples=1024)


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        (pack("edts", pack_full("elst", struct.pack(">IIii", 1, 90, 2002, 65536))), (EditListEntry(90, 2002, 65536),)),
        (
            pack("edts", pack_full("elst", struct.pack(">IQqi", 1, 90, -1, 65536), version=1)),
            (EditListEntry(90, -1, 65536),),
        ),
        (pack("edts"), ()),
        (b"", None),
    ],
)
def test_edit_lists_are_read_in_both_versions(
    tmp_path: Path, edits: bytes, expected: tuple[EditListEntry, ...] | None
) -> None:
    track = bare_track("vide", sizes=((2, 10),), durations=((2, 1000),))
    headers = pack_movie((with_chunk_at(track, 0),), offset_box="stco")
    offset = len(FTYP) + len(headers) + len(edits) + 8
    headers = pack_movie((with_chunk_at(track, offset),), offset_box="stco")
    at = headers.index(b"trak") - 4
    moov = headers[8:at] + pack("trak", headers[at + 8 :] + edits)
    path = tmp_path / "edited.mp4"
    path.write_bytes(FTYP + pack("moov", moov) + pack("mdat", bytes(20)))
    assert read_movie(path).tracks[0].edit_list == expected


def with_chunk_at(track: Track, offset: int) -> Track:
    """Return the track with its one chunk at a place."""
    return replace(track, samples=replace(track.samples, chunk_offsets=(offset,)))
