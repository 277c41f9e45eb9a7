"""Whatever strangers write into titles, names, captions and metadata stays words in everything that we write."""

from __future__ import annotations

import os
import re
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.report import _cell
from pipeline.captions import Cue, parse_captions, srt_text
from pipeline.cli import tell_error
from pipeline.edit import Card, Edit, MasterSpan
from pipeline.edl import to_edl
from pipeline.errors import MasterError
from pipeline.fcpxml import to_fcpxml
from pipeline.geometry import Box
from pipeline.placement import Source
from pipeline.plan.block_calendar import block_calendar
from pipeline.plan.caption_places import PlacedCue, PlacedLine
from pipeline.plan.caption_script import caption_script
from pipeline.plan.captions import CaptionTrack
from pipeline.plan.reels import Grid, plan_sections
from pipeline.plan.setting import Run
from pipeline.plan.subtitles import Subtitles, subtitle_segments
from pipeline.shell.probe import probe
from pipeline.styles import CaptionStyle
from pipeline.timebase import FrameRate, Span
from tests.evenings import SIX, block
from tests.shell.conftest import ffmpeg, write_film

RATE = FrameRate(Fraction(24))
PIECES: Final = (
    "\n", "\r", "\r\n", "\0", "\x1b[31m", "\x1b]0;x\x07", "\x85", "\u2028", "\u2029", "\u202e", "\ufeff", "\ufffe",
    "\uffff", "\ud800", "\udcff", '"', "'", "`", "\\", "\\N", "{\\an8}", "{\\p1}", "}", "{", "<", ">", "&", "&lt;",
    "]]>", "<script>", "</title>", "<!--", "-->", "--", "-i", "../", "/", "|", "#", "#EXT-X-ENDLIST", "# ", "*",
    "* FROM CLIP NAME: x", "TITLE: x", "BEGIN:VEVENT", "ATTACH:x", ";", ":", ",", "=", "%", "%00", "%n", "$(id)",
    "Dialogue: 0,0:00:00.00,0:01:00.00,x,,0,0,0,,x", "00:00:09,000 --> 00:00:10,000", "00:00:09.000 --> 00:00:10.000",
    "NOTE x", "STYLE", "REGION", "WEBVTT", "[red]", "[/]", "![x](http://x)", "a", "ü", "漢", "ש", " ", "\t", "\u200b",
    "\u2060", "1",
)  # fmt: skip
NASTY = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=8).map("".join)
# Bytes that are no UTF-8 are the only halves of pairs that names of files have.
NAMES = NASTY.map(lambda text: re.sub("[/\0\ud800-\udc7f\udd00-\udfff]", "", f"film{text}.mov"))


def edit_of(title: str, card: str) -> Edit:
    return Edit(title, (Card((card,), Fraction(2)), MasterSpan("m", Span(Fraction(0), Fraction(1)))))


def source_of(name: str) -> Source:
    return Source(Path("/films") / name, RATE, 200_000, 1920, 1080, channels=2)


@given(NASTY, NASTY, NAMES)
def test_a_cutting_list_has_the_lines_that_it_should_and_no_controls(title: str, card: str, name: str) -> None:
    plain = to_edl(edit_of("title", "card"), {"m": source_of("film.mov")}).split("\n")
    found = to_edl(edit_of(title, card), {"m": source_of(name)}).split("\n")
    assert len(found) == len(plain) == len("\n".join(found).splitlines()) + 1
    heads = ("TITLE: ", "FCM: ", "", "001  BL", "* CARD: ", "002  FILM", "* FROM CLIP NAME: ", "")
    assert all(line.startswith(head.rstrip()) for line, head in zip(found, heads, strict=True))
    assert all(unicodedata.category(one) not in ("Cc", "Cs") for line in found for one in line)


@given(NASTY, NASTY, NAMES)
def test_a_document_for_final_cut_stays_a_document_of_the_same_elements(title: str, card: str, name: str) -> None:
    plain = ET.fromstring(to_fcpxml(edit_of("title", "card"), {"m": source_of("film.mov")}))  # noqa: S314 - it is ours
    found = ET.fromstring(to_fcpxml(edit_of(title, card), {"m": source_of(name)}))  # noqa: S314
    assert [one.tag for one in found.iter()] == [one.tag for one in plain.iter()]
    assert [set(one.attrib) for one in found.iter()] == [set(one.attrib) for one in plain.iter()]
    (media,) = found.iter("media-rep")
    assert re.fullmatch(r"file:///films/[!-~]+", media.attrib["src"])


def cues_of(*words: str) -> list[Cue]:
    return [Cue(Fraction(number), Fraction(number) + 1, (word,)) for number, word in enumerate(words, 1)]


@given(NASTY, NASTY)
def test_subtitles_of_a_package_have_the_captions_that_they_should(one: str, other: str) -> None:
    whole = Edit("film", (MasterSpan("a" * 64, Span(Fraction(0), Fraction(6))),))
    (section,) = plan_sections(whole, Grid(RATE, 1), {"a" * 64: whole})
    track = CaptionTrack(tuple(cues_of(one, other)), "en", "film.srt", "0")
    (segment, *_) = subtitle_segments(Subtitles("en", "plain", {("a" * 64, None): track}), section)
    blocks = segment.text.split("\n\n")
    assert len(blocks) == 3 and blocks[0] == "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0"
    for block_, start in zip(blocks[1:], (1, 2), strict=True):
        times, words, *rest = block_.split("\n")
        assert times == f"00:00:0{start}.000 --> 00:00:0{start + 1}.000"
        assert rest in ([], [""]) and not re.search(r"[<>\r\f]|-->|&(?!amp;|lt;|gt;)", words)


@settings(max_examples=200)
@given(st.lists(NASTY, min_size=1, max_size=4), st.sampled_from([".srt", ".vtt", ".ass"]))
@example(["00:00:09,000 --> 00:00:10,000"], ".ass")
def test_captions_of_strangers_come_out_as_as_many_captions(words: list[str], suffix: str) -> None:
    heads = {".srt": "1\n", ".vtt": "WEBVTT\n\n", ".ass": "[Script Info]\n[Events]\nFormat: Start, End, Text\n"}
    lines = {
        ".srt": "\n00:00:0{0},000 --> 00:00:0{0},900\n{1}\n",
        ".vtt": "\n00:00:0{0}.000 --> 00:00:0{0}.900\n{1}\n",
        ".ass": "Dialogue: 0:00:0{0}.00,0:00:0{0}.90,{1}\n",
    }
    text = heads[suffix] + "".join(lines[suffix].format(place, word) for place, word in enumerate(words))
    try:
        read = parse_captions(text.encode("utf-8", "replace"), path=Path(f"film{suffix}"), language=None).cues
    except Exception as error:  # noqa: BLE001 - a refusal is ours, whatever stands there
        assert type(error).__name__ == "ProjectError"  # noqa: PT017 - they may be read as well
        return
    again = parse_captions(srt_text(read).encode(), path=Path("film.srt"), language=None).cues
    assert len(again) == len(read) and [one.start for one in again] == [one.start for one in read]


def _script(cue: PlacedCue) -> str:
    return caption_script((cue,), width_px=1080, height_px=1920, style=CaptionStyle()).text(RATE)


@given(NASTY)
def test_a_caption_is_drawn_in_one_event_and_opens_no_block_of_its_own(words: str) -> None:
    box = Box(300, 500, 200, 60)
    line = PlacedLine((Run("Sans", words),), "ltr", Fraction(400), 548, box)
    cue = PlacedCue(0, 24, (line,), 40, box, (), "en")
    script = _script(cue)
    plain = _script(replace(cue, lines=(replace(line, runs=(Run("Sans", "a"),)),)))
    assert script.count("\n") == plain.count("\n") and "\r" not in script
    told = script.rstrip("\n").partition("\u200e")[2]
    assert not re.search(r"(?<!\\)[{}]|\\(?![{}\u2060])", told)


@given(NASTY, NASTY)
def test_a_calendar_has_the_properties_that_it_should(title: str, venue: str) -> None:
    start = datetime(2026, 11, 27, 20, 0, tzinfo=ZoneInfo("Europe/Berlin"))

    def names(title: str, venue: str) -> list[str]:
        text = block_calendar(block(SIX[:1], title=title), start=start, venue=venue, evening=None)
        unfolded = text.replace("\r\n ", "").split("\r\n")
        assert "\n" not in text.replace("\r\n", "") and not any(
            re.search(r"[\x00-\x08\x0b-\x1f\x7f]", one) for one in unfolded
        )
        return [re.split("[:;]", line)[0] for line in unfolded if not line.startswith("LOCATION")]

    assert names(title, venue) == names("title", "venue")


@given(NASTY)
def test_a_cell_of_a_report_stays_one_cell_of_plain_words(text: str) -> None:
    cell = _cell(text)
    assert not any(unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") for one in cell)
    assert not re.search(r"(?<!\\)(\\\\)*(?<!\\)[`*_\[\]<>|#&~]", cell)


@given(NASTY)
def test_an_error_steers_no_terminal(text: str) -> None:
    import contextlib
    import io

    for error in (MasterError.of(Path(text), "is odd.", remedy=text), ValueError(text)):
        told = io.StringIO()
        with contextlib.redirect_stderr(told):
            tell_error(error)
        assert all(one.isprintable() or one in "\n\u200b\ufeff\u2060" or unicodedata.category(one) != "Cc"
                   for one in told.getvalue())  # fmt: skip


def test_what_a_container_says_of_itself_is_no_more_than_it_may_be(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", frames=12)
    evil = "x\x1b]0;owned\x07 -i /etc/passwd"
    ffmpeg("-i", film, "-f", "lavfi", "-i", "anullsrc=d=0.5", "-c:v", "copy", "-c:a", "pcm_s16le", "-t", "0.5",
           "-metadata:s:a:0", f"language={evil}", "-metadata", f"title={evil}", "-metadata", f"timecode={evil}",
           "-metadata:s:v:0", f"handler_name={evil}", tmp_path / "evil.mkv")  # fmt: skip
    facts = probe(tmp_path / "evil.mkv")
    assert facts.sounds[0].language is None and facts.start_timecode is None


def test_probe_prints_a_name_without_its_controls(tmp_path: Path, workplace: Any) -> None:
    film = tmp_path / os.fsdecode(b"a\x1b[31m\n\xff.mp4")
    film.symlink_to(workplace.film)
    ran = workplace.matinee("probe", film)
    assert ran.code == 0 and "\x1b" not in ran.out and r"a\x1b[31m\n\udcff.mp4: mov" in ran.out


@pytest.mark.parametrize("name", ["-i.mov", "--help.mov", "%03d.mov", "concat:a|b.mov", "http:x.mov", "a\nb.mov"])
def test_a_name_is_no_option_pattern_or_address_to_ffmpeg(name: str, tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", frames=12)
    film.rename(tmp_path / name)
    assert probe(tmp_path / name).picture.width_px > 0
