"""What is clicked is what is typed: verdicts from the page are on a file's very bytes, and nothing is lost."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.shell.digests import sha256_of
from tests.review.conftest import Page
from tests.review.homes import write_film

Cut = Callable[[], Path]


def test_a_verdict_of_the_page_is_the_one_that_matinee_approve_writes(workplace: Any, page: Page, cut: Cut) -> None:
    folder = cut()
    (film,) = page.films()
    assert "waiting for review" in page.get("/").text
    assert page.post("/name", {"who": "Ana"}).status_code == 200
    clips = page.clips(film)
    assert len(clips) == 4
    answer = page.post("/verdicts", {"verdict": "approved", "clips": clips[:1], "note": "the kite, yes"})
    assert answer.status_code == 200, answer.text
    (entry,) = page.ledger.verdicts()
    assert (entry.verdict, entry.who, entry.note, entry.region) == ("approved", "Ana", "the kite, yes", "")
    named = {sha256_of(path): path.stem for path in (folder / "clips").glob("*.mp4")}
    assert entry.platform in named[entry.digest]
    shown = page.get(f"/films/{film}").text
    assert "the kite, yes" in shown and "3 of 4 clips left: 1 approved, 0 rejected" in shown
    typed = workplace.matinee("reject", folder / "clips" / f"{named[entry.digest]}.mp4", "--who", "Ben")
    assert typed.code == 0 and [one.verdict for one in page.ledger.verdicts()] == ["approved", "rejected"]
    assert "0 approved, 1 rejected" in page.get("/").text


def test_several_clips_get_one_verdict_at_once_and_the_film_says_so(page: Page) -> None:
    write_film("kite")
    (film,) = page.films()
    answer = page.post("/verdicts", {"verdict": "approved", "clips": page.clips(film)})
    assert answer.status_code == 200 and len(answer.json()["given"]) == 6
    assert 'data-kind="approved"' in page.get("/").text
    told = page.client.get(f"/films/{film}/verdicts").json()
    assert [[one["verdict"] for one in entries] for entries in told.values()] == [["approved"]] * 6


def test_of_two_who_decide_at_once_the_second_is_told_of_the_first(page: Page) -> None:
    write_film("kite")
    (film,) = page.films()
    clip, other = page.clips(film)[:2]
    assert page.post("/verdicts", {"verdict": "approved", "clips": [clip]}).status_code == 200
    answer = page.post("/verdicts", {"verdict": "rejected", "clips": [clip, other], "note": "dark"})
    assert answer.status_code == 409
    (conflict,), (given,) = answer.json()["conflicts"], answer.json()["given"]
    assert conflict["id"] == clip["id"] and conflict["standing"]["verdict"] == "approved"
    assert given["id"] == other["id"]
    assert [one.verdict for one in page.ledger.verdicts()] == ["approved", "rejected"]
    again = {**clip, "seen": conflict["standing"]["number"]}
    assert page.post("/verdicts", {"verdict": "rejected", "clips": [again]}).status_code == 200


def test_a_file_that_changed_since_it_was_shown_gets_no_verdict(page: Page) -> None:
    folder = write_film("kite")
    (film,) = page.films()
    clips = page.clips(film)
    for file in (folder / "clips").glob("*.mp4"):
        data = file.read_bytes()
        file.unlink()
        file.write_bytes(data + b"\0")
    answer = page.post("/verdicts", {"verdict": "approved", "clips": clips[:1]})
    assert answer.status_code == 409 and "not what was made" in answer.json()["conflicts"][0]["told"]
    for file in (folder / "clips").glob("*.mp4"):
        file.unlink()
    answer = page.post("/verdicts", {"verdict": "approved", "clips": clips[:1]})
    assert answer.status_code == 409 and "not there any more" in answer.json()["conflicts"][0]["told"]
    assert page.ledger.verdicts() == ()


def test_a_clip_made_anew_is_a_conflict_for_a_page_that_shows_the_old_one(workplace: Any, page: Page, cut: Cut) -> None:
    cut()
    (film,) = page.films()
    clips = page.clips(film)
    preset = workplace.presets / "platforms" / "quad.toml"
    preset.write_text(preset.read_text().replace("target = -16", "target = -20"))
    cut()
    answer = page.post("/verdicts", {"verdict": "approved", "clips": clips})
    assert answer.status_code == 409
    assert len(answer.json()["given"]) == 2 and "made anew" in answer.json()["conflicts"][0]["told"]


def test_a_rejected_highlight_is_rejected_as_by_the_command(workplace: Any, page: Page, cut: Cut) -> None:
    folder = cut()
    (film,) = page.films()
    document = json.loads((folder / "clips.json").read_bytes())
    asked = _rejection(page, film, "h1")
    assert page.post("/rejections", {**asked, "shown": "0" * 64}).status_code == 409
    answer = page.post("/rejections", {**asked, "note": "too dark"})
    assert answer.status_code == 200, answer.text
    told = (workplace.home / "projects" / "kite" / "film.toml").read_text()
    assert told.count("[[rejected]]") == 1 and "too dark" in told
    assert [one.verdict for one in page.ledger.verdicts()] == ["rejected"] * 2
    assert "Rejected: too dark" in page.get(f"/films/{film}").text
    assert page.post("/rejections", asked).status_code == 409
    cut()
    fresh = json.loads((folder / "clips.json").read_bytes())
    assert fresh["highlights"][0]["parts"] != document["highlights"][0]["parts"]
    assert page.post("/rejections", asked).status_code == 409


def _rejection(page: Page, film: str, name: str) -> dict[str, str]:
    import re

    text = page.get(f"/films/{film}").text
    document = re.search(r'data-document="([0-9a-f]{32})"', text)
    shown = re.search(rf'data-highlight="{name}" data-shown="([0-9a-f]{{64}})"', text)
    assert document is not None and shown is not None
    return {"document": document[1], "highlight": name, "shown": shown[1]}


def test_verdicts_for_a_region_are_kept_apart(page: Page) -> None:
    write_film("kite")
    (film,) = page.films()
    clip = page.clips(film)[0]
    assert page.post("/verdicts", {"verdict": "approved", "clips": [clip], "region": "nosuch"}).status_code in (
        400,
        409,
    )
    assert page.ledger.verdicts() == ()
    assert page.post("/verdicts", {"verdict": "approved", "clips": [clip], "region": ""}).status_code == 200


@pytest.mark.parametrize("note", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_the_export_has_every_verdict_and_no_formula(page: Page, note: str) -> None:
    page.ledger.record_verdict(digest="d" * 64, platform="quad", region="", verdict="approved", who="=Ana", note=note)
    page.ledger.record_verdict(
        digest="d" * 64, platform="quad", region="", verdict="rejected", who="Ben", note='"a",\nb'
    )
    answer = page.client.get("/history.csv")
    assert (
        answer.headers["content-type"].startswith("text/csv") and "attachment" in answer.headers["content-disposition"]
    )
    head, newest, oldest = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert head[:2] == ["at (UTC)", "verdict"]
    assert newest[1] == "rejected" and newest[6:8] == ["Ben", '"a",\nb']
    assert oldest[6] == "'=Ana" and oldest[7].endswith(note.strip()[-1])
    assert not oldest[7].lstrip().startswith(tuple("=+-@\t＝"))
    assert "(before)" in page.get("/history").text
