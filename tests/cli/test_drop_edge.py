"""`matinee drop edge`, `key` and `link` as typed: what nginx is told, and a key that stays where it is."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from pipeline.plan.tickets import read_key, sign

CALENDAR = """\
film = "the-red-kite"
target = "/srv/www"
address = "https://films.example.org"
access = "signed"
hold = "edge"
[countries]
de = ["DE", "AT"]
[[drops]]
regions = "de"
opens = 2026-12-04T20:00:00+01:00
"""


@pytest.fixture
def calendar(tmp_path: Path) -> Path:
    path = tmp_path / "red-kite.calendar.toml"
    path.write_text(CALENDAR)
    return path


@pytest.fixture
def key(workplace: Any, tmp_path: Path) -> Path:
    path = tmp_path / "matinee.key"
    assert workplace.matinee("drop", "key", path).code == 0
    return path


def test_a_key_is_made_once_and_for_its_owner_alone(workplace: Any, key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    made = read_key(key.read_text())
    again = workplace.matinee("drop", "key", key)
    assert again.code == 2 and "is there already" in again.err and read_key(key.read_text()) == made
    assert made not in again.err


def test_the_configuration_names_the_keys_file_and_not_the_key(workplace: Any, calendar: Path, key: Path) -> None:
    ran = workplace.matinee("drop", "edge", calendar, "--root", "/srv/www", "--cdn", "cloudfront", "--key", key)
    assert ran.code == 0, ran.err
    assert f'include "{key}";' in ran.out and read_key(key.read_text()) not in ran.out
    assert '"AT" "the-red-kite-de";' in ran.out and "$http_cloudfront_viewer_country" in ran.out


def test_a_link_is_signed_until_its_window_closes(
    workplace: Any, calendar: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = read_key(key.read_text())
    expected = f"https://films.example.org{sign('/the-red-kite.m3u8', 1_796_583_600, secret)}"
    ran = workplace.matinee("drop", "link", calendar, "--key", key, "--json")
    (link,) = json.loads(ran.out)["links"]
    assert (link["address"], link["closes"], link["region"]) == (expected, "2026-12-06T19:00:00Z", "de")
    monkeypatch.setenv("MATINEE_DROP_KEY", secret)
    assert expected in workplace.matinee("drop", "link", calendar).out.split()


def test_an_open_film_has_a_plain_address(workplace: Any, calendar: Path) -> None:
    calendar.write_text(CALENDAR.replace('"signed"', '"open"'))
    address = "https://films.example.org/the-red-kite.m3u8"
    assert address in workplace.matinee("drop", "link", calendar).out.split()
    told = workplace.matinee("drop", "link", calendar, "--campaign", "kite..tiktok")
    assert f"{address}?c=kite..tiktok" in told.out.split()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("edge", "CALENDAR", "--root", "/srv/www"), "--cdn or --country-header"),
        (("edge", "CALENDAR", "--root", "/srv/www", "--cdn", "cloudfrnt"), "did you mean cloudfront?"),
        (("edge", "CALENDAR", "--root", "/srv/www", "--cdn", "fastly", "--country-header", "X"), "either"),
        (("edge", "CALENDAR", "--root", "/srv/www", "--country-header", "X; }"), "no name of a header"),
        (("edge", "CALENDAR", "--root", "/srv/www", "--cdn", "fastly"), "drop key FILE"),
        (("edge", "CALENDAR", "--root", "/srv/$x", "--cdn", "fastly", "--key", "k"), "dollar"),
        (("edge", "CALENDAR", "CALENDAR", "--root", "/srv", "--cdn", "fastly", "--key", "k"), "two calendars"),
        (("edge", "--root", "/srv/www", "--cdn", "fastly"), "CALENDAR"),
        (("link", "CALENDAR"), "MATINEE_DROP_KEY"),
        (("link", "CALENDAR", "--key", "/nosuch"), "cannot be read"),
        (("link", "CALENDAR", "--key", "/dev/zero"), "not a file"),
        (("link", "CALENDAR", "--campaign", "A b&c"), "up to five parts"),
        (("link", "CALENDAR", "--key", "CALENDAR"), "no key for signing"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    workplace: Any, calendar: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str
) -> None:
    monkeypatch.delenv("MATINEE_DROP_KEY", raising=False)
    ran = workplace.matinee("drop", *(calendar if word == "CALENDAR" else word for word in words))
    assert ran.code == 2 and told in ran.err and ran.out == "", ran.err
    assert re.search("Traceback", ran.err) is None


def test_a_key_in_no_folder_is_told_of(workplace: Any, tmp_path: Path) -> None:
    ran = workplace.matinee("drop", "key", tmp_path / "no" / "such")
    assert ran.code == 2 and "cannot be written" in ran.err
