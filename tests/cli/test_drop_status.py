"""`matinee drop status` as typed, and what `drop plan` says of the same: what should be open and is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_drop_tend import calendar, kite
from tests.small_packages import SmallPackage

__all__ = ["calendar", "kite"]


def status(workplace: Any, calendar: Path) -> tuple[int, dict[str, str], dict[str, Any]]:
    ran = workplace.matinee("drop", "status", calendar, "--json")
    document = json.loads(ran.out)
    return ran.code, {one["region"]: one["state"] for one in document["windows"]}, document


def late(workplace: Any, calendar: Path, *words: str) -> list[bool | None]:
    ran = workplace.matinee("drop", "plan", calendar, "--json", *words)
    assert ran.code == 0, ran.err
    return [one["late"] for one in json.loads(ran.out)["windows"]]


@pytest.mark.usefixtures("kite")
def test_what_should_be_open_is_late_until_it_is(workplace: Any, calendar: Path) -> None:
    code, states, document = status(workplace, calendar)
    assert (code, states) == (1, {"saxony": "late", "tyrol": "coming"})
    assert [(one["action"], one["edition"]) for one in document["due"]] == [
        ("open", "the-red-kite-saxony"), ("stage", "the-red-kite-tyrol"),
    ]  # fmt: skip
    assert late(workplace, calendar) == [None, None], "nothing was ever put there from here"
    workplace.matinee("drop", "tend", calendar, "--region", "tyrol")
    assert late(workplace, calendar) == [True, False]
    assert "late, and should be open" in workplace.matinee("drop", "plan", calendar).out
    assert late(workplace, calendar, "--at", "2030-01-01T00:00:00Z") == [None, None]
    workplace.matinee("drop", "tend", calendar)
    code, states, document = status(workplace, calendar)
    assert (code, states) == (0, {"saxony": "open", "tyrol": "staged"}) and document["overdue"] == []
    assert late(workplace, calendar) == [False, False]


def test_an_entry_that_somebody_removed_is_late_and_one_beyond_its_window_overdue(
    workplace: Any, calendar: Path, kite: SmallPackage
) -> None:
    workplace.matinee("drop", "tend", calendar)
    workplace.matinee("publish", kite.folder, "--to", calendar.parent / "www", "--as", "the-red-kite-tyrol")
    (calendar.parent / "www" / "the-red-kite-saxony.m3u8").unlink()
    code, states, document = status(workplace, calendar)
    assert (code, states["saxony"], document["overdue"]) == (1, "late", ["the-red-kite-tyrol"])
    ran = workplace.matinee("drop", "status", calendar)
    assert ran.code == 1 and "the-red-kite-tyrol is open at" in ran.out and "open the-red-kite-saxony" in ran.out


@pytest.mark.usefixtures("kite")
def test_where_nginx_opens_what_lies_ready_is_laid(workplace: Any, calendar: Path) -> None:
    calendar.write_text('hold = "edge"\n' + calendar.read_text())
    workplace.matinee("drop", "tend", calendar)
    assert status(workplace, calendar)[:2] == (0, {"saxony": "open", "tyrol": "laid"})
