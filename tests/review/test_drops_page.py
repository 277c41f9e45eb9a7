"""What the page says of drops: windows by region and clock, what is at the target, and calendars that are wrong."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page as Tab

from pipeline.review import drop_looks
from pipeline.shell.drops import open_drop, tend
from pipeline.shell.home import find_home
from pipeline.shell.known_calendars import known_calendars, remember_calendar
from pipeline.shell.ledger import Ledger
from pipeline.shell.targets.machine_locks import machine_lock
from tests.players.tools import install_modules
from tests.review.conftest import Page
from tests.review.homes import write_film
from tests.shell.targets.looking import quiet
from tests.small_packages import make_small_package

NOON = datetime(2027, 3, 27, 12, tzinfo=UTC)
"""The day before clocks in Berlin are set forward."""
CALENDAR = """\
film = "the-red-kite"
target = "www"
address = "https://films.example.invalid"
hours = 24

[countries]
saxony = ["DE"]
kanto = ["JP"]

[[drops]]
regions = "saxony"
opens = 2027-03-27T20:00:00
zone = "Europe/Berlin"

[[drops]]
regions = "kanto"
opens = 2027-03-27T19:00:00
zone = "Asia/Tokyo"
exclusive_until = 2027-03-27T22:00:00

[[drops]]
opens = "2027-03-29 09:00-07:00"
premiere = true

[page]
title = "The Red Kite"
"""
NASTY = '<img src=x onerror="document.title=1">&\\u202e\\u001b[31m{{7*7}}</script>'


class Clock:
    """A clock that a test sets, for the page's server."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(drop_looks, "now", clock)
    # Every question is answered by a new look.
    monkeypatch.setattr(drop_looks, "REST_S", 0.0)
    return clock


def write_calendar(text: str = CALENDAR, name: str = "kite.calendar.toml", folder: str = "kite") -> Path:
    """Write a calendar into a project of the home, and the package of its film."""
    home = find_home()
    path = home.projects / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    package = home.out / "the-red-kite" / "hls"
    if not package.exists():
        make_small_package(package)
    return path


def told(page: Page) -> dict[str, Any]:
    answer = page.client.get("/drops/now")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def states(page: Page) -> dict[str, str]:
    return {one["region"]: one["state"] for one in told(page)["windows"]}


def carry_out(path: Path, at: datetime) -> None:
    done = list(tend(open_drop(path), lambda: at, quiet))
    assert [one.error for one in done] == [None] * len(done)


def test_windows_are_told_by_the_clocks_of_their_regions_across_a_change_of_clocks(page: Page, clock: Clock) -> None:
    assert page.get("/drops").status_code == 200 and told(page)["windows"] == []
    path = write_calendar()
    found = told(page)
    assert [(one["id"], one["name"]) for one in found["regions"]] == [
        ("kanto", "kanto"), ("saxony", "saxony"), ("", "Everybody else"),
    ]  # fmt: skip
    kanto, saxony, rest = found["windows"]
    assert saxony["opens"] == "2027-03-27T19:00:00Z" and saxony["closes"] == "2027-03-28T19:00:00Z"
    assert saxony["opens_there"] == "Sat 27 Mar 2027, 20:00 CET"
    assert saxony["closes_there"] == "Sun 28 Mar 2027, 21:00 CEST"
    assert saxony["span_there"] == "Sat 27 Mar, 20:00 CET – Sun 28 Mar, 21:00 CEST"
    assert kanto["span_there"] == "Sat 27 Mar, 19:00 – Sun 28 Mar, 19:00 JST" and kanto["clock"] == "open"
    assert rest["opens_there"] == "Mon 29 Mar 2027, 09:00 UTC-07:00" and rest["edition"] == "the-red-kite"
    assert (
        "everybody watches together" in rest["notes"][0]
        and "Alone until Sat 27 Mar 2027, 22:00 JST" in kanto["notes"][0]
    )
    assert saxony["title"] == "The Red Kite" and saxony["variant"] == "the film as it is"
    assert saxony["page"] == "https://films.example.invalid/the-red-kite.html"
    (calendar,) = found["calendars"]
    assert calendar["path"] == str(path) and calendar["next_change"] == "2027-03-27T19:00:00Z"
    assert any("clocks in Europe/Berlin are changed" in one for one in calendar["remarks"])
    clock.at = datetime(2027, 3, 28, 18, 59, 59, tzinfo=UTC)
    assert {one["region"]: one["clock"] for one in told(page)["windows"]}["saxony"] == "open"
    clock.at += timedelta(seconds=1)
    assert states(page)["saxony"] == "closed"


def test_what_is_the_case_at_the_target_is_told_with_the_command_that_mends_it(page: Page, clock: Clock) -> None:
    path = write_calendar()
    assert states(page) == {"kanto": "late", "saxony": "coming", "": "coming"}
    (warning,) = told(page)["warnings"]
    assert "the-red-kite-kanto should be open since Sat 27 Mar 2027, 19:00 JST, and is not" in warning["told"]
    assert warning["command"] == f"matinee drop tend {path}"
    clock.at = NOON.replace(hour=17)
    assert any("Its upload is due since" in note for note in told(page)["windows"][1]["notes"])
    carry_out(path, clock.at)
    assert states(page) == {"kanto": "open", "saxony": "staged", "": "coming"} and told(page)["warnings"] == []
    # Nobody closes it.
    clock.at = NOON + timedelta(days=1)
    assert states(page) == {"kanto": "overdue", "saxony": "late", "": "coming"}
    late, overdue = sorted(one["told"] for one in told(page)["warnings"])
    assert "the-red-kite-kanto is open at" in late and "the-red-kite-saxony should be open" in overdue
    carry_out(path, clock.at)
    assert states(page) == {"kanto": "closed", "saxony": "open", "": "coming"}
    # Somebody took the entry away.
    (path.parent / "www" / "the-red-kite-saxony.m3u8").unlink()
    assert states(page)["saxony"] == "late"
    # What the calendar has no more is open none the less; nothing was changed from here.
    path.write_text(CALENDAR.replace('regions = "saxony"', 'regions = "tyrol"').replace("saxony =", "tyrol ="))
    carry_out(path, clock.at)
    assert states(page) == {"kanto": "closed", "tyrol": "open", "": "coming"}
    path.rename(path.with_name("away"))
    (warning,) = told(page)["warnings"]
    assert "the-red-kite-tyrol is open" in warning["told"] and "nobody closes it" in warning["told"]
    assert warning["command"] == f"matinee unpublish the-red-kite-tyrol --from {path.parent / 'www'}"


def test_a_package_that_is_not_there_is_told_before_it_is_too_late(page: Page, clock: Clock) -> None:
    write_calendar(CALENDAR.replace("saxony", "de"))
    assert clock.at == NOON
    found = {one["region"]: one for one in told(page)["windows"]}
    assert found["de"]["variant"] == "no package" and "matinee package FILM --region de" in found["de"]["notes"][0]
    make_small_package(find_home().out / "the-red-kite" / "regions" / "de" / "hls", region="de", title="Der Drachen")
    found = {one["region"]: one for one in told(page)["windows"]}
    assert found["de"]["variant"] == "variant for de" and found["de"]["notes"] == []


def test_a_premiere_that_nobody_shows_and_what_lies_ready_for_nginx_are_told(page: Page, clock: Clock) -> None:
    path = write_calendar()
    clock.at = datetime(2027, 3, 29, 16, 0, 5, tzinfo=UTC)
    carry_out(path, clock.at)
    assert states(page)[""] == "late"
    (warning,) = told(page)["warnings"]
    assert (
        "the-red-kite should show its premiere since Mon 29 Mar 2027, 09:00 UTC-07:00, and nobody does"
        in warning["told"]
    )
    with machine_lock(open_drop(path).target.where, "premieres-the-red-kite", fcntl.LOCK_EX):
        assert states(page)[""] == "premiere" and told(page)["warnings"] == []
    clock.at = NOON
    edge = write_calendar(
        f'hold = "edge"\n{CALENDAR.replace("premiere = true", "").replace("the-red-kite", "grey-kite")}'
    )
    make_small_package(find_home().out / "grey-kite" / "hls")
    clock.at = NOON.replace(hour=17)
    carry_out(edge, clock.at)
    found = {one["region"]: one["told"] for one in told(page)["windows"]}
    assert found == {"kanto": "open", "saxony": "coming, laid ready", "": "coming"}


def test_a_window_leads_to_its_film(page: Page, clock: Clock) -> None:
    assert clock.at == NOON
    write_calendar()
    folder = write_film("The Red Kite")
    master = json.loads((folder / "clips.json").read_text())["masters"][0]["sha256"]
    manifest = find_home().out / "the-red-kite" / "hls" / "package.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "masters": [{"sha256": master}]}))
    (address,) = {one["film"] for one in told(page)["windows"]}
    assert page.get(address).status_code == 200 and "The Red Kite" in page.get(address).text
    manifest.write_text('{"masters": [7], "title": 3}')
    assert {one["film"] for one in told(page)["windows"]} == {None}


def test_calendars_that_were_worked_with_are_known_wherever_they_lie(
    workplace: Any, page: Page, clock: Clock, tmp_path: Path
) -> None:
    home, ledger = find_home(), Ledger(find_home().ledger)
    assert clock.at == NOON
    far = tmp_path / "elsewhere" / "any name.toml"
    far.parent.mkdir()
    far.write_text(CALENDAR.replace("the-red-kite", "the-black-kite"))
    assert known_calendars(home, ledger) == ()
    assert workplace.matinee("drop", "plan", far, "--at", "2027-03-27 12:00Z").code == 0
    assert known_calendars(home, ledger) == (), "to try another hour is no work with it"
    assert workplace.matinee("drop", "plan", far).code == 0
    assert known_calendars(home, ledger) == (far,)
    near = write_calendar()
    (near.parent / "link.calendar.toml").symlink_to(near.name)
    (near.parent / ".draft.calendar.toml").write_text("x")
    remember_calendar(near, ledger)
    assert known_calendars(home, ledger) == tuple(sorted((far, near)))
    assert {one["film"] for one in told(page)["calendars"]} == {"the-red-kite", "the-black-kite"}
    far.unlink()
    assert known_calendars(home, ledger) == (near,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("film = [", "is not TOML"),
        ('film = "x"', "target is missing"),
        (CALENDAR.replace("2027-03-27T20:00:00", "2027-03-28T02:30:00"), "02:00 straight to 03:00"),
        (CALENDAR.replace('"Asia/Tokyo"', '"Asia/Tokio"'), "Asia/Tokyo"),
        (CALENDAR.replace("kanto = ", "kantoo = "), "kanto"),
        (CALENDAR.replace('"www"', '"s3://x"'), "s3://"),
        ("\x00", "TOML"),
        ("x" * 300_000, "larger than"),
    ],
)
def test_a_calendar_that_cannot_be_used_is_told_with_what_is_wrong_and_the_others_are_shown(
    page: Page, clock: Clock, text: str, words: str
) -> None:
    assert clock.at == NOON
    write_calendar()
    broken = write_calendar(text, "broken.calendar.toml", "other")
    found = told(page)
    (one,) = found["broken"]
    assert one["path"] == str(broken) and words in one["told"] + one["remedy"], one
    assert one["command"] == f"matinee drop plan {broken}" and len(found["windows"]) == 3
    broken.write_text(CALENDAR)
    assert told(page)["broken"] == []


def test_a_region_whose_preset_changes_changes_what_calendars_mean(workplace: Any, page: Page, clock: Clock) -> None:
    assert clock.at == NOON
    preset = workplace.presets / "regions" / "saxony.toml"
    preset.parent.mkdir()
    preset.write_text('name = "Saxony"\ncountries = ["DE"]\nlanguage = "de"\n')
    write_calendar(CALENDAR.replace('saxony = ["DE"]\n', ""))

    def countries() -> list[str]:
        (region,) = (one for one in told(page)["regions"] if one["id"] == "saxony")
        return list(region["countries"])

    assert countries() == ["DE"]
    preset.write_text('name = "Saxony"\ncountries = ["DE", "AT"]\nlanguage = "de"\n')
    assert countries() == ["AT", "DE"]
    preset.unlink()
    (broken,) = told(page)["broken"]
    assert "saxony" in broken["told"]


def test_a_target_that_cannot_be_asked_is_told_and_the_calendar_still_shown(page: Page, clock: Clock) -> None:
    assert clock.at == NOON
    path = write_calendar()
    (path.parent / "www").write_text("a file")
    found = told(page)
    assert {one["told"] for one in found["windows"]} == {"open by the calendar", "coming by the calendar"}
    (warning,) = found["warnings"]
    assert "What is open of the-red-kite is not known" in warning["told"] and "is no folder" in warning["told"]
    path.unlink()
    path.mkdir()
    assert "not a file but a directory" in told(page)["broken"][0]["told"]
    if os.geteuid() != 0:
        path.rmdir()
        write_calendar().chmod(0)
        assert "cannot be read" in told(page)["broken"][0]["told"]


def test_more_windows_than_anybody_sees_are_left_out_and_told(page: Page, clock: Clock) -> None:
    drops = "".join(
        f'[[drops]]\nopens = "{NOON + timedelta(days=2 * number):%Y-%m-%d %H:%M:%SZ}"\nhours = 24\n'
        for number in range(400)
    )
    head = 'target = "www"\naddress = "https://films.example.invalid"\n'
    for name in ("a", "b"):
        write_calendar(f'film = "{name}"\n{head}{drops}', f"{name}.calendar.toml")
    clock.at = NOON - timedelta(days=1)
    answer = page.client.get("/drops/now")
    found = answer.json()
    assert len(found["windows"]) == 600 and found["left_out"] == 200 and len(answer.content) < 1_000_000
    assert max(one["opens"] for one in found["windows"]) < f"{NOON + timedelta(days=601):%Y-%m-%d}"


def test_an_editor_sees_what_is_open_moves_in_time_and_is_warned(clock: Clock, visit: Callable[..., Tab]) -> None:
    path = write_calendar()
    carry_out(path, NOON)
    tab = visit(timezone_id="America/New_York", viewport={"width": 1280, "height": 900})
    tab.get_by_role("link", name="Drops").click()
    tab.locator("#open-now", has_text="Open now: The Red Kite in kanto.").wait_for()
    bars = tab.locator("#chart .bar")
    assert bars.count() == 2 and tab.locator("[data-zoom=week]").get_attribute("aria-pressed") == "true"
    assert tab.locator("#range").inner_text() == "Mon, 22 Mar 2027 – Sun, 28 Mar 2027"
    row = tab.locator("#table tr", has_text="the-red-kite-saxony")
    assert "Sat 27 Mar 2027, 20:00 CET" in row.inner_text() and "Sat, 27 Mar 2027, 15:00" in row.inner_text()
    tab.locator("#chart").focus()
    tab.keyboard.press("+")
    tab.locator("#range", has_text="Sat, 27 Mar 2027").wait_for()
    now = tab.locator("#now")
    assert now.evaluate("(one) => parseFloat(one.style.left)") == pytest.approx(100 * 8 / 24, abs=0.5)
    assert tab.locator("#now-told").inner_text().startswith("now 08:0")
    tab.keyboard.press("ArrowRight")
    tab.locator("#range", has_text="Sun, 28 Mar 2027").wait_for()
    assert not now.is_visible()
    # By the clock of Berlin that day has 23 hours, and no two o'clock.
    tab.locator("#clock").select_option("Europe/Berlin")
    ticks = tab.locator(".tick").all_inner_texts()
    assert "Sun, 28 Mar" in ticks[0] or "28 Mar" in ticks[0]
    left = bars.filter(has_text="20:00 CET").evaluate("(one) => one.getBoundingClientRect().left")
    edge = tab.locator("#ticks").evaluate("(one) => one.getBoundingClientRect().left")
    assert left == pytest.approx(edge, abs=2), "it has been open since the evening before"
    width = bars.filter(has_text="20:00 CET").evaluate("(one) => one.getBoundingClientRect().width")
    track = tab.locator("#ticks").evaluate("(one) => one.getBoundingClientRect().width")
    assert width / track == pytest.approx(20 / 23, abs=0.01)
    tab.locator("#chart").focus()
    tab.keyboard.press("-")
    tab.keyboard.press("-")
    assert bars.count() == 3
    bars.filter(has_text="PDT").or_(bars.filter(has_text="UTC-07:00")).focus()
    tab.keyboard.press("Enter")
    detail = tab.locator("#detail")
    detail.get_by_text("Premiere: everybody watches together.").wait_for()
    assert "the-red-kite, the film as it is" in detail.inner_text() and str(path) in detail.inner_text()
    # It goes on by itself: nobody closes what is over, and nobody opens what is due.
    clock.at = NOON + timedelta(days=1)
    tab.locator("#warnings", has_text="the-red-kite-saxony should be open").wait_for()
    assert f"matinee drop tend {path}" in tab.locator("#warnings").inner_text()
    assert (
        tab.locator(".bar[data-state=late]").count() == 2 and "Nothing is open now" in tab.locator("main").inner_text()
    )
    carry_out(path, clock.at)
    tab.locator("#open-now", has_text="The Red Kite in saxony").wait_for()
    assert tab.locator("#warnings").is_hidden() and detail.is_visible()


def test_hostile_text_stays_words(page: Page, clock: Clock, visit: Callable[..., Tab]) -> None:
    assert clock.at == NOON
    text = CALENDAR.replace('title = "The Red Kite"', f"title = {json.dumps('<img src=x onerror=alert(1)>')}")
    write_calendar(text, "<img src=x onerror=alert(1)>'\x1b\u202e.calendar.toml")
    write_calendar(f'film = "{NASTY}"\n', "bad.calendar.toml", "$(touch x); `id` ")
    tab = visit()
    tab.goto(f"{page.origin}/drops")
    tab.locator(".bar").first.click()
    tab.locator("#detail h2", has_text="<img src=x onerror=alert(1)>").wait_for()
    assert tab.locator("img[src=x]").count() == 0 and tab.title() == "Drops · Matinee"
    content = tab.content()
    assert "\u202e" not in content and "\x1b" not in content
    command = tab.locator("#broken-list .command").inner_text()
    assert command.startswith("matinee drop plan '") and "$(touch x); `id` " in command


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier_is_found(page: Page, clock: Clock, visit: Callable[..., Tab], scheme: str) -> None:
    axe = (install_modules() / "axe-core" / "axe.min.js").read_text()
    path = write_calendar()
    write_calendar("film = [", "broken.calendar.toml")
    carry_out(path, NOON)
    clock.at = NOON + timedelta(days=1)
    tab = visit(color_scheme=scheme)
    for width, height in ((390, 844), (834, 1112), (1440, 900)):
        tab.set_viewport_size({"width": width, "height": height})
        tab.goto(f"{page.origin}/drops")
        tab.locator(".bar").first.click()
        tab.locator("#detail dl").wait_for()
        tab.evaluate(axe)
        found = tab.evaluate("async () => (await axe.run()).violations.map((one) => "
                             "[one.impact, one.id, one.nodes.map((node) => node.html).join('\\n')])")  # fmt: skip
        assert [one for one in found if one[0] in ("serious", "critical")] == [], width
        wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, width
