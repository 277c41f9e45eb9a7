"""What editors do with presets on the page: read, change with every fault told, see what changes, and save as TOML."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page as Tab

from pipeline.errors import PresetError
from pipeline.presets import SCHEMAS, list_presets, load_platform, load_region, own_folder
from tests.players.tools import install_modules
from tests.review.conftest import Page
from tests.review.homes import write_film
from tests.test_preset_forms import HOSTILE, SHIPPED, put, words_under

TRAVERSALS = (
    "../x",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "x/../../y",
    "x.toml",
    "X",
    "%00",
    "x%0a",
    "٠",
    "-",
    "x" * 200,
)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the user's presets of a home, with nothing named in the environment."""
    monkeypatch.delenv("MATINEE_PRESETS", raising=False)
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "presets"


def form(page: Page, kind: str, name: str) -> dict[str, Any]:
    answer = page.get(f"/presets/{kind}/{name}/form")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_faults_are_told_by_field_as_the_command_line_tells_them_and_nothing_is_written(own: Path, page: Page) -> None:
    known = form(page, "platforms", "tiktok")
    words = put(put(known["words"], ("picture", "width_px", "min"), "abc"), ("file", "duration_s", "source"), "nobody")
    answer = page.post("/presets/platforms/tiktok/check", {"seen": known["seen"], "words": words})
    (fault,) = answer.json()["faults"]
    assert fault["field"] == "picture.width_px.min" and "it should be a whole number" in fault["told"]
    words["picture"]["width_px"]["min"] = "5000"
    (fault,) = page.post("/presets/platforms/tiktok/check", {"seen": known["seen"], "words": words}).json()["faults"]
    assert fault["field"] == "picture.width_px" and "a range whose min is at most its max" in fault["told"]
    words["picture"]["width_px"]["min"] = "360"
    (fault,) = page.post("/presets/platforms/tiktok/check", {"seen": known["seen"], "words": words}).json()["faults"]
    assert fault["field"] == "file.duration_s.source" and "known: api, ads, practice" in fault["told"]
    answer = page.post("/presets/platforms/tiktok/save", {"seen": known["seen"], "words": words})
    assert answer.status_code == 400 and "file.duration_s.source" in answer.json()["told"]
    block = form(page, "blocks", "cafe")
    asked = {"seen": block["seen"], "words": {**block["words"], "style": "nosuch"}}
    (fault,) = page.post("/presets/blocks/cafe/check", asked).json()["faults"]
    assert fault["field"] == "style" and not own.exists()


def test_one_of_ours_is_saved_as_the_users_under_its_name_or_another(own: Path, page: Page) -> None:
    ours = [(file.path, hashlib.sha256(file.path.read_bytes()).hexdigest()) for file in SHIPPED]
    known = form(page, "platforms", "tiktok")
    words = put(known["words"], ("file", "duration_s", "max"), "600")
    asked = {"seen": known["seen"], "words": words}
    diff = page.post("/presets/platforms/tiktok/check", asked).json()["diff"]
    assert [line for line in diff if line[:1] in "+-"][2:] == [
        '-duration_s = { max = 180, source = "api" }', '+duration_s = { max = 600, source = "api" }',
    ]  # fmt: skip
    assert page.post("/presets/platforms/tiktok/save", asked).status_code == 200
    text = (own / "platforms" / "tiktok.toml").read_text()
    assert "max = 600" in text and load_platform("tiktok").file.duration_s.max == 600
    assert text.count("\n") == dict(ours_texts())["tiktok"].count("\n")
    listed = page.get("/presets").text
    assert "yours, instead of ours" in listed and str(own) in listed
    known = form(page, "regions", "de")
    asked = {"seen": known["seen"], "words": {**known["words"], "name": "Germany, north"}, "name": "de-north"}
    assert page.post("/presets/regions/de/save", asked).json()["id"] == "de-north"
    assert load_region("de-north").name == "Germany, north" and load_region("de").name == "Germany"
    again = page.post("/presets/regions/de/save", asked)
    assert again.status_code == 409 and "de-north" in again.json()["told"]
    taken = page.post("/presets/regions/de/save", {**asked, "name": "fr"})
    assert taken.status_code == 409 and not (own / "regions" / "fr.toml").exists()
    assert ours == [(path, hashlib.sha256(path.read_bytes()).hexdigest()) for path, _ in ours]


def ours_texts() -> list[tuple[str, str]]:
    return [(file.id, file.path.read_text()) for file in SHIPPED]


def test_two_editors_get_a_conflict_with_both_sides_and_nothing_is_lost(own: Path, page: Page) -> None:
    first = second = form(page, "highlights", "montage")
    mine = put(first["words"], ("count",), "5")
    assert page.post("/presets/highlights/montage/save", {"seen": first["seen"], "words": mine}).status_code == 200
    other = put(second["words"], ("montage", "max_shot_s"), "4")
    answer = page.post("/presets/highlights/montage/save", {"seen": second["seen"], "words": other})
    assert answer.status_code == 409
    told = answer.json()
    assert (
        told["theirs"]["words"]["count"] == "5" and "+max_shot_s = 4" in told["diff"] and "-count = 5" in told["diff"]
    )
    path = own / "highlights" / "montage.toml"
    assert "count = 5" in path.read_text() and "max_shot_s = 5" in path.read_text()
    merged = put(told["theirs"]["words"], ("montage", "max_shot_s"), "4")
    asked = {"seen": told["theirs"]["seen"], "words": merged}
    assert page.post("/presets/highlights/montage/save", asked).status_code == 200
    assert "count = 5" in path.read_text() and "max_shot_s = 4" in path.read_text()
    path.write_text(path.read_text() + "# by hand\n")
    assert page.post("/presets/highlights/montage/check", asked).json()["changed_meanwhile"] is True
    assert page.post("/presets/highlights/montage/save", {**asked, "words": mine}).status_code == 409
    path.write_text("not = [toml")
    answer = page.post("/presets/highlights/montage/save", {**asked, "words": mine})
    assert answer.status_code == 409 and answer.json()["theirs"] is None and path.read_text() == "not = [toml"
    assert page.get("/presets/highlights/montage").status_code == 200
    assert (
        page.get("/presets/highlights/montage/form").status_code == 400 and "is not TOML" in page.get("/presets").text
    )


@pytest.mark.parametrize("kind", SCHEMAS)
def test_hostile_words_in_any_field_are_told_or_kept_as_words(own: Path, page: Page, kind: str) -> None:
    name = next(file.id for file in SHIPPED if file.kind == kind)
    known = form(page, kind, name)
    places = list(words_under(known["words"]))
    for number, place in enumerate(places[:: max(1, len(places) // 30)]):
        for typed in HOSTILE[number % len(HOSTILE) :][:2]:
            asked = {"seen": known["seen"], "words": put(known["words"], place, typed)}
            answer = page.post(f"/presets/{kind}/{name}/check", asked)
            assert answer.status_code == 200, (place, typed, answer.text)
            assert "\x1b" not in answer.text and "Traceback" not in answer.text
    assert not own.exists()


@pytest.mark.parametrize(
    "words",
    [
        {"a": 1}, {"a": None}, {"a": 1.5}, {"a": "\ud800"}, {"a": "x" * 20_001}, {"a": ["x"] * 5001}, [],
        {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": "x"}}}}}}}}}},
    ],
)  # fmt: skip
def test_what_is_no_preset_is_refused_before_anything_reads_it(own: Path, page: Page, words: Any) -> None:
    for what in ("check", "save", "effect"):
        asked = {"seen": "0" * 64, "words": words} | ({"document": "0" * 32} if what == "effect" else {})
        body = json.dumps(asked).encode()
        headers = {"origin": page.origin, "x-csrf-token": page.proof, "content-type": "application/json"}
        answer = page.client.post(f"/presets/platforms/tiktok/{what}", content=body, headers=headers)
        assert answer.status_code == 422, answer.text
    assert not own.exists()


def test_no_id_leads_out_of_the_folder_and_strangers_get_nothing(own: Path, page: Page) -> None:
    known = form(page, "platforms", "tiktok")
    asked = {"seen": known["seen"], "words": known["words"]}
    for name in TRAVERSALS:
        for where in (f"/presets/platforms/{name}", f"/presets/platforms/{name}/form", f"/presets/{name}/tiktok"):
            assert page.get(where).status_code in (400, 404, 405, 422), where
        answer = page.post("/presets/platforms/tiktok/save", {**asked, "name": name})
        assert answer.status_code == 422, name
    assert page.post("/presets/platforms/tiktok/save", asked, **{"x-csrf-token": "x"}).status_code == 403
    page.client.cookies.clear()
    for where in ("/presets", "/presets/platforms/tiktok", "/presets/platforms/tiktok/form"):
        assert page.get(where).status_code == 401
    assert not own.exists()


def test_a_link_does_not_lead_a_copy_out_of_the_folder_nor_is_ours_written_through_it(
    own: Path, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (own / "regions").symlink_to(tmp_path / "elsewhere")
    known = form(page, "regions", "de")
    asked = {"seen": known["seen"], "words": known["words"], "name": "mine"}
    assert page.post("/presets/regions/de/save", asked).status_code == 400
    assert list((tmp_path / "elsewhere").iterdir()) == []
    (own / "platforms").mkdir()
    (own / "platforms" / "tiktok.toml").symlink_to(SHIPPED[0].path.parent.parent / "platforms" / "tiktok.toml")
    (own / "platforms" / "mine.toml").symlink_to(tmp_path / "elsewhere" / "mine.toml")
    ours = form(page, "platforms", "tiktok")
    asked_too = {"seen": ours["seen"], "words": {**ours["words"], "name": "x"}}
    answer = page.post("/presets/platforms/tiktok/save", asked_too)
    assert answer.status_code == 400 and "A link leads tiktok.toml" in answer.json()["told"]
    assert page.post("/presets/platforms/tiktok/save", {**asked_too, "name": "mine"}).status_code == 409
    assert page.get("/presets").status_code == 200 and page.get("/presets/platforms/mine/form").status_code == 400
    assert list((tmp_path / "elsewhere").iterdir()) == []
    monkeypatch.setenv("MATINEE_PRESETS", str(SHIPPED[0].path.parent.parent))
    assert page.post("/presets/regions/de/save", asked).status_code == 400
    assert own_folder() == SHIPPED[0].path.parent.parent and not (own_folder() / "regions" / "mine.toml").exists()


def test_a_folder_that_the_environment_names_wins_over_the_homes(own: Path, tmp_path: Path, monkeypatch: Any) -> None:
    (own / "regions").mkdir(parents=True)
    text = dict(ours_texts())["de"]
    (own / "regions" / "xy.toml").write_text(text.replace('"Germany"', '"Home"'))
    assert load_region("xy").name == "Home"
    monkeypatch.setenv("MATINEE_PRESETS", str(tmp_path))
    with pytest.raises(PresetError, match="there is no preset 'xy'"):
        load_region("xy")


def test_what_would_be_rendered_again_is_what_is_rendered_again(workplace: Any, page: Page, cut: Any) -> None:
    cut()
    known = form(page, "platforms", "quad")
    (document,) = known["documents"]

    def effect(kind: str, name: str, words: Any) -> dict[str, Any]:
        asked = {"seen": "0" * 64, "words": words, "document": document["id"]}
        answer = page.post(f"/presets/{kind}/{name}/effect", asked)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    nothing = effect("platforms", "quad", {**known["words"], "name": "Quad"})
    assert (nothing["again"], nothing["clips"], nothing["unknown"], nothing["told"]) == ([], 4, 0, "")
    words = put(known["words"], ("picture", "keyframe_interval_s", "prefer"), "1")
    found = effect("platforms", "quad", words)
    assert found["again"] == ["h1-quad", "h2-quad"] and found["cpu_s"] > 0 and found["gone"] == []
    short = form(page, "highlights", "short")
    fewer = effect("highlights", "short", {**short["words"], "count": "1"})
    assert sorted(fewer["gone"]) == ["h2-quad", "h2-tall"] and fewer["again"] == []
    none = effect("platforms", "quad", put(known["words"], ("file", "duration_s", "max"), "1"))
    assert none["told"] and none["again"] == []
    house = form(page, "styles", "house")
    assert house["documents"] == [document]
    assert page.post("/presets/platforms/quad/save", {"seen": known["seen"], "words": words}).status_code == 200
    ran = workplace.matinee("cut", workplace.film, "--highlights", "short", "--platform", "tall", "--platform", "quad",
                            "--json")  # fmt: skip
    clips = json.loads(ran.out)["films"][0]["clips"]
    made = sorted(Path(one["file"]).stem for one in clips if one["made"] == "rendered")
    assert made == found["again"]


def test_a_film_that_is_gone_or_changed_is_told_and_not_read(page: Page) -> None:
    folder = write_film("The Red Kite")
    said = json.loads((folder / "clips.json").read_text())
    said["clips"] = [{**one, "platform": "tiktok"} for one in said["clips"]]
    (folder / "clips.json").write_text(json.dumps(said))
    known = form(page, "platforms", "tiktok")
    (document,) = known["documents"]
    asked = {"seen": known["seen"], "words": known["words"], "document": document["id"]}
    answer = page.post("/presets/platforms/tiktok/effect", asked).json()
    assert answer["told"] == "the film's file has changed since"
    Path(said["masters"][0]["file"]).unlink()
    assert page.post("/presets/platforms/tiktok/effect", asked).json()["told"] == "the film is not where it was"
    assert page.post("/presets/platforms/tiktok/effect", {**asked, "document": "0" * 32}).status_code == 404


def test_an_editor_changes_a_limit_and_the_command_line_uses_it(
    workplace: Any, page: Page, cut: Any, visit: Callable[..., Tab]
) -> None:
    cut()
    assert page.get("/presets").text.count('class="preset"') == len(list_presets())
    path = workplace.presets / "platforms" / "quad.toml"
    path.write_text(path.read_text().replace("[file]\n", "# what is accepted\n[file]\n"))
    tab = visit()
    tab.get_by_role("link", name="Presets").click()
    tab.get_by_role("link", name="quad", exact=True).click()
    limit = tab.locator('[data-path="picture.keyframe_interval_s"]')
    assert "Figures for tests · practice · 2026-11-23" in limit.inner_text()
    field = tab.locator('[data-path="picture.keyframe_interval_s.prefer"] input')
    field.fill("61")
    fault = tab.locator('[data-path="picture.keyframe_interval_s.prefer"] .fault', has_text="should be at most 60")
    fault.wait_for()
    assert field.get_attribute("aria-invalid") == "true" and tab.locator("#review").is_disabled()
    assert "max = 60" in path.read_text() and "prefer = 2" in path.read_text()
    field.fill("1")
    tab.locator("#state", has_text="nothing is wrong").wait_for()
    tab.keyboard.press("Control+s")
    tab.locator("#effect", has_text="An estimate: 2 of 4 clips would be rendered again").wait_for()
    assert "h1-quad, h2-quad" in tab.locator("#effects").inner_text()
    added = tab.locator("#diff .added").all_inner_texts()
    assert added == ['+keyframe_interval_s = { prefer = 1, source = "test" }']
    tab.locator("#save").click()
    tab.locator("#said", has_text="Saved").wait_for()
    assert "# what is accepted\n[file]" in path.read_text()
    ran = workplace.matinee("cut", workplace.film, "--highlights", "short", "--platform", "tall", "--platform", "quad",
                            "--dry-run", "--json")  # fmt: skip
    assert len([name for name in json.loads(ran.out)["films"][0]["would_make"] if "picture" in name]) == 2


def test_two_editors_settle_a_conflict_on_the_page(own: Path, page: Page, visit: Callable[..., Tab]) -> None:
    first, second = visit(), visit()
    for tab in (first, second):
        tab.goto(f"{page.origin}/presets/highlights/montage")
        tab.locator('[data-path="count"] input').wait_for()
    first.locator('[data-path="count"] input').fill("5")
    second.locator('[data-path="montage.max_shot_s"] input').fill("4")
    for tab in (first, second):
        tab.locator("#review:not([disabled])").click()
        tab.locator("#save").click()
        if tab is first:
            tab.locator("#said", has_text="Saved").wait_for()
    second.locator("#conflict", has_text="Somebody else has changed this preset").wait_for()
    second.locator("#keep-mine").click()
    second.locator("#state", has_text="nothing is wrong").wait_for()
    assert second.locator('[data-path="count"] input').input_value() == "5"
    second.locator("#review").click()
    second.locator("#save").click()
    second.locator("#said", has_text="Saved").wait_for()
    text = (own / "highlights" / "montage.toml").read_text()
    assert "count = 5" in text and "max_shot_s = 4" in text


def test_fields_lists_and_sources_come_and_go_by_keys(own: Path, page: Page, visit: Callable[..., Tab]) -> None:
    tab = visit()
    tab.goto(f"{page.origin}/presets/ladders/feed")
    state = tab.locator("#state")
    tab.get_by_role("button", name="+ rung").press("Enter")
    fault = tab.locator('[data-path="rungs.8"] > .fault')
    fault.filter(has_text="never down on a side").wait_for()
    average = tab.locator('[data-path="rungs.8.average_kbps"] input')
    average.fill("8000")
    fault.filter(has_not_text="never").wait_for(state="attached")
    state.filter(has_text="nothing is wrong").wait_for()
    tab.get_by_role("button", name="Move rung 9 up").press("Enter")
    state.filter(has_text="wrong.").filter(has_not_text="nothing").wait_for()
    tab.get_by_role("button", name="Take rung 8 away").press("Enter")
    tab.get_by_role("button", name="Add stereo bit rate").press("Enter")
    stereo = tab.locator('[data-path="sound.stereo_kbps"] input')
    assert stereo.input_value() == "128" and stereo.evaluate("(one) => one === document.activeElement")
    stereo.fill("48")
    state.filter(has_text="Changed, and nothing is wrong").wait_for()
    tab.keyboard.press("Control+s")
    tab.locator("#effect", has_text="No clip is made with it").wait_for()
    tab.locator("#copy").fill("Not a name")
    tab.locator("#save-copy").press("Enter")
    tab.locator("#refused", has_text="lower-case letters").wait_for()
    tab.locator("#copy").fill("feed-mine")
    tab.locator("#copy").press("Enter")
    tab.wait_for_url("**/presets/ladders/feed-mine")
    ours, mine = dict(ours_texts())["feed"], (own / "ladders" / "feed-mine.toml").read_text()
    assert mine == ours.replace("loudness_lufs = -16\n", "loudness_lufs = -16\nstereo_kbps = 48\n")
    tab.goto(f"{page.origin}/presets/blocks/cinema")
    limit = tab.locator('[data-path="loudness_lufs"]')
    limit.locator("select").select_option("practice")
    limit.locator(".cite", has_text="nothing is published for cinemas").wait_for()
    tab.get_by_label("Name of another of sources").fill("mine")
    tab.get_by_role("button", name="+ source").press("Enter")
    tab.locator('[data-path="sources.mine.title"] .fault', has_text="not be empty").wait_for()
    tab.locator("#undo").click()
    state.filter(has_text="As it is saved").wait_for()
    assert limit.locator("select").input_value() == "grimm"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier_is_found_on_any_form(page: Page, visit: Callable[..., Tab], scheme: str) -> None:
    axe = (install_modules() / "axe-core" / "axe.min.js").read_text()
    tab = visit(color_scheme=scheme)
    shown = {
        (390, 844): ("", "platforms/tiktok", "ladders/feed"),
        (834, 1112): ("platforms/tiktok", "styles/house", "regions/de"),
        (1440, 900): ("", "blocks/cinema", "highlights/montage"),
    }
    for (width, height), names in shown.items():
        tab.set_viewport_size({"width": width, "height": height})
        for where in names:
            tab.goto(f"{page.origin}/presets/{where}".rstrip("/"))
            if where:
                tab.locator("#state", has_text="As it is saved").wait_for()
                tab.locator('[data-path="name"] input').fill("")
                tab.locator("#state", has_text="One thing is wrong").wait_for()
            tab.evaluate(axe)
            found = tab.evaluate("async () => (await axe.run()).violations.map((one) => "
                                 "[one.impact, one.id, one.nodes.map((node) => node.html).join('\\n')])")  # fmt: skip
            assert [one for one in found if one[0] in ("serious", "critical")] == [], (where, width)
            wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (where, width)
            if where:
                tab.locator("#undo").click()
