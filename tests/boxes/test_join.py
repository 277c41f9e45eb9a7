"""What is written reads back as it was given, in an order that players can stream, whatever the tracks are."""

from __future__ import annotations

import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.boxes import Track, join, read_movie
from pipeline.boxes.atoms import pack_full
from pipeline.boxes.join import Part, Source, write_movie
from pipeline.boxes.samples import Runs, chained, keyframes_of, merge, timeline_of
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
        assert sample_bytes(target, found) == sample_bytes(part.sources[0].path, part.track)
    exact = max(track.seconds for track in movie.tracks)
    assert Fraction(movie.duration, movie.timescale) == exact


def write_samples(path: Path, track: Track) -> Part:
    path.write_bytes(Random(track.samples.count).randbytes(track.samples.bytes))
    return Part(track, (Source(path, track.samples),))


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
        join(pictures=(edited,), sound=clip.sound, target=tmp_path / "joined.mp4")


def test_a_source_that_is_shown_late_is_refused(clip: Clip, tmp_path: Path) -> None:
    late = tmp_path / "late.mp4"
    run_ffmpeg("-i", str(clip.picture), "-c", "copy", "-use_editlist", "0", str(late))
    with pytest.raises(VerifyFailed, match="first time should be 0 but is 2002"):
        join(pictures=(late,), sound=clip.sound, target=tmp_path / "joined.mp4")


def test_a_source_with_other_tracks_is_refused(clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(VerifyFailed, match="tracks should be soun but is vide, soun"):
        join(pictures=(clip.picture,), sound=clip.joined, target=tmp_path / "joined.mp4")


@with_files
@given(st.lists(tracks("vide"), min_size=1, max_size=4))
def test_samples_of_several_files_are_one_track_in_their_order(tmp_path: Path, pieces: list[Track]) -> None:
    parts = [write_samples(tmp_path / f"{number}", track) for number, track in enumerate(pieces)]
    chain = chained(tuple(track.samples for track in pieces))
    target = tmp_path / "written.mp4"
    write_movie(target, (Part(replace(pieces[0], samples=chain), tuple(one.sources[0] for one in parts)),))
    (found,) = read_movie(target).tracks
    expected = [data for part in parts for data in sample_bytes(part.sources[0].path, part.track)]
    assert sample_bytes(target, found) == expected
    assert found.samples.duration == sum(track.samples.duration for track in pieces)
    begins = [sum(track.samples.count for track in pieces[:number]) for number in range(len(pieces))]
    keyed = [begin + one for begin, track in zip(begins, pieces, strict=True) for one in keyframes_of(track.samples)]
    assert list(keyframes_of(found.samples)) == keyed


def test_pictures_one_after_another_show_the_frames_of_each_in_turn(make_clip: Any, tmp_path: Path) -> None:
    one, other = make_clip(), make_clip()
    target = tmp_path / "joined.mp4"
    join(pictures=(one.picture, other.picture), sound=None, target=target)
    frames = [digest for path in (one.picture, other.picture) for digest in decoded(path)]
    assert decoded(target) == frames
    (track,) = read_movie(target).tracks
    timeline = timeline_of(track.samples)
    assert (timeline.first_shown, timeline.earliest_shown) == (0, 0) and timeline.step is not None


def decoded(path: Path) -> list[bytes]:
    """Return a digest of each picture that a file shows, in order."""
    told = run_ffmpeg("-i", str(path), "-map", "0:v", "-f", "framemd5", "-").splitlines()
    return [line.rpartition(b",")[2] for line in told if not line.startswith(b"#")]


def test_pictures_of_another_rate_or_description_are_not_put_one_after_another(make_clip: Any, tmp_path: Path) -> None:
    clip, faster = make_clip(), make_clip("25")
    with pytest.raises(VerifyFailed, match="timescale should be"):
        join(pictures=(clip.picture, faster.picture), sound=None, target=tmp_path / "joined.mp4")
    other = make_clip(bframes=0)
    with pytest.raises(VerifyFailed, match="description of its pictures should be that of the piece before"):
        join(pictures=(clip.picture, other.picture), sound=None, target=tmp_path / "joined.mp4")
