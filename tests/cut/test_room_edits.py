"""What is locked in a room in several pieces is cut from its edit file with its windows as they were in the room."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.cut.room import CuttingRoom
from pipeline.cut.room_clips import clips_of
from pipeline.cut.room_saving import save_room
from pipeline.plan.cutting_room import Room, swap
from pipeline.plan.zones import Frames
from pipeline.shell.home import find_home
from tests.conftest import Workplace
from tests.cut.test_framing_files import shows
from tests.cut.test_room import enter
from tests.cut.test_room_saving import cropped, framings, lefts

_WINDOW = (80, 144)


def several(room: CuttingRoom) -> Room:
    """Return the room in which h1 shows its first frames and its last."""
    ((start, end),) = room.opened.find("h1").pieces
    return swap(room.opened, room.film, "h1", ((start, start + 6), (start + 8, end)))


def cut_edit(workplace: Workplace, room: CuttingRoom) -> Path:
    """Cut the edit file of h1, and return its clip."""
    masters = find_home().masters
    masters.mkdir(exist_ok=True)
    shutil.copy(workplace.film, masters)  # where an edit finds it
    ran = workplace.matinee("cut", room.order.main.project / "h1.edit.json", "--platform", "tall")
    assert ran.code == 0, ran.err
    return workplace.out() / "edits" / "h1" / "clips" / "h1-tall.mp4"


def differs(workplace: Workplace, clip: Path, piece: Frames, left: int) -> float:
    return shows(clip, workplace.film, piece[0], lambda _: left, _WINDOW, count=piece[1] - piece[0])


def test_a_montage_that_is_locked_is_cut_from_its_edit_with_its_windows_where_they_were_moved(
    workplace: Workplace,
) -> None:
    room = enter(workplace)
    room, now = cropped(room, several(room), "h1", 30)
    room = save_room(room, now).room
    assert framings(room) == {}, "the film's own h1 is another"
    first = now.find("h1").pieces[0]
    clip = cut_edit(workplace, room)
    assert differs(workplace, clip, first, 30) < 5 < differs(workplace, clip, first, 100)

    room, later = cropped(room, now, "h1", 100)
    room = save_room(room, later).room
    assert differs(workplace, cut_edit(workplace, room), first, 100) < 5
    text = (workplace.out() / "edits" / "h1" / "framing" / "h1-tall.framing.json").read_text()
    assert 100 in lefts(text) and list(workplace.out().rglob("*kept*")) == []


def test_a_montage_s_windows_are_put_back_where_its_edit_is_cut(workplace: Workplace) -> None:
    room = enter(workplace)
    plain = several(room)
    (clip,) = clips_of(room, plain, "h1")
    moved, now = cropped(room, plain, "h1", 30)
    room = save_room(moved, now).room
    path = workplace.out() / "edits" / "h1" / "framing" / "h1-tall.framing.json"
    assert 30 in lefts(path.read_text())
    room = save_room(room, plain).room
    assert not path.exists()
    cut_edit(workplace, room)
    assert clip.framing.artifact is not None and path.read_text() == clip.framing.artifact.path.read_text()
