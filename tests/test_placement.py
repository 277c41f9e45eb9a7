"""Parts lie on whole frames of the timeline, one after the other, and never reach past the end of their media."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap, MasterSpan, frame_lengths
from pipeline.errors import ProjectError
from pipeline.facts import Colour, MediaFacts, PictureFacts, SoundFacts
from pipeline.placement import EDITOR_RATES, Source, place_parts, plain_text, timeline_rate
from pipeline.timebase import FrameRate, Span

FILM = FrameRate(Fraction(24000, 1001))
NTSC = FrameRate(Fraction(30000, 1001))
SOURCE = Source(Path("/films/a.mov"), NTSC, 2617, 1920, 1080)


def test_lengths_follow_the_edit_and_each_part_starts_where_the_one_before_ends() -> None:
    edit = Edit(
        "e", (MasterSpan("m", Span(Fraction(1, 3), Fraction(10))), Gap(Fraction(1, 7)), Card(("x",), Fraction(2)))
    )
    placed = place_parts(edit, {"m": SOURCE}, NTSC)
    assert tuple(one.length for one in placed) == frame_lengths(edit, NTSC)
    assert [one.start for one in placed] == [0, placed[0].length, placed[0].length + placed[1].length]
    assert placed[0].source_start == 10  # a third of a second is 9.99 frames


@given(st.fractions(0, 87, max_denominator=10**6), st.fractions(Fraction(1, 10), 30, max_denominator=10**6))
def test_no_part_reaches_past_the_end_of_its_media(start: Fraction, length: Fraction) -> None:
    edit = Edit("e", (MasterSpan("m", Span(start, start + length)),))
    for rate in EDITOR_RATES:
        (one,) = place_parts(edit, {"m": SOURCE}, rate)
        assert rate.time_of(one.length) + NTSC.time_of(one.source_start) <= NTSC.time_of(SOURCE.frame_count)


def test_a_span_beyond_the_media_is_an_error_that_names_the_file() -> None:
    edit = Edit("e", (MasterSpan("m", Span(Fraction(100), Fraction(101))),))
    with pytest.raises(ProjectError, match=r"/films/a.mov has 2617"):
        place_parts(edit, {"m": SOURCE}, NTSC)
    with pytest.raises(ProjectError, match="a master that was not found, sha256 m"):
        place_parts(edit, {}, NTSC)


def test_a_time_between_two_frames_means_the_later_one_but_rounded_time_stamps_mean_their_frame() -> None:
    def first_frame(start: Fraction) -> int:
        edit = Edit("e", (MasterSpan("m", Span(start, start + 1)),))
        return place_parts(edit, {"m": SOURCE}, NTSC)[0].source_start

    assert first_frame(NTSC.time_of(100) + NTSC.frame_duration / 3) == 101
    assert [first_frame(Fraction(round(NTSC.time_of(frame) * 1000), 1000)) for frame in range(300)] == list(range(300))


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        ("24000/1001", "24000/1001"), ("25", "25/1"), ("12", "24/1"), ("15", "30/1"), ("120", "60/1"),
        ("120000/1001", "60000/1001"), ("100", "50/1"), ("295/10", "30000/1001"), ("47/2", "24000/1001"),
    ],
)  # fmt: skip
def test_the_timeline_takes_the_films_rate_or_one_that_editors_offer(fps: str, rate: str) -> None:
    edit = Edit("e", (MasterSpan("m", Span(Fraction(0), Fraction(1))),))
    source = Source(Path("/a.mov"), FrameRate(Fraction(fps)), 1000, 1920, 1080)
    assert str(timeline_rate(edit, {"m": source})) == rate
    assert str(timeline_rate(Edit("e", ()), {})) == "24/1"


@pytest.mark.parametrize(
    ("rate", "text", "frame", "drop"),
    [
        (NTSC, None, 0, True),
        (NTSC, "01:00:00;00", 107892, True),
        (NTSC, "01:00:00:00", 108000, False),
        (FILM, "01:00:00:00", 86400, False),
        (FrameRate(Fraction(30)), "00:01:00;00", 1800, False),  # phones mark drop-frame at 30/1
    ],
)
def test_the_files_own_timecode_is_read(rate: FrameRate, text: str | None, frame: int, drop: bool) -> None:
    source = Source(Path("/a.mov"), rate, 10, 1920, 1080, text)
    assert (source.first_frame, source.drops_frames) == (frame, drop)


@pytest.mark.parametrize("text", ["nonsense", "01:00:00:99", "1:0:0:0", ""])
def test_an_unusable_timecode_is_an_error_that_names_the_file(text: str) -> None:
    with pytest.raises(ProjectError, match=r"/a.mov: the file's start timecode cannot be used"):
        _ = Source(Path("/a.mov"), FILM, 10, 1920, 1080, text).first_frame


def test_a_source_is_made_from_the_facts_of_a_file() -> None:
    colour = Colour(None, None, None, None)
    picture = PictureFacts(
        0, "h264", 1920, 1080, Fraction(1), 90, "yuv420p", 8, colour, "progressive", FILM, Fraction(0), None
    )
    sounds = (SoundFacts(1, "aac", 6, "5.1", 44_100, Fraction(0), None, True),)
    facts = MediaFacts("mov", 1, Fraction(9), picture, sounds, ())
    source = Source.of(Path("/f/a.mov"), facts, frame_count=215, start_timecode="01:00:00:00")
    assert source == Source(Path("/f/a.mov"), FILM, 215, 1080, 1920, "01:00:00:00", 6, 44_100)


def test_names_lose_control_characters_and_line_ends_but_no_others() -> None:
    assert plain_text("a\nb\x00c\u2028d") == "a b c d"
    assert plain_text("Ünï  🎬 👨‍👩‍👧 %'\"<&>") == "Ünï  🎬 👨‍👩‍👧 %'\"<&>"
    assert plain_text("x\udcffy") == "x?y"
