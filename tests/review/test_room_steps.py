"""Each step of a cutting room over HTTP ends in what the command line reads; hostile or late ones change nothing."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from pipeline.shell.home import find_home
from pipeline.shell.projects import edit_path, projects_by_master
from tests.conftest import Workplace
from tests.review.conftest import Page, open_page
from tests.review.homes import write_film

Json = dict[str, Any]


class Room:
    """A film's cutting room as its page uses it."""

    def __init__(self, page: Page, film: str) -> None:
        self.page, self.film, self.address = page, film, f"/films/{film}/room"
        self.state: Json = {}

    def enter(self, *, anew: bool = False) -> Json:
        asked = self.page.post(f"{self.address}/enter", {"anew": anew})
        assert asked.status_code == 200, asked.text
        told, until = asked.json(), time.monotonic() + 120
        while told["state"] == "working" and time.monotonic() < until:
            time.sleep(0.02)
            told = self.page.client.get(f"{self.address}/progress").json()
        assert told["state"] == "done", told
        return self.look()

    def look(self) -> Json:
        self.state = self.page.client.get(f"{self.address}/work").json()
        return self.state

    def take(self, *, code: int = 200, **step: Any) -> Json:
        answer = self.page.post(f"{self.address}/work", {"seen": self.state["number"], "step": step})
        assert answer.status_code == code, answer.text
        told: Json = answer.json()
        if code == 200:
            self.state = told
        return told

    def save(self, code: int = 200) -> Json:
        answer = self.page.post(f"{self.address}/save", {"seen": self.state["number"]})
        assert answer.status_code == code, answer.text
        told: Json = answer.json()
        if code == 200:
            self.state = told
        return told

    def pieces(self, name: str) -> list[list[int]]:
        return next(one["pieces"] for one in self.state["highlights"] if one["id"] == name)

    @property
    def names(self) -> list[str]:
        return [one["id"] for one in self.state["highlights"]]


@pytest.fixture
def room(workplace: Workplace, page: Page) -> Room:
    return Room(page, film_of(workplace, page))


def film_of(workplace: Workplace, page: Page) -> str:
    """Have the home know the film as after a run with the highlights of tests; return its name on the page."""
    write_film(workplace.film.stem)
    workplace.film.rename(find_home().masters / workplace.film.name)
    (film,) = page.films()
    return film


def chosen(workplace: Workplace) -> list[list[int]]:
    """Return the stretches of the highlights as the command line chooses them."""
    master = find_home().masters / "kite.mp4"
    ran = workplace.matinee("highlights", master, "--preset", "short", "--json")
    assert ran.code == 0, ran.err
    return [one["parts"][0]["frames"] for one in json.loads(ran.out)["highlights"]]


def test_a_room_shows_what_the_command_line_chooses_and_all_that_its_page_draws(
    workplace: Workplace, page: Page, room: Room
) -> None:
    assert page.post(f"{room.address}/work", {"seen": 0, "step": {"do": "undo"}}).status_code == 409
    text = page.get(room.address).text
    assert "Cutting room" in text and f'href="{room.address}"' in page.get(f"/films/{room.film}").text
    state = room.enter()
    assert [one["pieces"][0] for one in state["highlights"]] == chosen(workplace) and state["is_saved"]
    film = page.client.get(f"{room.address}/film").json()
    assert (film["rate"], film["frame_count"], film["sprites"]["sheets"]) == ("24/1", 288, 1)
    part = page.client.get(film["proxy"], headers={"range": "bytes=0-99"})
    assert part.status_code == 206 and part.headers["content-type"] == "video/mp4" and len(part.content) == 100
    drawing = page.client.get(film["timeline"]).json()
    assert drawing["frame_count"] == 288 and len(drawing["shots"]["starts"]) == 6
    sheet = page.client.get(f"{room.address}/sheets/0")
    assert sheet.headers["content-type"] == "image/jpeg" and sheet.content[:2] == b"\xff\xd8"
    assert page.client.get(f"{room.address}/sheets/1").status_code == 404
    assert page.client.get(f"{room.address}/sheets/-1").status_code == 422
    one, other = state["highlights"]
    offers = page.client.get(f"{room.address}/offers", params={"highlight": one["id"]}).json()
    assert offers and other["pieces"] not in offers
    room.take(do="swap", highlight=one["id"], pieces=offers[0])
    assert room.pieces(one["id"]) == offers[0]


def test_what_is_done_on_the_page_is_what_the_command_line_cuts(workplace: Workplace, room: Room) -> None:
    before = chosen(workplace)
    room.enter()
    one, other = room.names
    (start, end), (first, _) = room.pieces(one)[0], room.pieces(other)[0]
    assert room.take(do="nudge", highlight=one, edge="in", frames=3)["undoes"] == "the in point of h1"
    room.take(do="trim", highlight=one, edge="out", frame=end - 2)
    assert room.pieces(one) == [[start + 3, end - 2]]
    room.take(do="split", highlight=one, frame=start + 20)
    new = next(name for name in room.names if name not in (one, other))
    room.take(do="remove", highlight=new)
    room.take(do="reject", highlight=other, note="too dark")
    assert room.pieces(other)[0][0] != first and room.state["rejected"][0]["note"] == "too dark"
    room.take(do="lock", highlight=other)
    room.take(do="unlock", highlight=other)
    room.take(do="nudge", highlight=other, edge="both", frames=1)
    room.take(do="undo")
    room.take(do="redo")
    room.take(do="undo")
    assert room.save()["is_saved"] and not room.state["merged"]
    assert chosen(workplace) == [[start + 3, start + 20], room.pieces(other)[0]]
    (project,) = projects_by_master(find_home().projects).values()
    assert 'note = "too dark"' in (project / "film.toml").read_text()
    while room.state["undoes"]:
        room.take(do="undo")
    room.save()
    assert chosen(workplace) == before


def test_what_is_shown_when_it_is_saved_is_what_is_cut(workplace: Workplace, room: Room) -> None:
    room.enter()
    free = next(
        at for at in range(280)
        if all(one["pieces"][0][1] <= at or at + 6 <= one["pieces"][0][0] for one in room.state["highlights"])
    )  # fmt: skip
    room.take(do="add", pieces=[[free, free + 6]])
    held = room.save()["held"]
    assert held and set(held) <= {"h1", "h2"} and len(room.state["highlights"]) == 3
    assert sorted(chosen(workplace)) == sorted(one["pieces"][0] for one in room.state["highlights"])
    assert room.state["undoes"] == f"the lock of {', '.join(held)}"


def test_a_step_that_cannot_be_says_why_and_changes_nothing(room: Room) -> None:
    room.enter()
    was = room.look()
    one, other = was["highlights"]
    far = max(one["pieces"][0][1], other["pieces"][0][1])
    refusals: list[tuple[Json, str]] = [
        ({"do": "trim", "highlight": "h1", "edge": "out", "frame": 0}, "one frame at least"),
        ({"do": "trim", "highlight": "h1", "edge": "out", "frame": 100_000}, "0 to 288"),
        ({"do": "trim", "highlight": "h9", "edge": "in", "frame": 1}, "no highlight"),
        ({"do": "nudge", "highlight": "h1", "edge": "both", "frames": -10_000}, "before the film"),
        ({"do": "add", "pieces": [one["pieces"][0]]}, "share"),
        ({"do": "split", "highlight": "h1", "frame": far + 1}, "cannot be split"),
        ({"do": "remove", "highlight": "h1"}, "Reject it"),
        ({"do": "redo"}, "nothing to redo"),
    ]
    for step, words in refusals:
        told = room.take(code=400, **step)
        assert words in f"{told['told']} {told['remedy']}", told
    assert room.look() == was


@pytest.mark.parametrize(
    "body",
    [
        [], {}, {"seen": 0}, {"seen": 0, "step": None}, {"seen": 0, "step": {"do": "format"}},
        {"seen": True, "step": {"do": "undo"}}, {"seen": -1, "step": {"do": "undo"}},
        {"seen": 0, "step": {"do": "trim", "highlight": "../h1", "edge": "in", "frame": 1}},
        {"seen": 0, "step": {"do": "trim", "highlight": "h1", "edge": "middle", "frame": 1}},
        {"seen": 0, "step": {"do": "trim", "highlight": "h1", "edge": "in", "frame": 10**40}},
        {"seen": 0, "step": {"do": "trim", "highlight": "h1", "edge": "in", "frame": 1.5}},
        {"seen": 0, "step": {"do": "nudge", "highlight": "h1", "edge": "in", "frames": "3"}},
        {"seen": 0, "step": {"do": "swap", "highlight": "h1", "pieces": [[1, 2]] * 201}},
        {"seen": 0, "step": {"do": "add", "pieces": [[1]]}},
        {"seen": 0, "step": {"do": "reject", "highlight": "h1", "note": "x" * 501}},
        {"seen": 0, "step": {"do": "reject", "highlight": "h1", "note": "\x00\x1b[31m"}},
        {"seen": 0, "step": {"do": "undo", "path": "/etc/passwd"}},
    ],
)  # fmt: skip
def test_bodies_that_no_page_sends_are_refused_in_words(page: Page, body: Any) -> None:
    write_film("kite")
    (film,) = page.films()
    answer = page.post(f"/films/{film}/room/work", body)
    assert answer.status_code == 422 and answer.json()["told"]


def test_who_did_not_enter_sees_and_changes_nothing(page: Page) -> None:
    write_film("kite")
    (film,) = page.films()
    for address in (
        "work",
        "film",
        "offers?highlight=h1",
        "previews?highlight=h1",
        "previews/tall?highlight=h1",
        "sheets/0",
    ):
        assert page.get(f"/films/{film}/room/{address}", accept="application/json").status_code == 409, address
    assert page.post(f"/films/{film}/room/save", {"seen": 0}).status_code == 409
    assert page.post(f"/films/{film}/room/previews", {"highlight": "h1"}).status_code == 409
    assert page.post(f"/films/{'0' * 32}/room/enter", {}).status_code == 404
    assert page.get(f"/films/{'0' * 32}/room").status_code == 404
    assert page.client.post(f"/films/{film}/room/enter", json={}).status_code == 403


def test_a_film_that_cannot_be_read_says_so(page: Page) -> None:
    write_film("kite", preset="moments")
    (film,) = page.films()
    told = page.post(f"/films/{film}/room/enter", {}).json()
    until = time.monotonic() + 60
    while told["state"] == "working" and time.monotonic() < until:
        time.sleep(0.02)
        told = page.client.get(f"/films/{film}/room/progress").json()
    assert told["state"] == "failed" and "kite.mp4" in told["told"] and told["remedy"]


def test_two_editors_keep_what_both_did_and_are_told_where_they_differ(workplace: Workplace, room: Room) -> None:
    room.enter()
    one, two = room.names
    (start, end), (first, last) = room.pieces(one)[0], room.pieces(two)[0]
    room.take(do="lock", highlight=one)
    room.take(do="lock", highlight=two)
    room.save()
    with open_page() as second:
        other = Room(second, room.film)
        other.enter()
        room.take(do="trim", highlight=one, edge="in", frame=start + 3)
        room.save()
        other.take(do="trim", highlight=two, edge="out", frame=last - 4)
        assert other.save()["merged"]
        assert sorted(chosen(workplace)) == sorted([[start + 3, end], [first, last - 4]])
        # The second goes on without having seen what the first had moved.
        other.take(do="trim", highlight=one, edge="in", frame=start + 9)
        told = other.save(409)
        assert "locked" in [line["what"] for line in told["theirs"]] and "Others" in told["told"]
        state = other.enter(anew=True)
        assert [start + 3, end] in [one["pieces"][0] for one in state["highlights"]]
        (mine,) = state["aside"]
        assert mine["pieces"] == [[start + 9, end]] and other.pieces(mine["place"]) == [[start + 3, end]]
        other.take(do="swap", highlight=mine["place"], pieces=state["aside"][0]["pieces"])
        assert other.save()["aside"] == [] and not other.state["merged"]
        assert [start + 9, end] in chosen(workplace)
        # The first has not seen that, and moves the same.
        room.take(do="trim", highlight=one, edge="in", frame=start + 5)
        told = room.save(409)
        assert "same highlights" in told["told"] and len(told["theirs"]) >= 2
        room.look()
        assert [start + 9, end] in chosen(workplace) and room.pieces(one) == [[start + 5, end]]


def test_another_tab_of_one_browser_is_told(room: Room) -> None:
    room.enter()
    tab = Room(room.page, room.film)
    tab.look()
    room.take(do="lock", highlight="h1")
    assert "another tab" in tab.take(code=409, do="lock", highlight="h2")["told"]
    assert [one["is_locked"] for one in room.look()["highlights"]] == [True, False]


def test_pieces_become_an_edit_that_lies_in_the_project(workplace: Workplace, room: Room) -> None:
    room.enter()
    start, end = room.pieces("h1")[0]
    room.take(do="swap", highlight="h1", pieces=[[start, start + 4], [start + 8, end]])
    room.save()
    (project,) = projects_by_master(find_home().projects).values()
    said = json.loads(edit_path(project, "h1").read_text())
    assert len(said["parts"]) == 2 and workplace.home.is_dir()


def test_a_highlight_is_drawn_for_every_platform_as_it_would_be_rendered(page: Page, room: Room) -> None:
    room.enter()
    start, _ = room.pieces("h1")[0]
    room.take(do="nudge", highlight="h1", edge="in", frames=3)
    assert page.post(f"{room.address}/previews", {"highlight": "h1"}).status_code == 200
    found: Json = {"clips": None, "state": "working"}
    until = time.monotonic() + 120
    while found["clips"] is None and found["state"] in ("working", "done") and time.monotonic() < until:
        time.sleep(0.05)
        found = page.client.get(f"{room.address}/previews", params={"highlight": "h1"}).json()
    assert found["clips"], found
    sizes = {clip["platform"]: (clip["width_px"], clip["height_px"]) for clip in found["clips"]}
    assert len(sizes) > 2 and sizes["quad"] == (144, 144)
    wide, tall = sizes["tall"]
    assert wide * 16 == tall * 9
    told = page.client.get(f"{room.address}/previews/tall", params={"highlight": "h1"}).json()
    first = told["frames"][0]
    assert len(told["frames"]) == 45 and first["panels"][0]["frame"] == start + 3
    left, _, width, height = first["panels"][0]["window"]
    assert first["panels"][0]["place"] == [0, 0, wide, tall] and 0 <= left <= 256 - width and width < height <= 144
    assert page.get(f"{room.address}/previews/nosuch?highlight=h1", accept="application/json").status_code == 404
