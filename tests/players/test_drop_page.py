"""The pages of drops in a real browser, behind a real nginx: they count down, play, close, and ask nobody else."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.async_api import Page

from pipeline.plan.country_headers import other_cdn
from pipeline.plan.edge import EdgeSite, edge_config
from pipeline.plan.origin import FOR_EVER
from pipeline.plan.tickets import cookie_value, key_file_text, sign
from pipeline.shell.calendars import read_schedule
from tests.players.packages import Package
from tests.players.stage import Theatre
from tests.players.web import free_port, run_nginx

KEY = "abcdefghijklmnopqrstuvwxyz0123456789"
CALENDAR = """\
film = "red-kite"
target = "www"
address = "https://films.example.invalid"
packages = "packages"
{more}
[countries]
saxony = ["DE"]
[[drops]]
regions = "saxony"
zone = "Europe/Berlin"
opens = "{opens}"
hours = "{seconds}/3600"
[page]
title = "The <b>Red</b> Kite & “friends”"
about = '''A boy, a hill.

What "the wind" brings back </section><script>alert(1)</script>.'''
tickets = "https://example.org/tickets?a=1&b='2'"
mailing_list = "https://example.org/news"
[page.regions.saxony]
language = "de"
shop = "https://example.org/laden"
"""


@dataclass(frozen=True)
class Scene:
    """A calendar, the folder that it publishes to, and an nginx before that."""

    calendar: Path
    www: Path
    address: str
    matinee: Callable[..., Any]

    def schedule(self, opens: datetime, seconds: int, more: str = "") -> None:
        """Write the calendar."""
        local = opens.astimezone(ZoneInfo("Europe/Berlin")).isoformat(sep=" ")
        text = CALENDAR.format(opens=local, seconds=seconds, more=more)
        self.calendar.write_text(text)

    def tend(self) -> str:
        """Do what is due."""
        ran = self.matinee("drop", "tend", self.calendar, "--address", self.address)
        assert ran.code in (0, 1), ran.err
        return str(ran.out)

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve it as the calendar says."""
        folder, port = self.calendar.parent / "nginx", int(self.address.rpartition(":")[2].strip("/"))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        key_file = self.calendar.parent / "key"
        key_file.write_text(key_file_text(KEY))
        site = EdgeSite(self.www, other_cdn("X-Country"), f"127.0.0.1:{port}", key_file=key_file)
        with run_nginx(edge_config([read_schedule(self.calendar)[1]], site), folder, port=port):
            yield

    def requests(self) -> str:
        """What nginx was asked for."""
        return (self.calendar.parent / "nginx" / "access.log").read_text()


@pytest.fixture
def scene(tmp_path: Path, workplace: Any, packages: dict[str, Package]) -> Scene:
    (tmp_path / "www").mkdir()
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "hls").symlink_to(packages["film"].folder)
    address = f"http://127.0.0.1:{free_port()}/"
    return Scene(tmp_path / "kite.calendar.toml", tmp_path / "www", address, workplace.matinee)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


async def _enter(page: Page, url: str, country: str = "DE") -> None:
    await page.set_extra_http_headers({"X-Country": country})
    await page.goto(url)


async def _status(page: Page, text: str) -> None:
    await page.locator("#status", has_text=text).wait_for(timeout=30_000)


async def _until(page: Page, holds: str) -> None:
    """Wait until something holds of the film; the page's policy forbids playwright's own way of waiting."""
    async with asyncio.timeout(60):
        while not await page.locator("video").evaluate(holds):
            await asyncio.sleep(0.1)


async def _play(page: Page) -> dict[str, Any]:
    """Start the film as a person would, and return what it is like after some pictures."""
    await page.locator("#play").click(timeout=30_000)
    await page.locator("#subtitles option").nth(2).wait_for(state="attached", timeout=30_000)
    await _until(page, "({currentTime}) => currentTime > 1")
    return {
        "size": await page.locator("video").evaluate("video => [video.videoWidth, video.videoHeight]"),
        "sounds": await page.locator("#sound option").all_inner_texts(),
        "subtitles": await page.locator("#subtitles option").all_inner_texts(),
        "notice": await page.locator("#notice").is_visible(),
    }


def test_a_page_counts_down_plays_and_closes_without_being_loaded_again(scene: Scene, theatre: Theatre) -> None:
    opens = now() + timedelta(seconds=14)
    scene.schedule(opens, 3600)
    assert "red-kite-saxony.html written; 4 files sent" in scene.tend()
    before = {path.name: path.read_bytes() for path in scene.www.glob("*.html")}
    assert set(before) == {"red-kite-saxony.html", "closed-red-kite.html", "elsewhere-red-kite.html"}

    async def look(page: Page) -> dict[str, Any]:
        await _enter(page, f"{scene.address}red-kite.html?c=red-kite.h1")
        await _status(page, "Öffnet in")
        seen = {"count": await page.locator("#countdown").inner_text(), "left": (opens - now()).total_seconds()}
        seen["local"] = await page.locator("#local").inner_text()
        seen["asked"] = scene.requests()
        seen["poster"] = await page.locator("#poster").evaluate("({naturalWidth}) => naturalWidth")
        await asyncio.sleep((opens - datetime.now(UTC)).total_seconds() + 0.5)
        assert "red-kite-saxony opened" in scene.tend()
        seen |= await _play(page)
        scene.schedule(opens - timedelta(hours=2), 3600)
        assert "red-kite-saxony closed" in scene.tend()
        # Who has begun sees it to its end.
        await page.locator("video").evaluate("video => (video.playbackRate = 4)")
        await _until(page, "({ended}) => ended")
        return seen

    with scene.served():
        seen = theatre.visit(look, origin=scene.address, troubles=("404",))
        hours, minutes, seconds = map(int, seen["count"].split(":"))
        assert (hours, minutes) == (0, 0) and abs(seconds - seen["left"]) <= 2
        assert opens.astimezone().strftime("%H:%M") in seen["local"]
        assert "m3u8" not in seen["asked"] and "hls-" not in seen["asked"]
        assert seen["poster"] > 0 and seen["size"] in ([160, 90], [320, 180])
        assert seen["sounds"] == ["English", "español"] and seen["subtitles"] == ["Keine", "English", "español"]
        assert seen["notice"] is False
        assert "/red-kite.m3u8?c=red-kite.h1 " in scene.requests()

    # The page says since when nobody can watch any more, and never changed meanwhile but for its calendar.
    async def come_late(page: Page) -> str:
        await _enter(page, f"{scene.address}red-kite.html")
        await _status(page, "nicht mehr zu sehen")
        return await page.locator("video").get_attribute("hidden") or "hidden"

    with scene.served():
        assert theatre.visit(come_late, origin=scene.address) == "hidden"
        assert "m3u8" not in scene.requests()


def test_what_people_wrote_is_text_and_links_lead_where_they_say(scene: Scene, theatre: Theatre) -> None:
    scene.schedule(now() - timedelta(hours=1), 7200)
    scene.tend()

    async def look(page: Page) -> dict[str, Any]:
        await _enter(page, f"{scene.address}red-kite.html")
        return {
            "title": await page.title(),
            "heading": await page.locator("h1").inner_text(),
            "about": await page.locator(".about p").all_inner_texts(),
            "links": await page.locator("nav a").evaluate_all("links => links.map((one) => [one.innerText, one.href])"),
            "times": await page.locator("#windows li").all_inner_texts(),
            "language": await page.locator("html").get_attribute("lang"),
            "scripts": await page.locator("script:not([src])").count(),
        } | await _play(page)

    with scene.served():
        seen = theatre.visit(look, origin=scene.address)
    assert seen["title"] == seen["heading"] == "The <b>Red</b> Kite & “friends”"
    assert seen["about"] == ["A boy, a hill.", 'What "the wind" brings back </section><script>alert(1)</script>.']
    assert seen["links"] == [
        ["Karten", "https://example.org/tickets?a=1&b=%272%27"],
        ["Shop", "https://example.org/laden"],
        ["Newsletter", "https://example.org/news"],
    ]
    assert seen["language"] == "de" and len(seen["times"]) == 1 and " bis " in seen["times"][0]
    assert seen["scripts"] == 0


def test_a_page_without_scripts_tells_when_and_where(scene: Scene, theatre: Theatre) -> None:
    opens = datetime(2036, 12, 4, 19, tzinfo=UTC)
    scene.schedule(opens, 48 * 3600)
    scene.tend()
    text = (scene.www / "red-kite-saxony.html").read_text("utf-8")
    assert "Donnerstag, 4. Dezember 2036, 20:00 (Berlin) bis Samstag, 6. Dezember 2036, 20:00 (Berlin)" in text
    assert '<a href="red-kite.m3u8">' in text

    async def look(page: Page) -> str:
        await page.route(
            re.compile(r"drop-[0-9a-f]{12}\.js"), lambda route: route.fulfill(body="", content_type="text/javascript")
        )
        await _enter(page, f"{scene.address}red-kite.html")
        return await page.locator("main").inner_text()

    with scene.served():
        assert "20:00 (Berlin)" in theatre.visit(look, origin=scene.address)


def test_a_country_of_no_region_reads_so_on_a_page_of_ours(scene: Scene, theatre: Theatre) -> None:
    scene.schedule(now() - timedelta(hours=1), 7200)
    scene.tend()

    async def look(page: Page) -> tuple[str, str]:
        await _enter(page, f"{scene.address}red-kite.html", "US")
        return await page.locator(".standing").inner_text(), await page.locator("h1").inner_text()

    with scene.served():
        told, heading = theatre.visit(look, origin=scene.address, troubles=("451",))
    assert told == "This film is not open in your country." and heading.startswith("The <b>Red")


def test_a_signed_film_has_a_page_for_all_and_plays_for_those_with_a_ticket(scene: Scene, theatre: Theatre) -> None:
    opens = now() - timedelta(hours=1)
    scene.schedule(opens, 7200, 'access = "signed"')
    scene.tend()
    ticket = sign("/red-kite.html", int((opens + timedelta(hours=2)).timestamp()), KEY).removeprefix("/")

    async def without(page: Page) -> bool:
        await _enter(page, f"{scene.address}red-kite.html")
        await _status(page, "brauchen Sie eine Karte")
        return await page.locator("#retry").is_visible()

    async def with_ticket(page: Page) -> dict[str, Any]:
        await _enter(page, f"{scene.address}{ticket}")
        return await _play(page)

    async def twice(page: Page) -> int:
        await _enter(page, f"{scene.address}red-kite.html")
        await page.locator("#retry").wait_for(timeout=30_000)
        cookie = cookie_value("red-kite", int((opens + timedelta(hours=2)).timestamp()), KEY)
        await page.context.add_cookies([{"name": "matinee", "value": cookie, "url": scene.address}])
        asked = scene.requests().count("/red-kite.m3u8 ")
        await page.locator("#retry").dblclick()
        await _play(page)
        return scene.requests().count("/red-kite.m3u8 ") - asked

    with scene.served():
        assert theatre.visit(without, origin=scene.address, troubles=("403",)) is True
        assert theatre.visit(twice, origin=scene.address, troubles=("403",)) == 2, "once to see, once to play"
        assert theatre.visit(with_ticket, origin=scene.address)["subtitles"] == ["Keine", "English", "español"]
        with httpx.Client(base_url=scene.address, headers={"X-Country": "DE"}, trust_env=False) as client:
            assert client.get("/red-kite.m3u8").status_code == 403
            spoiled = client.get(ticket.replace("red-kite/", "red-kite/1"))
            assert spoiled.status_code in (403, 404)


def test_in_a_frame_a_page_is_the_film_alone(scene: Scene, theatre: Theatre) -> None:
    scene.schedule(now() - timedelta(hours=1), 7200)
    scene.tend()
    site = '<link rel="icon" href="data:,"><iframe src="red-kite.html" width="480" height="270"></iframe>'
    (scene.www / "site.html").write_text(site)

    async def look(page: Page) -> tuple[bool, bool, dict[str, float]]:
        await _enter(page, f"{scene.address}site.html")
        frame = page.frame_locator("iframe")
        await frame.locator("video").wait_for(state="visible", timeout=30_000)
        shown = await frame.locator("h1").is_visible(), await frame.locator("nav").is_visible()
        return *shown, dict(await frame.locator("video").bounding_box() or {})

    with scene.served():
        heading, links, box = theatre.visit(look, origin=scene.address)
    assert (heading, links) == (False, False)
    assert (round(box["width"]), round(box["height"])) == (480, 270)


def test_pages_are_kept_as_their_names_allow(scene: Scene) -> None:
    scene.schedule(now() - timedelta(hours=1), 7200)
    scene.tend()
    with scene.served(), httpx.Client(base_url=scene.address, headers={"X-Country": "DE"}, trust_env=False) as client:
        page = client.get("/red-kite.html")
        assert page.headers["content-type"].startswith("text/html") and page.headers["content-encoding"] == "gzip"
        assert "immutable" not in page.headers["cache-control"]
        assert "X-Country" in page.headers.get_list("vary", split_commas=True)
        for name in re.findall(r"(?:hls|drop|player|poster)-[0-9a-f]{12}\.\w+", page.text):
            answer = client.get(f"/{name}")
            assert (answer.status_code, answer.headers["cache-control"]) == (200, FOR_EVER)
        assert client.get("/red-kite-saxony.html").status_code == 404
        assert Fraction(len(page.content), 1024) < 24


@pytest.mark.parametrize("hours_off", [-5, 5])
def test_a_viewer_whose_clock_is_wrong_goes_by_the_servers(scene: Scene, theatre: Theatre, hours_off: int) -> None:
    scene.schedule(now() - timedelta(hours=1), 7200)
    scene.tend()

    async def look(page: Page) -> dict[str, Any]:
        shift = f"{{ const real = Date.now; Date.now = () => real() + {hours_off * 3600_000}; }}"
        await page.add_init_script(shift)
        await _enter(page, f"{scene.address}red-kite.html")
        return await _play(page)

    with scene.served():
        assert theatre.visit(look, origin=scene.address)["notice"] is False
