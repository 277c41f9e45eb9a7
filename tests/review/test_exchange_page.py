"""A highlight goes from the cutting room to an editing program and comes back: as a diff by frames, taken or left."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page as Tab

from pipeline.cut.returned import MOST_BYTES
from pipeline.shell.home import find_home
from pipeline.shell.projects import projects_by_master
from tests.conftest import Workplace
from tests.players.tools import install_modules
from tests.review.conftest import CUT, Page
from tests.review.homes import write_film
from tests.review.test_room_steps import Json, Room, chosen, film_of


@pytest.fixture
def room(workplace: Workplace, page: Page) -> Room:
    room = Room(page, film_of(workplace, page))
    room.enter()
    return room


def sent(room: Room, suffix: str, highlight: str = "h1") -> str:
    answer = room.page.client.get(f"{room.address}/sent/{highlight}/{suffix}")
    assert answer.status_code == 200 and f'-{highlight}.{suffix}"' in answer.headers["content-disposition"], answer.text
    return answer.text


def returned(room: Room, text: str | bytes, kind: str, code: int = 200, highlight: str = "h1", **more: Any) -> Json:
    asked = {"highlight": highlight, "kind": kind, "seen": room.state["number"], **more}
    own = {"origin": room.page.origin, "x-csrf-token": room.page.proof, "content-type": "application/octet-stream"}
    content = text.encode() if isinstance(text, str) else text
    answer = room.page.client.post(f"{room.address}/returned", params=asked, content=content, headers=own)
    assert answer.status_code == code, answer.text
    return dict(answer.json())


def accept(room: Room, found: Json, code: int = 200) -> Json:
    asked = {"seen": room.state["number"], "highlight": found["highlight"], "token": found["token"]}
    answer = room.page.post(f"{room.address}/returned/accept", asked)
    assert answer.status_code == code, answer.text
    told = dict(answer.json())
    if code == 200:
        room.state = told["work"]
    return told


def trimmed(text: str, frames: int) -> str:
    """Return an .otio file whose only clip ends some frames sooner."""
    document = json.loads(text)
    for track in document["tracks"]["children"]:
        (clip,) = track["children"]
        clip["source_range"]["duration"]["value"] -= frames
    return json.dumps(document)


def test_what_comes_back_unchanged_is_told_so_in_both_formats(room: Room) -> None:
    for suffix in ("otio", "fcpxml"):
        found = returned(room, sent(room, suffix), suffix)
        assert found["is_same"] and found["changed"] == 0 and found["again_s"] == 0
        assert [one["told"] for one in found["rows"]] == ["same"]
    assert "* FROM CLIP NAME: kite.mp4" in sent(room, "edl")
    assert room.page.client.get(f"{room.address}/sent/h9/otio").status_code == 400
    assert room.page.client.get(f"{room.address}/sent/h1/mov").status_code == 422


def test_a_trim_is_shown_by_frames_and_taken_is_what_the_command_line_cuts(workplace: Workplace, room: Room) -> None:
    before = chosen(workplace)
    found = returned(room, trimmed(sent(room, "otio"), 3), "otio")
    (row,) = found["rows"]
    assert (row["kind"], row["in_by"], row["out_by"], row["told"]) == ("trimmed", 0, -3, "ends 3 frames sooner")
    assert found["frames"] == [48, 45] and found["new_frames"] == 0
    # Shown alone, nothing is changed.
    assert room.look()["is_saved"] and chosen(workplace) == before
    assert accept(room, found)["is_on_bench"] and room.state["undoes"] == "what came back of h1"
    room.save()
    start, end = before[0]
    assert chosen(workplace)[0] == [start, end - 3]
    # What is sent from now on is that.
    assert returned(room, sent(room, "fcpxml"), "fcpxml")["is_same"]
    while room.state["undoes"]:
        room.take(do="undo")
    room.save()
    assert chosen(workplace) == before


@pytest.mark.parametrize("suffix", ["otio", "fcpxml"])
def test_a_clip_that_goes_on_after_the_film_is_refused_as_the_command_line_refuses_it(
    workplace: Workplace, room: Room, tmp_path: Path, suffix: str
) -> None:
    (h1,) = (one for one in room.state["highlights"] if one["id"] == "h1")
    frames = 288 - h1["pieces"][0][0] + 5
    text = sent(room, suffix)
    text = trimmed(text, 48 - frames) if suffix == "otio" else text.replace("48/24s", f"{frames}/24s")
    told = returned(room, text, suffix, code=400)
    assert "goes on 5 frames after the end of its film" in told["told"] and "Trim it" in told["remedy"]
    file = tmp_path / f"back.{suffix}"
    file.write_text(text)
    ran = workplace.matinee("cut", file, "--dry-run", "--platform", "tall", "--highlights", "short")
    assert ran.code == 2 and "ends at frame 288" in ran.err


def test_only_what_came_back_changed_is_rendered_again(workplace: Workplace, page: Page) -> None:
    film = film_of(workplace, page)
    master = find_home().masters / workplace.film.name
    first = workplace.matinee("cut", master, *CUT, "--json")
    assert first.code == 0, first.err
    room = Room(page, film)
    room.enter()
    accept(room, returned(room, trimmed(sent(room, "otio"), 3), "otio"))
    room.save()
    store = workplace.home / "store"
    encoded = set(store.rglob("*.mp4"))
    ran = workplace.matinee("cut", master, *CUT, "--json")
    assert ran.code == 0, ran.err
    made = {f"{one['highlight']}-{one['platform']}": one["made"] for one in json.loads(ran.out)["films"][0]["clips"]}
    assert made == {"h1-tall": "rendered", "h1-quad": "rendered", "h2-tall": "reused", "h2-quad": "reused"}
    fresh = set(store.rglob("*.mp4")) - encoded
    again = workplace.matinee("cut", master, *CUT, "--json")
    assert {one["made"] for one in json.loads(again.out)["films"][0]["clips"]} == {"reused"}
    assert set(store.rglob("*.mp4")) - encoded == fresh and fresh


def test_more_than_stretches_becomes_an_edit_file_that_the_command_line_cuts(workplace: Workplace, room: Room) -> None:
    text = sent(room, "fcpxml")
    gap = '<gap name="Gap" offset="48/24s" duration="24/24s" start="0s" />\n          </spine>'
    found = returned(room, text.replace("</spine>", gap), "fcpxml")
    assert [one["kind"] for one in found["rows"]] == ["same", "new"] and found["new_frames"] == 24
    told = accept(room, found)
    (project,) = projects_by_master(find_home().projects).values()
    path = project / "h1.edit.json"
    assert not told["is_on_bench"] and told["command"] == f"matinee cut {path}" and path.is_file()
    ran = workplace.matinee("cut", path, "--dry-run", "--platform", "tall", "--highlights", "short", "--json")
    assert ran.code == 0, ran.err
    assert "h1: 3.00 s" in ran.err
    # The same again replaces what was written; what somebody else wrote meanwhile is not.
    longer = text.replace("</spine>", gap.replace('duration="24/24s"', 'duration="12/24s"'))
    accept(room, returned(room, longer, "fcpxml"))
    assert '"frames": 12' in path.read_text()
    path.write_text(path.read_text().replace('"frames": 12, "timecode": "00:00:00:12"', '"frames": 6'))
    refused = accept(room, returned(room, text.replace("</spine>", gap), "fcpxml"), code=409)
    assert "changed by somebody else" in refused["told"] and '"frames": 6' in path.read_text()


def test_a_stretch_that_the_bench_has_no_room_for_is_an_edit_as_well(workplace: Workplace, room: Room) -> None:
    other = room.pieces("h2")[0]
    document = json.loads(sent(room, "otio"))
    for track in document["tracks"]["children"]:
        track["children"][0]["source_range"]["start_time"]["value"] = other[0]
    told = accept(room, returned(room, json.dumps(document), "otio"))
    assert not told["is_on_bench"] and "would share frames" in told["told"]
    assert chosen(workplace)[1] == other


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        (b"", "otio", "is empty"),
        (b"\xff\xfe", "otio", "UTF-8"),
        (b"{}", "otio", "OpenTimelineIO"),
        (b"[" * 200_000, "otio", "nested too deeply"),
        (b"<fcpxml/>", "fcpxml", "project"),
        (b'<!DOCTYPE fcpxml [<!ENTITY x SYSTEM "file:///etc/passwd">]><fcpxml>&x;</fcpxml>', "fcpxml", "entities"),
        (b"<a>" * 1000, "fcpxml", "nested"),
    ],
    ids=["empty", "no text", "no timeline", "deep", "no project", "entity", "deep xml"],
)
def test_a_file_that_is_none_is_refused_with_what_to_do(room: Room, text: bytes, kind: str, words: str) -> None:
    told = returned(room, text, kind, code=400)
    assert words in told["told"] and "passwd" not in told["told"] and "root:" not in told["told"]
    assert room.look()["is_saved"]


def test_uploads_are_bounded_and_belong_to_what_is_shown(room: Room) -> None:
    told = returned(room, b" " * (MOST_BYTES + 1), "otio", code=413)
    assert "larger than 5 MB" in told["told"] and "Export the highlight alone" in told["remedy"]
    text = sent(room, "otio")
    assert returned(room, text + " " * (1 << 20), "otio")["is_same"], "more than other requests may have"
    returned(room, text, "edl", code=422)
    returned(room, text, "otio", code=422, highlight="../h1")
    returned(room, text, "otio", code=400, highlight="h9")
    returned(room, text, "otio", code=409, seen=99)
    found = returned(room, trimmed(text, 3), "otio")
    accept(room, {**found, "token": "0" * 32}, code=409)
    returned(room, trimmed(text, 4), "otio")
    accept(room, found, code=409)
    room.take(do="nudge", highlight="h1", edge="in", frames=1)
    room.state["number"] -= 1
    accept(room, found, code=409)


def test_the_command_line_cuts_what_an_editing_program_wrote(workplace: Workplace, room: Room, tmp_path: Path) -> None:
    film = find_home().masters / workplace.film.name
    for suffix in ("otio", "fcpxml"):
        file = tmp_path / f"back.{suffix}"
        file.write_text(sent(room, suffix))
        ran = workplace.matinee("cut", file, "--dry-run", "--platform", "tall", "--highlights", "short", "--json")
        assert ran.code == 0 and "h1: 2.00 s" in ran.err, ran.err
    unnamed = json.loads(sent(room, "otio"))
    unnamed["name"] = unnamed["metadata"]["matinee"]["name"] = ""
    (tmp_path / "cut 3.otio").write_text(json.dumps(unnamed))
    ran = workplace.matinee("cut", tmp_path / "cut 3.otio", "--dry-run", "--platform", "tall", "--highlights", "short")
    assert ran.code == 0 and "cut-3: 2.00 s" in ran.err, ran.err
    other = tmp_path / "moved" / film.name
    other.parent.mkdir()
    film.rename(other)
    ran = workplace.matinee("cut", tmp_path / "back.fcpxml", "--dry-run", "--platform", "tall", "--highlights", "short")
    assert ran.code == 2 and "its media 'kite.mp4' was not found" in ran.err
    (tmp_path / "back.otio").write_text("{}")
    ran = workplace.matinee("cut", tmp_path / "back.otio", "--dry-run")
    assert ran.code == 2 and f"{tmp_path / 'back.otio'}: The OpenTimelineIO file holds" in ran.err


def test_what_a_run_made_for_editing_programs_is_on_the_films_page(page: Page) -> None:
    folder = write_film("kite")
    (film,) = page.films()
    assert "For editing programs" not in page.get(f"/films/{film}").text
    (folder / "highlights").mkdir()
    for suffix in ("otio", "edl", "fcpxml", "edit.json"):
        (folder / "highlights" / f"h1.{suffix}").write_text(f"h1 as {suffix}")
    text = page.get(f"/films/{film}").text
    links = re.findall(r'<a href="(/media/[0-9a-f]{32})" download="h1\.(\w+)"', text)
    assert [suffix for _, suffix in links] == ["otio", "edl", "fcpxml"]
    for address, suffix in links:
        answer = page.get(address)
        assert answer.text == f"h1 as {suffix}" and answer.headers["content-type"] == "application/octet-stream"
    (folder / "highlights" / "h1.otio").unlink()
    (folder / "highlights" / "h1.otio").symlink_to("/etc/passwd")
    assert page.get(links[0][0]).status_code == 404


def test_an_editor_sends_a_highlight_out_and_takes_it_back(
    workplace: Workplace, page: Page, visit: Callable[..., Tab], tmp_path: Path
) -> None:
    film = film_of(workplace, page)
    before = chosen(workplace)
    axe = (install_modules() / "axe-core" / "axe.min.js").read_text()
    tab = visit(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    tab.goto(f"{page.origin}/films/{film}/room")
    tab.locator("#room[data-ready]").wait_for(timeout=60_000)
    tab.keyboard.press("e")
    dialog = tab.locator("#suite")
    dialog.get_by_role("heading", name="h1 in your editing program").wait_for()
    with tab.expect_download() as download:
        dialog.get_by_role("link", name="OpenTimelineIO").click()
    assert download.value.suggested_filename == "kite-h1.otio"
    text = Path(download.value.path()).read_text()
    same, changed, edl = tmp_path / "same.otio", tmp_path / "back.otio", tmp_path / "back.edl"
    same.write_text(text)
    changed.write_text(trimmed(text, 3))
    edl.write_text("TITLE: x")
    field = dialog.locator("#suite-file")
    field.set_input_files(edl)
    dialog.get_by_text("Choose a .otio or .fcpxml file").wait_for()
    field.set_input_files(same)
    dialog.get_by_text("No change: it is frame for frame as it is saved.").wait_for()
    assert dialog.locator("#suite-accept").is_hidden()
    field.set_input_files(changed)
    dialog.get_by_text("1 part is otherwise; 2.00 s → 1.88 s, 3 frames shorter").wait_for()
    assert dialog.locator("#suite-rows .change").all_inner_texts() == ["ends 3 frames sooner"]
    tab.evaluate(axe)
    found = tab.evaluate("async () => (await axe.run()).violations.map((one) => "
                         "[one.impact, one.id, one.nodes.map((node) => node.html).join('\\n')])")  # fmt: skip
    assert [one for one in found if one[0] in ("serious", "critical")] == []
    tab.keyboard.press("Enter")
    tab.locator("#said", has_text="Saved.").wait_for()
    tab.locator(".one.current h3", has_text="45 frames").wait_for()
    assert chosen(workplace)[0] == [before[0][0], before[0][1] - 3]
