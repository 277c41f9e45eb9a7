"""The page of `matinee serve-package` plays a package, by mouse and by keys, and asks nobody else for anything."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from pipeline.shell.player_files import PLAYERS
from tests.players.packages import Package
from tests.players.stage import Theatre
from tests.players.tools import install_modules

ROOT = Path(__file__).parents[2]
NAMES = ["av1", "block", "carded", "film", "joined", "mixed", "regional", "torn"]
FILM, JOINED = (f"?package={NAMES.index(name)}" for name in ("film", "joined"))


@pytest.fixture(scope="module")
def address(packages: dict[str, Package]) -> Iterator[str]:
    code = "from pipeline.cli import main; main()"
    folder = packages["film"].folder.parent
    command = [sys.executable, "-u", "-c", code, "serve-package", str(folder), "--no-browser"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        run.stdout.readline()
        found = re.search(r"http://\S+", run.stdout.readline())
        assert found is not None
        yield found[0]
        run.terminate()


async def _time(page: Page) -> float:
    return float(await page.locator("video").evaluate("video => video.currentTime"))


async def _choices(page: Page, menu: str) -> list[str]:
    return await page.locator(f"#{menu} option").all_inner_texts()


def test_a_person_can_play_choose_and_see_what_plays(
    theatre: Theatre, address: str, packages: dict[str, Package]
) -> None:
    async def look(page: Page) -> dict[str, Any]:
        await page.goto(address + FILM)
        for menu, count in (("quality", 3), ("sound", 2), ("subtitles", 3)):
            await page.locator(f"#{menu} option").nth(count - 1).wait_for(state="attached")
        seen: dict[str, Any] = {
            menu: await _choices(page, menu) for menu in ("package", "quality", "sound", "subtitles")
        }
        await page.locator("#start").click()
        await page.locator("#quality").select_option(index=2)
        await page.locator("#subtitles").select_option(label="español")
        await page.locator("#rung", has_text="160×90").wait_for(timeout=15_000)
        seen["rate"] = await page.locator("#rate").inner_text()
        await page.locator("#seek").hover(position={"x": 800, "y": 5})
        seen["when"] = await page.locator("#when").inner_text()
        seen["thumbnail"] = await page.locator("#thumbnail").evaluate(
            "({style}) => ({at: style.backgroundPosition, picture: style.backgroundImage})"
        )
        seen["verdict"] = await page.locator("#verdict").inner_text()
        seen["findings"] = await page.locator("#findings").inner_text()
        seen["poster"] = await page.locator("video").get_attribute("poster")
        seen["modes"] = await page.locator("video").evaluate(
            "video => Array.from(video.textTracks).filter(({mode}) => mode == 'showing').map(({language}) => language)"
        )
        seen["trouble"] = await page.locator("#trouble").inner_text()
        return seen

    seen = theatre.visit(look, origin=address)
    assert seen["package"] == NAMES
    assert [re.sub(r", [\d.]+ Mb/s", "", text) for text in seen["quality"]] == [
        "automatic", "320×180, 24 fps", "160×90, 24 fps"]  # fmt: skip
    assert (seen["sound"], seen["subtitles"]) == (["English", "español"], ["none", "English", "español"])
    assert re.fullmatch(r"0\.\d\d Mb/s, peak 0\.\d\d", seen["rate"])
    assert re.fullmatch(r"0:0[6-9]|0:1[01]", seen["when"])
    assert re.fullmatch(r"-?\d+px -?\d+px", seen["thumbnail"]["at"]) and "segments/" in seen["thumbnail"]["picture"]
    document = json.loads((packages["film"].folder / "conformance.json").read_text())
    failed = [finding["title"] for finding in document["findings"] if finding["outcome"] == "fail"]
    assert seen["verdict"] == "conforms" and failed and all(title in seen["findings"] for title in failed)
    assert seen["poster"] == f"packages/{NAMES.index('film')}/poster.jpg"
    assert seen["modes"] == ["es"]
    # hls.js says so where a busy machine stops it.
    assert re.fullmatch("(bufferStalledError.*)?", seen["trouble"])


def test_keys_play_seek_step_and_change_what_is_heard_and_read(theatre: Theatre, address: str) -> None:
    async def press(page: Page) -> dict[str, Any]:
        await page.goto(address + JOINED)
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
    assert seen["focus"] == [*("package", "verdict", "seek", "play", "mute", "volume", "quality", "sound", "subtitles")]


def test_the_browsers_own_player_plays_where_it_is_chosen(theatre: Theatre, address: str) -> None:
    async def look(page: Page) -> tuple[float, str, list[str]]:
        await page.goto(f"{address}{JOINED}&player=native")
        await page.locator("#play").click()
        await page.locator("#now", has_text="0:01").wait_for(timeout=15_000)
        return await _time(page), await page.locator("#player").input_value(), await _choices(page, "quality")

    time, player, quality = theatre.visit(look, origin=address)
    assert time >= 1 and player == "native" and quality == ["the browser's choice"]


def test_a_package_that_cannot_be_played_is_told_on_the_page(theatre: Theatre, address: str) -> None:
    async def look(page: Page) -> str:
        await page.route(re.compile(r"/v\d[^/]*\.m3u8"), lambda route: route.fulfill(status=404))
        await page.goto(address + FILM)
        trouble = page.locator("#trouble", has_text="native gave up")
        await trouble.wait_for(timeout=30_000)
        return await page.locator("#player").input_value()

    assert theatre.visit(look, origin=address, troubles=("404",)) == "native"


def test_a_codec_that_the_browser_does_not_decode_is_told_in_words(
    theatre: Theatre, address: str, packages: dict[str, Package]
) -> None:
    master = (packages["film"].folder / "master.m3u8").read_text()
    other = re.sub(r"avc1\.\w+", "hvc1.31.FFFFFFFF.H255", master)

    async def look(page: Page) -> str:
        await page.route(re.compile(r"/master\.m3u8"), lambda route: route.fulfill(body=other))
        await page.goto(address + FILM)
        trouble = page.locator("#trouble", has_text="hls.js gave up")
        await trouble.wait_for(timeout=30_000)
        told = await trouble.inner_text()
        # The browser's own player may be asking for it by now.
        await page.unroute_all(behavior="ignoreErrors")
        return told

    told = theatre.visit(look, origin=address)
    assert "hls.js gave up: this browser does not decode what the package is encoded as." in told


def test_hls_js_is_as_npm_has_it() -> None:
    told = json.loads((PLAYERS / "hls.json").read_text())
    released = install_modules() / "hls.js"
    assert json.loads((released / "package.json").read_text())["version"] == told["version"]
    assert (released / "dist" / told["file"]).read_bytes() == (PLAYERS / told["file"]).read_bytes()
    assert (released / "LICENSE").read_bytes() == (PLAYERS / told["license_file"]).read_bytes()
