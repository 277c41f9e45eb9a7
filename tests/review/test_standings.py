"""How films stand is said in plain words, from what is known of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.review.standings import standing_of
from pipeline.shell.ledger import Ledger
from pipeline.watching.status import FilmStatus
from tests.review.conftest import Page
from tests.review.homes import write_film


def arrival(standing: Any, share: float = 0.0) -> FilmStatus:
    return FilmStatus("kite.mov", standing, "it is cut off", "Copy it again.", "", share)


@pytest.mark.parametrize(
    ("known", "name", "told"),
    [
        ({}, "arrived", "Nobody has looked"),
        ({"is_there": False}, "missing", "not where it was"),
        ({"is_studied": True}, "analysed", "Nothing was cut"),
        ({"verdicts": (None, None)}, "waiting for review", "2 clips rendered"),
        ({"verdicts": (None, "approved")}, "waiting for review", "1 of 2 clips left: 1 approved, 0 rejected"),
        ({"verdicts": ("approved",) * 3}, "approved", "all 3 clips"),
        ({"verdicts": ("approved", "rejected")}, "approved in part", "1 approved, 1 rejected"),
        ({"verdicts": ("rejected",)}, "rejected", "1 clip"),
        ({"arrival": arrival("refused")}, "quarantined", "it is cut off"),
        ({"arrival": arrival("failed")}, "failed", "it is cut off"),
        ({"arrival": arrival("running", 0.42), "verdicts": (None,)}, "running", "42% made"),
        ({"arrival": arrival("waiting")}, "arriving", "it is cut off"),
        ({"arrival": arrival("queued")}, "queued", "it is cut off"),
        ({"arrival": arrival("done"), "verdicts": ("approved",)}, "approved", "the clip"),
    ],
)
def test_a_film_stands_as_what_is_known_of_it_says(known: dict[str, Any], name: str, told: str) -> None:
    standing = standing_of(**{"verdicts": (), "is_there": True, "is_studied": False, "arrival": None, **known})
    assert standing.name == name and told in standing.told


def test_a_film_is_published_where_a_package_of_it_is_open(page: Page, own_home: Path) -> None:
    import hashlib
    import json

    folder = write_film("kite")
    master = json.loads((folder / "clips.json").read_bytes())["masters"][0]["sha256"]
    package = own_home / "out" / "hls"
    package.mkdir()
    (package / "master.m3u8").write_text("#EXTM3U\n")
    document = {
        "version": 1,
        "ladder": "x",
        "masters": [{"file": "kite.mp4", "sha256": master, "keys": []}],
        "files": {},
    }
    (package / "package.json").write_text(json.dumps(document))
    ledger = Ledger(own_home / "store" / "ledger.sqlite3")
    ledger.record_manifest(package / "package.json")
    assert "published" not in page.get("/").text
    digest = hashlib.sha256(b"#EXTM3U\n").hexdigest()
    with ledger.transaction() as db:
        row = ("/srv/www", "kite", "Kite", "", digest, "", "open", "2026-11-27T10:00:00+00:00")
        db.execute("INSERT INTO editions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    assert "published</b> /srv/www" in page.get("/").text


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 2}', '{"version": 2, "clips": [], "masters": []}'])
def test_a_damaged_list_of_clips_is_told_and_hides_no_other_film(page: Page, content: str) -> None:
    write_film("whole")
    (write_film("torn") / "clips.json").write_text(content)
    text = page.get("/").text
    assert "cannot be read" in text and "whole" in text and text.count('data-film="') == 2


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "clips/../../../x.mp4"])
def test_a_list_that_names_files_elsewhere_is_damaged(page: Page, name: str) -> None:
    import json

    folder = write_film("kite")
    document = json.loads((folder / "clips.json").read_bytes())
    document["clips"][0]["file"] = name
    (folder / "clips.json").write_text(json.dumps(document))
    assert "cannot be read" in page.get("/").text


def test_a_film_is_found_by_any_of_its_words_and_names_that_are_not_utf8_are_shown(page: Page, own_home: Path) -> None:
    write_film("Sommer in Málaga")
    (own_home / "masters" / "odd\udcff.mov").write_bytes(b"x")
    assert len(page.films()) == 2 and "odd\\udcff" in page.get("/").text
    assert page.get("/?q=malaga%20sommer").text.count('data-film="') == 1
    assert page.get("/?q=odd").text.count('data-film="') == 1
    assert page.get("/?sort=nosuch").status_code == 422
    for film in page.films():
        assert page.get(f"/films/{film}").status_code == 200


def test_what_a_watched_folder_refused_is_quarantined_with_its_reason(workplace: Any, page: Page) -> None:
    inbox = workplace.home.parent / "inbox"
    inbox.mkdir()
    (inbox / "notes.mov").write_bytes(b"not a film at all" * 1000)
    (inbox / "notes.mov.ready").touch()
    ran = workplace.matinee("watch", inbox, "--once")
    assert ran.code in (0, 1), ran.err
    text = page.get("/").text
    assert "quarantined" in text and "notes" in text and "not a film that can be read" in text
    (told,) = page.client.get("/standings").json()
    assert told["kind"] == "quarantined" and told["share"] is None
    assert page.get(f"/films/{told['id']}").status_code == 200
