"""Three films in a café's folder whose frames carry numbers, and how `matinee block` makes a block of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran, Workplace, make_once
from tests.numbered_films import make_film
from tests.package.conftest import LADDER

HEAD = """
title = "Small Hours"
preset = "cafe"
venue = "Café Central"
starts = 2026-12-04T20:00:00
zone = "Europe/Madrid"
order = "given"

[length]
min = 10
max = 90
"""
ROOT = Path(__file__).parents[2]
FIRST, SECOND, THIRD = 1, 2, 3
"""The numbers that the frames of films carry."""


@pytest.fixture
def venue(workplace: Workplace) -> Workplace:
    for path in workplace.films.iterdir():
        path.unlink() if path.is_file() else shutil.rmtree(path)
    (workplace.presets / "ladders").mkdir()
    (workplace.presets / "ladders" / "small.toml").write_text(LADDER)
    small = (ROOT / "presets" / "blocks" / "cafe.toml").read_text()
    place = small.index("[sources")
    (workplace.presets / "blocks").mkdir()
    (workplace.presets / "blocks" / "cafe.toml").write_text(small[:place] + VENUE + small[place:])
    make_film(workplace.films / "tide.mp4", film=FIRST, size=(256, 144), fps=24, seconds=7, shot_s=7, tone=True)
    make_film(workplace.films / "ash.mp4", film=SECOND, size=(192, 108), fps=25, seconds=6, shot_s=6, tone=False)
    make_film(workplace.films / "wren.mp4", film=THIRD, size=(256, 144), fps=30, seconds=5, shot_s=5, tone=True)
    for name in ("tide", "ash", "wren"):
        (workplace.films / f"{name}.film.toml").write_text(f'title = "{name.title()}"\ndirector = "Ana Ruiz"\n')
    return workplace


VENUE = """
[venue_file]
width_px = 320
height_px = 180
fps = "25"
"""


def run(venue: Workplace, *names: str) -> Ran:
    """Run the command on a block of some of the films, and return what it answered."""
    block = venue.films / "small-hours.block.toml"
    block.write_text(HEAD + "".join(f'[[films]]\nfile = "{name}.mp4"\n' for name in names))
    return venue.matinee("block", block, "--ladder", "small", "--out", venue.home / "block", "--json")


def make(venue: Workplace, *names: str) -> dict[str, Any]:
    """Make a block of some of the films, and return what was told of it."""
    ran = run(venue, *names)
    assert ran.code == 0, ran.err
    document: dict[str, Any] = json.loads(ran.out)
    return document


@pytest.fixture
def earlier(venue: Workplace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Make a block of Tide and Ash, and return what was told of it; only the first test of all encodes it."""
    told: list[dict[str, Any]] = []
    store = venue.home / "store"

    def encode(root: Path) -> None:
        told.append(make(venue, "tide", "ash"))
        shutil.copytree(store, root, ignore=shutil.ignore_patterns("*.sqlite3*"), dirs_exist_ok=True)

    encoded = make_once(tmp_path_factory, "earlier-block", encode)
    if not told:
        shutil.copytree(encoded, store, dirs_exist_ok=True)
        told.append(make(venue, "tide", "ash"))
    return told[0]
