"""What an editor does in a film's cutting room, in a real Chromium, with the keyboard alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page as Tab

from tests.conftest import Workplace
from tests.players.tools import install_modules
from tests.review.conftest import Page
from tests.review.test_room_steps import chosen, film_of

SIZES = ((390, 844), (834, 1112), (1440, 900))


class Room:
    """A cutting room on a screen."""

    def __init__(self, tab: Tab, page: Page, film: str) -> None:
        self.tab, self.address = tab, f"{page.origin}/films/{film}/room"
        tab.goto(f"{page.origin}/films/{film}")
        tab.get_by_role("link", name="Cutting room").focus()
        tab.keyboard.press("Enter")
        tab.locator("#room[data-ready]").wait_for(timeout=60_000)

    @property
    def frame(self) -> int:
        return int(self.tab.locator("#timeline").get_attribute("aria-valuenow") or -1)

    @property
    def pieces(self) -> list[list[int]]:
        work: dict[str, Any] = self.tab.evaluate("(at) => fetch(at).then((one) => one.json())", f"{self.address}/work")
        return [one["pieces"][0] for one in work["highlights"]]

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tab.keyboard.press(key)

    def said(self, text: str) -> None:
        self.tab.locator("#said", has_text=text).wait_for()


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def room(workplace: Workplace, page: Page, visit: Callable[..., Tab]) -> Room:
    return Room(visit(), page, film_of(workplace, page))


def test_an_editor_rejects_trims_and_saves_with_the_keyboard_alone(workplace: Workplace, room: Room) -> None:
    before = chosen(workplace)
    assert room.pieces == before
    room.press("r")
    room.tab.keyboard.type("too dark")
    room.press("Enter")
    room.said("Rejected. h1 is now")
    room.press("ArrowDown", "s", "s", "s")
    room.tab.locator(".one.current h3", has_text="45 frames").wait_for()
    assert room.tab.locator("#unsaved").inner_text() == "not saved"
    room.press("Control+s")
    room.said("Saved.")
    assert room.tab.locator("#unsaved").inner_text() == ""
    after = chosen(workplace)
    assert after[0] != before[0] and sorted(after) == sorted(room.pieces)
    assert [before[1][0] + 3, before[1][1]] in after
    # What was done is there after the page was left, and can be taken back.
    room.tab.reload()
    room.tab.locator("#room[data-ready]").wait_for()
    room.press("Control+z")
    room.said("Undone: the in point of h2")
    assert room.tab.locator("#unsaved").inner_text() == "not saved"


def test_the_player_shows_any_frame_exactly_and_points_are_set_there(workplace: Workplace, room: Room) -> None:
    start, end = chosen(workplace)[0]
    tab = room.tab
    assert room.frame == start
    back = end - 20
    room.press("ArrowRight", "Shift+ArrowRight", "ArrowLeft")
    assert room.frame == start + 10
    assert tab.locator("#timecode").inner_text() == f"00:00:{(start + 10) // 24:02}:{(start + 10) % 24:02}"
    seen = "() => { const one = document.querySelector('video'); return one.seeking ? -1 : one.currentTime * 24; }"
    wait_until(lambda: int(tab.evaluate(seen)) == start + 10)
    room.press("i")
    wait_until(lambda: room.pieces[0] == [start + 10, end])
    tab.locator(".one.current h3", has_text=f"{end - start - 10} frames").wait_for()
    room.press("l")
    wait_until(lambda: room.frame > start + 12)
    room.press("k")
    tab.wait_for_timeout(300)
    at = room.frame
    tab.wait_for_timeout(300)
    assert room.frame == at
    # The picture is that frame too, though the browser had played on.
    assert int(tab.evaluate(seen)) == at and tab.evaluate(seen) == pytest.approx(at + 0.5, abs=0.01)
    room.press("j")
    wait_until(lambda: room.frame < at)
    room.press("k", "Home")
    assert room.frame == 0
    # Without a highlight, points are marks, from which a new one is made.
    room.press("End")
    assert room.frame == 287 and back
    free = next(at for at in range(280) if not any(first < at + 6 and at < last for first, last in room.pieces))
    room.press("Home", *["ArrowRight"] * free, "Escape", "i", *["ArrowRight"] * 5, "o", "n")
    room.said("h3")
    assert room.pieces[2] == [free, free + 6]


def test_points_that_are_dragged_snap_to_shots_unless_told_otherwise(workplace: Workplace, room: Room) -> None:
    start, end = chosen(workplace)[1]
    assert start % 48 == 0 and end == start + 48

    def drag(first: int, to: float) -> None:
        box, mouse = room.tab.locator("#canvas").bounding_box(), room.tab.mouse
        assert box is not None
        pixel, y = box["width"] / 288, box["y"] + 95
        mouse.move(box["x"] + first * pixel, y)
        mouse.down()
        mouse.move(box["x"] + (first + to) / 2 * pixel, y, steps=3)
        mouse.move(box["x"] + to * pixel, y, steps=3)
        mouse.up()

    drag(start, start + 20)
    wait_until(lambda: room.pieces[1] == [start + 20, end])
    drag(start + 20, start + 1.2)
    wait_until(lambda: room.pieces[1] == [start, end])
    room.tab.keyboard.down("Alt")
    drag(start, start + 1)
    room.tab.keyboard.up("Alt")
    wait_until(lambda: room.pieces[1] == [start + 1, end])


def test_a_crop_is_moved_on_the_picture_by_keys_and_by_dragging(workplace: Workplace, room: Room) -> None:
    tab = room.tab
    room.press("v")
    canvas = tab.locator('figure[data-platform="tall"] canvas')
    canvas.wait_for(timeout=60_000)
    shown = "(one) => one.toDataURL()"
    before = canvas.evaluate(shown)
    tab.get_by_role("button", name="Crop for tall").press("Enter")
    assert tab.evaluate("document.activeElement.id") == "crop"
    room.press(*["Shift+ArrowLeft"] * 3)
    room.said("Keyframe at")
    tab.locator(".one.current", has_text="cropped for tall").wait_for()
    assert tab.locator("#unsaved").inner_text() == "not saved" and keyframes(workplace) == []
    wait_until(lambda: canvas.evaluate(shown) != before)
    moved = canvas.evaluate(shown)
    # Undone from within the picture, as everywhere.
    room.press("Control+z")
    room.said("Undone: the crop of h1 for tall")
    wait_until(lambda: canvas.evaluate(shown) == before)
    room.press("Control+Shift+z")
    wait_until(lambda: canvas.evaluate(shown) == moved)
    room.press("Control+s")
    room.said("Saved.")
    first = keyframes(workplace)
    assert any(one["frame"] == room.frame for one in first)
    box = tab.locator("#crop").bounding_box()
    assert box is not None
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] / 2 + 40, box["y"] + box["height"] / 2, steps=3)
    tab.mouse.up()
    wait_until(lambda: canvas.evaluate(shown) != moved)
    tab.get_by_role("button", name="Hold for the shot").click()
    room.said("for all of the shot")
    room.press("Control+s")
    room.said("Saved.")
    (held,) = keyframes(workplace)
    assert held not in first
    room.press("Escape")


def keyframes(workplace: Workplace) -> list[dict[str, Any]]:
    """Return how the first window of the tall clip moves, as it is saved."""
    files = list(workplace.home.glob("out/*/framing/h1-tall.framing.json"))
    if not files:
        return []
    found: list[dict[str, Any]] = json.loads(files[0].read_text())["parts"][0]["shots"][0]["windows"][0]["keyframes"]
    return found


def test_the_second_of_two_editors_sees_what_the_first_did_and_puts_their_own_back(
    workplace: Workplace, page: Page, visit: Callable[..., Tab]
) -> None:
    film = film_of(workplace, page)
    first, second = Room(visit(), page, film), Room(visit(), page, film)
    (start, end), _ = chosen(workplace)
    first.press("s", "s", "s", "Control+s")
    first.said("Saved.")
    second.press("d", "Control+s")
    second.tab.locator("#conflict", has_text="Somebody else changed the same highlights").wait_for()
    second.tab.locator("#theirs li", has_text="They have locked").first.wait_for()
    assert second.pieces[0] == [start, end - 1]
    second.press("Tab")
    assert second.tab.evaluate("document.activeElement.id") == "go-on"
    second.press("Enter")
    second.tab.locator("#aside li", has_text="h1").wait_for()
    assert [start + 3, end] in second.pieces
    second.tab.get_by_role("button", name="Put mine back, h1").press("Enter")
    wait_until(lambda: [start, end - 1] in second.pieces)
    second.press("Control+s")
    second.said("Saved.")
    assert [start, end - 1] in chosen(workplace)
    assert not second.tab.locator("#aside").is_visible() and not second.tab.locator("#conflict").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_room_has_no_serious_barrier_at_any_width(
    workplace: Workplace, page: Page, visit: Callable[..., Tab], scheme: str
) -> None:
    axe = (install_modules() / "axe-core" / "axe.min.js").read_text()
    room = Room(visit(color_scheme=scheme), page, film_of(workplace, page))
    tab = room.tab
    room.press("s", "v")
    tab.locator("#tiles figure canvas").first.wait_for(timeout=60_000)
    room.press("c")
    tab.locator("#crop").wait_for()
    for width, height in SIZES:
        tab.set_viewport_size({"width": width, "height": height})
        tab.evaluate(axe)
        found = tab.evaluate("async () => (await axe.run()).violations.map((one) => "
                             "[one.impact, one.id, one.nodes.map((node) => node.html).join('\\n')])")  # fmt: skip
        assert [one for one in found if one[0] in ("serious", "critical")] == [], width
        wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, width
