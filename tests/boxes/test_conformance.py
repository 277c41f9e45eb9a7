"""Each rule that a clip must keep is reported by its name as soon as the clip breaks it, and alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipeline.boxes import Expectation, Movie, SoundExpectation, Track, find_differences, read_movie, verify_file
from pipeline.boxes.movie import EditListEntry
from pipeline.boxes.samples import timeline_of
from pipeline.errors import VerifyFailed

from .conftest import Clip, bare_track, write_picture

PICTURE = 0
SOUND = 1
TURNED = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)


@pytest.fixture(scope="module")
def movie(clip: Clip) -> Movie:
    return read_movie(clip.joined)


def names(movie: Movie, expectation: Expectation) -> list[str]:
    return [what for what, _, _ in find_differences(movie, expectation)]


def with_track(movie: Movie, index: int, **fields: Any) -> Movie:
    """Return the movie with other fields of a track."""
    tracks = list(movie.tracks)
    tracks[index] = replace(tracks[index], **fields)
    return replace(movie, tracks=tuple(tracks))


def with_part(movie: Movie, index: int, part: str, **fields: Any) -> Movie:
    """Return the movie with other fields of a track's samples, picture or sound."""
    return with_track(movie, index, **{part: replace(getattr(movie.tracks[index], part), **fields)})


def test_a_good_clip_has_no_differences(clip: Clip) -> None:
    expectation = replace(clip.expectation, bytes_max=clip.joined.stat().st_size)
    assert verify_file(clip.joined, expectation) == read_movie(clip.joined)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"moov_before_mdat": False}, "moov box"),
        ({"duration": 1}, "movie duration"),
        ({"created": 3_800_000_000}, "creation time"),
    ],
)
def test_a_fault_of_the_file_is_reported(movie: Movie, clip: Clip, fields: dict[str, Any], told: str) -> None:
    assert names(replace(movie, **fields), clip.expectation) == [told]


@pytest.mark.parametrize(
    ("index", "fields", "told"),
    [
        (PICTURE, {"edit_list": (EditListEntry(48048, 2002, 65536),)}, "track 1 edit list"),
        (SOUND, {"edit_list": ()}, "track 2 edit list"),
        (PICTURE, {"matrix": TURNED}, "track 1 matrix"),
        (PICTURE, {"duration": 48047}, "track 1 header duration"),
        (SOUND, {"created": 1}, "creation time"),
        (PICTURE, {"codec": "hvc1"}, "picture codec"),
        (PICTURE, {"shown_size": (Fraction(72), Fraction(128))}, "shown size"),
        (SOUND, {"codec": "ac-3"}, "sound codec"),
    ],
)
def test_a_fault_of_a_track_is_reported(
    movie: Movie, clip: Clip, index: int, fields: dict[str, Any], told: str
) -> None:
    assert names(with_track(movie, index, **fields), clip.expectation) == [told]


@pytest.mark.parametrize(
    ("part", "fields", "told"),
    [
        ("picture", {"width": 126}, ["coded size"]),
        ("picture", {"aspect": Fraction(4, 3)}, ["pixel aspect ratio"]),
        ("picture", {"aspect": None}, ["pixel aspect ratio"]),
        ("picture", {"colour": None}, ["colour"]),
        ("picture", {"avc": None}, ["H.264 configuration"]),
        ("samples", {"keyframes": (0, 12, 36)}, ["keyframe interval"]),
        ("samples", {"keyframes": (12, 24, 36)}, ["first keyframe"]),
        ("samples", {"durations": ((46, 1001), (1, 1000))}, ["track 1 header duration", "constant frame duration"]),
    ],
)
def test_a_fault_of_the_pictures_is_reported(
    movie: Movie, clip: Clip, part: str, fields: dict[str, Any], told: list[str]
) -> None:
    assert names(with_part(movie, PICTURE, part, **fields), clip.expectation) == told


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"profile": 77}, "H.264 profile"),
        ({"level": 41}, "H.264 level"),
        ({"chroma": 3}, "chroma format and bits"),
        ({"bits": 10}, "chroma format and bits"),
    ],
)
def test_a_fault_of_the_h264_configuration_is_reported(
    movie: Movie, clip: Clip, fields: dict[str, int], told: str
) -> None:
    picture = movie.tracks[PICTURE].picture
    assert picture is not None and picture.avc is not None
    faulty = with_part(movie, PICTURE, "picture", avc=replace(picture.avc, **fields))
    assert names(faulty, clip.expectation) == [told]


@pytest.mark.parametrize(
    "fields", [{"object_type": 5}, {"channels": 1}, {"sample_rate": 44100}, {"frame_samples": 960}]
)
def test_sound_that_is_not_the_aac_that_was_planned_is_reported(
    movie: Movie, clip: Clip, fields: dict[str, int]
) -> None:
    assert names(with_part(movie, SOUND, "sound", **fields), clip.expectation) == ["sound format"]


def test_pictures_that_are_shown_later_than_0_are_reported(movie: Movie, clip: Clip) -> None:
    shifts = tuple((count, value + 2002) for count, value in movie.tracks[PICTURE].samples.shifts)
    late = with_part(movie, PICTURE, "samples", shifts=shifts)
    assert names(late, clip.expectation) == ["time of the first sample", "time of the earliest picture"]


def test_sound_that_starts_later_than_0_is_reported(movie: Movie, clip: Clip) -> None:
    late = with_part(movie, SOUND, "samples", shifts=((movie.tracks[SOUND].samples.count, 100),))
    assert names(late, clip.expectation) == ["time of the first sound"]


@pytest.mark.parametrize("seconds", [Fraction(-1, 40), Fraction(1, 40)])
def test_sound_that_is_a_frame_too_long_or_too_short_is_reported(movie: Movie, clip: Clip, seconds: Fraction) -> None:
    expectation = replace(clip.expectation, sound=SoundExpectation(seconds=clip.seconds + seconds))
    assert names(movie, expectation) == ["sound duration"]


def test_one_frame_more_than_planned_is_reported(movie: Movie, clip: Clip) -> None:
    assert clip.expectation.picture is not None
    picture = replace(clip.expectation.picture, frames=clip.frames - 1)
    assert names(movie, replace(clip.expectation, picture=picture)) == ["frames"]


def test_a_file_that_is_too_large_is_reported(movie: Movie, clip: Clip) -> None:
    assert names(movie, replace(clip.expectation, bytes_max=movie.bytes - 1)) == ["file size"]


def test_a_track_that_was_not_planned_is_reported(movie: Movie, clip: Clip) -> None:
    assert names(movie, replace(clip.expectation, sound=None)) == ["tracks"]
    assert names(replace(movie, tracks=movie.tracks[:1]), clip.expectation) == ["movie duration", "tracks"]


def test_a_keyframe_that_is_no_idr_picture_is_reported(movie: Movie, clip: Clip) -> None:
    keyframes = movie.tracks[PICTURE].samples.keyframes
    assert keyframes is not None
    told = find_differences(with_keyframes(movie, (*keyframes, clip.frames - 1)), clip.expectation)
    assert ("keyframes that are not IDR pictures", "none", f"({clip.frames - 1})") in told


def with_keyframes(movie: Movie, keyframes: tuple[int, ...]) -> Movie:
    return with_part(movie, PICTURE, "samples", keyframes=keyframes)


def test_an_open_group_of_pictures_is_reported(clip: Clip, tmp_path: Path) -> None:
    opened = replace(clip, folder=tmp_path)
    write_picture(opened, bframes=3, extra=("-x264-params", "open-gop=1:b-adapt=0"))
    told = names(read_movie(opened.picture), replace(clip.expectation, sound=None))
    assert told == [
        "keyframe interval",
        "open groups of pictures at samples",
        "keyframes that are not IDR pictures",
    ]


@pytest.mark.parametrize(
    ("shown", "opened"),
    [
        ((0, 1, 2, 3), ()),
        ((0, 2, 1, 3), (2,)),  # a picture of the first group after the second's keyframe
        ((0, 1, 3, 2), (2,)),  # a picture of the second group before its keyframe
    ],
)
def test_groups_of_pictures_that_reach_into_each_other_are_open(
    shown: tuple[int, ...], opened: tuple[int, ...]
) -> None:
    shifts = tuple((1, time - number) for number, time in enumerate(shown))
    track = bare_track("vide", sizes=((4, 10),), durations=((4, 1),), shifts=shifts, keyframes=(0, 2))
    assert timeline_of(track.samples).open_gops == opened


def test_every_difference_is_told_at_once(clip: Clip) -> None:
    expectation = replace(clip.expectation, sound=None, bytes_max=1)
    with pytest.raises(VerifyFailed, match=r"file size should be at most 1 bytes .*; tracks should be \(vide\)"):
        verify_file(clip.joined, expectation)


def test_a_track_without_samples_is_reported(movie: Movie, clip: Clip) -> None:
    track: Track = movie.tracks[SOUND]
    empty = replace(track.samples, sizes=(), durations=(), chunk_offsets=(), chunk_lengths=())
    told = names(with_track(movie, SOUND, samples=empty, duration=0), clip.expectation)
    assert told == ["movie duration", "track 2 samples"]
