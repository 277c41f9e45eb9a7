"""In Firefox and in WebKit the player of a cutting room stops on the frame that it tells, and a click is a click."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Workplace
from tests.numbered_films import read_blocks
from tests.review.conftest import Page
from tests.review.engines import Browser, open_firefox, open_webkit, wait_for
from tests.review.test_room_steps import chosen, film_of

_OPENERS: dict[str, Callable[[Path], contextlib.AbstractContextManager[Browser]]] = {
    "Firefox": open_firefox,
    "WebKit": open_webkit,
}
_TOLD = "Number(document.querySelector('#timeline').getAttribute('aria-valuenow'))"
_GREY = """(() => {
  const video = document.querySelector("video");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [256, 144];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 256, 144);
  return [...context.getImageData(0, 0, 256, 144).data].filter((_, at) => at % 4 === 1);
})()"""


def shown(browser: Browser) -> int | None:
    """Return which frame of the film is on the screen, by its picture."""
    found = read_blocks(np.array(browser.evaluate(_GREY), np.uint8).reshape(144, 256))
    return None if found is None else found[1]


@pytest.mark.parametrize("name", _OPENERS)
def test_a_click_is_taken_and_the_player_stops_on_the_frame_that_it_tells(
    workplace: Workplace, page: Page, tmp_path: Path, name: str
) -> None:
    film = film_of(workplace, page)
    (_, (start, end)) = chosen(workplace)
    with _OPENERS[name](tmp_path / name) as browser:
        browser.goto(f"{page.origin}/login?token={page.access.key}")
        browser.wait_for(f"location.href === '{page.origin}/'")
        browser.goto(f"{page.origin}/films/{film}/room")
        browser.wait_for("document.querySelector('#room[data-ready]') !== null")
        browser.click(".one[data-id=h2] .name")
        browser.wait_for("document.querySelector('.one.current').dataset.id === 'h2'")
        browser.wait_for(f"{_TOLD} === {start} && !document.querySelector('video').seeking")
        wait_for(lambda: shown(browser) == start < end, "the first picture")
        for far in (15, 40):
            browser.click("#play")
            browser.wait_for(f"{_TOLD} > {start + far}")
            browser.click("#play")
            browser.wait_for("document.querySelector('video').paused && !document.querySelector('video').seeking")
            time.sleep(0.3)
            told = browser.evaluate(_TOLD)
            assert shown(browser) == told
            time.sleep(0.2)
            assert browser.evaluate(_TOLD) == told
        browser.click("[data-do=on]")
        browser.wait_for(f"{_TOLD} === {told + 1} && !document.querySelector('video').seeking")
        assert shown(browser) == told + 1
