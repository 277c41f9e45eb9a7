"""What editors do with blocks on the page: order films while the length adds up, save that, and play the joins."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator
from playwright.sync_api import Page as Tab

from pipeline.review.block_files import MOST_FILES
from tests.conftest import Workplace
from tests.numbered_films import make_film
from tests.package.conftest import LADDER
from tests.players.tools import install_modules
from tests.review.conftest import Page
from tests.review.test_room_page import wait_until

HEAD = """\
# for the café
title = "Small Hours"
preset = "cafe"
opening = []
closing = []

[length]
min = 25
max = 40
target = 34

[rules]
one_per_director = true # as ever
"""
POOL = '\n[[films]]\nfile = "."\n\n[[films]]\nfile = "kite.mp4" # the favourite\nnote = "Q&A"\nplace = "opener"\n'
TRAVERSALS = ("..%2f..%2fetc%2fpasswd", "%2e%2e", "x.toml", "X" * 32, "%00", "٠" * 32, "0" * 33, "0" * 32, "x" * 3000)


class Venue:
    """A folder with three films and a block file, and how the page is asked about it."""

    def __init__(self, workplace: Workplace, page: Page) -> None:
        self.workplace, self.page = workplace, page
        self.folder = workplace.home / "blocks"
        self.file = self.folder / "small-hours.toml"

    def write(self, films: str, head: str = HEAD) -> Path:
        self.file.write_text(head + films)
        return self.file

    def id(self, title: str = "Small Hours") -> str:
        text = self.page.get("/blocks").text
        return text.partition(f">{title}</a>")[0].rpartition('href="/blocks/')[2][:32]

    def open(self, block: str) -> dict[str, Any]:
        """Open a block as its page does; return its films and order."""
        answer = self.page.post(f"/blocks/{block}/open", {})
        assert answer.status_code == 200, answer.text
        until = time.monotonic() + 60
        while (progress := self.page.get(f"/blocks/{block}/progress").json())["state"] == "working":
            assert time.monotonic() < until
            time.sleep(0.02)
        assert progress["state"] == "done", progress
        return dict(self.page.get(f"/blocks/{block}/work").json())

    def judge(self, block: str, films: list[str]) -> dict[str, Any]:
        answer = self.page.post(f"/blocks/{block}/judge", {"films": films})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def run(self, *words: object) -> Any:
        return self.workplace.matinee("block", *words)


@pytest.fixture
def venue(workplace: Workplace, page: Page) -> Venue:
    for name, title, director in (
        ("kite", "The Red Kite", "Ana"),
        ("silent", "Silence", "Ben"),
        ("short", "Ash", "Ana"),
    ):
        (workplace.home / "blocks").mkdir(exist_ok=True)
        film = workplace.home / "blocks" / f"{name}.mp4"
        if name == "short":
            make_film(film, film=3, size=(96, 96), fps=24, seconds=3, shot_s=1, tone=True)
        else:
            (workplace.films / f"{name}.mp4").rename(film)
        film.with_name(f"{name}.film.toml").write_text(f'title = "{title}"\ndirector = "{director}"\n')
    return Venue(workplace, page)


def names(work: dict[str, Any], *titles: str) -> list[str]:
    known = {film["title"]: film["id"] for film in work["films"]}
    return [known[title] for title in titles]


def titles(work: dict[str, Any], films: list[str]) -> list[str]:
    known = {film["id"]: film["title"] for film in work["films"]}
    return [known[film] for film in films]


def test_orders_are_judged_as_the_command_line_judges_them(venue: Venue) -> None:
    venue.write(POOL)
    block = venue.id()
    work = venue.open(block)
    chosen = json.loads(venue.run(venue.file, "--dry-run", "--json").out)
    assert titles(work, work["order"]) == [film["title"] for film in chosen["films"]] == ["The Red Kite", "Silence"]
    assert venue.judge(block, work["order"])["length"]["seconds"] == chosen["seconds"]
    for order in (
        ("Silence", "The Red Kite"),
        ("Ash", "The Red Kite"),
        ("Silence",),
        ("Ash", "Silence", "The Red Kite"),
    ):
        told = venue.judge(block, names(work, *order))
        files = {"Silence": "silent", "The Red Kite": "kite", "Ash": "short"}
        given = venue.folder / "given.toml"
        given.write_text(
            f'order = "given"\n{HEAD}' + "".join(f'[[films]]\nfile = "{files[one]}.mp4"\n' for one in order)
        )
        ran = venue.run(given, "--dry-run", "--json")
        if told["broken"]:
            assert ran.code == 2 and all(line in ran.err for line in told["broken"]), ran.err
            assert ran.err.count("\n") >= len(told["broken"])
        else:
            document = json.loads(ran.out)
            assert ran.code == 0 and told["length"]["seconds"] == document["seconds"]
            items = [(item["kind"], item["title"]) for item in document["running_order"]]
            assert [(item["kind"], item["title"]) for item in told["items"]] == items
    swapped = venue.judge(block, names(work, "Silence", "The Red Kite"))
    assert swapped["broken"] == [] and "is to be the opener" in swapped["moved"][0]
    assert [item["of"] for item in swapped["items"]] == [0, 0, 0, 0, 1, 1, 1, 1]
    empty = venue.judge(block, [])
    assert empty["broken"] == ["It has no films."] and not empty["length"]["is_allowed"]


def test_it_is_told_of_each_film_why_it_is_not_in(venue: Venue) -> None:
    venue.write(POOL)
    (venue.folder / "broken.mp4").write_bytes(b"no film")
    block = venue.id()
    work = venue.open(block)
    (beside,) = venue.page.post(f"/blocks/{block}/beside", {"films": work["order"]}).json()
    chosen = json.loads(venue.run(venue.file, "--dry-run", "--json").out)
    left_out = {one["title"]: one["why"] for one in chosen["left_out"]}
    assert titles(work, [beside["id"]]) == ["Ash"] and beside["told"] == left_out["Ash"]
    assert work["unusable"] == [{"name": "broken.mp4", "why": left_out["broken"]}]
    told = venue.page.post(f"/blocks/{block}/beside", {"films": names(work, "Silence")}).json()
    known = {titles(work, [one["id"]])[0]: one for one in told}
    assert known["Ash"]["can"] and "would last 0:19" in known["Ash"]["told"] and known["The Red Kite"]["can"]
    whole = venue.page.post(f"/blocks/{block}/beside", {"films": names(work, "The Red Kite", "Silence")}).json()
    assert not whole[0]["can"] and "same director" in whole[0]["told"]


def test_an_order_is_saved_as_the_command_line_reads_it_and_comments_stay(venue: Venue) -> None:
    venue.write(POOL)
    block = venue.id()
    work = venue.open(block)
    order = names(work, "Silence", "The Red Kite")
    asked = {"films": order, "seen": work["seen"]}
    before = venue.file.read_bytes()
    copied = venue.page.post(f"/blocks/{block}/save", {**asked, "name": "Late hours, given".replace(",", "")})
    assert copied.status_code == 200 and venue.file.read_bytes() == before
    copy = venue.folder / "Late hours given.toml"
    again = venue.page.post(f"/blocks/{block}/save", {**asked, "name": "Late hours given"})
    assert again.status_code == 409 and copy.exists()
    saved = venue.page.post(f"/blocks/{block}/save", asked)
    assert saved.status_code == 200, saved.text
    for path in (copy, venue.file):
        text = path.read_text()
        assert "# for the café" in text and "# as ever" in text and "# the favourite" in text and "place" not in text
        told = json.loads(venue.run(path, "--dry-run", "--json").out)
        assert [film["title"] for film in told["films"]] == ["Silence", "The Red Kite"]
        assert told["seconds"] == venue.judge(block, order)["length"]["seconds"]
    assert 'note = "Q&A"' in venue.file.read_text()
    assert not [path for path in venue.folder.iterdir() if path.name.startswith(".")]
    reopened = venue.open(block)
    assert reopened["order"] == order and reopened["is_given"] and reopened["seen"] == saved.json()["seen"]
    # What the file no longer names stands beside it until the page is started again.
    assert names(reopened, "Ash")


def test_a_file_that_changed_since_is_a_conflict_and_nothing_is_lost(venue: Venue) -> None:
    venue.write(POOL)
    block = venue.id()
    work = venue.open(block)
    theirs = HEAD.replace("max = 40", "max = 39") + POOL
    venue.file.write_text(theirs)
    asked = {"films": names(work, "Silence", "The Red Kite"), "seen": work["seen"]}
    answer = venue.page.post(f"/blocks/{block}/save", asked)
    told = answer.json()
    assert answer.status_code == 409 and venue.file.read_text() == theirs and "Somebody else" in told["told"]
    assert '-file = "."' in told["diff"] and '+order = "given"' in told["diff"]
    mine = venue.page.post(f"/blocks/{block}/save", {**asked, "seen": told["seen"]})
    assert mine.status_code == 200
    assert "max = 39" in venue.file.read_text() and 'order = "given"' in venue.file.read_text()
    venue.file.write_text("not = [toml")
    answer = venue.page.post(f"/blocks/{block}/save", {**asked, "seen": mine.json()["seen"]})
    assert answer.status_code == 409 and answer.json()["seen"] is None and venue.file.read_text() == "not = [toml"
    assert "is not TOML" in venue.page.get(f"/blocks/{block}").text and "is not TOML" in venue.page.get("/blocks").text
    assert venue.page.post(f"/blocks/{block}/open", {}).status_code == 200


@pytest.mark.parametrize("theirs", ["", "not = [toml", 'title = "Small Hours"\n', HEAD])
def test_a_block_file_that_is_none_by_now_is_told_when_an_order_is_saved(venue: Venue, theirs: str) -> None:
    block = (venue.write(POOL), venue.id())[1]
    work = venue.open(block)
    venue.file.write_text(theirs)
    asked = {"films": work["order"], "seen": work["seen"]}
    assert venue.page.post(f"/blocks/{block}/save", asked).status_code == 409
    copied = venue.page.post(f"/blocks/{block}/save", {**asked, "name": "other"})
    assert copied.status_code == 400 and str(venue.file) in copied.json()["told"], copied.text
    assert venue.file.read_text() == theirs and not (venue.folder / "other.toml").exists()


def test_what_is_told_of_an_order_after_it_was_saved_is_what_its_file_says(venue: Venue) -> None:
    block = (venue.write(POOL), venue.id())[1]
    work = venue.open(block)
    turned = work["order"][::-1]
    assert "is to be the opener" in venue.judge(block, turned)["moved"][0]
    asked = {"films": turned, "seen": work["seen"]}
    assert venue.page.post(f"/blocks/{block}/save", asked).status_code == 200
    told, given = venue.judge(block, turned), venue.page.get(f"/blocks/{block}/work").json()["is_given"]
    assert told["moved"] == [] and given
    venue.open(block)
    assert venue.judge(block, turned) == told


def test_a_block_file_that_is_gone_is_told_when_an_order_is_saved(venue: Venue) -> None:
    block = (venue.write(POOL), venue.id())[1]
    work = venue.open(block)
    venue.file.unlink()
    for more in ({}, {"name": "other"}):
        answer = venue.page.post(f"/blocks/{block}/save", {"films": work["order"], "seen": work["seen"], **more})
        assert answer.status_code == 400 and "no block file small-hours.toml any more" in answer.json()["told"]
    assert sorted(venue.folder.glob("*.toml")) == sorted(venue.folder.glob("*.film.toml"))


def test_films_that_the_file_does_not_name_can_be_looked_at_and_added(venue: Venue) -> None:
    venue.write('\n[[films]]\nfile = "kite.mp4"\n', f'order = "given"\n{HEAD}')
    block = venue.id()
    work = venue.open(block)
    others = venue.page.get(f"/blocks/{block}/others").json()["films"]
    assert [one["name"] for one in others] == ["short.mp4", "silent.mp4"]
    asked = {"film": others[1]["id"]}
    assert venue.page.post(f"/blocks/{block}/add", asked).status_code == 200
    while venue.page.get(f"/blocks/{block}/progress").json()["state"] == "working":
        time.sleep(0.02)
    more = venue.page.get(f"/blocks/{block}/work").json()
    order = names(more, "The Red Kite", "Silence")
    assert more["order"] == work["order"] and venue.judge(block, order)["broken"] == []
    assert venue.page.post(f"/blocks/{block}/save", {"films": order, "seen": work["seen"]}).status_code == 200
    told = json.loads(venue.run(venue.file, "--dry-run", "--json").out)
    assert [film["title"] for film in told["films"]] == ["The Red Kite", "Silence"]


def test_blocks_that_were_made_are_listed_with_their_files_wherever_these_lie(venue: Venue) -> None:
    venue.workplace.presets.joinpath("ladders").mkdir()
    venue.workplace.presets.joinpath("ladders", "small.toml").write_text(LADDER)
    elsewhere = venue.workplace.films / "small-hours.toml"
    films = "".join(f'[[films]]\nfile = "{venue.folder}/{name}.mp4"\n' for name in ("kite", "silent"))
    elsewhere.write_text(f'order = "given"\n{HEAD}{films}')
    (venue.workplace.films / "other.toml").write_text(elsewhere.read_text().replace("Small Hours", "Late Hours"))
    (venue.workplace.films / "film.toml").write_text('title = "no block"\n')
    assert "There is no block yet" in venue.page.get("/blocks").text
    ran = venue.run(elsewhere, "--only", "sheets")
    assert ran.code == 0, ran.err
    listed = venue.page.get("/blocks").text
    assert "Small Hours" in listed and "Late Hours" in listed and "no block" not in listed and "0:28" in listed
    shown = venue.page.get(f"/blocks/{venue.id()}").text
    assert "package is not there" in shown and f"matinee block {elsewhere}" in shown
    elsewhere.unlink()
    gone = venue.page.get("/blocks").text
    assert "cannot be read: No such file" in gone.replace("\n", " ")
    assert venue.page.post(f"/blocks/{venue.id()}/open", {}).status_code == 200
    document = next((venue.workplace.home / "out" / "blocks").rglob("block.json"))
    said = json.loads(document.read_text())
    quiet = {"what": "loudness of Kite", "outcome": "told", "limit": "-16 LUFS", "measured": "-20.0 LUFS"}
    document.write_text(json.dumps({**{key: said[key] for key in said if key != "file"}, "checks": [quiet]}))
    listed = venue.page.get("/blocks").text
    assert "was not noted when it was made" in listed and "0 of 1 checks passed" in listed and "-20.0" not in listed
    shown = venue.page.get(f"/blocks/{venue.id()}").text
    assert "1 check not passed" in shown and "-20.0 LUFS" in shown and "text editor" not in shown


def test_hostile_bodies_and_names_are_refused_in_words(venue: Venue) -> None:
    venue.write(POOL)
    block, page = venue.id(), venue.page
    work = venue.open(block)
    before = sorted(path.name for path in venue.folder.iterdir()), venue.file.read_bytes()
    good = {"films": work["order"], "seen": work["seen"]}
    for name in ("../x", "/etc/x", ".x", "a/b", "a\\b", "", "x" * 81, "a\0b", "a\nb", "-x", 3):
        assert page.post(f"/blocks/{block}/save", {**good, "name": name}).status_code == 422, name
    for films in ([], ["0" * 32], work["order"] * 2):
        answer = page.post(f"/blocks/{block}/save", {**good, "films": films})
        assert answer.status_code in (400, 409) and "Traceback" not in answer.text
    for body in (
        {},
        [],
        {"films": "x"},
        {"films": [3]},
        {"films": ["../x"]},
        {"films": ["0" * 32] * 401},
        {"films": [], "x": 1},
    ):
        for what in ("judge", "beside", "save"):
            assert page.post(f"/blocks/{block}/{what}", body).status_code == 422, (what, body)
    assert page.post(f"/blocks/{block}/judge", {"films": ["0" * 32]}).status_code == 409
    assert page.post(f"/blocks/{block}/add", {"film": "0" * 32}).status_code == 404
    for name in TRAVERSALS:
        for where in (
            f"/blocks/{name}",
            f"/blocks/{name}/work",
            f"/blocks/{name}/hls/master.m3u8",
            f"/blocks/{block}/hls/{name}",
        ):
            answer = page.get(where)
            assert answer.status_code in (400, 404, 405, 409, 414, 422), where
            assert "root:" not in answer.text and str(venue.folder) not in answer.text
    assert page.post(f"/blocks/{block}/judge", {"films": []}, **{"x-csrf-token": "x"}).status_code == 403
    assert page.client.get("/players/hls.min.js").status_code == 200
    assert before == (sorted(path.name for path in venue.folder.iterdir()), venue.file.read_bytes())
    link = venue.folder / "late.toml"
    link.symlink_to(venue.workplace.home / "elsewhere.toml")
    assert page.post(f"/blocks/{block}/save", {**good, "name": "late"}).status_code == 409
    assert not (venue.workplace.home / "elsewhere.toml").exists()
    page.client.cookies.clear()
    for where in (
        "/blocks",
        f"/blocks/{block}",
        f"/blocks/{block}/work",
        f"/blocks/{block}/hls/master.m3u8",
        "/players/hls.min.js",
    ):
        assert page.get(where).status_code == 401


def made_by_hand(venue: Venue, folder: Path) -> None:
    """Write what a run leaves of a block, with some bytes for a package."""
    from pipeline.plan.running_order import FilmNotes, Item, RunningOrder
    from pipeline.screening.changes import described
    from pipeline.shell.ledger import Ledger
    from pipeline.timebase import Span

    (folder / "hls" / "segments").mkdir(parents=True)
    span = Span(Fraction(0), Fraction(30))
    order = RunningOrder("Small Hours", (Item("film", "Tide", span, FilmNotes("Tide", "a" * 64, "/x")),))
    (folder / "block.json").write_bytes(described(order, block=venue.file, keys=()))
    Ledger(venue.workplace.home / "store" / "ledger.sqlite3").record_manifest(folder / "block.json")
    files = ("master.m3u8", "segments/one.m4s", "segments/link.m4s", "segments/gone.m4s", "\0")
    said = {
        "version": 1,
        "ladder": "small",
        "masters": [{"sha256": "a" * 64, "keys": []}],
        "files": dict.fromkeys(files, "k"),
        "kept_keys": [],
    }
    (folder / "hls" / "package.json").write_text(json.dumps(said))
    (folder / "hls" / "master.m3u8").write_text("#EXTM3U\n")
    (folder / "hls" / "segments" / "one.m4s").write_bytes(bytes(range(256)))
    (folder / "hls" / "segments" / "foreign.m4s").write_bytes(b"foreign")
    (folder / "secret.m4s").write_bytes(b"secret")
    (folder / "hls" / "segments" / "link.m4s").symlink_to(folder / "secret.m4s")


def test_a_package_gives_out_what_it_names_and_only_its_page_may_play_from_blobs(venue: Venue) -> None:
    venue.write(POOL)
    page, plain = venue.page, venue.page.get(f"/blocks/{venue.id()}").headers["content-security-policy"]
    made_by_hand(venue, venue.workplace.home / "out" / "blocks" / "Small-Hours")
    where = f"/blocks/{venue.id()}/hls"
    part = page.get(f"{where}/segments/one.m4s", range="bytes=10-19")
    assert part.status_code == 206 and part.content == bytes(range(10, 20))
    assert part.headers["content-type"] == "video/iso.segment" and "immutable" in part.headers["cache-control"]
    assert page.get(f"{where}/master.m3u8").headers["content-type"] == "application/vnd.apple.mpegurl"
    for name in ("segments/foreign.m4s", "segments/link.m4s", "segments/gone.m4s", "package.json",
                 "../block.json", "..%2fblock.json", "%2e%2e/secret.m4s", "segments/../../secret.m4s", "", "%00",
                 "segments"):  # fmt: skip
        answer = page.get(f"{where}/{name}")
        assert answer.status_code == 404 and b"secret" not in answer.content, name
    shown = page.get(f"/blocks/{venue.id()}")
    policy = shown.headers.get_list("content-security-policy")
    assert policy == [plain.replace("media-src 'self'", "media-src 'self' blob: data:")] and "blob" not in plain
    assert "blob" not in page.get("/blocks").headers["content-security-policy"] and "0:30" in page.get("/blocks").text


def test_pipes_in_place_of_what_was_made_keep_nobody_waiting(venue: Venue) -> None:
    venue.write(POOL)
    folder, block = venue.workplace.home / "out" / "blocks" / "Small-Hours", venue.id()
    made_by_hand(venue, folder)
    for path, address in (
        (folder / "hls" / "package.json", f"/blocks/{block}/hls/master.m3u8"),
        (folder / "block.json", "/blocks"),
    ):
        path.unlink()
        os.mkfifo(path)
        try:
            answer = venue.page.client.get(address, timeout=5)
        finally:  # whoever waits for it goes on
            os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
        assert answer.status_code == (404 if "hls" in address else 200)


def test_of_a_folder_of_many_files_the_first_are_listed_and_that_is_told(venue: Venue) -> None:
    for number in reversed(range(MOST_FILES + 5)):
        (venue.folder / f"b{number:03}.toml").write_text(POOL)
    text = venue.page.get("/blocks").text
    assert text.count("<h2>") == MOST_FILES and f"the first {MOST_FILES} by their names" in text
    assert "b000.toml" in text and "b199.toml" in text and "b200.toml" not in text


def test_looking_at_films_can_be_stopped(venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.shell.candidates import measure

    def for_ever(*_: object, on_fraction: Callable[[float], None], **__: object) -> None:
        while True:
            on_fraction(0.5)
            time.sleep(0.01)

    venue.write(POOL)
    block, page = venue.id(), venue.page
    monkeypatch.setattr("pipeline.shell.block_surveys.measure", for_ever)
    assert page.post(f"/blocks/{block}/open", {}).json()["state"] == "working"
    wait_until(lambda: page.get(f"/blocks/{block}/progress").json()["stage"] == "looking at films")
    assert page.get(f"/blocks/{block}/work").status_code == 409
    page.post(f"/blocks/{block}/stop", {})
    wait_until(lambda: page.get(f"/blocks/{block}/progress").json()["state"] == "stopped")
    monkeypatch.setattr("pipeline.shell.block_surveys.measure", measure)
    assert venue.open(block)["films"]


def lasting(tab: Tab, text: str) -> None:
    tab.locator("#length", has_text=text).wait_for()


def shown_order(tab: Tab) -> list[str]:
    return tab.locator("#order [data-film] h3").all_inner_texts()


def row(tab: Tab, title: str) -> Locator:
    return tab.locator("[data-film]", has=tab.locator("h3", has_text=title))


def box_of(place: Locator) -> FloatRect:
    """Return where something stands; the page may be drawing it anew just then."""
    return next(box for _ in range(20) if (box := place.bounding_box()) is not None)


def hold(tab: Tab, title: str) -> None:
    """Take a film's handle with the pointer."""
    box = box_of(row(tab, title).locator(".grip"))
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.down()


def over(tab: Tab, title: str, share: float) -> None:
    """Bring the pointer over a film's row, to a share of its height, and there again where rows made room for it."""
    for _ in range(3):
        box = box_of(row(tab, title))
        tab.mouse.move(box["x"] + 80, box["y"] + box["height"] * share, steps=6)
        tab.wait_for_timeout(100)


def test_an_editor_drags_saves_and_plays_a_block(venue: Venue, visit: Callable[..., Tab]) -> None:
    venue.workplace.presets.joinpath("ladders").mkdir()
    venue.workplace.presets.joinpath("ladders", "small.toml").write_text(LADDER)
    venue.write(POOL)
    for language, word in (("de", "Drachen"), ("en", "Kite")):
        cues = "".join(f"{at}\n00:00:0{at},000 --> 00:00:0{at},900\n{word} {at}\n\n" for at in range(1, 9))
        (venue.folder / f"kite.{language}.srt").write_text(cues)
    assert venue.run(venue.file, "--ladder", "small", "--only", "hls").code == 0
    tab = visit(viewport={"width": 1440, "height": 1000})
    tab.get_by_role("link", name="Blocks").click()
    tab.get_by_role("link", name="Small Hours").click()
    tab.locator("#block[data-ready]").wait_for()
    lasting(tab, "0:28")
    assert shown_order(tab) == ["The Red Kite", "Silence"]
    hold(tab, "Ash")
    over(tab, "Silence", 0.9)
    # The length adds up and the rules are told while the film is still held.
    lasting(tab, "0:37")
    tab.locator("#broken", has_text="The Red Kite and Ash are by one director").wait_for()
    assert shown_order(tab) == ["The Red Kite", "Silence", "Ash"]
    tab.keyboard.press("Escape")
    lasting(tab, "0:28")
    tab.mouse.up()
    assert shown_order(tab) == ["The Red Kite", "Silence"]
    hold(tab, "Silence")
    over(tab, "The Red Kite", 0.1)
    tab.mouse.up()
    tab.locator("#moved", has_text="is to be the opener").wait_for()
    assert shown_order(tab) == ["Silence", "The Red Kite"] and tab.locator("#unsaved").inner_text() == "not saved"
    tab.locator("#order .grip").first.focus()
    tab.keyboard.press("Alt+ArrowDown")
    tab.locator("#announced", has_text="Silence is 2 of 2. 0:28").wait_for()
    assert tab.evaluate("document.activeElement.closest('[data-film]').querySelector('h3').textContent") == "Silence"
    tab.keyboard.press("Delete")
    lasting(tab, "0:17")
    tab.locator("#broken", has_text="at least 0:25 is asked").wait_for()
    tab.keyboard.press("Control+z")
    tab.keyboard.press("Control+z")
    lasting(tab, "0:28")
    assert shown_order(tab) == ["Silence", "The Red Kite"]
    tab.keyboard.press("Control+s")
    tab.locator("#copy").fill("late")
    tab.keyboard.press("Enter")
    tab.locator("#said", has_text="late.toml").wait_for()
    told = json.loads(venue.run(venue.folder / "late.toml", "--dry-run", "--json").out)
    assert [film["title"] for film in told["films"]] == ["Silence", "The Red Kite"]
    tab.go_back()
    tab.locator("#block[data-ready]").wait_for()
    plays_across_its_joins(tab)


def plays_across_its_joins(tab: Tab) -> None:
    def now() -> float:
        return float(tab.evaluate("document.querySelector('#video').currentTime"))

    def seen() -> int:
        return int(tab.evaluate("document.querySelector('#video').getVideoPlaybackQuality().totalVideoFrames"))

    tab.keyboard.press("n")
    tab.locator("#playing", has_text="Join 1 of 3: into The Red Kite").wait_for()
    wait_until(lambda: now() > 5)
    assert tab.locator("#chapters [aria-current]").inner_text().split() == ["0:04", "The", "Red", "Kite"]
    tab.keyboard.press("n")
    tab.locator("#playing", has_text="Join 2 of 3: after The Red Kite").wait_for()
    wait_until(lambda: 13.6 < now() < 16.6)
    before = seen()
    # Past the end of the film, its card and black, into the next, whose picture has another size.
    wait_until(lambda: now() > 22.5)
    assert seen() > before + 24
    tab.locator("#chapters [aria-current]", has_text="Silence").wait_for()
    assert tab.locator("#order .row.playing h3").inner_text() == "Silence"
    assert tab.locator("#trouble").is_hidden()
    tab.keyboard.press("p")
    wait_until(lambda: now() < 16.6)
    # The languages of the block's package, as in the player of packages; the film begins after its card.
    assert tab.locator("#subtitles option").all_inner_texts() == ["none", "Deutsch", "English"]
    tab.locator("#subtitles").select_option(label="Deutsch")
    shown = "Array.from(document.querySelector('#video').textTracks).filter(({ mode }) => mode === 'showing')"
    words = f"{shown}.flatMap((track) => Array.from(track.activeCues ?? [])).map((cue) => cue.text)"
    tab.locator("#chapters button", has_text="The Red Kite").click()
    wait_until(lambda: any(text.startswith("Drachen") for text in tab.evaluate(words)))
    tab.locator("#subtitles").select_option(label="English")
    wait_until(lambda: any(text.startswith("Kite") for text in tab.evaluate(words)))
    tab.locator("#subtitles").select_option(label="none")
    wait_until(lambda: tab.evaluate(words) == [])
    tab.locator("#playing").click()
    tab.keyboard.press(" ")
    wait_until(lambda: bool(tab.evaluate("document.querySelector('#video').paused")))


def test_a_finger_drags_a_film_by_its_handle_and_scrolls_elsewhere(venue: Venue, visit: Callable[..., Tab]) -> None:
    venue.write(POOL)
    tab = visit(viewport={"width": 834, "height": 1112}, has_touch=True)
    tab.goto(f"{venue.page.origin}/blocks/{venue.id()}")
    tab.locator("#block[data-ready]").wait_for()
    lasting(tab, "0:28")
    finger = tab.context.new_cdp_session(tab)

    def touch(kind: str, x: float = 0, y: float = 0) -> None:
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    box = row(tab, "Silence").locator(".grip").bounding_box()
    above = row(tab, "The Red Kite").bounding_box()
    assert box is not None and above is not None
    x, y = box["x"] + 10, box["y"] + 10
    touch("touchStart", x, y)
    for share in (0.3, 0.6, 0.9, 1.0):
        touch("touchMove", x + 60 * share, y + (above["y"] + 6 - y) * share)
    tab.locator("#moved", has_text="is to be the opener").wait_for()
    touch("touchEnd")
    assert shown_order(tab) == ["Silence", "The Red Kite"] and tab.locator("#unsaved").inner_text() == "not saved"
    tab.locator("#undo").click()


def test_a_film_that_the_file_does_not_name_is_looked_at_and_added_by_keys(
    venue: Venue, visit: Callable[..., Tab]
) -> None:
    venue.write('\n[[films]]\nfile = "kite.mp4"\n', f'order = "given"\n{HEAD}')
    tab = visit()
    tab.goto(f"{venue.page.origin}/blocks/{venue.id()}")
    tab.locator("#broken", has_text="at least 0:25 is asked").wait_for()
    assert tab.locator("#command").inner_text() == f"matinee block {venue.file}"
    tab.locator("#more summary").press("Enter")
    tab.locator("#more-search").fill("sil")
    tab.get_by_role("button", name="Look at silent.mp4").press("Enter")
    tab.locator("#said", has_text="silent.mp4 stands beside the order now").wait_for()
    row(tab, "Silence").locator(".grip").press("Enter")
    tab.locator("#state", has_text="All rules are kept").wait_for()
    assert shown_order(tab) == ["The Red Kite", "Silence"] and tab.locator("#more-list li:visible").count() == 0
    tab.keyboard.press("Control+s")
    tab.locator("#save-file").press("Enter")
    tab.locator("#said", has_text="Saved").wait_for()
    assert tab.locator("#unsaved").inner_text() == "" and 'file = "silent.mp4"' in venue.file.read_text()


def test_two_editors_settle_a_conflict_over_an_order(venue: Venue, visit: Callable[..., Tab]) -> None:
    venue.write(POOL)
    block = venue.id()
    first, second = visit(), visit()
    for tab in (first, second):
        tab.goto(f"{venue.page.origin}/blocks/{block}")
        tab.locator("#block[data-ready]").wait_for()
        lasting(tab, "0:28")
        tab.get_by_role("button", name="Move Silence sooner").click()
        tab.locator("#moved li").wait_for()
    for tab in (first, second):
        if tab is second:
            tab.get_by_role("button", name="Move The Red Kite sooner").click()
        tab.locator("#save").click()
        tab.locator("#save-file").click()
        if tab is first:
            tab.locator("#said", has_text="Saved").wait_for()
    second.locator("#conflict-told", has_text="Somebody else has changed this block file").wait_for()
    assert 'order = "given"' in venue.file.read_text()
    assert venue.file.read_text().index("silent") < venue.file.read_text().index("kite")
    second.locator("#keep-mine").click()
    second.locator("#said", has_text="Saved").wait_for()
    assert venue.file.read_text().index("kite") < venue.file.read_text().index("silent")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier_is_found_on_pages_of_blocks(venue: Venue, visit: Callable[..., Tab], scheme: str) -> None:
    axe = (install_modules() / "axe-core" / "axe.min.js").read_text()
    venue.write(POOL)
    (venue.folder / "broken.toml").write_text("not = [toml")
    tab = visit(color_scheme=scheme)
    for width, height in ((390, 844), (834, 1112), (1440, 900)):
        tab.set_viewport_size({"width": width, "height": height})
        for where in ("/blocks", f"/blocks/{venue.id()}"):
            tab.goto(f"{venue.page.origin}{where}")
            if where != "/blocks":
                tab.locator("#block[data-ready]").wait_for()
                tab.get_by_role("button", name="Add Ash at the end").click()
                tab.locator("#broken li").first.wait_for()
            tab.evaluate(axe)
            found = tab.evaluate("async () => (await axe.run()).violations.map((one) => "
                                 "[one.impact, one.id, one.nodes.map((node) => node.html).join('\\n')])")  # fmt: skip
            assert [one for one in found if one[0] in ("serious", "critical")] == [], (where, width)
            wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (where, width)
            tab.evaluate("window.onbeforeunload = null")
            if where != "/blocks":
                tab.locator("#undo").click()
