"""A clip that must not be shown is not made, and says so; the others are, and an earlier one of its name is gone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from pipeline.cut import clips
from pipeline.geometry import Box
from pipeline.plan.overlaps import Overlap
from pipeline.timebase import Span

CUT = ("--highlights", "short", "--platform", "tall", "--platform", "quad", "--count", "1")
FACE = Overlap(
    "error", "a face", Span(Fraction(0), Fraction(1)), Box(0, 0, 9, 9), Fraction(1, 2), Fraction(4, 10), Fraction(1)
)


def test_one_refused_clip_stops_no_other(workplace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    covering = [FACE]

    def under_buttons(*_: object, size: tuple[int, int], **__: object) -> Sequence[Overlap]:
        return tuple(covering) if size[0] == size[1] else ()

    monkeypatch.setattr(clips, "find_overlaps", under_buttons)
    ran = workplace.matinee("cut", workplace.film, *CUT)
    assert ran.code == 2 and "h1-quad was not made: a face is under" in ran.out and "(40 % of it)" in ran.out
    made, framing = workplace.out() / "clips", workplace.out() / "framing"
    assert [path.name for path in made.iterdir()] == ["h1-tall.mp4"]
    shown = {f"h1-quad{suffix}" for suffix in (".framing.json", ".jpg", ".mp4")}
    assert shown <= {path.name for path in framing.iterdir()} and str(framing / "h1-quad.framing.json") in ran.out
    covering.clear()
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    assert sorted(path.name for path in made.iterdir()) == ["h1-quad.mp4", "h1-tall.mp4"]
    covering.append(FACE)
    assert workplace.matinee("cut", workplace.film, *CUT).code == 2
    assert [path.name for path in made.iterdir()] == ["h1-tall.mp4"]
    assert shown <= {path.name for path in framing.iterdir()}
    document = json.loads((workplace.out() / "clips.json").read_text())
    assert [clip["platform"] for clip in document["clips"]] == ["tall"]
    assert [one["clip"] for one in document["refused"]] == ["h1-quad"]
