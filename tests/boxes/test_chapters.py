"""Chapters are found by players where they were put, under their names, and by those who look at the bytes."""

from __future__ import annotations

import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.boxes import find_differences, join, read_chapters, read_movie, shortened_title
from pipeline.boxes.chapters import chapter_track
from pipeline.errors import VerifyFailed
from pipeline.graph import Chapter

from .conftest import Clip, run_ffmpeg

CHAPTERS = (
    Chapter(Fraction(0), "Before the first"),
    Chapter(Fraction(1, 2), "Пока горит лампа"),
    Chapter(Fraction(3, 2), '夜の庭 🌙 ~ "Rain" & <b>'),
)
titles = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)


@pytest.fixture
def chaptered(clip: Clip, tmp_path: Path) -> Path:
    target = tmp_path / "chaptered.mp4"
    join(pictures=[clip.picture], sound=clip.sound, target=target, chapters=CHAPTERS)
    return target


def test_players_list_the_chapters_of_a_file(chaptered: Path) -> None:
    with av.open(str(chaptered)) as container:
        found = [(one["start"] * one["time_base"], one["metadata"]["title"]) for one in container.chapters()]
    assert found == [(one.start, one.title) for one in CHAPTERS]
    told = run_ffmpeg("-i", str(chaptered), "-f", "ffmetadata", "-").decode()
    assert [line.removeprefix("title=") for line in told.splitlines() if line.startswith("title=")] == [
        one.title for one in CHAPTERS
    ]


def test_both_ways_of_telling_chapters_say_the_same(chaptered: Path) -> None:
    found = read_chapters(read_movie(chaptered))
    assert found.in_track == found.listed == CHAPTERS


def test_nothing_else_of_a_file_changes_with_its_chapters(chaptered: Path, clip: Clip) -> None:
    with_them, without = read_movie(chaptered), read_movie(clip.joined)
    assert [track.kind for track in with_them.tracks] == ["vide", "soun", "text"]
    assert with_them.duration == without.duration
    for one, other in zip(with_them.tracks, without.tracks, strict=False):
        assert (one.samples.sizes, one.samples.durations) == (other.samples.sizes, other.samples.durations)
        data, bare = chaptered.read_bytes(), clip.joined.read_bytes()
        assert [data[at : at + size] for at, size in one.samples.locations()] == [
            bare[at : at + size] for at, size in other.samples.locations()
        ]


def test_the_list_reads_as_nero_wrote_it(chaptered: Path) -> None:
    data = chaptered.read_bytes()
    at = data.index(b"chpl") + 4
    version, count = struct.unpack_from(">B7xB", data, at)
    assert (version, count) == (1, 3)
    start, length = struct.unpack_from(">QB", data, at + 9)
    assert (start, data[at + 18 : at + 18 + length]) == (0, b"Before the first")
    assert data.index(b"moov") < at < data.index(b"mdat")


def test_a_file_with_other_chapters_than_planned_is_not_as_expected(chaptered: Path, clip: Clip) -> None:
    def differences(path: Path, *chapters: Chapter) -> list[str]:
        expectation = replace(clip.expectation, chapters=chapters)
        return [what for what, _, _ in find_differences(read_movie(path), expectation)]

    assert differences(chaptered, *CHAPTERS) == []
    assert differences(chaptered, *CHAPTERS[:2]) == ["chapters in their track", "titles of listed chapters"]
    assert differences(chaptered) == ["tracks"]
    assert "tracks" in differences(clip.joined, *CHAPTERS)


@given(st.lists(titles, min_size=1, max_size=8))
def test_a_title_comes_back_as_it_was_told(told: list[str]) -> None:
    chapters = [Chapter(Fraction(number), shortened_title(title)) for number, title in enumerate(told)]
    track, content = chapter_track(chapters, timescale=25000, duration=25000 * len(told))
    at = 0
    for one, (_, size) in zip(chapters, track.samples.locations(), strict=True):
        length = int.from_bytes(content[at : at + 2])
        assert content[at + 2 : at + 2 + length].decode() == one.title
        at += size
    assert at == len(content) and track.samples.duration == track.duration


def test_a_title_that_is_too_long_ends_between_two_characters() -> None:
    short = shortened_title("夜" * 200)
    assert short == "夜" * 85
    assert shortened_title(" two\nlines\t") == "two lines"


@pytest.mark.parametrize(
    "chapters",
    [
        [Chapter(Fraction(1), "late")],
        [Chapter(Fraction(0), "one"), Chapter(Fraction(0), "two")],
        [Chapter(Fraction(0), "one"), Chapter(Fraction(3), "after the end")],
        [Chapter(Fraction(0), "one"), Chapter(Fraction(1, 7), "between ticks")],
        [Chapter(Fraction(n, 1000), "many") for n in range(256)],
    ],
)
def test_chapters_that_a_file_cannot_tell_are_refused(chapters: list[Chapter]) -> None:
    with pytest.raises(VerifyFailed, match=r"[Cc]hapters"):
        chapter_track(chapters, timescale=25000, duration=50000)
