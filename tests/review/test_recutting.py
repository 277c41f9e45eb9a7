"""A film's page has its clips made again as they were asked for, and shows what is made elsewhere while it goes on."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page as Tab

from pipeline.cut.repeating import Asked, describe_request
from pipeline.cut.request import CutRequest
from pipeline.review.library import Library
from pipeline.review.recutting import Recuts, _orders
from pipeline.shell.home import find_home
from pipeline.shell.runs import read_runs, told_run
from pipeline.watching.jobs import Outcome, ProcessRunner
from tests.flows.conftest import find_processes
from tests.review.conftest import Page
from tests.review.homes import write_film
from tests.review.test_verdicts import _rejection

Json = dict[str, Any]


def standing(page: Page, film: str) -> Json:
    answer = page.client.get(f"/films/{film}/standing")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def wait_for(page: Page, film: str, *states: str) -> Json:
    until = time.monotonic() + 120
    while (told := standing(page, film))["cut"]["state"] not in states:
        assert time.monotonic() < until, told
        time.sleep(0.1)
    return told


def test_a_film_is_cut_again_as_it_was_asked_for_last(workplace: Any, page: Page, cut: Callable[[], Path]) -> None:
    folder = cut()
    (film,) = page.films()
    before = json.loads((folder / "clips.json").read_bytes())
    assert standing(page, film)["cut"] is None
    assert page.post("/rejections", _rejection(page, film, "h1")).status_code == 200
    answer = page.post(f"/films/{film}/cut", {})
    assert answer.status_code == 200, answer.text
    assert answer.json()["cut"]["state"] == "working"
    second = page.post(f"/films/{film}/cut", {})
    assert second.status_code == 409 and "being cut already" in second.json()["told"]
    # It is told as what is typed into a terminal is.
    until = time.monotonic() + 60
    while standing(page, film)["kind"] != "running" and time.monotonic() < until:
        time.sleep(0.05)
    assert [(one.what, one.path) for one in read_runs(find_home().runs)] == [("cut", workplace.film)]
    told = wait_for(page, film, "done", "failed")
    assert told["cut"]["state"] == "done" and "4 clips" in told["cut"]["told"], told
    after = json.loads((folder / "clips.json").read_bytes())
    assert after["request"] == before["request"]
    assert after["highlights"][0]["parts"] != before["highlights"][0]["parts"]
    assert [one["platform"] for one in after["clips"]] == [one["platform"] for one in before["clips"]]
    assert standing(page, film)["kind"] == "partly reviewed" or standing(page, film)["kind"] == "to review"
    assert read_runs(find_home().runs) == ()


def test_it_is_stopped_with_all_that_it_started(workplace: Any, page: Page, cut: Callable[[], Path]) -> None:
    cut()
    (film,) = page.films()
    # So that there is something to make.
    preset = workplace.presets / "platforms" / "quad.toml"
    preset.write_text(preset.read_text().replace("target = -16", "target = -20"))
    assert page.post(f"/films/{film}/cut", {}).status_code == 200
    assert page.post(f"/films/{film}/cut/stop", {}).status_code == 200
    told = wait_for(page, film, "stopped", "done", "failed")
    assert told["cut"]["state"] == "stopped" and told["kind"] != "running"
    until = time.monotonic() + 20
    while find_processes(str(workplace.home)) and time.monotonic() < until:
        time.sleep(0.05)
    assert find_processes(str(workplace.home)) == [] and read_runs(find_home().runs) == ()
    assert page.post(f"/films/{film}/cut", {}).status_code == 200
    assert wait_for(page, film, "done", "failed")["cut"]["state"] == "done"


def test_what_cannot_be_cut_again_is_told_in_words_and_nothing_of_a_browser_is_taken(page: Page) -> None:
    folder = write_film("kite")
    (film,) = page.films()
    answer = page.post(f"/films/{film}/cut", {})
    assert answer.status_code == 400 and "earlier version" in answer.json()["told"]
    for asked in ({"platforms": ["tall"]}, {"file": "/etc/passwd"}, [], None, "x"):
        assert page.post(f"/films/{film}/cut", asked).status_code == 422
    for name in ("0" * 32, "../x", "X" * 32):
        assert page.post(f"/films/{name}/cut", {}).status_code in (404, 422)
        assert page.post(f"/films/{name}/cut/stop", {}).status_code in (404, 422)
        assert page.get(f"/films/{name}/standing").status_code in (404, 422)
    assert page.post(f"/films/{film}/cut/stop", {}).status_code == 200
    said = json.loads((folder / "clips.json").read_bytes())
    master = said["masters"][0]["file"]
    asked_for = {
        "file": master, "platforms": ["nosuch"], "highlights": "moments", "style": "house", "captions": None,
        "count": None, "regions": [], "event": None, "out": None,
    }  # fmt: skip
    (folder / "clips.json").write_text(json.dumps({**said, "clips": [], "request": asked_for}))
    answer = page.post(f"/films/{film}/cut", {})
    assert answer.status_code in (400, 503) and "nosuch" in answer.json()["told"]
    (folder / "clips.json").write_text(json.dumps({**said, "clips": [], "request": {**asked_for, "platforms": None}}))
    assert page.post(f"/films/{film}/cut", {}).status_code == 200
    told = wait_for(page, film, "failed", "done")
    assert told["cut"]["state"] == "failed" and "kite.mp4" in told["cut"]["told"] and told["cut"]["remedy"]


def test_one_film_is_cut_at_a_time_and_none_that_something_is_made_of(page: Page) -> None:
    write_film("kite")
    (film,) = page.films()
    with told_run(find_home().runs, "cut", find_home().masters / "kite.mp4"):
        answer = page.post(f"/films/{film}/cut", {})
        assert answer.status_code in (400, 409)
    shown = Recuts()
    assert shown.document(film) is None
    shown.stop(film)
    shown.close()


def test_runs_elsewhere_are_shown_live_and_go_with_their_end(
    page: Page, visit: Callable[..., Tab], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.shell.runs._EVERY_S", 0.0)
    write_film("The Red Kite")
    (film,) = page.films()
    (master,) = find_home().masters.iterdir()
    list_tab, film_tab = visit(), visit()
    film_tab.goto(f"{page.origin}/films/{film}")
    with (
        told_run(find_home().runs, "cut", master) as run,
        told_run(find_home().runs, "block", Path("small-hours.toml")) as block,
    ):
        run.tell_whole(0.25)
        block.tell_whole(0.5)
        list_tab.locator(".film .state", has_text="running clips: 25% made").wait_for()
        assert list_tab.locator(".film progress").get_attribute("value") == "0.25"
        list_tab.locator("#runs li", has_text="small-hours.toml, block: 50% made").wait_for()
        film_tab.locator(".title .state", has_text="running clips: 25% made").wait_for()
        run.tell_whole(0.75)
        film_tab.locator("#standing-told", has_text="75%").wait_for()
        assert film_tab.locator("#recut").is_disabled()
    film_tab.locator("#standing", has_text="waiting for review").wait_for()
    film_tab.locator("#changed").wait_for()
    list_tab.locator(".film .state", has_text="waiting for review").wait_for()
    list_tab.locator("#runs").wait_for(state="hidden")


def test_what_was_asked_for_once_for_several_regions_is_cut_once(page: Page) -> None:
    write_film("kite")
    (film,) = Library(find_home()).films()
    (document,) = film.documents
    asked = Asked(film.path, None, "moments", "house", None, None, ("de", "fr"), None, None)
    edit = replace(asked, file=film.path.with_name("teaser.edit.json"), regions=())
    regions = [replace(document, asked=asked, region=name) for name in ("de", "fr")]
    orders = _orders(replace(film, documents=(*regions, replace(document, asked=edit))))
    assert [(one.file, order.regions) for one, order in orders] == [(film.path, ("de", "fr")), (edit.file, ())]
    assert page.films() == [film.id]


def test_what_went_wrong_is_told_on_the_page_and_it_can_be_tried_again(
    page: Page, visit: Callable[..., Tab], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_film("kite")
    (film,) = Library(find_home()).films()
    said = json.loads((folder / "clips.json").read_bytes())
    request = describe_request(film.path, CutRequest())
    (folder / "clips.json").write_text(json.dumps({**said, "request": request}))
    tab = visit()
    tab.goto(f"{page.origin}/films/{film.id}")
    tab.wait_for_load_state()
    tab.keyboard.press("c")
    tab.locator("#recut-fault", has_text="Nothing was cut: kite.mp4:").wait_for(timeout=60_000)
    assert tab.locator("#recut").is_enabled() and not tab.locator("#recut-stop").is_visible()
    asked = threading.Event()

    def run(_runner: ProcessRunner, _job: object, on_share: Callable[[float], None]) -> Outcome:
        on_share(0.5)
        return Outcome("stopped" if asked.wait(60) else "failed", "")

    monkeypatch.setattr(ProcessRunner, "run", run)
    monkeypatch.setattr(ProcessRunner, "stop", lambda _runner: asked.set())
    monkeypatch.setattr("pipeline.shell.runs._EVERY_S", 0.0)
    tab.keyboard.press("c")
    tab.locator("#standing-told", has_text="clips: 50% made").wait_for()
    assert not tab.locator("#recut-fault").is_visible() and tab.locator("#recut").is_disabled()
    tab.get_by_role("button", name="Stop").press("Enter")
    tab.locator("#said", has_text="Stopped.").wait_for()
    tab.locator("#standing", has_text="waiting for review").wait_for()
    assert tab.locator("#recut").is_enabled()
