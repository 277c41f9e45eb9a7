"""What is written reads back as it was given, in an order that players can stream, whatever the tracks are."""

from __future__ import annotations

import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.boxes import Track, join, read_movie
from pipeline.boxes.atoms import pack_full
from pipeline.boxes.join import Part, write_movie
from pipeline.boxes.samples import Runs, merge
from pipeline.errors import VerifyFailed

from .conftest import Clip, bare_track, run_ffmpeg

with_files = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def runs_of(values: st.SearchStrategy[int], count: int) -> st.SearchStrategy[Runs]:
    return st.lists(values, min_size=count, max_size=count).map(lambda drawn: merge((1, value) for value in drawn))


@st.composite
def tracks(draw: st.DrawFn, kind: str) -> Track:
    count = draw(st.integers(1, 40))
    keyframes = st.sets(st.integers(0, count - 1)).map(lambda drawn: tuple(sorted(drawn)))
    return bare_track(
        kind,
        sizes=draw(runs_of(st.integers(0, 50), count)),
        durations=draw(runs_of(st.sampled_from((1, 1000, 1001, 2**32 - 1)), count)),
        shifts=draw(st.one_of(st.just(()), runs_of(st.integers(-(2**31), 2**31 - 1), count))),
        keyframes=draw(st.one_of(st.none(), keyframes)),
    )


@with_files
@given(tracks("vide"), st.one_of(st.none(), tracks("soun")))
def test_tracks_read_back_as_they_were_written(tmp_path: Path, picture: Track, sound: Track | None) -> None:
    parts = tuple(write_samples(tmp_path / track.kind, track) for track in (picture, sound) if track is not None)
    target = tmp_path / "written.mp4"
    write_movie(target, parts)
    movie = read_movie(target)
    assert movie.moov_before_mdat
    for part, found in zip(parts, movie.tracks, strict=True):
        assert without_places(found) == without_places(part.track)
        assert sample_bytes(target, found) == sample_bytes(part.path, part.track)
    exact = max(track.seconds for track in movie.tracks)
    assert Fraction(movie.duration, movie.timescale) == exact


def write_samples(path: Path, track: Track) -> Part:
    path.write_bytes(Random(track.samples.count).randbytes(track.samples.bytes))
    return Part(path, track)


def without_places(track: Track) -> Track:
    samples = replace(track.samples, chunk_offsets=(), chunk_lengths=())
    return replace(track, number=0, picture=None, sound=None, samples=samples)


def sample_bytes(path: Path, track: Track) -> list[bytes]:
    data = path.read_bytes()
    return [data[offset : offset + size] for offset, size in track.samples.locations()]


def test_chunks_of_picture_and_sound_alternate_every_half_second(clip: Clip) -> None:
    picture, sound = (track.samples for track in read_movie(clip.joined).tracks)
    order = sorted([(at, "picture") for at in picture.chunk_offsets] + [(at, "sound") for at in sound.chunk_offsets])
    assert [kind for _, kind in order] == ["picture", "sound"] * 4
    assert picture.chunk_lengths == ((3, 12), (1, 11))


def test_what_a_player_needs_first_stands_first(clip: Clip) -> None:
    data = clip.joined.read_bytes()
    assert data.index(b"ftyp") < data.index(b"moov") < data.index(b"mdat")
    assert b"edts" not in data[: data.index(b"mdat")]
    assert b"elst" not in data[: data.index(b"mdat")]


def test_composition_offsets_are_written_in_the_version_that_is_signed(clip: Clip) -> None:
    assert b"ctts\1\0\0\0" in clip.joined.read_bytes()


def test_sound_says_that_it_hides_no_priming(clip: Clip) -> None:
    data = clip.joined.read_bytes()
    packets = read_movie(clip.joined).tracks[1].samples.count
    assert pack_full("sgpd", b"roll", struct.pack(">IIh", 2, 1, -1), version=1) in data
    assert pack_full("sbgp", b"roll", struct.pack(">III", 1, packets, 1)) in data


def test_a_source_with_an_edit_list_is_refused(clip: Clip, tmp_path: Path) -> None:
    edited = tmp_path / "edited.mp4"
    run_ffmpeg("-i", str(clip.picture), "-c", "copy", "-use_editlist", "1", str(edited))
    with pytest.raises(VerifyFailed, match="edit list should be none"):
        join(picture=edited, sound=clip.sound, target=tmp_path / "joined.mp4")


def test_a_source_that_is_shown_late_is_refused(clip: Clip, tmp_path: Path) -> None:
    late = tmp_path / "late.mp4"
    run_ffmpeg("-i", str(clip.picture), "-c", "copy", "-use_editlist", "0", str(late))
    with pytest.raises(VerifyFailed, match="first time should be 0 but is 2002"):
        join(picture=late, sound=clip.sound, target=tmp_path / "joined.mp4")


def test_a_source_with_other_tracks_is_refused(clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(VerifyFailed, match="tracks should be soun but is vide, soun"):
        join(picture=clip.picture, sound=clip.joined, target=tmp_path / "joined.mp4")
