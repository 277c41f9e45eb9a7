"""A save of a room that failed half way goes on where it was, and nobody's framing is lost by one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from pipeline.cut import handframing, room_saving
from pipeline.cut.ownframing import framing_path
from pipeline.cut.room import CuttingRoom
from pipeline.cut.room_clips import clips_of, move_crop
from pipeline.cut.room_saving import save_room
from pipeline.errors import ProjectError, PublishError
from pipeline.plan.cutting_room import Room, add, lock, nudge, remove, swap
from pipeline.plan.window_moves import WindowMove
from pipeline.plan.zones import Frames
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import saving_in
from pipeline.shell.publish import replace_document
from tests.conftest import Workplace
from tests.cut.test_room import cut, enter, shown


def cropped(room: CuttingRoom, now: Room, id_: str, left: int) -> tuple[CuttingRoom, Room]:
    (clip,) = clips_of(room, now, id_)
    move = WindowMove("tall", "hold", now.find(id_).pieces[0][0], Fraction(left), Fraction(0))
    return move_crop(room, now, clip, move)


def framings(room: CuttingRoom) -> dict[str, str]:
    """Return what the framing files say, by their names, hidden ones as well."""
    folder = framing_path(room.order.framing_folder, "h1-tall").parent
    return {one.name: one.read_text() for one in sorted(folder.glob("*.json*"))}


def lefts(text: str) -> set[int]:
    parts = json.loads(text)["parts"]
    windows = [window for part in parts for shot in part.get("shots", ()) for window in shot["windows"]]
    return {key["left_px"] for window in windows for key in window["keyframes"]}


def text_for(room: CuttingRoom, left: int) -> str:
    """Return the framing file of h1 as it was found, with its windows elsewhere."""
    (clip,) = clips_of(room, room.opened, "h1")
    assert clip.framing.artifact is not None
    document = json.loads(clip.framing.artifact.path.read_text())
    for shot in document["parts"][0]["shots"]:
        shot["windows"][0]["keyframes"] = [{"frame": shot["frames"][0], "left_px": left, "top_px": 0}]
    return json.dumps(document)


def free(room: CuttingRoom) -> Frames:
    start = next(at for at in range(280) if all(end <= at or at + 6 <= begin for begin, end in room.opened.shown))
    return start, start + 6


def fail_once(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, error: Exception) -> None:
    """Have a function raise when it is called first."""
    real: Callable[..., Any] = getattr(module, name)
    raised: list[Exception] = []

    def run(*args: Any, **named: Any) -> Any:
        if not raised:
            raised.append(error)
            raise error
        return real(*args, **named)

    monkeypatch.setattr(module, name, run)


def test_what_others_decided_is_looked_at_before_anything_is_written(workplace: Workplace) -> None:
    mine, theirs = enter(workplace), enter(workplace)
    start, end = free(mine)
    save_room(theirs, add(theirs.opened, theirs.film, (start, end - 2)))
    one = mine.opened.highlights[0]
    first, last = one.pieces[0]
    several = swap(mine.opened, mine.film, one.id, ((first, first + 4), (first + 6, last)))
    written: list[CuttingRoom] = []
    with pytest.raises(ProjectError, match="same highlights"):
        save_room(mine, add(several, mine.film, (start, end)), on_written=written.append)
    path = mine.order.main.project / f"{one.id}.edit.json"
    assert not path.exists() and not written
    save_room(mine, several)
    assert path.exists()


def test_a_save_that_failed_after_its_edits_goes_on(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    room = enter(workplace)
    one = room.opened.highlights[0]
    start, end = one.pieces[0]
    now = swap(room.opened, room.film, one.id, ((start, start + 4), (start + 6, end)))
    fail_once(monkeypatch, room_saving, "save_decided", ProjectError("The disk is full."))
    written: list[CuttingRoom] = []
    with pytest.raises(ProjectError, match="full"):
        save_room(room, now, on_written=written.append)
    assert written[-1].is_half_saved and (room.order.main.project / f"{one.id}.edit.json").exists()
    saved = save_room(room, now).room
    assert not saved.is_half_saved, "also by who took it up as it was before"
    other = swap(room.opened, room.film, one.id, ((start, start + 5), (start + 6, end)))
    with pytest.raises(ProjectError, match="made by somebody else"):
        save_room(room, other)
    assert save_room(written[-1], other).room.edits[one.id].revision == 2


def test_framings_that_were_not_written_are_written_by_the_next_save(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = enter(workplace)
    room, now = cropped(room, room.opened, "h1", 30)
    room, now = cropped(room, now, "h2", 12)
    room = save_room(room, now).room
    assert {name: lefts(text) for name, text in framings(room).items()} == {
        "h1-tall.framing.json": {30},
        "h2-tall.framing.json": {12},
    }
    later = nudge(now, room.film, "h2", "in", 3)  # and so it is cut as h1
    fail_once(monkeypatch, room_saving, "write_framing", PublishError("The disk is full."))
    written: list[CuttingRoom] = []
    with pytest.raises(PublishError):
        save_room(room, later, on_written=written.append)
    assert written[-1].is_half_saved and set(cut(workplace)) == set(shown(later))
    saved = save_room(written[-1], later).room
    assert {name: lefts(text) for name, text in framings(room).items()} == {
        "h1-tall.framing.json": {12},
        "h2-tall.framing.json": {30},
    }
    assert not saved.is_half_saved and saved.called == {"h1": "h2", "h2": "h1"}


def test_framing_files_keep_their_names_where_one_of_them_cannot_be_renamed(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = enter(workplace)
    room, now = cropped(room, room.opened, "h1", 30)
    room, now = cropped(room, now, "h2", 12)
    save_room(room, now)
    before = framings(room)
    again = enter(workplace)
    trimmed = nudge(again.opened, again.film, "h2", "in", 3)
    fail_once(monkeypatch, handframing, "clear_the_way", PublishError("The folder refuses."))
    with pytest.raises(PublishError):
        save_room(again, trimmed)
    assert framings(room) == before
    fail_once(monkeypatch, room_saving, "save_decided", ProjectError("The disk is full."))
    with pytest.raises(ProjectError):
        save_room(again, trimmed)
    assert framings(room) == before and cut(workplace) == shown(room.opened)
    save_room(again, trimmed)
    one, other = before.values()
    assert framings(room) == {"h1-tall.framing.json": other, "h2-tall.framing.json": one}


def test_framing_files_that_a_killed_save_left_hidden_are_found_again(workplace: Workplace) -> None:
    room = enter(workplace)
    folder = framing_path(room.order.framing_folder, "h1-tall").parent
    folder.mkdir(parents=True)
    for name, text in (
        (".h8-tall.framing.json.renamed", "alone"),
        (".h9-tall.framing.json.renamed", "late"),
        ("h9-tall.framing.json", "there"),
    ):
        (folder / name).write_text(text)
    save_room(room, nudge(room.opened, room.film, "h1", "in", 3))
    assert framings(room) == {
        "h8-tall.framing.json": "alone",
        "h9-tall.framing.json": "there",
        "h9-tall.framing.kept-1.json": "late",
    }


@pytest.mark.parametrize("cuts", [False, True])
def test_the_framing_of_a_highlight_that_is_gone_goes_with_it(workplace: Workplace, cuts: bool) -> None:
    room = enter(workplace)
    now = add(room.opened, room.film, free(room))
    room, now = cropped(room, now, "h3", 12)
    room = save_room(room, now).room
    assert room.called["h3"] == "h1" and list(framings(room)) == ["h1-tall.framing.json"]
    if cuts:
        ran = workplace.matinee("cut", workplace.film, "--highlights", "short", "--platform", "tall")
        assert ran.code == 0, ran.err
    room = save_room(room, remove(now, "h3")).room
    left = [name for name in framings(room) if name.endswith(".framing.json")]
    assert "h1-tall.framing.json" not in left and bool(left) == cuts and not room.framings
    assert cut(workplace) == shown(room.opened)
    # And back again, where somebody else is cut under its name.
    room = save_room(room, now).room
    assert lefts(framings(room)["h1-tall.framing.json"]) == {12}


def test_what_others_cropped_keeps_its_framing_where_it_is_not_on_this_bench(workplace: Workplace) -> None:
    mine, theirs = enter(workplace), enter(workplace)
    theirs, now = cropped(theirs, theirs.opened, "h1", 60)
    save_room(theirs, now)
    ((start, end),) = mine.opened.find("h1").pieces
    several = swap(mine.opened, mine.film, "h1", ((start, start + 4), (start + 6, end)))  # which is an edit of its own
    save_room(mine, lock(several, "h2"))  # what is locked is cut first
    assert cut(workplace) == [*mine.opened.find("h2").pieces, (start, end)]
    assert {name: lefts(text) for name, text in framings(mine).items()} == {"h2-tall.framing.json": {60}}


def test_an_edit_of_a_highlight_has_a_framing_of_its_own(workplace: Workplace) -> None:
    room = enter(workplace)
    room, now = cropped(room, room.opened, "h1", 60)
    room = save_room(room, now).room
    films = framings(room)
    ((start, end),) = now.find("h1").pieces
    several = swap(now, room.film, "h1", ((start, start + 4), (start + 6, end)))
    room, several = cropped(room, several, "h1", 12)
    room = save_room(room, several).room
    assert framings(room) == films, "what the film has cut is framed as before"
    fresh = enter(workplace)
    again = swap(fresh.opened, fresh.film, "h1", several.find("h1").pieces)
    (clip,) = clips_of(fresh, again, "h1")
    assert clip.framing.framing[0][0].panels[0].path.knots[0].left_px == 12
    path = room.order.main.project / "h1.edit.json"
    path = path.rename(workplace.films / path.name)
    ran = workplace.matinee("cut", path, "--platform", "tall", "--highlights", "short", "--dry-run")
    (file,) = room.order.framing_folder.glob("edits/h1/framing/h1-tall.framing.json")
    assert ran.code == 0 and f"h1-tall is framed as {file} says" in ran.err
    # Both are taken back.
    room = save_room(room, now).room
    assert framings(room) == films and not file.exists()


def test_what_the_film_has_cut_stays_framed_where_an_edit_of_its_name_shows_nothing_of_it(
    workplace: Workplace,
) -> None:
    room = enter(workplace)
    room, now = cropped(room, room.opened, "h1", 60)
    room = save_room(room, now).room
    films = framings(room)
    start, end = free(room)
    several = swap(now, room.film, "h1", ((start, start + 2), (start + 3, end)))
    assert several.find("h1").moves == ()
    room = save_room(room, several).room
    assert framings(room) == films


def test_a_framing_left_under_a_new_highlight_s_name_is_not_taken_for_its_own(workplace: Workplace) -> None:
    room = enter(workplace)
    left = framing_path(room.order.framing_folder, "h3-tall")
    left.parent.mkdir(parents=True)
    left.write_text(text_for(room, 60))
    now = add(room.opened, room.film, free(room))
    room, now = cropped(room, now, "h3", 12)
    room = save_room(room, now).room
    assert lefts(framings(room)["h1-tall.framing.json"]) == {12}
    room = save_room(room, remove(now, "h3")).room
    assert list(framings(room).values()) == [text_for(room, 60)] and "h1-tall.framing.json" not in framings(room)


def test_what_the_last_cut_framed_otherwise_is_nobody_s_change(workplace: Workplace) -> None:
    room = enter(workplace)
    path = framing_path(room.order.framing_folder, "h1-tall")
    path.parent.mkdir(parents=True)
    replace_document(path, text_for(room, 60).encode(), Ledger(room.order.home.ledger))
    room, now = cropped(room, room.opened, "h1", 12)
    saved = save_room(room, now)
    assert lefts(path.read_text()) == {12} and saved.joined == ()
    save_room(saved.room, room.opened)
    assert not path.exists()


def test_who_trims_what_another_cropped_is_told(workplace: Workplace) -> None:
    mine, theirs = enter(workplace), enter(workplace)
    mine, now = cropped(mine, mine.opened, "h1", 12)
    theirs, changed = cropped(theirs, theirs.opened, "h1", 60)
    save_room(theirs, changed)
    before = framings(mine)
    with pytest.raises(ProjectError, match=r"h1-tall\.framing\.json meanwhile") as refused:
        save_room(mine, nudge(now, mine.film, "h1", "in", 1))
    assert refused.value.data["conflict"] and framings(mine) == before and cut(workplace) == shown(mine.opened)


def test_two_saves_of_one_film_take_turns(workplace: Workplace) -> None:
    room = enter(workplace)
    film = room.order.main.project / "film.toml"
    before = film.read_text()
    thread = threading.Thread(target=save_room, args=(room, nudge(room.opened, room.film, "h1", "in", 3)))
    with saving_in(room.order.main.project):
        thread.start()
        thread.join(timeout=1)
        assert thread.is_alive() and film.read_text() == before
    thread.join(timeout=60)
    assert film.read_text() != before
