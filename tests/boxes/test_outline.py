"""An outline says what boxes tell of any file of the family: whole or cut, in one piece or in fragments."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.boxes import Outline, read_movie, read_outline
from pipeline.boxes.atoms import pack, pack_full

from .conftest import Clip, bare_track, run_ffmpeg

FTYP = pack("ftyp", b"isom\0\0\0\0isomavc1")
TRACK = pack("trak", pack_full("tkhd", bytes(80)))
EDITED = pack("trak", pack_full("tkhd", bytes(80)), pack("edts"))


def outline_of(folder: Path, *boxes: bytes) -> Outline:
    path = folder / "given.mp4"
    path.write_bytes(b"".join(boxes))
    found = read_outline(path)
    assert found is not None
    return found


def test_a_joined_clip_is_moov_first_in_one_piece_without_edit_lists(clip: Clip) -> None:
    found = read_outline(clip.joined)
    assert found is not None
    assert found.brands == read_movie(clip.joined).brands
    assert (found.moov_before_mdat, found.is_fragmented, found.edit_lists, found.fault) == (True, False, 0, None)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("-movflags", "+faststart"), (True, False, 2)),
        ((), (False, False, 2)),
        (("-movflags", "+frag_keyframe+empty_moov", "-use_editlist", "0"), (True, True, 0)),
    ],
)
def test_what_ffmpeg_writes_by_itself_is_told(
    clip: Clip, tmp_path: Path, options: tuple[str, ...], told: tuple[bool, bool, int]
) -> None:
    run_ffmpeg("-i", str(clip.joined), "-c", "copy", *options, str(tmp_path / "copy.mp4"))
    found = read_outline(tmp_path / "copy.mp4")
    assert found is not None
    assert (found.moov_before_mdat, found.is_fragmented, found.edit_lists) == told


@pytest.mark.parametrize("data", [b"", b"\x1a\x45\xdf\xa3" + bytes(40), b"Once upon a time", b"RIFF\0\0\0\0AVI "])
def test_a_file_of_another_kind_has_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(data)
    assert read_outline(path) is None


def test_a_file_that_breaks_off_tells_what_came_before(clip: Clip, tmp_path: Path) -> None:
    data = clip.joined.read_bytes()
    found = outline_of(tmp_path, data[: len(data) // 2])
    assert found.moov_before_mdat and found.edit_lists == 0
    assert "'mdat' box" in found.fault


def test_old_quicktime_has_no_brands_and_a_lost_moov_is_not_placed(tmp_path: Path) -> None:
    old = outline_of(tmp_path, pack("wide"), pack("mdat", bytes(9)), pack("moov", TRACK))
    assert (old.brands, old.moov_before_mdat, old.edit_lists) == ((), False, 0)
    lost = outline_of(tmp_path, FTYP, pack("mdat", bytes(9)))
    assert (lost.moov_before_mdat, lost.edit_lists) == (None, None)


def test_edit_lists_are_counted_by_track_and_not_guessed_in_a_damaged_one(tmp_path: Path) -> None:
    found = outline_of(tmp_path, FTYP, pack("moov", TRACK, EDITED, EDITED), pack("mdat"))
    assert found.edit_lists == 2
    damaged = outline_of(tmp_path, FTYP, pack("moov", EDITED, pack("trak", b"\0\0\xff\xfftkhd")), pack("mdat"))
    assert damaged.edit_lists is None


def test_the_bit_rate_that_an_encoder_allowed_itself_is_read_and_makes_no_difference(clip: Clip) -> None:
    sound = read_movie(clip.joined).tracks[1].sound
    assert sound is not None and sound.bit_rate_max == 192_000
    assert bare_track("soun", sizes=((1, 1),), durations=((1, 1),)).sound is None


def test_a_track_with_empty_tables_is_a_track_without_samples(tmp_path: Path) -> None:
    """Fragmented files have such tables."""
    source = tmp_path / "fragmented.mp4"
    lavfi = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=24:d=0.2", "-c:v", "libx264")
    run_ffmpeg(*lavfi, "-movflags", "+frag_keyframe+empty_moov", str(source))
    path = tmp_path / "empty.mp4"
    path.write_bytes(source.read_bytes().replace(b"mvex", b"free", 1))
    assert read_movie(path).tracks[0].samples.count == 0
