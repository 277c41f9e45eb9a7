"""Play packages in Chromium with hls.js, Shaka Player and the browser's own HLS at once, and say what each showed."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Browser, Error, Page, Playwright, async_playwright

from tests.players.packages import Package
from tests.players.tools import find_tool
from tests.players.web import Web

PLAYERS: Final = ("hls.js", "shaka", "native")
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    # Of several pages, those behind are otherwise shown and timed more rarely.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    # Chromium's own player has languages, but tells a page of them only with this.
    "--enable-blink-features=AudioVideoTracks",
)
# Every wait in the page has a limit of its own; this one is for a page that does not answer at all.
_LIMIT_S = 90.0
_TRIES = 5


@dataclass(frozen=True)
class Seen:
    """What a page saw and heard of one play; times in seconds, `light` up to 255."""

    player: str
    errors: list[str]
    waits: list[dict[str, Any]]
    frames: list[dict[str, float]]
    sizes: list[str]
    texts: list[dict[str, Any]]
    heard: list[dict[str, float]]
    buffered: list[tuple[float, float]]
    ranges: dict[str, list[tuple[float, float]]]
    decoded: int
    dropped: int
    time: float
    duration: float
    ended: bool
    size: list[int]
    cues: list[tuple[float, float, str]]


class Stage:
    """One page with one player and one package."""

    def __init__(self, page: Page, player: str) -> None:
        self.player = player
        self._page = page
        self._said: list[str] = []
        page.on("console", lambda message: self._said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._said.append(str(error)))

    async def enter(self, page_url: str, url: str) -> None:
        """Load a package up to its first picture."""
        await self._page.goto(page_url)
        await self.do("enter(...given)", self.player, url)

    async def do(self, script: str, *given: object) -> Any:
        """Run a line of JavaScript in the page, which finds its arguments in `given`."""
        return await self._page.evaluate(f"async (given) => {script}", list(given))

    async def play(self, *, speed: float = 1.0) -> None:
        await self.do("{ video.playbackRate = given[0]; await video.play(); }", speed)

    async def play_to(self, time: float, *, speed: float = 1.0) -> None:
        await self.play(speed=speed)
        await self.do("played(given[0])", time)

    async def play_to_end(self, *, speed: float = 1.0) -> None:
        await self.play(speed=speed)
        await self.do("finished()")

    async def seek(self, time: float) -> None:
        await self.do("seek(given[0])", time)

    async def choose_rung(self, height: int) -> None:
        """Choose a rung and wait until it is seen."""
        await self.do("actor.chooseRung(given[0])", height)
        await self.do("until(() => video.videoHeight === given[0], 15, `rung ${given[0]}`)", height)

    async def see(self) -> Seen:
        """Return what was seen so far; errors of the page count as errors of the play."""
        seen = Seen(player=self.player, **await self.do("observe()"))
        return dataclasses.replace(seen, errors=[*seen.errors, *self._said])


Script = Callable[[Stage], Awaitable[Any]]


class Theatre:
    """A browser in which several players play the same package at once, since a play takes time and little else."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._runner = asyncio.Runner()
        self._playwright: Playwright = self._runner.run(async_playwright().start())
        self._browser: Browser = self._runner.run(self._launch())

    def perform(self, script: Script, package: Package, *, players: tuple[str, ...] = PLAYERS) -> dict[str, Any]:
        """Run a script with each player and return what it returned, by player."""
        performed = self._runner.run(self._perform(script, package, players))
        for result in performed.values():
            if isinstance(result, BaseException):
                raise result
        return performed

    def hold(
        self, script: Script, package: Package, check: Callable[[Any], None], *, players: tuple[str, ...] = PLAYERS
    ) -> None:
        """Run a script with each player and check what it returned.

        Who fails plays again, alone: what is wrong with a package is wrong each time, what a busy machine did is not.
        """
        for player, result in self._runner.run(self._perform(script, package, players)).items():
            for tries_left in reversed(range(_TRIES)):
                try:
                    if isinstance(result, BaseException):
                        raise result
                    check(result)
                    break
                except (AssertionError, Error, TimeoutError) as error:
                    error.add_note(f"with {player} and the package {package.name}")
                    if not tries_left:
                        raise
                result = self._runner.run(self._perform(script, package, (player,)))[player]

    def visit(self, look: Callable[[Page], Awaitable[Any]], *, origin: str, troubles: tuple[str, ...] = ()) -> Any:
        """Open a page of `origin` and return what a function that looks at it returns.

        Fails where the page asks another origin for anything, or says an error that holds none of `troubles`.
        """
        return self._runner.run(asyncio.wait_for(self._visit(look, origin, troubles), _LIMIT_S))

    def address(self, package: Package) -> str:
        """Return what players open."""
        return f"{self._web.packages}/{package.name}/master.m3u8"

    def close(self) -> None:
        """End the browser."""
        self._runner.run(self._browser.close())
        self._runner.run(self._playwright.stop())
        self._runner.close()

    async def _launch(self) -> Browser:
        chromium = find_tool("chromium", "chromium-browser", "google-chrome", package="chromium")
        return await self._playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])

    async def _perform(self, script: Script, package: Package, players: tuple[str, ...]) -> dict[str, Any]:
        """Return what a script returned with each player, or what it raised."""
        plays = (asyncio.wait_for(self._play(script, package, player), _LIMIT_S) for player in players)
        return dict(zip(players, await asyncio.gather(*plays, return_exceptions=True), strict=True))

    async def _visit(self, look: Callable[[Page], Awaitable[Any]], origin: str, troubles: tuple[str, ...]) -> Any:
        page = await self._browser.new_page(viewport={"width": 1400, "height": 900})
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        try:
            result = await look(page)
        finally:
            await page.close()
        assert [line for line in said if not any(trouble in line for trouble in troubles)] == []
        assert [url for url in asked if not url.startswith((origin, "blob:" + origin, "data:,WEBVTT"))] == []
        return result

    async def _play(self, script: Script, package: Package, player: str) -> Any:
        page = await self._browser.new_page()
        try:
            stage = Stage(page, player)
            await stage.enter(f"{self._web.stage}/stage.html", self.address(package))
            return await script(stage)
        except Exception as error:
            error.add_note(f"with {player} and the package {package.name}")
            raise
        finally:
            await page.close()
