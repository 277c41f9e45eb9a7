"""An edit file gives back the edit exactly, and tells where frames, timecode and seconds do not agree."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, Programme, SoundFades
from pipeline.editfile import EditFile, EditMaster, describe_edit_json, edit_file_text, parse_edit_file
from pipeline.errors import ProjectError
from pipeline.timebase import FrameRate, Span

PATH = Path("media/projects/a-film/teaser.edit.json")
RATES = [FrameRate(Fraction(fps)) for fps in ("24000/1001", "30000/1001", "25", "60000/1001", "120")]
FILM, OTHER = "a" * 64, "b" * 64
WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)
LINKS = st.none() | st.sampled_from(["https://example.org/", "https://xn--mnchen-3ya.example/a%20b?c=d"])
SECONDS = st.fractions(min_value=0, max_value=20_000, max_denominator=1_000_000_007)


@st.composite
def edit_files(draw: st.DrawFn) -> EditFile:
    rate, other = draw(st.sampled_from(RATES)), draw(st.sampled_from(RATES))
    rates = {FILM: rate, OTHER: other}

    programmes = st.builds(Programme, WORDS, st.none() | st.builds(SoundFades, SECONDS, SECONDS))

    def span() -> st.SearchStrategy[Part]:
        def build(digest: str, start: Fraction, length: Fraction, on_grid: bool) -> Part:
            exact = Span(start, start + length)
            frames = (rates[digest].nearest_frame(start), rates[digest].nearest_frame(start) + 48)
            reference = draw(st.none() | st.just("framing/ünï.json"))
            span = Span.of_frames(*frames, rates[digest]) if on_grid else exact
            return MasterSpan(digest, span, reference, programme=draw(st.none() | programmes))

        positive = st.fractions(min_value=Fraction(1, 1000), max_value=9000, max_denominator=90_000)
        return st.builds(build, st.sampled_from([FILM, OTHER]), SECONDS, positive, st.booleans())

    card = st.builds(Card, st.lists(WORDS, max_size=3).map(tuple), SECONDS, WORDS, LINKS)
    parts = tuple(draw(st.lists(st.one_of(span(), card, st.builds(Gap, SECONDS)), max_size=5)))
    duration = Edit("e", parts).duration
    bed = MasterSpan(OTHER, Span(Fraction(7), 7 + duration))
    under = (Gap(duration / 3), MasterSpan(OTHER, Span(Fraction(7), 7 + duration * 2 / 3)))
    beds = draw(st.sampled_from([(), (bed,), under])) if duration else ()
    masters = (EditMaster(FILM, "film.mov", rate), EditMaster(OTHER, "other – ünï.mov", other))
    fades = draw(st.none() | st.builds(SoundFades, SECONDS, SECONDS))
    return EditFile(Edit(draw(WORDS), parts, beds, fades), rate, masters, draw(st.integers(0, 10**6)))


@given(edit_files())
def test_an_edit_file_gives_back_exactly_what_was_written(file: EditFile) -> None:
    assert parse_edit_file(edit_file_text(file), path=PATH) == file


RATE = RATES[0]
EDIT = Edit(
    "teaser",
    (
        MasterSpan(FILM, Span.of_frames(10, 100, RATE), captions="teaser.srt"),
        Card(("A film", "by Ana"), RATE.time_of(48)),
        Gap(RATE.time_of(5)),
        MasterSpan(FILM, Span(Fraction(1, 3), Fraction(7, 3))),
    ),
)
FILE = EditFile(EDIT, RATE, (EditMaster(FILM, "film.mov", RATE),), 4)


def test_the_text_holds_frames_and_timecode_and_seconds_only_off_the_grid() -> None:
    parts = json.loads(edit_file_text(FILE))["parts"]
    assert parts[0]["frames"] == [10, 100] and parts[0]["timecode"] == ["00:00:00:10", "00:00:04:04"]
    assert parts[1] == {"kind": "card", "lines": ["A film", "by Ana"], "frames": 48, "timecode": "00:00:02:00"}
    assert parts[3]["seconds"] == ["1/3", "7/3"] and parts[3]["frames"] == [8, 56]
    end = Card(("See it",), RATE.time_of(48), "end", "https://example.org/")
    told = json.loads(edit_file_text(EditFile(Edit("e", (end,)), RATE, ())))["parts"][0]
    assert (told["design"], told["link"]) == ("end", "https://example.org/")
    assert [index for index, part in enumerate(parts) if "seconds" in part] == [3]


def test_drop_frame_rates_are_written_in_drop_frame_timecode() -> None:
    ntsc = RATES[1]
    edit = Edit("e", (MasterSpan(FILM, Span.of_frames(17982, 17983, ntsc)),))
    text = edit_file_text(EditFile(edit, ntsc, (EditMaster(FILM, "f", ntsc),)))
    assert json.loads(text)["parts"][0]["timecode"] == ["00:10:00;00", "00:10:00;01"]


def test_one_way_to_tell_the_time_is_enough() -> None:
    table = json.loads(edit_file_text(FILE))
    del table["parts"][0]["timecode"], table["parts"][1]["frames"], table["parts"][3]["frames"]
    assert parse_edit_file(json.dumps(table), path=PATH) == FILE


def _changed(index: int, **fields: Any) -> str:
    table = json.loads(edit_file_text(FILE))
    table["parts"][index] |= fields
    return json.dumps(table)


def _with_bed(*bed: dict[str, Any]) -> str:
    return json.dumps(json.loads(edit_file_text(FILE)) | {"bed": bed})


def test_a_bed_is_written_below_the_parts_and_missing_where_there_is_none() -> None:
    edit = Edit("e", EDIT.parts[:1], (MasterSpan(FILM, Span.of_frames(500, 590, RATE)),))
    text = edit_file_text(EditFile(edit, RATE, (EditMaster(FILM, "film.mov", RATE),)))
    assert json.loads(text)["bed"][0]["frames"] == [500, 590]
    assert "bed" not in json.loads(edit_file_text(FILE))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (_with_bed({"kind": "gap", "frames": 24}), r"bed is 1\.001 s \(24 frames\); .*as long as the parts, 7\.96"),
        (_with_bed({"kind": "card", "lines": [], "frames": 24}), "bed.0.kind .*a card has no sound"),
        (_with_bed({"kind": "span", "master": FILM, "frames": [3, 1]}), "bed.0.frames .*after the start"),
        (_changed(0, frames=[10, 101]), r"teaser.edit.json: parts.0.timecode .*means frames \[10, 100\].*\[10, 101\]"),
        (_changed(3, frames=[9, 56]), "parts.3.timecode .*correct or remove one"),
        (_changed(3, seconds=["1/3", "9/3"]), "parts.3.seconds .*correct or remove one"),
        (_changed(1, timecode="00:00:02:24"), "parts.1.timecode .*counts 0 to 23"),
        (_changed(0, frames=[100, 10], timecode=None), "parts.0.frames .*after the start"),
        (_changed(0, frames=[1.5, 3]), "parts.0.frames.0 is 1.5"),
        (_changed(0, master=OTHER), "parts.0.master .*digests under masters"),
        (_changed(0, captions="../../etc/passwd"), "parts.0.captions .*relative to the edit's folder"),
        (_changed(0, captions="/etc/passwd"), "parts.0.captions"),
        (_changed(2, kind="pause"), 'parts.2.kind is "pause"; it should be one of span, card, gap'),
        (_changed(2, lenght=3), "parts.2.lenght .*no such field"),
        (_changed(2, frames=None, timecode=None), "one of frames, timecode and seconds must be given"),
        (_changed(3, seconds=[0.5, 1]), "parts.3.seconds.0 is 0.5; it should be exact seconds as text"),
        (edit_file_text(FILE).replace('"rate": "24000/1001"', '"rate": 23.976', 1), "rate is 23.976.*24000/1001"),
        ("{", "not JSON"),
        ("[]", "one JSON object"),
        ('{"name": NaN}', "name is"),
    ],
)
def test_a_mistake_is_told_with_file_field_value_and_what_is_allowed(text: str, told: str) -> None:
    with pytest.raises(ProjectError, match=told):
        parse_edit_file(text, path=PATH)


def test_mistakes_of_several_parts_are_told_at_once() -> None:
    table = json.loads(_changed(0, frames=[10, 101]))
    table["parts"][2]["kind"] = "pause"
    with pytest.raises(ProjectError, match=r"(?s)parts\.0.*parts\.2"):
        parse_edit_file(json.dumps(table), path=PATH)


@pytest.mark.parametrize("name", ["a\nb", "", "\ud800"])
def test_a_name_that_a_file_cannot_hold_is_refused_on_writing(name: str) -> None:
    with pytest.raises(ProjectError, match="name is"):
        edit_file_text(EditFile(Edit(name, ()), RATE, ()))


def test_an_edit_of_an_unlisted_master_is_refused_on_writing() -> None:
    with pytest.raises(ProjectError, match="does not list it"):
        edit_file_text(EditFile(EDIT, RATE, ()))


def test_the_page_is_current() -> None:
    page = Path(__file__).parents[1] / "docs" / "edit-json.md"
    assert page.read_text("utf-8") == describe_edit_json(), "run: python -m pipeline.editfile > docs/edit-json.md"
