"""`matinee drop report` as typed: who came, from a server's or CDN's logs, and no address in what it says."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.shell.weights import weigh_package

CALENDAR = """\
film = "red-kite"
target = "/srv/www"
address = "https://films.example.org"
[countries]
de = ["DE"]
fr = ["FR"]
[[drops]]
regions = ["de", "fr"]
opens = 2026-12-04T20:00:00+01:00
"""


def line(who: str, country: str, uri: str, status: int = 200, second: int = 0) -> str:
    told = {
        "ClientIP": who,
        "ClientCountry": country,
        "ClientRequestMethod": "GET",
        "ClientRequestURI": uri,
        "EdgeResponseStatus": status,
        "EdgeStartTimestamp": 1_796_410_800 + second,
        "ClientRequestUserAgent": "P",
    }
    return json.dumps(told) + "\n"


@pytest.fixture
def log(tmp_path: Path, hls_package: Path) -> Path:
    last = weigh_package(hls_package, "x").variants[0].tracks[0].pieces[-1].name
    path = tmp_path / "cdn.log.gz"
    path.write_bytes(gzip.compress((
        line("192.0.2.1", "de", "/red-kite.m3u8?c=red-kite.h1.tiktok") + line("192.0.2.1", "de", f"/{last}", second=600)
        + line("192.0.2.2", "fr", "/red-kite.m3u8") + line("192.0.2.3", "us", "/red-kite.m3u8", 451) + "nonsense\n"
    ).encode()))  # fmt: skip
    return path


@pytest.fixture
def calendar(tmp_path: Path) -> Path:
    path = tmp_path / "a.calendar.toml"
    path.write_text(CALENDAR)
    return path


def test_the_document_says_who_came(workplace: Any, log: Path, calendar: Path, hls_package: Path) -> None:
    ran = workplace.matinee("drop", "report", log, "--calendar", calendar, "--package", hls_package, "--json")
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    told = {name: (one["region"], one["starts"], one["completions"]) for name, one in document["editions"].items()}
    assert told == {"red-kite-de": ("de", 1, 1), "red-kite-fr": ("fr", 1, 0)}
    assert document["campaigns"]["red-kite.h1.tiktok"]["starts"] == 1 and document["refused"] == {"451": 1}
    assert document["total"]["peak"] == 2 and document["total"]["peak_at"] == "2026-12-04T19:00:00Z"
    assert document["troubles"][0]["first"] == 5 and "192.0.2" not in ran.out + ran.err


def test_the_table_says_what_is_not_known(workplace: Any, log: Path) -> None:
    ran = workplace.matinee("drop", "report", log)
    assert ran.code == 0
    for told in ("red-kite", "red-kite.h1.tiktok", "from elsewhere: 1", "not known without --package", "5 lines read",
                 "line 5"):  # fmt: skip
        assert told in ran.out, told


def test_standard_input_is_a_log(workplace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.TextIOWrapper(io.BufferedReader(io.BytesIO(line("192.0.2.1", "de", "/red-kite.m3u8").encode())))
    monkeypatch.setattr(sys, "stdin", content)
    assert json.loads(workplace.matinee("drop", "report", "-", "--json").out)["total"]["starts"] == 1


def test_what_cannot_be_read_is_refused(workplace: Any, log: Path, tmp_path: Path) -> None:
    for words in (("/nosuch.log",), (log, "--calendar", "/nosuch"), (log, "--package", tmp_path), ()):
        ran = workplace.matinee("drop", "report", *words)
        assert ran.code == 2 and ran.out == "", words
