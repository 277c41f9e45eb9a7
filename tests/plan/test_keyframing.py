"""Keyframes are set, moved and deleted within their shot, the window stays in the picture, and all else stays."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.camera import CameraPath, Knot
from pipeline.errors import PlanError, ProjectError
from pipeline.framing import PLACES, FramedPanel, FramedStretch, Framing
from pipeline.framingfile import FramedPart, framing_text, parse_framing
from pipeline.plan.keyframing import (
    WindowAt,
    delete_keyframe,
    hold_window,
    merged_framing,
    move_keyframe,
    place_of,
    set_keyframe,
)

PICTURE = (640, 360)
SHAPE = Fraction(9, 16)
WIDTH = Fraction(405, 2)


def panel(*knots: tuple[int, int], place: str = "all", size: tuple[Fraction, Fraction] = (WIDTH, Fraction(360))) -> Any:
    path = CameraPath(tuple(Knot(frame, Fraction(left), Fraction(0)) for frame, left in knots))
    return FramedPanel(*size, path, PLACES[place])


HALF = (Fraction(360), Fraction(320))
FRAMING: Framing = (
    (
        FramedStretch((100, 150), (panel((0, 10)),)),
        FramedStretch((150, 200), (panel((0, 10), (20, 100)),)),
    ),
    (),
    (FramedStretch((300, 320), (panel((0, 0), place="top", size=HALF), panel((0, 50), place="bottom", size=HALF))),),
)
PARTS = (FramedPart("a" * 64, *PICTURE, (100, 200)), FramedPart(None), FramedPart("a" * 64, *PICTURE, (300, 320)))


def read_back(framing: Framing) -> Framing:
    text = framing_text(SHAPE, list(zip(PARTS, framing, strict=True)))
    return parse_framing(text, path=Path("h1.framing.json"), shape=SHAPE, parts=PARTS)


def setting(framing: Framing, at: WindowAt, left: Fraction, top: Fraction = Fraction(0)) -> Framing:
    return set_keyframe(framing, at, left, top, picture=PICTURE)


def test_a_window_is_where_its_keyframe_says() -> None:
    at = WindowAt(0, 120)
    framing = setting(FRAMING, at, Fraction(101, 4))
    assert place_of(framing, at) == (Fraction(101, 4), 0)
    assert [knot.frame for knot in framing[0][0].panels[0].path.knots] == [0, 20]
    assert framing[0][1:] == FRAMING[0][1:] and framing[1:] == FRAMING[1:]
    again = setting(framing, at, Fraction(7))
    assert len(again[0][0].panels[0].path.knots) == 2 and place_of(again, at) == (7, 0)


def test_of_two_windows_one_is_moved() -> None:
    framing = setting(FRAMING, WindowAt(2, 300, panel=1), Fraction(80), Fraction(40))
    assert framing[2][0].panels[0] == FRAMING[2][0].panels[0]
    assert place_of(framing, WindowAt(2, 310, panel=1)) == (80, 40)


def test_a_held_window_stands_all_the_shot() -> None:
    framing = hold_window(FRAMING, WindowAt(0, 170), Fraction(33), Fraction(0), picture=PICTURE)
    assert {place_of(framing, WindowAt(0, frame)) for frame in range(150, 200)} == {(33, 0)}


def test_a_keyframe_is_moved_and_deleted() -> None:
    moved = move_keyframe(FRAMING, WindowAt(0, 170), 199)
    assert [knot.frame for knot in moved[0][1].panels[0].path.knots] == [0, 49]
    assert place_of(moved, WindowAt(0, 199)) == place_of(FRAMING, WindowAt(0, 170))
    assert move_keyframe(moved, WindowAt(0, 199), 170) == FRAMING
    deleted = delete_keyframe(FRAMING, WindowAt(0, 170))
    assert place_of(deleted, WindowAt(0, 199)) == (10, 0)


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (lambda: setting(FRAMING, WindowAt(0, 120), Fraction(438)), r"left edge cannot be at 438.*0 to 437\.5 pixels"),
        (lambda: setting(FRAMING, WindowAt(0, 120), Fraction(-1)), r"leave the picture"),
        (lambda: setting(FRAMING, WindowAt(0, 120), Fraction(0), Fraction(1)), r"top edge.*0 to 0 pixels"),
        (lambda: setting(FRAMING, WindowAt(0, 200), Fraction(0)), r"shows frames 100 to 199, not frame 200"),
        (lambda: setting(FRAMING, WindowAt(1, 0), Fraction(0)), r"shows no film"),
        (lambda: setting(FRAMING, WindowAt(5, 0), Fraction(0)), r"3 parts"),
        (lambda: setting(FRAMING, WindowAt(0, 120, panel=1), Fraction(0)), r"1 windows; there is no window 1"),
        (lambda: move_keyframe(FRAMING, WindowAt(0, 170), 149), r"frames 150 to 199"),
        (lambda: move_keyframe(FRAMING, WindowAt(0, 170), 150), r"keyframe at frame 150 already"),
        (
            lambda: move_keyframe(FRAMING, WindowAt(0, 171), 180),
            r"no keyframe at frame 171.* at 150, 170",
        ),
        (lambda: delete_keyframe(FRAMING, WindowAt(0, 100)), r"only keyframe"),
    ],
)
def test_what_cannot_be_is_refused(work: Callable[[], Framing], told: str) -> None:
    with pytest.raises(PlanError) as refused:
        work()
    assert refused.match(told)


pixels = st.fractions(-20, 500, max_denominator=1000)
spots = st.builds(
    WindowAt, st.integers(0, 2), st.one_of(st.integers(95, 205), st.integers(295, 325)), st.integers(0, 1)
)
works = st.one_of(
    st.tuples(st.just("set"), spots, pixels, pixels),
    st.tuples(st.just("hold"), spots, pixels, pixels),
    st.tuples(st.just("move"), spots, st.integers(95, 205)),
    st.tuples(st.just("delete"), spots),
)
DOES: dict[str, Callable[..., Framing]] = {
    "set": lambda framing, *given_: set_keyframe(framing, *given_, picture=PICTURE),
    "hold": lambda framing, *given_: hold_window(framing, *given_, picture=PICTURE),
    "move": move_keyframe,
    "delete": delete_keyframe,
}


@given(st.lists(works, max_size=20))
def test_whatever_is_done_can_be_saved_and_is_read_back_as_it_was(work: list[tuple[Any, ...]]) -> None:
    framing = read_back(FRAMING)
    for name, *given_ in work:
        with contextlib.suppress(PlanError):
            framing = DOES[name](framing, *given_)
    assert read_back(framing) == framing


def test_different_shots_are_merged_and_the_same_is_a_conflict() -> None:
    mine = setting(FRAMING, WindowAt(0, 120), Fraction(50))
    theirs = setting(FRAMING, WindowAt(2, 310), Fraction(60))
    both = merged_framing(FRAMING, mine, theirs)
    assert both == setting(mine, WindowAt(2, 310), Fraction(60))
    assert merged_framing(FRAMING, theirs, mine) == both
    assert merged_framing(FRAMING, mine, mine) == mine
    with pytest.raises(ProjectError, match="frames 100 to 150") as refused:
        merged_framing(FRAMING, mine, setting(FRAMING, WindowAt(0, 120), Fraction(51)))
    assert refused.value.data["conflict"]


def test_a_window_does_not_get_keyframes_without_end() -> None:
    knots = tuple(Knot(frame, Fraction(0), Fraction(0)) for frame in range(5000))
    shot = replace(FRAMING[0][0], frames=(0, 6000), panels=(replace(FRAMING[0][0].panels[0], path=CameraPath(knots)),))
    with pytest.raises(PlanError, match="5000 keyframes at most"):
        setting(((shot,),), WindowAt(0, 5500), Fraction(1))
