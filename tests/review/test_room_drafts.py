"""Work in a cutting room that is not saved is there when the page was ended, and never taken for what is saved."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page as Tab

from pipeline.shell.home import find_home
from pipeline.shell.projects import projects_by_master
from tests.conftest import Workplace
from tests.review.conftest import Page, open_page
from tests.review.test_room_crops import Cropping
from tests.review.test_room_page import Room as Screen
from tests.review.test_room_steps import Json, chosen, film_of


def drafts() -> list[Path]:
    return sorted((find_home().root / ".review" / "drafts").glob("*/*.json"))


class Drafting(Cropping):
    """A cutting room that is told of work that was not saved."""

    def told(self) -> list[Json]:
        found: list[Json] = self.page.client.get(f"{self.address}/drafts").json()
        return found

    def settle(self, draft: Json, do: str, *, code: int = 200) -> Json:
        asked = {"seen": self.state["number"], "draft": draft["id"], "do": do}
        answer = self.page.post(f"{self.address}/drafts", asked)
        assert answer.status_code == code, answer.text
        told: Json = answer.json()
        if code == 200:
            self.state = told
        return told


def enter(page: Page, film: str) -> Drafting:
    room = Drafting(page, film)
    room.enter()
    return room


def enter_anew(page: Page, film: str) -> Drafting:
    room = Drafting(page, film)
    room.enter(anew=True)
    return room


def same_browser(second: Page, first: Page) -> Page:
    second.client.cookies = first.client.cookies
    return second


@pytest.fixture
def film(workplace: Workplace, page: Page) -> str:
    return film_of(workplace, page)


def test_what_was_not_saved_is_there_when_the_page_is_started_again(
    workplace: Workplace, page: Page, film: str
) -> None:
    before = chosen(workplace)
    room = enter(page, film)
    assert room.told() == [] and drafts() == []
    room.take(do="nudge", highlight="h1", edge="in", frames=3)
    room.window()
    room.crop(12)
    (file,) = drafts()
    assert file.stat().st_mode & 0o077 == 0 or file.parent.parent.parent.stat().st_mode & 0o077 == 0
    room.take(do="undo")
    room.take(do="redo")
    assert chosen(workplace) == before, "a draft is no edit"
    with open_page() as second:
        again = enter(same_browser(second, page), film)
        assert again.state["is_saved"] and again.pieces("h1") == [before[0]]
        (draft,) = again.told()
        assert draft["is_own"] and draft["highlights"] == ["h1"] and draft["at"] and draft["who"]
        assert again.settle(draft, "go on")["undoes"] == "what was not saved"
        assert again.pieces("h1") == room.pieces("h1") and again.window() == 12 and again.told() == []
        again.save()
        assert drafts() == [] and [before[0][0] + 3, before[0][1]] in chosen(workplace)
        assert [one.name for one in find_home().out.glob("*/framing/*.framing.json")] == ["h1-tall.framing.json"]


def test_crops_of_highlights_that_are_cut_under_other_names_are_found_by_who_goes_on(
    workplace: Workplace, page: Page, film: str
) -> None:
    room = enter(page, film)
    room.window("h2")
    room.crop(12, highlight="h2")
    room.take(do="lock", highlight="h2")
    room.save()
    room.take(do="nudge", highlight="h1", edge="in", frames=3)
    with open_page() as second:
        again = enter(same_browser(second, page), film)
        (draft,) = again.told()
        again.settle(draft, "go on")
        assert again.window("h2") == 12
        again.crop(40, highlight="h2")
        again.save()
        names = [one.name for one in find_home().out.glob("*/framing/*.framing.json")]
        assert len(names) == 1 and workplace.home.is_dir()
        last = Cropping(second, film)
        last.enter(anew=True)
        assert last.window(names[0].partition("-")[0]) == 40


def test_work_of_another_is_gone_on_with_or_left_and_theirs_stays_until_it_is_saved(
    workplace: Workplace, page: Page, film: str
) -> None:
    page.client.post("/name", json={"who": "Ada"}, headers={"origin": page.origin, "x-csrf-token": page.proof})
    room = enter(page, film)
    room.take(do="lock", highlight="h1")
    room.take(do="nudge", highlight="h1", edge="out", frames=-5)
    with open_page() as second:
        other = enter(second, film)
        (draft,) = other.told()
        assert (draft["who"], draft["is_own"]) == ("Ada", False)
        other.settle(draft, "leave")
        assert other.told() == [] and len(drafts()) == 1, "only who made it has it removed"
    with open_page() as third:
        other = enter(third, film)
        other.take(do="lock", highlight="h2")
        (draft,) = other.told()
        other.settle(draft, "go on")
        assert other.pieces("h1") == room.pieces("h1")
        # What was on the bench is aside, and both are kept.
        assert [one["id"] for one in other.state["aside"]] == [] and len(drafts()) == 3
        other.save()
        assert len(drafts()) == 1 and room.pieces("h1")[0] in chosen(workplace)
        other.settle({"id": draft["id"]}, "go on", code=409)


@pytest.mark.parametrize("whose", ["own", "another's"])
def test_undoing_to_go_on_with_a_draft_removes_none(page: Page, film: str, whose: str) -> None:
    room = enter(page, film)
    room.take(do="nudge", highlight="h1", edge="in", frames=3)
    (file,) = drafts()
    with open_page() as second:
        other = enter(same_browser(second, page) if whose == "own" else second, film)
        (draft,) = other.told()
        other.settle(draft, "go on")
        assert other.take(do="undo")["is_saved"] and file in drafts()
        other.save()
        assert file in drafts(), "nothing of it was saved"
        other.take(do="lock", highlight="h2")
        assert json.loads(file.read_text())["now"]["highlights"][0]["pieces"] == room.pieces("h1")
        other.take(do="undo")
        other.take(do="redo")
        other.save()
        assert drafts() == [file], "only what else was done was saved"
    with open_page() as third:
        again = enter(same_browser(third, page), film)
        (draft,) = again.told()
        again.settle(draft, "go on")
        again.take(do="undo")
        again.take(do="redo")
        again.take(do="nudge", highlight="h1", edge="in", frames=1)
        again.save()
        assert drafts() == []


@pytest.mark.parametrize("do", ["save", "undo", "reject"])
def test_what_is_aside_stays_a_draft_until_all_of_it_is_saved(page: Page, film: str, do: str) -> None:
    room = enter(page, film)
    if do == "reject":
        room.take(do="reject", highlight="h2", note="too dark")
    else:
        room.take(do="nudge", highlight="h1", edge="in", frames=3)
    (file,) = drafts()
    room.enter(anew=True)
    if do == "undo":
        room.take(do="lock", highlight="h2")
        room.take(do="undo")
    room.save()
    assert drafts() == [file]
    if do == "reject":
        room.take(do="reject", highlight="h2")
    else:
        (mine,) = room.state["aside"]
        room.take(do="regain", highlight=mine["id"], place=mine["place"])
    room.save()
    assert drafts() == []


def test_who_works_here_now_is_not_told_of_as_lost(page: Page, film: str) -> None:
    room = enter(page, film)
    room.take(do="lock", highlight="h1")
    assert room.told() == []
    left = enter(page, film)
    assert left.told() == [], "it is on the bench"
    room.save()
    assert drafts() == []


def test_a_draft_of_what_others_saved_over_is_a_conflict(workplace: Workplace, page: Page, film: str) -> None:
    room = enter(page, film)
    start, end = room.pieces("h1")[0]
    room.take(do="nudge", highlight="h1", edge="out", frames=-5)
    with open_page() as second:
        other = enter(second, film)
        other.take(do="nudge", highlight="h1", edge="in", frames=3)
        other.save()
    with open_page() as third:
        again = enter(same_browser(third, page), film)
        (draft,) = again.told()
        again.settle(draft, "go on")
        told = again.save(409)
        assert "same highlights" in told["told"] and len(drafts()) == 1
        assert [start + 3, end] in chosen(workplace)
        state = again.enter(anew=True)
        (mine,) = state["aside"]
        again.take(do="regain", highlight=mine["id"], place=mine["place"])
        again.save()
        assert [start, end - 5] in chosen(workplace) and drafts() == []


def test_a_draft_is_told_whatever_the_film_and_its_presets_say_of_what_it_shows(
    workplace: Workplace, page: Page, film: str
) -> None:
    decide = "[[locked]]\nfrom = 1\nto = 3\n\n[[locked]]\nfrom = 2\nto = 4\n"
    enter(page, film)
    (project,) = projects_by_master(find_home().projects).values()
    path = project / "film.toml"
    path.write_text(f"{path.read_text()}\n{decide}")
    room = enter_anew(page, film)
    assert [[24, 72]] in [one["pieces"] for one in room.state["highlights"]] and workplace.home.is_dir()
    room.take(do="add", pieces=[[200, 230]])
    name = room.names[-1]
    path.write_text(f"{path.read_text()}\n[[never]]\nfrom = 9\nto = 9.5\n")
    with open_page() as second:
        again = enter(same_browser(second, page), film)
        (draft,) = again.told()
        assert draft["highlights"] == [name] and not draft["fault"]
        again.settle(draft, "go on")
        assert again.pieces(name) == [[200, 230]]
        assert "never" in again.take(code=400, do="nudge", highlight=name, edge="out", frames=-1)["told"]


@pytest.mark.parametrize(
    ("side", "part", "pieces"), [("now", "highlights", [[0, 100_000]]), ("opened", "rejected", [[50, 10]])]
)
def test_drafts_that_are_none_of_the_film_are_told_and_nobody_goes_on_with_them(
    page: Page, film: str, side: str, part: str, pieces: Json
) -> None:
    room = enter(page, film)
    room.take(do="reject", highlight="h1")
    (file,) = drafts()
    said: dict[str, Any] = json.loads(file.read_text())
    said["opened"]["rejected"] = said["now"]["rejected"]
    said[side][part][0]["pieces"] = pieces
    file.write_text(json.dumps(said))
    with open_page() as second:
        again = enter(same_browser(second, page), film)
        (draft,) = again.told()
        assert draft["fault"] and draft["is_own"]
        assert draft["fault"] in again.settle(draft, "go on", code=409)["told"]
        again.settle(draft, "leave")
        assert again.told() == [] and drafts() == []


MOVE = {"platform": "tall", "way": "hold", "frame": 1, "left_px": "1e999999999", "top_px": "0", "panel": 0}
DAMAGES: dict[str, Json] = {
    "name": {"framings": {"../../etc": {"before": None, "written": "x"}}},
    "called": {"called": {"h1": "../h1"}},
    "version": {"version": 99},
    "day beyond years": {"at": "9999-12-31T23:59:59-23:59"},
    "day of nowhere": {"at": "2026-11-28T01:00:00"},
    "who": {"who": "x" * 81},
    "place": {"now": {"highlights": [{"id": "h1", "pieces": [[0, 9]], "moves": [MOVE]}]}},
    "note": {"now": {"highlights": [], "rejected": [{"id": "h1", "pieces": [[0, 9]], "note": "\x1b[31m"}]}},
}


@pytest.mark.parametrize("damage", ["cut", "list", "pipe", *DAMAGES])
def test_files_that_are_no_drafts_are_left_out_and_left_alone(page: Page, film: str, damage: str) -> None:
    room = enter(page, film)
    room.take(do="lock", highlight="h1")
    (file,) = drafts()
    said: dict[str, Any] = json.loads(file.read_text())
    with open_page() as second:
        if damage == "cut":
            file.write_text(file.read_text()[:200])
        elif damage == "list":
            file.write_text("[" * 100_000)
        elif damage == "pipe":
            file.unlink()
            os.mkfifo(file)
        else:
            file.write_text(json.dumps(said | DAMAGES[damage]))
        again = enter(same_browser(second, page), film)
        assert again.told() == [] and os.path.lexists(file)


def test_an_editor_is_told_of_it_on_the_page_and_goes_on_with_a_key(
    workplace: Workplace, page: Page, visit: Callable[..., Tab]
) -> None:
    film = film_of(workplace, page)
    with open_page() as first:
        room = enter(first, film)
        start, end = room.pieces("h1")[0]
        room.take(do="nudge", highlight="h1", edge="in", frames=3)
    tab = visit()
    (session,) = first.client.cookies.jar
    tab.context.add_cookies([{"name": session.name, "value": session.value or "", "url": page.origin}])
    screen = Screen(tab, page, film)
    tab.locator("#drafts li", has_text="Your work of").wait_for()
    assert "that was not saved: h1" in tab.locator("#drafts li").inner_text()
    assert screen.pieces[0] == [start, end]
    tab.get_by_role("button", name="Go on with it").press("Enter")
    screen.said("on the bench again")
    tab.locator("#drafts").wait_for(state="hidden")
    assert screen.pieces[0] == [start + 3, end]
    assert tab.locator("#unsaved").inner_text() == "not saved"
    screen.press("Control+z")
    screen.said("Undone: what was not saved")
    screen.press("Control+Shift+z")
    screen.said("Done again: what was not saved")
    screen.press("Control+s")
    screen.said("Cut again on the film's page")
    assert [start + 3, end] in chosen(workplace)
