"""`matinee drop plan` as typed: what a calendar means, at any hour and in any order, and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

CALENDAR = """\
film = "the-red-kite"
target = "/srv/www"
address = "https://films.example.org"
zone = "Europe/Berlin"
[countries]
de = ["DE", "AT"]
[[drops]]
regions = "de"
opens = 2026-12-04T20:00:00
exclusive_until = 2026-12-05T20:00:00
[[drops]]
opens = 2026-12-05T20:00:00
zone = "America/New_York"
"""


@pytest.fixture
def calendar(tmp_path: Path) -> Path:
    path = tmp_path / "red-kite.calendar.toml"
    path.write_text(CALENDAR)
    return path


@pytest.mark.parametrize(
    ("at", "states"),
    [
        ("2026-12-04 19:59:59", ["coming", "coming"]),
        ("2026-12-04 20:00", ["open", "coming"]),
        ("2026-12-06T01:00:00Z", ["open", "open"]),
        ("2026-12-06 20:00", ["closed", "open"]),
        ("2027-01-01T00:00:00+14:00", ["closed", "closed"]),
    ],
)
def test_the_document_says_how_each_window_stands(workplace: Any, calendar: Path, at: str, states: list[str]) -> None:
    ran = workplace.matinee("drop", "plan", calendar, "--at", at, "--json")
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    assert [one["state"] for one in document["windows"]] == states
    first = document["windows"][0]
    assert (first["edition"], first["opens"], first["opens_local"]) == (
        "the-red-kite-de", "2026-12-04T19:00:00Z", "2026-12-04T20:00:00+01:00",
    )  # fmt: skip
    assert document["countries"] == {"de": ["AT", "DE"]} and document["windows"][1]["region"] is None


def test_the_table_tells_local_times_and_who_has_to_be_awake(workplace: Any, calendar: Path) -> None:
    ran = workplace.matinee("drop", "plan", calendar, "--at", "2026-12-04 20:30")
    assert ran.code == 0, ran.err
    for told in ("Fri 04 Dec 20:00 CET", "Sat 05 Dec 20:00 EST", "alone to Sat 20:00", "everybody else",
                 "Fri 04 Dec 2026 16:00 – Fri 04 Dec 19:10", "next change Sun 06 Dec 2026 01:00 UTC"):  # fmt: skip
        assert told in ran.out, told


@pytest.mark.parametrize(("name", "magic"), [("a.png", b"\x89PNG"), ("b.SVG", b"<?xml")])
def test_a_picture_is_drawn_and_nothing_of_yours_is_lost(
    workplace: Any, calendar: Path, tmp_path: Path, name: str, magic: bytes
) -> None:
    picture = tmp_path / name
    picture.write_text("mine")
    ran = workplace.matinee("drop", "plan", calendar, "--at", "2026-12-04 20:30", "--picture", picture)
    assert ran.code == 0 and picture.read_bytes().startswith(magic), ran.err
    assert "A file of yours stood in the way" in ran.err
    assert any(path.read_bytes() == b"mine" for path in tmp_path.iterdir() if path.is_file())
    again = workplace.matinee("drop", "plan", calendar, "--at", "2026-12-04 21:30", "--picture", picture)
    assert again.code == 0 and again.err == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--at", "tomorrow"), "2026-12-04T20:00:00"),
        (("--at", "2027-03-28 02:30"), "straight to 03:00"),
        (("--picture", "a.gif"), ".png or .svg"),
    ],
)
def test_what_cannot_be_meant_is_refused(workplace: Any, calendar: Path, words: tuple[str, ...], told: str) -> None:
    ran = workplace.matinee("drop", "plan", calendar, *words)
    assert ran.code == 2 and told in ran.err and ran.out == ""


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"\xff\xfe", "UTF-8"), (b"x" * 300_000, "256 KiB"), (b"", "film is missing"), (None, "directory")],
)
def test_a_file_that_is_no_calendar_is_refused(
    workplace: Any, tmp_path: Path, content: bytes | None, told: str
) -> None:
    path = tmp_path / "calendar.toml"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    ran = workplace.matinee("drop", "plan", path)
    assert ran.code == 2 and told in ran.err and ran.err.startswith("matinee: ")


def test_a_premiere_is_told_with_what_it_takes(workplace: Any, calendar: Path, hls_package: Path) -> None:
    calendar.write_text(CALENDAR.replace("[[drops]]", "[[drops]]\npremiere = true", 1))
    ran = workplace.matinee("drop", "plan", calendar, "--at", "2026-12-04 20:30")
    assert ran.code == 0 and "open, 48 h, premiere" in ran.out and "show premieres" in ran.out, ran.err
    assert "its premiere keeps a machine awake" in ran.out
    document = json.loads(workplace.matinee("drop", "plan", calendar, "--package", hls_package, "--json").out)
    assert [one["premiere"] for one in document["windows"]] == [True, False]
    assert not any("premiere" in remark for remark in document["remarks"])
    calendar.write_text(f'hold = "edge"\n{calendar.read_text()}')
    ran = workplace.matinee("drop", "plan", calendar)
    assert ran.code == 2 and "the first [[drops]], premiere" in ran.err and "leave out hold" in ran.err


def test_help_names_every_command_of_drops(workplace: Any) -> None:
    from pipeline.cli.drop import COMMANDS, HELP

    ran = workplace.matinee("drop", "--help")
    assert ran.code == 0 and list(HELP) == list(COMMANDS) and all(name in ran.out for name in COMMANDS)
    for name in COMMANDS:
        assert workplace.matinee("drop", name, "--help").code == 0


def test_packages_tell_what_audiences_take(workplace: Any, calendar: Path, hls_package: Path) -> None:
    words = ("drop", "plan", calendar, "--at", "2026-12-04 20:30", "--package", hls_package)
    document = json.loads(workplace.matinee(*words, "--json").out)
    costs = document["costs"]
    assert [one["viewers"] for one in costs["audiences"]] == [100, 1_000, 10_000]
    for one in costs["audiences"]:
        assert 0 < one["origin_requests"] <= one["apart"]["origin_requests"] <= one["requests"]
        assert 0 < one["origin_bytes"] <= one["apart"]["origin_bytes"] <= one["bytes_out"]
    stored = sum(path.stat().st_size for path in hls_package.rglob("*") if path.is_file())
    assert costs["stored_bytes"] == {"shared": stored, "apart": 2 * stored}
    table = workplace.matinee(*words)
    assert table.code == 0 and "10,000" in table.out and "Supposed: 60% stay to the end" in table.out


def test_signed_windows_that_end_apart_share_nothing_on_the_way(
    workplace: Any, calendar: Path, hls_package: Path
) -> None:
    for access, is_shared in (("open", True), ("signed", False)):
        calendar.write_text(f'access = "{access}"\n{CALENDAR}')
        costs = json.loads(workplace.matinee("drop", "plan", calendar, "--package", hls_package, "--json").out)["costs"]
        one = costs["audiences"][-1]
        assert (one["origin_requests"] < one["apart"]["origin_requests"]) == is_shared
        assert costs["stored_bytes"]["shared"] < costs["stored_bytes"]["apart"]


def test_two_packages_of_one_region_are_refused(workplace: Any, calendar: Path, hls_package: Path) -> None:
    ran = workplace.matinee("drop", "plan", calendar, "--package", hls_package, "--package", hls_package)
    assert ran.code == 2 and "one package for each region" in ran.err


def test_what_is_no_package_is_refused(workplace: Any, calendar: Path, tmp_path: Path) -> None:
    ran = workplace.matinee("drop", "plan", calendar, "--package", tmp_path)
    assert ran.code == 2 and "package" in ran.err and ran.out == ""
