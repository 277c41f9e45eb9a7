"""`matinee shots` as people read it: every transition has its place between the shots."""

from __future__ import annotations

import pytest

from pipeline.cli.look import _show_shots
from pipeline.plan.edit_shots import EditShots
from pipeline.plan.shots import Timeline, Transition, shots_between
from pipeline.timebase import FrameRate


def _shown(capsys: pytest.CaptureFixture[str], frame_count: int, *transitions: Transition) -> list[list[str]]:
    timeline = Timeline(FrameRate.parse("24/1"), frame_count)
    _show_shots(EditShots(timeline, transitions, shots_between(transitions, frame_count)))
    lines = capsys.readouterr().out.splitlines()
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_the_table_says_how_each_shot_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    rows = _shown(
        capsys,
        200,
        Transition("fade", 0, 20),
        Transition("cut", 40, 40),
        Transition("dissolve", 60, 61),
        Transition("wipe", 80, 90),
        Transition("fade", 90, 100),
        Transition("fade", 190, 200),
    )
    told = [(row[0], row[-1]) for row in rows if len(row) == 5]
    assert told == [
        ("", "fade, 20 frames"),
        ("1", "cut"),
        ("2", "dissolve, 1 frame"),
        ("3", "wipe, 10 frames, fade, 10 frames"),
        ("4", "fade, 10 frames"),
    ]
    assert rows[-1] == ["3 fades, 1 cut, 1 dissolve, 1 wipe"]


def test_one_shot_of_one_frame_is_singular(capsys: pytest.CaptureFixture[str]) -> None:
    rows = _shown(capsys, 1)
    assert rows[0] == ["1 shot, 1 frame at 24/1"] and rows[-1] == ["no transitions"]
