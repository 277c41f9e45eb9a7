"""Subtitles stand where the words are heard, in segments as long as those of the pictures."""

from __future__ import annotations

from fractions import Fraction

from pipeline.captions import Cue
from pipeline.edit import Card, Edit, MasterSpan
from pipeline.plan.captions import CaptionTrack
from pipeline.plan.reels import Grid, Reel, Section, plan_sections
from pipeline.plan.subtitles import Subtitles, subtitle_segments, with_forced_lines
from pipeline.timebase import FrameRate, Span

FILM = "a" * 64
GRID = Grid(FrameRate(Fraction(24)), 1)
WHOLE = Edit("film", (MasterSpan(FILM, Span(Fraction(0), Fraction(100))),))
HEAD = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n"


def cue(start: float, end: float, *lines: str) -> Cue:
    return Cue(Fraction(str(start)), Fraction(str(end)), lines or ("Hello.",))


def subtitles(*cues: Cue, kind: str = "plain") -> Subtitles:
    return Subtitles("en", kind, {(FILM, None): CaptionTrack(cues, "en", "film.srt", "0")})  # type: ignore[arg-type]


def whole_film() -> Section:
    (section,) = plan_sections(WHOLE, GRID, {FILM: WHOLE})
    return section


def test_a_cue_over_a_border_is_in_both_segments_with_the_same_times() -> None:
    segments = subtitle_segments(subtitles(cue(5, 7)), whole_film())
    shown = "\n00:00:05.000 --> 00:00:07.000\nHello.\n"
    assert [segment.text for segment in segments[:3]] == [HEAD + shown, HEAD + shown, HEAD]
    assert [segment.seconds for segment in segments] == [6] * 16 + [4]


def test_words_cannot_become_markup_or_times() -> None:
    (first, *_) = subtitle_segments(subtitles(cue(1, 2, "a --> b", "<i>R&D</i>", "one\ntwo\n\nthree")), whole_film())
    assert (
        first.text == f"{HEAD}\n00:00:01.000 --> 00:00:02.000\na --&gt; b\n&lt;i&gt;R&amp;D&lt;/i&gt;\none two three\n"
    )


def test_what_of_a_cue_a_section_does_not_play_is_cut_off() -> None:
    edit = Edit("variant", (Card(("A",), Fraction(3)), MasterSpan(FILM, Span(Fraction(3), Fraction(93)))))
    own, films, end = plan_sections(edit, GRID, {FILM: WHOLE})
    found = subtitles(cue(2, 4), cue(5, 8), cue(89, 91))
    (first,) = subtitle_segments(found, own)
    assert "00:00:03.000 --> 00:00:04.000" in first.text, "film time 3 is time 3 after a card of three seconds"
    assert "00:00:05.000 --> 00:00:06.000" in first.text
    assert "00:00:06.000 --> 00:00:08.000" in subtitle_segments(found, films)[0].text
    assert "00:01:29.000 --> 00:01:30.000" in subtitle_segments(found, films)[-1].text
    assert "00:00:00.000 --> 00:00:01.000" in subtitle_segments(found, end)[0].text


def test_what_is_left_of_a_cue_for_less_than_a_thousandth_of_a_second_is_left_out() -> None:
    edit = Edit("edit", (MasterSpan(FILM, Span(Fraction(50), Fraction(52))),))
    reel = Reel.of(edit, GRID)
    (segment,) = subtitle_segments(subtitles(cue(40, 50.0004, "gone"), cue(50.5, 51)), Section(reel, 0, 1))
    assert segment.text == f"{HEAD}\n00:00:00.500 --> 00:00:01.000\nHello.\n"


def test_what_an_edit_plays_of_a_film_has_the_captions_that_the_edit_names() -> None:
    span = MasterSpan(FILM, Span(Fraction(0), Fraction(100)), captions="other.srt")
    (section,) = plan_sections(Edit("variant", (span,)), GRID, {FILM: WHOLE})
    other = CaptionTrack((cue(1, 2, "of the edit"),), "en", "other.srt", "1")
    found = Subtitles("en", "plain", {(FILM, "other.srt"): other})
    assert "of the edit" in subtitle_segments(found, section)[0].text


def test_an_edit_shows_words_where_it_plays_them() -> None:
    spans = (MasterSpan(FILM, Span(Fraction(50), Fraction(52))), MasterSpan(FILM, Span(Fraction(10), Fraction(12))))
    reel = Reel.of(Edit("edit", spans), GRID)
    (segment,) = subtitle_segments(subtitles(cue(11, 13, "later"), cue(51, 51.5, "sooner")), Section(reel, 0, 1))
    assert segment.text.index("00:00:01.000 --> 00:00:01.500\nsooner") < segment.text.index(
        "00:00:03.000 --> 00:00:04.000\nlater"
    )


def test_what_is_forced_is_in_the_languages_other_subtitles_too() -> None:
    plain, forced = subtitles(cue(1, 2), cue(5, 6, "sign")), subtitles(cue(5.05, 6, "sign"), cue(8, 9), kind="forced")
    joined, unchanged = with_forced_lines((plain, forced))
    assert unchanged == forced
    assert [one.start for one in joined.tracks[FILM, None].cues] == [1, 5, 8]
    assert (plain.name, forced.name, plain.title, forced.title) == (
        "s-en",
        "s-en-forced",
        "English",
        "English (forced)",
    )
