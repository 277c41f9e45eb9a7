"""Cues are read from SubRip, WebVTT and SubStation Alpha, and what would be shown wrongly is refused by its line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.captions import Captions, Cue, parse_captions, srt_text
from pipeline.errors import ProjectError

SRT = """\
1
00:00:01,000 --> 00:00:02,500
<i>One</i>
two

2
00:01:00,001 --> 01:00:00,000 X1:10 X2:20
Three

and four
"""
VTT = """\
WEBVTT - a film

STYLE
::cue { color: red }

NOTE not
shown

first
00:01.000 --> 00:02.500 line:0 position:20%
<v Ana>One

00:00:03.000 --> 00:00:04.000
1984

NOTE nor this
"""
ASS = """\
[Script Info]
Title: A film

[V4+ Styles]
Format: Name
Style: Default

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,Nobody reads this
Dialogue: 0,0:00:03.00,0:00:04.25,Default,,0,0,0,,Later, after
Dialogue: 0,0:00:01.00,0:00:02.50,Default,Ana,0,0,0,,{\\i1}One{\\i0}\\Ntwo
Dialogue: 1,0:00:01.00,0:00:02.50,Default,Ana,0,0,0,,{\\i1}One{\\i0}\\Ntwo
Dialogue: 0,0:00:01.00,0:00:09.00,Default,,0,0,0,,{\\pos(10,10)}SHOP
"""


def parsed(text: str | bytes, name: str = "film.srt", language: str | None = None) -> Captions:
    raw = text if isinstance(text, bytes) else text.encode()
    return parse_captions(raw, path=Path(name), language=language)


def cue(start: str, end: str, *lines: str) -> Cue:
    return Cue(Fraction(start), Fraction(end), lines)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_subrip_is_read_with_any_newline(newline: str) -> None:
    cues = parsed(SRT.replace("\n", newline)).cues
    assert cues == (cue("1", "2.5", "One", "two"), cue("60.001", "3600", "Three", "and four"))


def test_subrip_needs_no_numbers_and_keeps_lines_that_are_numbers() -> None:
    text = "00:00:01,000 --> 00:00:02,000\n1984\n\n00:00:03,000 --> 00:00:04,000\n42\n"
    assert [one.lines for one in parsed(text).cues] == [("1984",), ("42",)]


def test_webvtt_is_read_without_its_notes_styles_and_names_of_cues() -> None:
    assert parsed(VTT, "film.vtt").cues == (cue("1", "2.5", "One"), cue("3", "4", "1984"))


def test_substation_alpha_is_read_in_order_once_and_without_signs() -> None:
    assert parsed(ASS, "film.ass").cues == (cue("1", "2.5", "One", "two"), cue("3", "4.25", "Later, after"))


def test_substation_alpha_of_signs_alone_is_read() -> None:
    only = "[Events]\nDialogue: 0,0:00:01.00,0:00:09.00,Default,,0,0,0,,{\\pos(10,10)}SHOP\n"
    assert parsed(only, "film.ass").cues == (cue("1", "9", "SHOP"),)


def test_columns_of_substation_alpha_may_stand_in_another_order() -> None:
    text = "[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,One, two\n"
    assert parsed(text, "film.ass").cues == (cue("1", "2", "One, two"),)


def test_a_guessed_encoding_and_captions_of_no_length_are_told() -> None:
    found = parsed("00:00:01,000 --> 00:00:01,000\nça\n\n00:00:01,000 --> 00:00:02,000\nété".encode("cp1252"))
    assert found.cues == (cue("1", "2", "été"),)
    assert "read as Windows-1252" in found.notes[0]
    assert found.notes[1] == "1 caption of film.srt, lasting no time, left out."


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("1\n00:00:01,000 -> 00:00:02,000\nx", "film.srt", "film.srt, line 2: .*Write two times"),
        ("1\n00:00:01,x00 --> 00:00:02,000\nx", "film.srt", "film.srt, line 2: .*Write two times"),
        ("\n\n-00:00:01,000 --> 00:00:02,000\nx", "film.srt", "film.srt, line 3: .*Write two times"),
        ("00:00:61,000 --> 00:02:00,000\nx", "film.srt", "film.srt, line 1: .*above 59"),
        ("00:00:03,000 --> 00:00:02,000\nx", "film.srt", "line 1: a caption that ends before it starts"),
        ("WEBVTT\n\n00:03.000 --> 00:02.000\nx", "film.vtt", "line 3: a caption that ends before it starts"),
        ("[Events]\nDialogue: 0,0:00:0a.00,0:00:02.00,D,,0,0,0,,x", "film.ass", "line 2: “0:00:0a.00” is not a time"),
        ("[Events]\nDialogue: 0,0:00:01.00", "film.ass", "line 2: an event with columns missing"),
        ("[Events]\nFormat: Text, Start, End\n", "film.ass", "line 2: the columns of events"),
        ("00:00:01,000 --> 00:00:02,000\n" + "x" * 2001, "film.srt", "line 1: a caption of more than 2000 characters"),
        ("", "film.srt", "film.srt: there are no captions in it"),
        ("a shopping list", "film.srt", "film.srt: there are no captions in it"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff", "film.srt", "film.srt: n.*Save it as UTF-8"),
    ],
)
def test_what_is_broken_is_refused_with_its_line_and_what_to_do(text: str | bytes, name: str, told: str) -> None:
    with pytest.raises(ProjectError, match=told):
        parsed(text, name)


def test_more_captions_than_a_film_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.captions._CUES_MAX", 3)
    assert len(parsed("0:0 --> 0:1\nx\n" * 3).cues) == 1  # the same three times
    for name in ("film.srt", "film.vtt"):
        with pytest.raises(ProjectError, match="more than 3 captions"):
            parsed("0:0 --> 0:1\nx\n\n" * 4, name)


def test_text_without_end_takes_no_time() -> None:
    for text in ("<rt" * 10**6, "{" * 10**6, "1:1:1" + "1:" * 10**6):
        with pytest.raises(ProjectError, match="line 1: a caption of more than 2000 characters"):
            parsed("0:0 --> 0:1\n" + text)


cues = st.lists(
    st.builds(
        lambda start, length, words: Cue(Fraction(start, 1000), Fraction(start + length, 1000), (words,)),
        st.integers(0, 10**8),
        st.integers(1, 10**6),
        st.text("abc é漢", min_size=1).map(lambda text: f"w{text}w".replace("  ", " ")),
    ),
    min_size=1,
    unique=True,
)


@settings(deadline=None)
@given(cues)
def test_what_is_written_is_read_again(written: list[Cue]) -> None:
    ordered = sorted(written, key=lambda one: (one.start, one.end))
    found = parsed(srt_text(ordered)).cues
    assert [(one.start, one.end) for one in found] == [(one.start, one.end) for one in ordered]
    assert sorted(one.lines for one in found) == sorted((" ".join(one.lines[0].split()),) for one in ordered)


def test_subrip_is_written_as_platforms_take_it() -> None:
    text = srt_text([cue("1", "2.5", "One", "two"), cue("3661.0005", "3662", "x")])
    assert text == (
        "1\r\n00:00:01,000 --> 00:00:02,500\r\nOne\r\ntwo\r\n\r\n2\r\n01:01:01,000 --> 01:01:02,000\r\nx\r\n"
    )
