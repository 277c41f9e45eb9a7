"""Framing files are written whole, read back as they were, and two people's work becomes one or a clear conflict."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipeline.cut.framing import framed_parts
from pipeline.cut.plan import plan_film
from pipeline.cut.request import CutRequest, analyse
from pipeline.edit import merged
from pipeline.errors import ProjectError
from pipeline.framing import Area, FramedStretch, Framing, filling
from pipeline.framingfile import FramedPart, OtherClipError
from pipeline.plan.keyframing import WindowAt, hold_window, set_keyframe
from pipeline.plan.layout import shape_of
from pipeline.shell.framings import FramingPlace, read_framing, save_framing
from tests.conftest import Workplace

WINDOW = Area(Fraction(10), Fraction(0), Fraction(81), Fraction(144))
FOUND: Framing = ((FramedStretch((0, 48), (filling(WINDOW),)), FramedStretch((48, 96), (filling(WINDOW),))),)
SIZE = (256, 144)


@pytest.fixture
def place(tmp_path: Path) -> FramingPlace:
    path = tmp_path / "out" / "framing" / "h1-tall.framing.json"
    return FramingPlace(path, Fraction(9, 16), (FramedPart("a" * 64, *SIZE, (0, 96)),))


def moved(framing: Framing, frame: int, left: int) -> Framing:
    return set_keyframe(framing, WindowAt(0, frame), Fraction(left), Fraction(0), picture=SIZE)


def test_what_was_saved_is_read_back(place: FramingPlace) -> None:
    base = read_framing(place, FOUND)
    assert base.framing == FOUND and base.version is None
    saved = save_framing(place, moved(FOUND, 10, 40), base)
    assert read_framing(place, FOUND) == saved
    assert saved.framing == moved(FOUND, 10, 40)
    again = save_framing(place, moved(saved.framing, 20, 60), saved)
    assert read_framing(place, FOUND) == again


def test_two_people_at_different_shots_both_keep_their_work(place: FramingPlace) -> None:
    first, second = read_framing(place, FOUND), read_framing(place, FOUND)
    save_framing(place, moved(FOUND, 10, 40), first)
    both = save_framing(place, moved(FOUND, 60, 70), second)
    assert both.framing == moved(moved(FOUND, 10, 40), 60, 70)
    assert read_framing(place, FOUND) == both


def test_two_people_at_one_shot_get_a_conflict_and_nothing_is_lost(place: FramingPlace) -> None:
    first, second = read_framing(place, FOUND), read_framing(place, FOUND)
    saved = save_framing(place, moved(FOUND, 10, 40), first)
    with pytest.raises(ProjectError, match="frames 0 to 48") as refused:
        save_framing(place, moved(FOUND, 10, 41), second)
    assert refused.value.data["conflict"]
    assert read_framing(place, FOUND) == saved
    assert [one.name for one in place.path.parent.iterdir() if not one.name.startswith(".")] == [place.path.name]


def test_a_file_of_another_clip_or_no_framing_is_told_and_kept(place: FramingPlace) -> None:
    save_framing(place, FOUND, read_framing(place, FOUND))
    text = place.path.read_text()
    other = FramingPlace(place.path, Fraction(1), place.parts)
    with pytest.raises(OtherClipError):
        read_framing(other, FOUND)
    assert place.path.read_text() == text
    place.path.write_text("{")
    with pytest.raises(ProjectError, match="not JSON"):
        save_framing(
            place, FOUND, read_framing(FramingPlace(place.path.with_name("none"), place.shape, place.parts), FOUND)
        )
    assert place.path.read_text() == "{"


def test_a_window_that_leaves_the_picture_is_not_written(place: FramingPlace) -> None:
    wrong: Framing = (
        (FramedStretch((0, 96), (filling(Area(Fraction(200), Fraction(0), Fraction(81), Fraction(144))),)),),
    )
    with pytest.raises(ProjectError, match="left_px"):
        save_framing(place, wrong, read_framing(place, FOUND))
    assert not place.path.exists()


def test_the_command_line_frames_the_clip_as_was_saved(workplace: Workplace) -> None:
    request = CutRequest(highlights="short", platforms=("quad",), count=1)
    (plan,) = plan_film(analyse(workplace.film, request), request)
    (clip,) = plan.clips
    parts = framed_parts(merged(clip.highlight.edit), plan.subject.by_digest)
    path = plan.framing_folder / "framing" / f"{clip.name}.framing.json"
    place = FramingPlace(path, shape_of(clip.platform), parts)
    base = read_framing(place, clip.framing.framing)
    first = base.framing[0][0].frames[0]
    held = hold_window(base.framing, WindowAt(0, first), Fraction(100), Fraction(0), picture=SIZE)
    save_framing(place, held, base)
    (again,) = plan_film(analyse(workplace.film, request), request)
    (found,) = again.clips
    assert found.framing.framing[0][0].panels[0].path.at(0) == (100, 0)
    assert any("is framed as" in note for note in again.notes)
    document: dict[str, Any] = json.loads(path.read_text())
    assert document["parts"][0]["shots"][0]["windows"][0]["keyframes"] == [
        {"frame": first, "left_px": 100, "top_px": 0}
    ]
