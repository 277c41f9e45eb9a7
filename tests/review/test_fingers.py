"""What editors do on a tablet: everything with fingers alone, in a real Chromium that has no mouse and no keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator
from playwright.sync_api import Page as Tab

from tests.conftest import Workplace
from tests.review.conftest import Page
from tests.review.test_blocks_page import HEAD
from tests.review.test_room_page import wait_until
from tests.review.test_room_steps import chosen, film_of

SIZES = ((1024, 768), (820, 1180))
LEAST_PX = 24
"""Of a target in both directions, as WCAG 2.5.8 asks."""
_FAULTS = """(root, least) => {
  const isSeen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 1;
  const target = (one) => (one.matches("input") && one.closest("label")) || one;
  const all = [...root.querySelectorAll("button, a[href]:not(.skip), input, select, summary")].filter(isSeen);
  const named = (one) => one.outerHTML.slice(0, 90);
  const faults = [];
  for (const one of all) {
    one.scrollIntoView({ block: "center", inline: "center" });
    const { left, top, width, height } = target(one).getBoundingClientRect();
    if (width < least || height < least) faults.push(`${Math.round(width)} x ${Math.round(height)}: ${named(one)}`);
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    const isHit = one.disabled || !hit || target(one).contains(hit) || hit.contains(one);
    if (!isHit) faults.push(`${named(hit)} lies on ${named(one)}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push("It is wider than the screen.");
  return faults;
}"""


class Fingers:
    """Fingers on a screen."""

    def __init__(self, tab: Tab) -> None:
        self.tab, self._session = tab, tab.context.new_cdp_session(tab)

    def move(self, *paths: tuple[tuple[float, float], tuple[float, float]]) -> None:
        """Put a finger down at the beginning of each path, move all to their ends, and take them away."""
        self._touch("touchStart", [start for start, _ in paths])
        for step in range(1, 9):
            self._touch(
                "touchMove", [tuple(a + (b - a) * step / 8 for a, b in zip(*path, strict=True)) for path in paths]
            )
        self._touch("touchEnd", [])

    def _touch(self, kind: str, places: list[Any]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def middle(tab: Tab, selector: str) -> tuple[float, float]:
    box = tab.locator(selector).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def tablet(visit: Callable[..., Tab]) -> Callable[[tuple[int, int]], Tab]:
    def open_tab(size: tuple[int, int]) -> Tab:
        return visit(viewport={"width": size[0], "height": size[1]}, has_touch=True, is_mobile=True)

    return open_tab


def faults(part: Locator) -> list[str]:
    found: list[str] = part.evaluate(_FAULTS, LEAST_PX)
    return found


@pytest.mark.parametrize("size", SIZES)
def test_targets_are_large_enough_and_nothing_lies_on_them(
    workplace: Workplace, page: Page, tablet: Callable[[tuple[int, int]], Tab], size: tuple[int, int]
) -> None:
    film = film_of(workplace, page)
    (workplace.home / "blocks").mkdir()
    (workplace.home / "blocks" / "small.toml").write_text(f'{HEAD}[[films]]\nfile = "../masters/kite.mp4"\n')
    tab = tablet(size)
    found = {}
    for address in ("/", f"/films/{film}", "/drops", "/presets", "/presets/platforms/quad", "/blocks", "/history"):
        tab.goto(f"{page.origin}{address}")
        if address.endswith("quad"):
            tab.locator("#form .field").first.wait_for()
        found[address] = faults(tab.locator("body"))
    tab.goto(f"{page.origin}/blocks")
    tab.locator(".block h2 a").tap()
    tab.locator("#block[data-ready]").wait_for()
    found["block"] = faults(tab.locator("body"))
    tab.goto(f"{page.origin}/films/{film}/room")
    tab.locator("#room[data-ready]").wait_for(timeout=60_000)
    found["room"] = faults(tab.locator("body"))
    tab.locator("#show-previews").tap()
    tab.get_by_role("button", name="Crop for tall").tap(timeout=60_000)
    tab.locator("#crop").wait_for()
    found["previews"] = faults(tab.locator("body"))
    for name in ("rejecting", "offering", "suite", "keys"):
        tab.evaluate("(name) => document.querySelector(`#${name}`).showModal()", name)
        found[name] = faults(tab.locator(f"#{name}"))
        tab.evaluate("(name) => document.querySelector(`#${name}`).close()", name)
    assert {name: told for name, told in found.items() if told} == {}


@pytest.mark.parametrize("size", SIZES)
def test_fingers_do_in_a_room_what_keys_and_a_mouse_do(
    workplace: Workplace, page: Page, tablet: Callable[[tuple[int, int]], Tab], size: tuple[int, int]
) -> None:
    film = film_of(workplace, page)
    before = chosen(workplace)
    tab = tablet(size)
    tab.goto(f"{page.origin}/films/{film}/room")
    tab.locator("#room[data-ready]").wait_for(timeout=60_000)
    fingers, address = Fingers(tab), f"{page.origin}/films/{film}/room/work"

    def pieces() -> list[list[int]]:
        work: dict[str, Any] = tab.evaluate("(at) => fetch(at).then((one) => one.json())", address)
        return [one["pieces"][0] for one in work["highlights"]]

    def on_timeline(frame: float, y: float) -> tuple[float, float]:
        tab.locator("#canvas").scroll_into_view_if_needed()
        box = tab.locator("#canvas").bounding_box()
        assert box is not None
        return box["x"] + frame * box["width"] / 288, box["y"] + y

    def tap(name: str) -> None:
        tab.get_by_role("button", name=name, exact=True).tap()

    def frame() -> int:
        return int(tab.locator("#timeline").get_attribute("aria-valuenow") or -1)

    # A handle follows one finger, though it wanders upwards; the page stays where it is.
    start, end = before[1]
    top = tab.evaluate("scrollY")
    (x, y), (to, _) = on_timeline(start, 95), on_timeline(start + 20, 95)
    top = tab.evaluate("scrollY")
    fingers.move(((x, y), (to, y - 60)))
    wait_until(lambda: abs(pieces()[1][0] - start - 20) <= 1)
    assert pieces()[1][1] == end and tab.evaluate("scrollY") == top
    tap("Undo")
    wait_until(lambda: pieces() == before)
    # Two fingers zoom, and what was between them stays there.
    (x, y), shown = on_timeline(144, 180), "() => document.querySelector('canvas').toDataURL()"
    whole = tab.evaluate(shown)
    fingers.move(((x - 40, y), (x - 200, y - 50)), ((x + 40, y), (x + 200, y + 50)))
    wait_until(lambda: tab.evaluate(shown) != whole)
    assert tab.evaluate("scrollY") == top and tab.evaluate("visualViewport.scale") == 1
    tab.touchscreen.tap(x, y)
    wait_until(lambda: abs(frame() - 144) <= 2)
    at = frame()
    tab.touchscreen.tap(x + 100, y)
    wait_until(lambda: frame() != at)
    assert frame() - at < 100 * 288 / 700 / 3, "a pixel is fewer frames"
    tap("Whole film")
    # All that keys do is on a button.
    tap("Play, faster each time")
    tap("Play, faster each time")
    wait_until(lambda: bool(tab.evaluate("document.querySelector('video').playbackRate") == 2))
    tap("Pause")
    tap("Play backwards")
    here = frame()
    wait_until(lambda: frame() < here)
    tap("Pause")
    # A window is moved on the picture.
    tap("Platforms")
    tab.locator("#list .name").first.tap()
    tab.get_by_role("button", name="To the in point").tap()
    tab.get_by_role("button", name="Crop for tall").tap(timeout=60_000)
    tab.locator("#crop").wait_for()
    x, y = middle(tab, "#crop")
    fingers.move(((x, y), (x - 40, y + 30)))
    tab.locator(".one.current", has_text="cropped for tall").wait_for()
    tap("Done")
    # Between marks there is a new highlight.
    tap("Choose none")
    free = next(at for at in range(280) if not any(first < at + 11 and at < last for first, last in before))
    tab.touchscreen.tap(*on_timeline(free + 0.5, 10))
    tap("Set in")
    tap("+10 frames")
    tap("Set out")
    tap("Add from marks")
    wait_until(lambda: len(pieces()) == 3)
    assert pieces()[2][1] - pieces()[2][0] == 11
    tap("Save")
    tab.locator("#said", has_text="Saved.").wait_for()
    assert sorted(map(tuple, pieces())) == sorted(map(tuple, chosen(workplace)))
