"""The page of `matinee serve-package` plays a package, by mouse and by keys, and asks nobody else for anything."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from playwright.async_api import Page

from pipeline.shell.package_server import PLAYERS
from tests.players.packages import Package
from tests.players.stage import Theatre
from tests.players.tools import install_modules

ROOT = Path(__file__).parents[2]
FINDINGS = [
    {"number": "1.30", "level": "SHOULD", "title": "<b>Peak</b>", "outcome": "fail", "measured": "2.4 times"},
    {"number": "4.1", "level": "MUST", "title": "Target", "outcome": "pass", "measured": "6 s"},
]


@pytest.fixture(scope="module")
def address(packages: dict[str, Package]) -> Iterator[str]:
    film = packages["film"].folder
    _write_thumbnails(film)
    (film / "conformance.json").write_text(json.dumps({"revision": "2025-06-26", "findings": FINDINGS}))
    code = "from pipeline.cli import main; main()"
    command = [sys.executable, "-u", "-c", code, "serve-package", str(film.parent), "--no-browser"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        run.stdout.readline()
        found = re.search(r"http://\S+", run.stdout.readline())
        assert found is not None
        yield found[0]
        run.terminate()
    for name in ("poster.jpg", "thumbnails.vtt", "conformance.json"):
        (film / name).unlink()


def _write_thumbnails(folder: Path) -> None:
    picture = av.VideoFrame.from_ndarray(np.full((90, 320, 3), 90, dtype=np.uint8), format="rgb24")
    with av.open(folder / "poster.jpg", "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("mjpeg", width=320, height=90, pix_fmt="yuvj420p")
        container.mux([*stream.encode(picture.reformat(format="yuvj420p")), *stream.encode()])
    (folder / "segments" / "sprite.jpg").write_bytes((folder / "poster.jpg").read_bytes())
    cue = "00:00:{}.000 --> 00:00:{}.000\nsegments/sprite.jpg#xywh={},0,160,90\n"
    (folder / "thumbnails.vtt").write_text(
        "WEBVTT\n\n" + cue.format("00", "06", 0) + "\n" + cue.format("06", "12", 160)
    )


async def _time(page: Page) -> float:
    return float(await page.locator("video").evaluate("video => video.currentTime"))


async def _choices(page: Page, menu: str) -> list[str]:
    return await page.locator(f"#{menu} option").all_inner_texts()


def test_a_person_can_play_choose_and_see_what_plays(theatre: Theatre, address: str) -> None:
    async def look(page: Page) -> dict[str, Any]:
        await page.goto(f"{address}?package=0")
        for menu, count in (("quality", 3), ("sound", 2), ("subtitles", 3)):
            await page.locator(f"#{menu} option").nth(count - 1).wait_for(state="attached")
        seen: dict[str, Any] = {
            menu: await _choices(page, menu) for menu in ("package", "quality", "sound", "subtitles")
        }
        await page.locator("#start").click()
        await page.locator("#quality").select_option(index=2)
        await page.locator("#subtitles").select_option(label="es")
        await page.locator("#rung", has_text="320×180").wait_for(timeout=15_000)
        seen["rate"] = await page.locator("#rate").inner_text()
        await page.locator("#seek").hover(position={"x": 800, "y": 5})
        seen["when"] = await page.locator("#when").inner_text()
        seen["thumbnail"] = await page.locator("#thumbnail").evaluate(
            "shown => getComputedStyle(shown).backgroundPosition"
        )
        seen["verdict"] = await page.locator("#verdict").inner_text()
        seen["findings"] = await page.locator("#findings").inner_text()
        seen["poster"] = await page.locator("video").get_attribute("poster")
        seen["modes"] = await page.locator("video").evaluate(
            "video => Array.from(video.textTracks).filter(({mode}) => mode == 'showing').map(({language}) => language)"
        )
        seen["trouble"] = await page.locator("#trouble").is_visible()
        return seen

    seen = theatre.visit(look, origin=address)
    assert seen["package"] == ["film", "joined", "torn"]
    assert [re.sub(r", [\d.]+ Mb/s", "", text) for text in seen["quality"]] == [
        "automatic", "640×360, 24 fps", "320×180, 24 fps"]  # fmt: skip
    assert (seen["sound"], seen["subtitles"]) == (["en", "es"], ["none", "en", "es"])
    assert re.fullmatch(r"0\.\d\d Mb/s, peak 0\.\d\d", seen["rate"])
    assert re.fullmatch(r"0:0[6-9]|0:1[01]", seen["when"]) and seen["thumbnail"] == "-160px 0px"
    assert seen["verdict"] == "conforms" and "1.30 SHOULD: <b>Peak</b>. 2.4 times" in seen["findings"]
    assert seen["poster"] == "packages/0/poster.jpg" and seen["modes"] == ["es"] and not seen["trouble"]


def test_keys_play_seek_step_and_change_what_is_heard_and_read(theatre: Theatre, address: str) -> None:
    async def press(page: Page) -> dict[str, Any]:
        await page.goto(f"{address}?package=1")
        await page.locator("#quality option").nth(2).wait_for(state="attached")
        await page.locator("video").evaluate(
            "video => new Promise(ready => video.readyState >= 3 ? ready() : video.addEventListener('canplay', ready))"
        )
        seen: dict[str, Any] = {}
        for name, key in (("on", "ArrowRight"), ("back", "ArrowLeft"), ("step", "."), ("unstep", ",")):
            await page.keyboard.press(key)
            seen[name] = await _time(page)
        for key in ("m", "c", "ArrowDown", " "):
            await page.keyboard.press(key)
        seen["state"] = await page.locator("video").evaluate("video => [video.paused, video.muted, video.volume]")
        seen["subtitles"] = await page.locator("#subtitles").input_value()
        seen["focus"] = []
        for _ in range(9):
            await page.keyboard.press("Tab")
            seen["focus"].append(await page.evaluate("document.activeElement.id"))
        return seen

    seen = theatre.visit(press, origin=address)
    assert [round(seen[name], 3) for name in ("on", "back", "step", "unstep")] == [5, 0, 0.042, 0]
    assert seen["state"] == [False, True, pytest.approx(0.9)] and seen["subtitles"] == "0"
    assert seen["focus"] == ["package", "seek", "play", "mute", "volume", "quality", "sound", "subtitles", "full"]


def test_the_browsers_own_player_plays_where_it_is_chosen(theatre: Theatre, address: str) -> None:
    async def look(page: Page) -> tuple[float, str, list[str]]:
        await page.goto(f"{address}?package=1&player=native")
        await page.locator("#play").click()
        await page.locator("#now", has_text="0:01").wait_for(timeout=15_000)
        return await _time(page), await page.locator("#player").input_value(), await _choices(page, "quality")

    time, player, quality = theatre.visit(look, origin=address)
    assert time >= 1 and player == "native" and quality == ["the browser's choice"]


def test_a_package_that_cannot_be_played_is_told_on_the_page(theatre: Theatre, address: str) -> None:
    async def look(page: Page) -> str:
        await page.route("**/playlists/v*.m3u8", lambda route: route.fulfill(status=404))
        await page.goto(f"{address}?package=0")
        trouble = page.locator("#trouble", has_text="native gave up")
        await trouble.wait_for(timeout=30_000)
        return await page.locator("#player").input_value()

    assert theatre.visit(look, origin=address, troubles=("404",)) == "native"


def test_hls_js_is_as_npm_has_it() -> None:
    told = json.loads((PLAYERS / "hls.json").read_text())
    released = install_modules() / "hls.js"
    assert json.loads((released / "package.json").read_text())["version"] == told["version"]
    assert (released / "dist" / told["file"]).read_bytes() == (PLAYERS / told["file"]).read_bytes()
    assert (released / "LICENSE").read_bytes() == (PLAYERS / told["license_file"]).read_bytes()
