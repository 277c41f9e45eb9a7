"""`matinee conform`: what people and programs are told of a file, and what its exit code means."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.specimens import Workbench, make_workbench

# As the test platform "tall" asks, and a fault or two.
PRESET = """
name = "{name}"

[picture]
aspect = "{aspect}"
fit = "crop"
width_px = {{ min = {width}, max = 640, prefer = {width}, source = "page" }}
height_px = {{ prefer = {height}, source = "page" }}
frame_rate = {{ min = "23/1", max = "30/1", source = "page" }}
keyframe_interval_s = {{ max = 2, prefer = 1, source = "practice" }}
b_frames = {{ prefer = 2, source = "practice" }}

[sound]
audio_kbps = {{ prefer = 96, source = "practice" }}
sample_rate_hz = 48000
channels = 2
loudness_lufs = {{ target = {lufs}, source = "practice" }}
true_peak_dbtp = {{ max = -1, source = "practice" }}

[file]
duration_s = {{ max = 60, source = "page" }}
edit_list = {{ rule = "{edits}", source = "page" }}

[sources.page]
title = "The platform's page"
url = "https://example.org/video"
read_on = 2026-11-23
certainty = "read"

[sources.practice]
title = "Practice"
read_on = 2026-11-23
certainty = "practice"
note = "what people deliver"
"""
KINDS = {
    "open": {"aspect": "9:16", "width": 72, "height": 128, "lufs": -14, "edits": "allowed"},
    "strict": {"aspect": "9:16", "width": 72, "height": 128, "lufs": -14, "edits": "forbidden"},
    "quiet": {"aspect": "9:16", "width": 72, "height": 128, "lufs": -23, "edits": "allowed"},
    "wide": {"aspect": "16:9", "width": 128, "height": 72, "lufs": -14, "edits": "allowed"},
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return make_workbench(tmp_path_factory.mktemp("specimens"))


@pytest.fixture
def place(workplace: Any) -> Any:
    """Return a workplace with these platforms."""
    for name, values in KINDS.items():
        text = PRESET.format(name=name.title(), **values)
        (workplace.presets / "platforms" / f"{name}.toml").write_text(text)
    return workplace


@pytest.fixture
def edited(bench: Workbench, tmp_path: Path) -> Path:
    """Return a file that is good but for its edit lists."""
    return bench.copied(tmp_path / "edited.mp4", "-movflags", "+faststart")


def test_a_file_that_is_taken_is_listed_in_full_and_exits_with_0(place: Any, bench: Workbench) -> None:
    ran = place.matinee("conform", bench.good, "--platform", "strict")
    assert ran.code == 0, ran.out + ran.err
    assert "Strict takes it: 32 passed" in ran.out
    for told in ("edit list", "forbidden", "duration", "2 s, 48 pictures", "at most 60 s", "true peak", "loudness"):
        assert told in ran.out
    assert "FAIL" not in ran.out and "warn" not in ran.out


def test_a_failure_comes_first_with_limit_measure_source_and_what_to_do(place: Any, edited: Path) -> None:
    ran = place.matinee("conform", edited, "--platform", "strict")
    assert ran.code == 2 and "Traceback" not in ran.err
    rows = [line.split() for line in ran.out.splitlines() if line.strip()]
    first = next(row for row in rows if row[0] in ("FAIL", "warn", "?", "ok"))
    assert first == ["FAIL", "edit", "list", "on", "2", "tracks", "forbidden", "1"]
    assert "1 The platform's page (read, 2026-11-23) https://example.org/video" in ran.out
    assert "edit list: Write it again as an MP4" in ran.out and "-use_editlist 0" in ran.out
    assert ran.out.rstrip().endswith("Strict does not take it: 1 failure (edit list), 31 passed")


def test_where_no_platform_is_named_the_table_says_who_would_take_it(place: Any, edited: Path) -> None:
    ran = place.matinee("conform", edited)
    assert ran.code == 0, "one of them takes it"
    answers = dict(re.findall(r"^ +(Open|Quiet|Strict|Wide) +(yes|no)", ran.out, re.MULTILINE))
    assert answers == {"Open": "yes", "Quiet": "yes", "Strict": "no", "Wide": "no"}


def test_every_platform_that_is_named_has_to_take_it(place: Any, edited: Path) -> None:
    assert place.matinee("conform", edited, "--platform", "open", "--platform", "quiet").code == 0
    assert place.matinee("conform", edited, "--platform", "open", "--platform", "strict").code == 2


def test_warnings_count_where_that_is_asked_for(place: Any, bench: Workbench) -> None:
    ran = place.matinee("conform", bench.good, "--platform", "quiet")
    assert ran.code == 0 and "9.0 LU too loud" in ran.out and "Quiet takes it: 1 warning (loudness)" in ran.out
    assert place.matinee("conform", bench.good, "--platform", "quiet", "--strict").code == 2


def test_programs_get_all_of_it(place: Any, edited: Path) -> None:
    ran = place.matinee("conform", edited, "--platform", "strict", "--platform", "open", "--json")
    assert ran.code == 2
    told = json.loads(ran.out)
    assert (told["file"], told["accepted_by"]) == (str(edited), ["open"])
    assert told["measured"]["size_bytes"] == edited.stat().st_size
    assert told["measured"]["picture"]["times"]["rate"] == "24/1"
    assert [one["id"] for one in told["platforms"]] == ["open", "strict"]
    strict = told["platforms"][1]
    assert not strict["accepted"] and len(strict["findings"]) == 32
    finding = strict["findings"][0]
    assert finding["advice"].startswith("Write it again")
    assert {key: finding[key] for key in ("what", "outcome", "limit", "measured", "source")} == {
        "what": "edit list",
        "outcome": "fail",
        "limit": "forbidden",
        "measured": "on 2 tracks",
        "source": {"title": "The platform's page", "url": "https://example.org/video", "read_on": "2026-11-23",
                   "certainty": "read", "note": None},
    }  # fmt: skip


def test_of_a_text_nothing_passes_but_its_size_and_why_is_told(place: Any, tmp_path: Path) -> None:
    text = tmp_path / "note\x1b[31m.txt"
    text.write_text("no film")
    ran = place.matinee("conform", text, "--platform", "open", "--json")
    assert ran.code == 2 and "Traceback" not in ran.err
    found = json.loads(ran.out)["platforms"][0]["findings"]
    assert [one["what"] for one in found if one["outcome"] in ("fail", "pass")] == ["whole file", "picture"]
    ran = place.matinee("conform", text, "--platform", "open")
    assert ran.code == 2 and "not checked: it is no film that can be read" in ran.out
    assert "\x1b" not in ran.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("FILE", "--platform", "opn"), "did you mean open?"),
        (("nosuch.mp4",), "does not exist"),
        (("FOLDER",), "is a folder"),
        ((), "Missing argument 'FILE'"),
    ],
)
def test_what_was_typed_wrongly_is_told(place: Any, bench: Workbench, words: tuple[str, ...], told: str) -> None:
    named = {"FILE": bench.good, "FOLDER": place.films}
    ran = place.matinee("conform", *(named.get(word, word) for word in words))
    assert ran.code == 2 and told in ran.err and ran.out == ""
