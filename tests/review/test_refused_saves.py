"""A save that is refused leaves the bench as it was; one that fails half way is gone on from, also after the page was
ended."""

from __future__ import annotations

import pytest

from pipeline.cut import room_saving
from pipeline.errors import ProjectError, PublishError
from tests.conftest import Workplace
from tests.cut.test_room_saving import fail_once
from tests.review.conftest import Page, open_page
from tests.review.test_room_crops import framings
from tests.review.test_room_drafts import drafts, enter, same_browser
from tests.review.test_room_steps import Json, chosen, film_of


@pytest.fixture
def film(workplace: Workplace, page: Page) -> str:
    return film_of(workplace, page)


def free_in(state: Json) -> list[int]:
    shown = [one["pieces"][0] for one in state["highlights"]]
    at = next(at for at in range(280) if all(end <= at or at + 6 <= start for start, end in shown))
    return [at, at + 6]


def test_a_refused_save_leaves_no_step(page: Page, film: str) -> None:
    room = enter(page, film)
    start, end = free_in(room.state)
    room.take(do="add", pieces=[[start, end]])
    room.take(do="nudge", highlight="h3", edge="out", frames=-1)
    was = room.take(do="undo")
    with open_page() as second:
        other = enter(second, film)
        other.take(do="add", pieces=[[start, end - 2]])
        other.save()
    assert "same highlights" in room.save(409)["told"]
    assert room.look() == was, "also what can be done again"
    assert room.take(do="undo")["redoes"] == "the new highlight"


def test_what_a_save_locks_is_a_step_that_is_undone_and_saved(workplace: Workplace, page: Page, film: str) -> None:
    before = chosen(workplace)
    room = enter(page, film)
    room.take(do="add", pieces=[free_in(room.state)])
    held = room.save()["held"]
    assert held and room.state["undoes"] == f"the lock of {', '.join(held)}" and len(chosen(workplace)) == 3
    room.take(do="undo")
    assert room.take(do="undo")["redoes"] == "the new highlight"
    room.save()
    assert chosen(workplace) == before


def test_what_was_half_saved_is_gone_on_from_by_who_takes_it_up(
    workplace: Workplace, page: Page, film: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = enter(page, film)
    for name, left in (("h1", 30), ("h2", 12)):
        room.window(name)
        room.crop(left, highlight=name)
    room.take(do="nudge", highlight="h2", edge="in", frames=3)  # and so it is cut as h1
    fail_once(monkeypatch, room_saving, "write_framing", PublishError("The disk is full."))
    told = room.save(503)
    assert told["told"].startswith("Not all of it was saved: The disk is full") and "stays" in told["remedy"]
    was = room.look()
    assert not was["is_saved"] and len(drafts()) == 1 and framings() == []
    room.take(do="undo")
    room.take(do="redo")
    with open_page() as second:
        again = enter(same_browser(second, page), film)
        (draft,) = again.told()
        assert draft["highlights"] == ["h1", "h2"]
        again.settle(draft, "go on")
        assert [one["pieces"] for one in again.state["highlights"]] == [one["pieces"] for one in was["highlights"]]
        again.take(do="nudge", highlight="h2", edge="in", frames=2)
        again.save()
        assert drafts() == [] and room.pieces("h1")[0] in chosen(workplace)
        last = enter(second, film)
        last.enter(anew=True)
        lefts = {last.window(one["id"]): one["pieces"] for one in last.state["highlights"]}
        assert lefts == {30: again.pieces("h1"), 12: again.pieces("h2")}


def test_what_others_locked_is_told_also_where_the_first_save_after_it_failed_half_way(
    page: Page, film: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = enter(page, film)
    for name in ("h1", "h2"):
        room.take(do="lock", highlight=name)
    room.save()
    with open_page() as second:
        other = enter(second, film)
        other.take(do="add", pieces=[free_in(other.state)])
        other.save()
    room.window("h1")
    room.crop(30, highlight="h1")
    room.take(do="nudge", highlight="h1", edge="in", frames=1)
    fail_once(monkeypatch, room_saving, "write_framing", PublishError("The disk is full."))
    room.save(503)
    room.look()
    assert room.save()["merged"], "and the page shows it"


@pytest.mark.usefixtures("workplace")
def test_a_save_that_others_stop_half_way_does_not_say_that_nothing_was_written(
    page: Page, film: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = enter(page, film)
    start, end = room.pieces("h1")[0]
    room.take(do="swap", highlight="h1", pieces=[[start, start + 4], [start + 6, end]])
    was = room.state["number"]
    late = ProjectError("Somebody else was quicker.", remedy="Nothing was written.", conflict=True)
    fail_once(monkeypatch, room_saving, "save_decided", late)
    told = room.save(409)
    assert told["told"].startswith("Not all of it was saved: ") and "Nothing" not in told["remedy"]
    assert room.look()["number"] > was and not room.state["is_saved"]
    room.take(do="swap", highlight="h1", pieces=[[start, start + 5], [start + 6, end]])
    assert room.save()["is_saved"] and drafts() == []
