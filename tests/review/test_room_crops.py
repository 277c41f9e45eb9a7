"""Windows that are moved in a cutting room: undone and done again, saved with all else, kept through trims."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.cut import room_saving
from pipeline.errors import PublishError
from pipeline.shell.home import find_home
from tests.conftest import Workplace
from tests.review.conftest import Page, open_page
from tests.review.test_room_steps import Json, Room, film_of


class Cropping(Room):
    """A cutting room in which windows are moved."""

    def window(self, highlight: str = "h1", platform: str = "tall") -> float:
        """Have the clips of a highlight planned; return the left edge of what a clip shows first."""
        assert self.page.post(f"{self.address}/previews", {"highlight": highlight}).status_code == 200
        address = f"{self.address}/previews/{platform}?highlight={highlight}"
        told, until = self.page.get(address), time.monotonic() + 120
        while told.status_code == 404 and time.monotonic() < until:
            time.sleep(0.05)
            told = self.page.get(address)
        left: float = told.json()["frames"][0]["panels"][0]["window"][0]
        return left

    def crop(self, left: float, *, code: int = 200, **asked: Any) -> Json:
        asked = {"highlight": "h1", "platform": "tall", "way": "hold", "top_px": 0, **asked}
        asked.setdefault("frame", self.pieces(asked["highlight"])[0][0])
        answer = self.page.post(f"{self.address}/crop", {"seen": self.state["number"], "left_px": left, **asked})
        assert answer.status_code == code, answer.text
        told: Json = answer.json()
        if code == 200:
            self.state = told
        return told

    def crops(self, highlight: str = "h1") -> list[str]:
        return next(one["crops"] for one in self.state["highlights"] if one["id"] == highlight)


@pytest.fixture
def room(workplace: Workplace, page: Page) -> Cropping:
    room = Cropping(page, film_of(workplace, page))
    room.enter()
    return room


def framings() -> list[Path]:
    return sorted(find_home().out.glob("*/framing/*.framing.json"))


def told_by_cut(workplace: Workplace) -> str:
    master = find_home().masters / "kite.mp4"
    ran = workplace.matinee("cut", master, "--highlights", "short", "--platform", "tall", "--dry-run")
    assert ran.code == 0, ran.err
    return ran.err


def test_a_crop_is_undone_done_again_and_saved_with_all_else(workplace: Workplace, room: Cropping) -> None:
    before = framings()
    assert "not shown" in room.crop(12, code=400)["told"]
    found = room.window()
    assert abs(found - 12) > 4
    start, end = room.pieces("h1")[0]
    assert room.crop(12, code=400, frame=end + 1)
    assert room.crop(12)["undoes"] == "the crop of h1 for tall" and not room.state["is_saved"]
    drawn = room.state["highlights"][0]["windows"]
    assert room.crop(20)["highlights"][0]["windows"] != drawn, "the page knows when to draw it anew"
    assert room.window() == 20, "the next move need not wait until the clips are drawn"
    assert framings() == before, "nothing is written before it is saved"
    room.take(do="undo")
    assert room.window() == 12 and room.crops() == ["tall"]
    room.take(do="undo")
    assert room.window() == found and room.state["is_saved"] and room.crops() == []
    room.take(do="redo")
    room.crop(9000)
    assert room.window() == pytest.approx(256 - 81, abs=1), "beyond the picture is its edge"
    room.take(do="undo")
    assert room.save()["is_saved"]
    (file,) = [one for one in framings() if one.name == "h1-tall.framing.json"]
    assert f"is framed as {file} says" in told_by_cut(workplace)
    # Taken back and saved, the clip is framed as it was found.
    room.take(do="undo")
    assert room.window() == found
    room.save()
    assert framings() == before and "is framed as" not in told_by_cut(workplace)
    assert start < end


def test_a_crop_stays_where_the_highlight_is_trimmed_and_is_cut_under_its_name(
    workplace: Workplace, room: Cropping
) -> None:
    room.window("h2")
    room.crop(12, highlight="h2")
    start, _ = room.pieces("h2")[0]
    room.take(do="nudge", highlight="h2", edge="in", frames=3)
    assert room.window("h2") == 12, "the frame at which it was moved was cut off, its shot was not"
    room.take(do="undo")
    room.take(do="redo")
    room.save()
    # What is locked comes first when it is cut.
    assert room.pieces("h2")[0][0] == start + 3
    (file,) = framings()
    assert file.name == "h1-tall.framing.json" and f"h1-tall is framed as {file} says" in told_by_cut(workplace)
    again = Cropping(room.page, room.film)
    again.enter(anew=True)
    assert again.pieces("h1")[0][0] == start + 3 and again.window("h1") == 12
    # Trimmed once more, the file that speaks of other frames makes way, and is kept.
    again.crop(40)
    again.take(do="nudge", highlight="h1", edge="in", frames=1)
    again.save()
    assert "h1-tall is framed as" in told_by_cut(workplace)
    assert [one.name for one in file.parent.iterdir()] != [file.name], "a person's file was moved aside"


def test_a_person_s_own_framing_is_put_back_as_it_was(workplace: Workplace, room: Cropping) -> None:
    room.window()
    room.crop(12)
    room.save()
    (file,) = framings()
    mine = file.read_text()
    other = Cropping(room.page, room.film)
    other.enter(anew=True)
    assert other.window() == 12
    other.crop(60)
    other.save()
    assert file.read_text() != mine
    other.take(do="undo")
    assert other.window() == 12
    other.save()
    assert file.read_text() == mine and workplace.home.is_dir()


def test_who_moves_the_same_shot_second_is_told_and_puts_theirs_back(workplace: Workplace, room: Cropping) -> None:
    with open_page() as second:
        other = Cropping(second, room.film)
        other.enter()
        for one, left in ((room, 12), (other, 60)):
            one.window()
            one.crop(left)
        other.take(do="nudge", highlight="h2", edge="in", frames=2)
        room.save()
        (file,) = framings()
        first = file.read_text()
        told = other.save(409)
        assert "same shots" in told["told"] and "h1-tall" in told["told"]
        assert file.read_text() == first
        project = next(find_home().projects.glob("*/film.toml"))
        assert "locked" not in project.read_text(), "nothing else was written"
        state = other.enter(anew=True)
        assert other.window() == 12
        (crop, trim) = state["aside"]
        assert crop["crops"] == ["tall"] and trim["crops"] == []
        for one in (crop, trim):
            other.take(do="regain", highlight=one["id"], place=one["place"])
        assert other.window() == 60 and other.state["aside"] == []
        other.save()
        (file,) = framings()
        assert file.read_text() != first and workplace.home.is_dir()


def test_other_shots_of_one_clip_are_joined(workplace: Workplace, room: Cropping) -> None:
    start, end = room.pieces("h1")[0]
    assert end - start == 48 and start % 48 == 0, "of one shot"
    room.take(do="nudge", highlight="h1", edge="both", frames=-10)
    room.save()
    with open_page() as second:
        other = Cropping(second, room.film)
        other.enter()
        for one, left, frame in ((room, 12, start - 8), (other, 60, end - 14)):
            one.window()
            one.crop(left, frame=frame)
        room.save()
        assert other.save()["merged"]
        other.enter(anew=True)
        assert other.window() == 12 and len(framings()) == 1
        assert workplace.home.is_dir()


def test_a_room_that_was_saved_half_way_is_not_called_saved_and_goes_on(
    workplace: Workplace, room: Cropping, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.window("h2")
    room.crop(12, highlight="h2")
    room.take(do="nudge", highlight="h2", edge="in", frames=3)
    with monkeypatch.context() as patch:
        patch.setattr(room_saving, "write_framing", refuse)
        assert "The disk is full" in room.save(503)["told"]
    assert framings() == [] and not room.look()["is_saved"]
    assert room.save()["is_saved"] and workplace.home.is_dir()
    assert [one.name for one in framings()] == ["h1-tall.framing.json"]
    room.take(do="undo")
    room.take(do="undo")
    assert room.save()["is_saved"] and framings() == []


def refuse(*_: Any) -> None:
    raise PublishError("The disk is full.")
