"""What people are told of films that regions add."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.facts import Colour, MediaFacts, PictureFacts
from pipeline.plan.shots import Timeline
from pipeline.shell.region_sources import conformed_notes
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24))
SDR, HDR = Colour("bt709", "bt709", "bt709", False), Colour("bt2020", "smpte2084", "bt2020nc", False)
PICTURE = PictureFacts(0, "hevc", 1920, 1080, Fraction(1), 0, "yuv420p", 8, SDR, "progressive", RATE, Fraction(0), None)
FACTS = MediaFacts("mov,mp4,m4a,3gp,3g2,mj2", 10**9, Fraction(600), PICTURE, (), ())


def study(name: str, colour: Colour) -> Any:
    """Return what is known of a film, as far as it is told how it differs from another."""
    facts = replace(FACTS, picture=replace(PICTURE, colour=colour))
    return SimpleNamespace(path=Path(name), facts=facts, shots=SimpleNamespace(timeline=Timeline(RATE, 240)))


@pytest.mark.parametrize(
    ("film", "bonus", "told"),
    [
        (SDR, HDR, ("de: bonus.mov is conformed to the film: HDR, which is tone-mapped to SDR (BT.709).",)),
        (HDR, SDR, ()),
        (HDR, HDR, ()),
    ],
)
def test_a_bonus_in_hdr_beside_a_film_that_is_not_is_told(film: Colour, bonus: Colour, told: tuple[str, ...]) -> None:
    assert tuple(conformed_notes(study("film.mov", film), [study("bonus.mov", bonus)], "de")) == told
