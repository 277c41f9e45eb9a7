"""How long does an editor wait on the page, for a whole library and for a film of two hours? (Chromium; ms, bytes)"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import monotonic
from typing import Any, Final

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from bench.child import MATINEE, run_child
from bench.film import Size, write_stretch
from bench.homes import OUT, fresh_home, working_in
from bench.report import say, show_figure, show_floor, show_load, show_table
from tests.players.tools import find_tool
from tests.review.homes import write_film

_FILMS: Final[dict[Size, int]] = {"quick": 20, "whole": 200}
_LIBRARY_GOAL_MS: Final = 1000
_ROOM_GOAL_MS: Final = 1500
_SEEK_GOAL_MS: Final = 150
_WEIGHT_GOAL_KB: Final = 1000
_SHOTS: Final = 2000
_WHOLE_S: Final = 9500
_QUICK_S: Final = 100
_VISITS: Final = 7
_SEEKS: Final[dict[Size, int]] = {"quick": 20, "whole": 200}
_ENTRY_LIMIT_S: Final = 3 * 3600
# Put into each page before its own scripts: when it answers, and how long a picture takes that was asked for.
_WATCH: Final = """
window.benchReady = new Promise((told) => {
  const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => told(performance.now())));
  addEventListener("DOMContentLoaded", () => {
    const room = document.querySelector("#room");
    if (!room) return painted();
    const look = () => "ready" in room.dataset && (watching.disconnect(), painted());
    const watching = new MutationObserver(look);
    watching.observe(room, { attributes: true });
    look();
  });
});
window.benchPicture = (kind) => new Promise((told, failed) => {
  addEventListener(kind, () => {
    const began = performance.now();
    const video = document.querySelector("video");
    const late = setTimeout(() => failed(new Error("no picture came within 10 s")), 10000);
    const look = () => {
      if (video.seeking) return;
      video.removeEventListener("seeked", look);
      clearTimeout(late);
      requestAnimationFrame(() => told(performance.now() - began));
    };
    video.addEventListener("seeked", look);
  }, { capture: true, once: true });
});
"""
_WEIGHED: Final = """() => {
  const parts = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const isMedia = (one) => ["img", "video", "audio"].includes(one.initiatorType) || one.name.includes("/sheets/");
  return [false, true].map((media) => parts.filter((one) => isMedia(one) === media)
    .reduce((sum, one) => sum + one.transferSize, 0));
}"""


@dataclass(frozen=True)
class _Visit:
    """One page that was opened in a browser that had seen none before."""

    ready_ms: float
    """From the navigation's start to two pictures after its scripts were done and its data was there."""
    bytes: int
    media_bytes: int


def run(film: Path, size: Size) -> None:
    """Print how long pages take and weigh, and how long a picture takes that was asked for."""
    show_load()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_tool("chromium", "chromium-browser", "google-chrome", package="chromium"),
            args=["--no-sandbox", "--disable-gpu", "--mute-audio", "--disable-component-update"],
        )
        _measure_library(browser, size)
        if size == "quick":
            _measure_room(browser, _film_of(film, _QUICK_S, cut_s=_QUICK_S), size)
        else:
            _measure_room(browser, _film_of(film, 0), size)
            _measure_room(browser, _film_of(film, _WHOLE_S), size, shots=_SHOTS)
        browser.close()
    show_load()


def _measure_library(browser: Browser, size: Size) -> None:
    with fresh_home() as home, working_in(home):
        for number in range(_FILMS[size]):
            write_film(f"film-{number:03}")
        with _serve(home) as address:
            visits = [_visit(browser, address, "/") for _ in range(_VISITS)]
            one = [_visit(browser, address, "film") for _ in range(_VISITS)]
    _show_visits(f"the library of {_FILMS[size]} films", visits, _LIBRARY_GOAL_MS)
    _show_visits("a film's page", one, _LIBRARY_GOAL_MS)


def _measure_room(browser: Browser, film: Path, size: Size, *, shots: int = 1) -> None:
    home = film.parents[1]
    found = json.loads(run_child((MATINEE, "shots", str(film), "--json"), MATINEE_HOME=str(home)).stdout)
    show_floor(f"{film.name}: its shots", len(found["shots"]), "", goal=shots)
    with _serve(home) as address:
        began = monotonic()
        with _signed_in(browser, address) as tab:
            _open(tab, address, "room", limit_s=_ENTRY_LIMIT_S)
        say(f"its cutting room, made ready or found ready: {monotonic() - began:.1f} s")
        visits = [_visit(browser, address, "room") for _ in range(_VISITS)]
        _show_visits(f"the cutting room of {film.name}", visits, _ROOM_GOAL_MS)
        with _signed_in(browser, address) as tab:
            _open(tab, address, "room")
            _show_waits("a place clicked on the timeline to its picture", _clicked(tab, _SEEKS[size]))
            _show_waits("the next frame to its picture", _stepped(tab, _SEEKS[size]))


def _film_of(film: Path, seconds: int, *, cut_s: int = 0) -> Path:
    """Return as many copies of a film, or of its first seconds, as last so long, among the masters of a home.

    Later runs find it again, with what was made of it.
    """
    target = OUT / "review" / f"{seconds}-seconds" / "masters" / f"{film.stem}-{seconds}{film.suffix}"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        copies = max(1, -(-seconds // int(cut_s or _seconds(film))))
        with tempfile.TemporaryDirectory(dir=target.parents[1]) as folder:
            write_stretch(film, Path(folder) / target.name, seconds=cut_s, copies=copies).replace(target)
    return target


def _seconds(film: Path) -> float:
    from pipeline.shell.probe import probe

    return float(probe(film).duration)


@contextlib.contextmanager
def _serve(home: Path) -> Iterator[str]:
    """Run the page as people do; give the address that signs in."""
    argv = (MATINEE, "review", "--no-browser")
    environment = {**os.environ, "MATINEE_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            yield next(line for line in server.stdout if line.startswith("Look at ")).removeprefix("Look at ").strip()
        finally:
            server.terminate()
            server.wait(30)


@contextlib.contextmanager
def _signed_in(browser: Browser, address: str) -> Iterator[Tab]:
    """Give the only tab of a browser that has seen nothing yet: one beside another may be never painted."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    tab = context.new_page()
    tab.goto(address)
    tab.wait_for_url(f"{_origin(address)}/")  # to which the page that takes the key leads by itself
    tab.add_init_script(_WATCH)
    yield tab
    context.close()


def _visit(browser: Browser, address: str, which: str) -> _Visit:
    with _signed_in(browser, address) as tab:
        _open(tab, address, which)
        ready = float(tab.evaluate("benchReady"))
        own, media = tab.evaluate(_WEIGHED)
        return _Visit(ready, int(own), int(media))


def _open(tab: Tab, address: str, which: str, *, limit_s: float = 120) -> None:
    """Open the library, the first film of it, or that film's cutting room, until it answers."""
    path = "/"
    if which != "/":
        film = tab.locator("[data-film]").first.get_attribute("data-film")
        path = f"/films/{film}" + ("/room" if which == "room" else "")
    tab.goto(f"{_origin(address)}{path}")
    if which == "room":
        tab.locator("#room[data-ready], #again:not([hidden])").first.wait_for(timeout=limit_s * 1000)
        if tab.locator("#again").is_visible():
            sys.exit(f"bench: the room did not open: {tab.locator('#entering-told').inner_text()}")
    tab.evaluate("benchReady")


def _origin(address: str) -> str:
    return address.partition("/login")[0]


def _clicked(tab: Tab, count: int) -> list[float]:
    """Click places of the timeline by chance; return how long each picture took, in ms."""
    chance, box = random.Random(7), tab.locator("#canvas").bounding_box()
    assert box is not None
    found = []
    for _ in range(count):
        place = {"x": chance.uniform(2, box["width"] - 2), "y": box["height"] - 8}
        found.append(_timed(tab, "pointerdown", lambda at=place: tab.locator("#canvas").click(position=at)))
    return found


def _stepped(tab: Tab, count: int) -> list[float]:
    return [_timed(tab, "keydown", lambda: tab.keyboard.press("ArrowRight")) for _ in range(count)]


def _timed(tab: Tab, kind: str, act: Any) -> float:
    tab.evaluate("(kind) => { window.benchWaited = benchPicture(kind); }", kind)
    act()
    return float(tab.evaluate("benchWaited"))


def _show_visits(what: str, visits: Sequence[_Visit], goal_ms: float) -> None:
    times = [one.ready_ms for one in visits]
    show_figure(f"{what}: until it answers, median of {len(visits)}", median(times), "ms", goal=goal_ms, digits=0)
    weight = max(one.bytes for one in visits) / 1000
    show_figure(f"{what}: before its media", weight, "kB", goal=_WEIGHT_GOAL_KB, digits=0)
    media = max(one.media_bytes for one in visits) / 1000
    say(f"  fastest {min(times):.0f} ms, slowest {max(times):.0f} ms; pictures and proxy until then: {media:.0f} kB")


def _show_waits(what: str, waits: Sequence[float]) -> None:
    shares = quantiles(waits, n=20)
    show_figure(f"{what}: 95 % within", shares[-1], "ms", goal=_SEEK_GOAL_MS, digits=0)
    show_table(
        what,
        ("", "ms"),
        [("median", median(waits)), ("95 %", shares[-1]), ("the longest of " + str(len(waits)), max(waits))],
    )
