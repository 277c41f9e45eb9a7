"""`matinee publish`, `unpublish`, `sweep` and `published` as typed: what is told, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.small_packages import SmallPackage, make_small_package


@pytest.fixture
def kite(tmp_path: Path) -> SmallPackage:
    return make_small_package(tmp_path / "kite")


@pytest.fixture
def kite_de(tmp_path: Path) -> SmallPackage:
    return make_small_package(tmp_path / "kite-de", region="de", scenes="ax")


@pytest.fixture
def www(tmp_path: Path) -> Path:
    return tmp_path / "www"


def test_a_package_is_published_under_its_title_and_region(
    workplace: Any, kite: SmallPackage, kite_de: SmallPackage, www: Path
) -> None:
    ran = workplace.matinee("publish", kite.folder, "--to", www)
    assert ran.code == 0, ran.err
    assert f"players open the-red-kite.m3u8 at {www}" in ran.out and "14 files sent" in ran.out
    document = json.loads(workplace.matinee("publish", kite_de.folder / "master.m3u8", "--to", www, "--json").out)
    assert (document["edition"], document["entry"]) == ("the-red-kite-de", "the-red-kite-de.m3u8")
    assert (document["state"], document["files"], document["target"]) == ("open", 15, str(www))
    again = workplace.matinee("publish", kite.folder, "--to", www)
    assert "nothing to send" in again.out and "is there already" in again.out
    assert {path.name for path in www.glob("*.m3u8")} >= {"the-red-kite.m3u8", "the-red-kite-de.m3u8"}


def test_what_was_published_is_listed(workplace: Any, kite: SmallPackage, kite_de: SmallPackage, www: Path) -> None:
    assert "Nothing was published" in workplace.matinee("published").out
    workplace.matinee("publish", kite.folder, "--to", www)
    workplace.matinee("publish", kite_de.folder, "--to", www, "--stage")
    workplace.matinee("publish", kite.folder, "--to", www / "other", "--as", "kite")
    workplace.matinee("unpublish", "kite", "--from", www / "other")
    rows = json.loads(workplace.matinee("published", "--json").out)["editions"]
    assert [(row["edition"], row["target"], row["state"]) for row in rows] == [
        ("the-red-kite", str(www), "open"),
        ("the-red-kite-de", str(www), "staged"),
        ("kite", str(www / "other"), "closed"),
    ]
    whole, german, closed = rows
    assert whole["size_bytes"] == sum((kite.folder / n).stat().st_size for n in kite.names if not n.endswith(".json"))
    assert 0 < whole["shared_bytes"] == german["shared_bytes"] < german["size_bytes"] and closed["size_bytes"] == 0
    told = workplace.matinee("published", www / "other").out
    assert "closed" in told and "the-red-kite" not in told
    assert "Nothing was published at s3://films/hls" in workplace.matinee("published", "s3://films/hls").out


def test_unpublishing_says_what_stays_and_what_to_purge(
    workplace: Any, kite: SmallPackage, kite_de: SmallPackage, www: Path
) -> None:
    for package in (kite, kite_de):
        workplace.matinee("publish", package.folder, "--to", www)
    ran = workplace.matinee("unpublish", "the-red-kite", "--from", www)
    assert ran.code == 0 and "stay: the-red-kite-de there too." in ran.out and "after 24 hours" in ran.out
    assert "drop its copies of:\n  the-red-kite.m3u8\n" in ran.out
    again = workplace.matinee("unpublish", "the-red-kite", "--from", www, "--json")
    assert again.code == 0
    document = json.loads(again.out)
    assert (document["was_there"], document["purge"], document["removed"], document["later"]) == (False, [], [], [])
    assert "sweep --now" in workplace.matinee("unpublish", "the-red-kite", "--from", www).out
    assert "Nothing to remove" in workplace.matinee("sweep", www).out
    swept = json.loads(workplace.matinee("sweep", www, "--now", "--json").out)
    assert set(swept["purge"]) == kite.segments - kite_de.segments
    document = json.loads(
        workplace.matinee("unpublish", "the-red-kite-de", "--from", www, "--grace", "0", "--json").out
    )
    assert set(document["removed"]) >= kite_de.segments and document["kept"] == {} and document["later"] == []
    assert [path for path in www.rglob("*") if path.is_file()] == []


def test_what_is_staged_is_opened_by_the_same_command_without_stage(
    workplace: Any, kite: SmallPackage, www: Path
) -> None:
    ran = workplace.matinee("publish", kite.folder, "--to", www, "--stage")
    assert ran.code == 0 and "without --stage opens it" in ran.out
    assert [path.name for path in www.iterdir()] == ["segments"]
    ran = workplace.matinee("publish", kite.folder, "--to", www)
    assert ran.code == 0 and f"{len(kite.playlists) + 2} files sent" in ran.out


def test_what_was_rejected_is_not_published(workplace: Any, kite_de: SmallPackage, www: Path) -> None:
    ran = workplace.matinee("reject", kite_de.folder, "--who", "Ana", "--note", "the subtitles are late")
    assert ran.code == 0 and "rejected for hls in de by Ana" in ran.out
    ran = workplace.matinee("publish", kite_de.folder, "--to", www)
    assert ran.code == 2 and not www.exists()
    assert "The Red Kite for de" in ran.err and "rejected by Ana" in ran.err and "the subtitles are late" in ran.err
    assert workplace.matinee("approve", kite_de.folder / "master.m3u8").code == 0
    assert workplace.matinee("publish", kite_de.folder, "--to", www, "--require-approval").code == 0


def test_where_approval_is_required_nothing_else_is_published(
    workplace: Any, kite: SmallPackage, kite_de: SmallPackage, www: Path
) -> None:
    workplace.matinee("approve", kite_de.folder)
    ran = workplace.matinee("publish", kite.folder, "--to", www, "--require-approval")
    assert ran.code == 2 and "approved by nobody" in ran.err and not www.exists()
    assert workplace.matinee("publish", kite_de.folder, "--to", www, "--require-approval").code == 0
    changed = kite_de.folder / "master.m3u8"
    changed.write_bytes(changed.read_bytes() + b"# another\n")
    assert workplace.matinee("publish", kite_de.folder, "--to", www, "--require-approval").code == 2


def test_a_package_is_judged_for_its_own_platform_and_region(workplace: Any, kite_de: SmallPackage) -> None:
    for words in (("--platform", "tall"), ("--highlight",)):
        assert workplace.matinee("reject", kite_de.folder, *words).code == 2
    assert "in at by" in workplace.matinee("approve", kite_de.folder, "--region", "at").out
    assert workplace.matinee("approve", kite_de.folder.parent).code == 2
    assert workplace.matinee("approve", kite_de.folder, kite_de.folder / "nosuch.mp4").code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("publish", "NOSUCH", "--to", "WWW"), "no package"),
        (("publish", "KITE"), "--to"),
        (("publish", "KITE", "--to", "WWW", "--as", "The Kite"), "no name of an edition"),
        (("publish", "KITE", "--to", "WWW", "--as", "../kite"), "no name of an edition"),
        (("publish", "KITE", "--to", "gs://films"), "no target"),
        (("publish", "KITE", "--to", "WWW", "--endpoint", "http://127.0.0.1:1"), "not for a folder"),
        (("publish", "KITE", "--to", "s3://films/x", "--endpoint", "films"), "no address of a store"),
        (("publish", "LONG", "--to", "WWW"), "cannot be looked into"),
        (("publish", "KITE", "--to", "LONG"), "cannot be followed"),
        (("publish", "KITE", "--to", "BYTES"), "no UTF-8"),
        (("publish", "KITE", "--to", "KITE"), "is a package itself"),
        (("unpublish", "kite", "--from", "WWW"), "Nothing was published"),
        (("unpublish", "kite", "--from", "WWW", "--grace", "-1"), "grace"),
        (("sweep", "WWW"), "Nothing was published"),
        (("published", "gs://films"), "no target"),
    ],
)
def test_what_cannot_be_published_exits_with_2_and_writes_nothing(
    workplace: Any, kite: SmallPackage, www: Path, words: tuple[str, ...], told: str
) -> None:
    named = {"KITE": kite.folder, "NOSUCH": kite.folder / "nosuch", "WWW": www, "LONG": "x" * 300, "BYTES": "\udcff"}
    ran = workplace.matinee(*(named.get(word, word) for word in words))
    assert ran.code == 2 and told in ran.err and ran.out == "" and not www.exists(), ran.err


def test_a_package_without_a_title_is_named_by_hand(workplace: Any, tmp_path: Path, www: Path) -> None:
    package = make_small_package(tmp_path / "untitled", title="羅生門")
    ran = workplace.matinee("publish", package.folder, "--to", www)
    assert ran.code == 2 and "--as" in ran.err and not www.exists()
    assert workplace.matinee("publish", package.folder, "--to", www, "--as", "rashomon").code == 0


def test_names_that_would_steer_a_terminal_are_spelt_out(workplace: Any, tmp_path: Path) -> None:
    package = make_small_package(tmp_path / "odd", title="Kite \x1b[2J\nred")
    ran = workplace.matinee("publish", package.folder, "--to", tmp_path / "w\x1b[2Jw", "--as", "kite")
    assert ran.code == 0 and "\x1b" not in ran.out and "\x1b" not in ran.err
    assert "\x1b" not in workplace.matinee("published").out


@pytest.mark.parametrize("title", ["\ud800 Kite", "Kite " * 50_000])
def test_a_title_that_no_text_can_hold_is_no_crash(workplace: Any, tmp_path: Path, www: Path, title: str) -> None:
    package = make_small_package(tmp_path / "odd", title=title, region="\udfff")
    ran = workplace.matinee("publish", package.folder, "--to", www)
    assert ran.code == 0, ran.err
    assert workplace.matinee("approve", package.folder).code == workplace.matinee("published").code == 0
    assert len(ran.out) < 1000


def test_a_page_is_published_beside_the_film_and_goes_with_it(workplace: Any, kite: SmallPackage, www: Path) -> None:
    page = www.parent / "kite.page.toml"
    page.write_text('about = "A <hill>."\ntickets = "https://example.org/t"\n')
    ran = workplace.matinee("publish", kite.folder, "--to", www, "--page", page)
    assert ran.code == 0 and ran.out.endswith("\nthe-red-kite.html written.\n"), ran.err
    text = (www / "the-red-kite.html").read_text()
    assert (
        "<title>The Red Kite</title>" in text and "A &lt;hill&gt;." in text and 'href="https://example.org/t"' in text
    )
    scripts = {path.name for path in www.glob("*.js")}
    assert len(scripts) == 3 and all(name in text for name in scripts)
    again = workplace.matinee("publish", kite.folder, "--to", www, "--page", page)
    assert again.out.endswith("\nthe-red-kite.html is there already.\n")
    page.write_text('title = "Another"\n')
    document = json.loads(workplace.matinee("publish", kite.folder, "--to", www, "--page", page, "--json").out)
    assert (document["page"], document["purge"]) == ("the-red-kite.html", ["the-red-kite.html"])
    rows = json.loads(workplace.matinee("published", "--json").out)["editions"]
    assert [(row["edition"], row["state"]) for row in rows] == [("the-red-kite", "open"), ("the-red-kite.html", "open")]
    ran = workplace.matinee("unpublish", "the-red-kite", "--from", www)
    assert ran.code == 0 and "drop its copies of:\n  the-red-kite.html\n" in ran.out, ran.err
    assert [path.name for path in www.iterdir() if path.is_file()] == []


@pytest.mark.parametrize(
    ("text", "told"), [("titel = 'x'", "titel"), ("\x00", "not TOML"), ("shop = 'ftp://x'", "shop")]
)
def test_a_mistake_in_a_page_publishes_nothing(
    workplace: Any, kite: SmallPackage, www: Path, text: str, told: str
) -> None:
    page = www.parent / "kite.page.toml"
    page.write_text(text)
    ran = workplace.matinee("publish", kite.folder, "--to", www, "--page", page)
    assert ran.code == 2 and told in ran.err and str(page) in ran.err and not www.exists()


def test_a_page_of_somebody_else_is_left_alone(workplace: Any, kite: SmallPackage, www: Path) -> None:
    page = www.parent / "kite.page.toml"
    page.write_text("")
    www.mkdir()
    (www / "the-red-kite.html").write_text("theirs")
    ran = workplace.matinee("publish", kite.folder, "--to", www, "--page", page)
    assert ran.code == 2 and "the-red-kite.html" in ran.err and (www / "the-red-kite.html").read_text() == "theirs"
