"""`matinee drop tend` as typed: what is due is done and told, and nothing is done twice."""

from __future__ import annotations

import fcntl
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipeline.shell.drops import open_drop, tend
from pipeline.shell.targets.machine_locks import machine_lock
from tests.shell.targets.looking import quiet
from tests.small_packages import SmallPackage, make_small_package

CALENDAR = """\
film = "the-red-kite"
target = "www"
address = "https://films.example.invalid"
[countries]
saxony = ["DE"]
tyrol = ["AT"]
[[drops]]
regions = "saxony"
opens = {now}
[[drops]]
regions = "tyrol"
opens = {soon}
"""


@pytest.fixture
def kite(workplace: Any) -> SmallPackage:
    return make_small_package(workplace.home / "out" / "the-red-kite" / "hls")


@pytest.fixture
def calendar(tmp_path: Path) -> Path:
    now = datetime.now(UTC).replace(microsecond=0)
    path = tmp_path / "kite.calendar.toml"
    path.write_text(
        CALENDAR.format(
            now=(now - timedelta(hours=1)).isoformat().replace("+00:00", "Z"),
            soon=(now + timedelta(hours=1)).isoformat().replace("+00:00", "Z"),
        )
    )
    return path


def test_what_is_due_is_told_then_done_then_no_more_due(workplace: Any, calendar: Path, kite: SmallPackage) -> None:
    www = calendar.parent / "www"
    ran = workplace.matinee("drop", "tend", calendar, "--dry-run")
    assert ran.code == 0 and ran.out.startswith("open the-red-kite-saxony, due since") and not www.exists(), ran.err
    assert "\nstage the-red-kite-tyrol, due since" in ran.out
    ran = workplace.matinee("drop", "tend", calendar)
    assert ran.code == 0 and "the-red-kite-tyrol staged;" in ran.out and "the-red-kite-saxony opened; " in ran.out, (
        ran.err
    )
    assert (www / "the-red-kite-saxony.m3u8").read_bytes() == kite.master and not (
        www / "the-red-kite-tyrol.m3u8"
    ).exists()
    again = workplace.matinee("drop", "tend", calendar)
    assert again.code == 0 and again.out == f"Nothing is due at {www}.\n"
    assert json.loads(workplace.matinee("drop", "tend", calendar, "--json").out)["done"] == []
    (www / "the-red-kite-saxony.m3u8").unlink()
    document = json.loads(workplace.matinee("drop", "tend", calendar, "--json", "--region", "saxony").out)
    told = [(one["action"], one["region"], one["sent_files"]) for one in document["done"]]
    assert told == [("open", "saxony", 0)] and "could not be proved" in document["embargo"][0]
    calendar.write_text(calendar.read_text().replace("[[drops]]\n", "[[drops]]\nhours = 0.5\n"))
    ran = workplace.matinee("drop", "tend", calendar)
    assert ran.code == 0 and f"the-red-kite-saxony closed at {www}." in ran.out
    assert "drop its copies of:\n  the-red-kite.m3u8\n  the-red-kite-saxony.m3u8\n" in ran.out and not list(
        www.glob("*.m3u8")
    )


def test_a_premiere_is_told_and_ended_by_who_comes_after_it_and_shown_by_one_run_alone(
    workplace: Any, calendar: Path, kite: SmallPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATINEE_HOME", str(workplace.home))
    calendar.write_text(calendar.read_text().replace("[[drops]]", "[[drops]]\npremiere = true", 1))
    drop, www = open_drop(calendar), calendar.parent / "www"
    opens = drop.schedule.windows[0].opens
    # Begun an hour ago by a run that was killed.
    assert [one.error for one in tend(drop, lambda: opens, quiet, ("saxony",))] == [None]
    assert len(list(www.glob("the-red-kite-saxony.live-*-?.m3u8"))) == 3
    ran = workplace.matinee("drop", "tend", calendar, "--dry-run")
    assert ran.code == 0 and f"show the-red-kite-saxony, due since {opens:%a %d %b %Y %H:%M:%S} UTC\n" in ran.out

    def status() -> tuple[int, str]:
        ran = workplace.matinee("drop", "status", calendar, "--json")
        return ran.code, json.loads(ran.out)["windows"][0]["state"]

    assert status() == (1, "late"), "nobody shows it"
    with machine_lock(drop.target.where, "premieres-the-red-kite", fcntl.LOCK_EX):
        assert status() == (0, "premiere")
        ran = workplace.matinee("drop", "tend", calendar)
        assert ran.code == 0 and "Another run shows the premiere of the-red-kite-saxony.\n" in ran.err
        assert "the-red-kite-tyrol staged" in ran.out
    ran = workplace.matinee("drop", "tend", calendar)
    assert ran.code == 0 and "The premiere of the-red-kite-saxony is over; the film is in place.\n" in ran.out, ran.err
    assert "drop its copies of:\n  the-red-kite-saxony.m3u8\n  the-red-kite-saxony.live-" in ran.out
    assert (www / "the-red-kite-saxony.m3u8").read_bytes() == kite.master and not list(www.glob("*.live-*"))
    assert json.loads(workplace.matinee("drop", "tend", calendar, "--json").out)["done"] == []
    assert status() == (0, "open")


@pytest.mark.parametrize(
    ("spoil", "words", "told"),
    [
        ("", ("--region", "fr"), "The calendar opens no region 'fr'"),
        ("packages = 'elsewhere'\n", (), "There is no package for saxony: "),
        ("packages = '~nosuch-user/x'\n", (), "Nobody knows whose home"),
        ('packages = "\\u0000"\n', (), "packages"),
        ("endpoint = 'https://s3.example.org'\n", (), "not for a folder"),
    ],
)
@pytest.mark.usefixtures("kite")
def test_what_cannot_be_done_is_told_in_a_sentence(
    workplace: Any, calendar: Path, spoil: str, words: tuple[str, ...], told: str
) -> None:
    calendar.write_text(spoil + calendar.read_text())
    ran = workplace.matinee("drop", "tend", calendar, *words)
    assert ran.code == 2 and told in ran.err and "Traceback" not in ran.err, ran.err
    assert not list(calendar.parent.glob("www/*.m3u8"))


def test_pages_are_written_kept_and_written_again_where_they_say_something_else(
    workplace: Any, calendar: Path, kite: SmallPackage
) -> None:
    assert kite.names
    www, text = calendar.parent / "www", calendar.read_text()
    calendar.write_text(text + '[page]\nabout = "A hill."\n[page.regions.tyrol]\nlanguage = "de"\n')
    due = workplace.matinee("drop", "tend", calendar, "--dry-run").out.splitlines()
    names = ["closed-the-red-kite", "elsewhere-the-red-kite", "the-red-kite-saxony", "the-red-kite-tyrol"]
    assert sorted(line.split()[1].rstrip(",") for line in due if line.startswith("page ")) == [
        f"{name}.html" for name in names
    ]
    ran = workplace.matinee("drop", "tend", calendar)
    assert ran.code == 0 and all(f"\n{name}.html written; " in f"\n{ran.out}" for name in names), ran.err
    # No page of a film that is not made yet has a poster, and none of its addresses leads anywhere.
    tyrol = (www / "the-red-kite-tyrol.html").read_text()
    assert '<html lang="de">' in tyrol and "Öffnet in" in tyrol and "A hill." in tyrol
    assert workplace.matinee("drop", "tend", calendar).out.startswith("Nothing is due")
    assert workplace.matinee("drop", "status", calendar, "--json").code == 0

    (www / "the-red-kite-saxony.html").unlink()
    calendar.write_text(calendar.read_text().replace("A hill.", "Another hill."))
    document = json.loads(workplace.matinee("drop", "tend", calendar, "--region", "saxony", "--json").out)
    pages = [one["edition"] for one in document["done"] if one["action"] == "page"]
    assert pages == ["the-red-kite-saxony.html", "closed-the-red-kite.html", "elsewhere-the-red-kite.html"]
    assert "A hill." in (www / "the-red-kite-tyrol.html").read_text()

    calendar.write_text(calendar.read_text().replace("[[drops]]\n", "[[drops]]\nhours = 0.5\n"))
    ran = workplace.matinee("drop", "tend", calendar)
    assert "the-red-kite-saxony closed" in ran.out and "the-red-kite-saxony.html written" in ran.out
    (www / "the-red-kite-saxony.html").write_text("somebody else's")
    ran = workplace.matinee("drop", "tend", calendar)
    assert ran.code == 2 and "the-red-kite-saxony.html was not written" in ran.err
    assert (www / "the-red-kite-saxony.html").read_text() == "somebody else's"


def test_a_page_keeps_its_poster_where_the_package_is_not_here_any_more(
    workplace: Any, calendar: Path, kite: SmallPackage
) -> None:
    Image.new("RGB", (64, 36)).save(kite.folder / "poster.jpg")
    calendar.write_text(calendar.read_text() + "[page]\n")
    ran = workplace.matinee("drop", "tend", calendar)
    page = calendar.parent / "www" / "the-red-kite-saxony.html"
    before = page.read_text()
    assert ran.code == 0 and "poster-" in before, ran.err
    shutil.rmtree(kite.folder)
    assert "was not staged" in workplace.matinee("drop", "tend", calendar).err and page.read_text() == before
