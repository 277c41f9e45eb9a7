"""Packages on the page: played there, judged as by `matinee approve`, and heeded by `matinee publish`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page as Tab

from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from tests.players.tools import install_modules
from tests.review.conftest import Page
from tests.review.homes import write_film
from tests.review.test_gate import TRAVERSALS
from tests.small_packages import SmallPackage, make_small_package

SIZES = ((390, 844), (834, 1112), (1440, 900))


def add_package(film: Path, *, region: str = "", scenes: str = "ab") -> SmallPackage:
    """Put a package of a film into its folder, as `matinee package` would."""
    said = json.loads((film / "clips.json").read_bytes())
    made = make_small_package(film / (region or "hls"), region=region, scenes=scenes)
    document = {
        "version": 1, "title": "The Red Kite", "film": "The Red Kite", "region": region or None, "ladder": "landscape",
        "masters": [{"file": "kite.mp4", "sha256": said["masters"][0]["sha256"], "keys": []}], "seconds": 12.0,
        "renditions": [{"width_px": 640, "height_px": 360}], "sounds": [{"language": "en"}],
        "subtitles": [{"language": "en"}], "files": {name: "0" * 64 for name in made.names if name != "package.json"},
    }  # fmt: skip
    (made.folder / "package.json").write_text(json.dumps(document))
    Ledger(find_home().ledger).record_manifest(made.folder / "package.json")
    return made


def judge(page: Page, asked: dict[str, Any], verdict: str = "approved", **more: Any) -> Any:
    return page.post("/verdicts", {"verdict": verdict, "clips": [asked], **more})


def packages(page: Page, film: str) -> list[dict[str, Any]]:
    text = page.get(f"/films/{film}").text
    return [one for one in page.clips(film) if f'data-clip="{one["id"]}" data-kind="package"' in text]


def test_a_package_is_published_once_it_is_approved_on_the_page(workplace: Any, page: Page, tmp_path: Path) -> None:
    made = add_package(write_film("kite"))
    (film,) = page.films()
    (asked,) = packages(page, film)
    publish = ("publish", made.folder, "--to", tmp_path / "www", "--require-approval")
    ran = workplace.matinee(*publish)
    assert ran.code == 2 and "approved by nobody" in ran.err
    assert page.post("/name", {"who": "Ana"}).status_code == 200
    assert judge(page, asked, "rejected", note="the subtitles are late").status_code == 200
    ran = workplace.matinee(*publish[:-1])
    assert ran.code == 2 and "rejected by Ana" in ran.err and "the subtitles are late" in ran.err
    assert judge(page, asked).status_code == 409
    (asked,) = packages(page, film)
    assert judge(page, asked).status_code == 200
    ran = workplace.matinee(*publish)
    assert ran.code == 0, ran.err
    told = page.client.get(f"/packages/{asked['id']}/verdicts").json()
    assert [one["verdict"] for one in told[asked["id"]]] == ["approved"]
    assert told[asked["id"]] == page.client.get(f"/films/{film}/verdicts").json()[asked["id"]]
    assert "The Red Kite" in page.get("/history").text and ">hls<" in page.get("/history").text
    # Its clips are none the more approved for it.
    assert page.client.get("/standings").json()[0]["kind"] == "to review"


def test_a_verdict_on_a_package_is_for_its_region_or_another(workplace: Any, page: Page, tmp_path: Path) -> None:
    film = write_film("kite")
    made = {region: add_package(film, region=region, scenes=scenes) for region, scenes in (("", "ab"), ("de", "ax"))}
    (name,) = page.films()
    whole, german = packages(page, name)
    text = page.get(f"/films/{name}").text
    assert '<select id="aim">' in text and 'value="de">Germany' in text
    assert judge(page, german).status_code == 200
    assert page.ledger.verdicts()[-1].region == "de"
    assert judge(page, whole, region="de").status_code == 200
    assert page.ledger.verdicts()[-1].region == "de"
    for region, code in (("", 2), ("de", 0)):
        ran = workplace.matinee("publish", made[region].folder, "--to", tmp_path / "www", "--require-approval")
        assert ran.code == code, ran.err
    assert judge(page, whole, region="nosuch").status_code in (400, 503)


def test_a_package_that_was_put_together_anew_is_another(page: Page) -> None:
    film = write_film("kite")
    made = add_package(film)
    (name,) = page.films()
    (asked,) = packages(page, name)
    (made.folder / "master.m3u8").write_bytes(made.master + b"\n")
    answer = judge(page, asked)
    assert answer.status_code == 409 and "made anew" in answer.json()["conflicts"][0]["told"]
    assert page.get(f"/packages/{asked['id']}").status_code == 404
    assert page.client.get(f"/packages/{asked['id']}/verdicts").json() == {}
    (made.folder / "package.json").write_text("{")
    assert packages(page, name) == [] and page.ledger.verdicts() == ()


def test_a_browser_sees_what_a_package_consists_of_and_nothing_else(page: Page, tmp_path: Path) -> None:
    film = write_film("kite")
    made = add_package(film)
    (name,) = page.films()
    (asked,) = packages(page, name)
    at = f"/packages/{asked['id']}/files"
    for file in sorted(made.names - {"package.json"}):
        answer = page.get(f"{at}/{file}")
        assert answer.status_code == 200 and answer.content == (made.folder / file).read_bytes()
    segment = min(made.segments)
    part = page.get(f"{at}/{segment}", range="bytes=10-19")
    assert part.status_code == 206 and part.content == (made.folder / segment).read_bytes()[10:20]
    assert page.get(f"{at}/master.m3u8").headers["content-type"] == "application/vnd.apple.mpegurl"
    (made.folder / "secret.jpg").write_bytes(b"secret")
    for odd in ("package.json", "secret.jpg", "../clips.json", "segments", "segments/", "", *TRAVERSALS):
        answer = page.get(f"{at}/{odd}")
        assert answer.status_code in (404, 414), odd
        assert b"secret" not in answer.content and "root:" not in answer.text
    (tmp_path / "secret.m4s").write_bytes(b"secret")
    (made.folder / segment).unlink()
    (made.folder / segment).symlink_to(tmp_path / "secret.m4s")
    assert page.get(f"{at}/{segment}").status_code == 404
    for odd in TRAVERSALS:
        assert page.get(f"/players/{odd}").status_code in (404, 414)
    assert page.get("/players/player.js").status_code == page.get("/players/hls.min.js").status_code == 200


def test_only_the_page_that_plays_lets_blobs_play(page: Page) -> None:
    add_package(write_film("kite"))
    (name,) = page.films()
    (asked,) = packages(page, name)
    for where, plays in (("/", False), (f"/films/{name}", False), (f"/packages/{asked['id']}", True)):
        (policy,) = page.get(where).headers.get_list("content-security-policy")
        assert ("blob:" in policy) == plays and "script-src 'self';" in policy and "trusted-types 'none'" in policy
        assert "worker-src" not in policy and "unsafe" not in policy


@pytest.fixture
def packaged(workplace: Any) -> Path:
    """Package the film; return the package's folder."""
    from tests.package.conftest import LADDER

    (workplace.presets / "ladders").mkdir()
    (workplace.presets / "ladders" / "small.toml").write_text(LADDER)
    film = find_home().masters / workplace.film.name
    film.parent.mkdir()
    workplace.film.rename(film)
    ran = workplace.matinee("package", film, "--ladder", "small")
    assert ran.code == 0, ran.err
    return Path(workplace.out()) / "hls"


def test_an_editor_watches_a_package_and_approves_it_by_keys(
    workplace: Any, packaged: Path, page: Page, visit: Callable[..., Tab], tmp_path: Path
) -> None:
    axe = (install_modules() / "axe-core" / "axe.min.js").read_text()
    tab = visit()
    tab.locator(".film a").focus()
    tab.keyboard.press("Enter")
    tab.locator(".clip.current").focus()
    tab.keyboard.press(" ")
    tab.wait_for_url("**/packages/*")
    tab.locator("#quality:not([disabled]) option").nth(2).wait_for(state="attached")
    tab.keyboard.press(" ")
    video = tab.locator("video")
    played = "(one) => new Promise((ready) => one.addEventListener('timeupdate', () => one.currentTime > 1 && ready()))"
    video.evaluate(played)
    assert video.evaluate("(one) => one.videoHeight") in (72, 144)
    tab.locator("#quality").select_option(label=tab.locator("#quality option").last.inner_text())
    tab.wait_for_function("() => document.querySelector('video').videoHeight === 72")
    tab.locator(".clip.current h4").click()
    tab.keyboard.press(" ")
    assert video.evaluate("(one) => one.paused")
    tab.keyboard.press("a")
    tab.locator("#said", has_text="HLS package approved").wait_for()
    ran = workplace.matinee("publish", packaged, "--to", tmp_path / "www", "--require-approval")
    assert ran.code == 0, ran.err
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for width, height in SIZES:
            tab.set_viewport_size({"width": width, "height": height})
            tab.evaluate(axe)
            found = tab.evaluate("async () => (await axe.run()).violations.map((one) => "
                                 "[one.impact, one.id, one.nodes.map((node) => node.html).join('\\n')])")  # fmt: skip
            assert [one for one in found if one[0] in ("serious", "critical")] == [], (scheme, width)
            wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (scheme, width)
    tab.get_by_role("link", name="kite").first.click()
    tab.locator(".package .what", has_text="approved").wait_for()
    assert page.ledger.verdicts()[-1].platform == "hls"
