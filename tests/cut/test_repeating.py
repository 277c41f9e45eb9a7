"""clips.json says how its clips were asked for, so that the same can be asked for again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.cut.repeating import asked_in, describe_request
from pipeline.cut.request import CutRequest
from pipeline.shell.runs import RunStatus, read_runs

CUT = ("--highlights", "short", "--count", 1, "--event", "malaga-26", "--captions", "none")


def document(workplace: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((workplace.out() / "clips.json").read_bytes())
    return found


def test_what_was_asked_for_is_kept_and_asked_for_again_with_the_platforms_of_earlier_runs(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT, "--platform", "tall").code == 0
    assert workplace.matinee("cut", workplace.film, *CUT, "--platform", "quad").code == 0
    said = document(workplace)
    assert said["request"]["platforms"] == ["quad"] and said["request"]["file"] == str(workplace.film)
    asked = asked_in(said)
    assert asked is not None and asked.file == workplace.film
    request = asked.request()
    assert request == CutRequest(("quad", "tall"), "short", 1, captions="none", event="malaga-26")
    assert asked_in({**said, "request": describe_request(asked.file, request)}) == asked
    assert asked_in({"clips": []}) is None


@pytest.mark.parametrize("spoilt", [{"file": 3}, {"platforms": 3}, {"count": "x"}, {"regions": [None]}])
def test_a_document_that_says_something_else_is_none_of_ours(spoilt: dict[str, Any]) -> None:
    said = {"clips": [], "request": {**describe_request(Path("a.mov"), CutRequest()), **spoilt}}

    with pytest.raises((TypeError, ValueError)):
        asked_in(said)


def test_files_are_asked_for_by_their_whole_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = describe_request(Path("film.mov"), CutRequest(captions="subs/film.srt", out=Path("out")))
    assert said["file"] == str(tmp_path / "film.mov") and said["out"] == str(tmp_path / "out")
    assert said["captions"] == str(tmp_path / "subs" / "film.srt")


def test_a_cut_is_told_while_it_goes_on(workplace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.cut import job

    seen: list[tuple[RunStatus, ...]] = []
    render = job.render_step

    def look(*given: Any) -> None:
        seen.append(read_runs(workplace.home / "store" / ".running"))
        render(*given)

    monkeypatch.setattr(job, "render_step", look)
    monkeypatch.setattr("pipeline.shell.runs._EVERY_S", 0.0)
    assert workplace.matinee("cut", workplace.film, *CUT, "--platform", "tall").code == 0
    assert seen and all([(run.what, run.path) for run in runs] == [("cut", workplace.film)] for runs in seen)
    assert seen[0][0].share >= 0.3
    assert read_runs(workplace.home / "store" / ".running") == ()
