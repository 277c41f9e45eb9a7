"""Where no package is made, a film's poster is a frame of its master: the one that has most to see, as it is shown."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from pipeline.screening.posters import master_posters
from pipeline.shell.home import Home, find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.store import Store
from pipeline.shell.study import study_shots

COLOURS = (200, 40, 40), (40, 160, 60)
"""Of the upper and the lower half of the picture that is worth seeing."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path))
    return find_home()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Three seconds of grey, three of two colours one over the other, three of grey, stored lying on its side."""
    upper, lower = ("0x" + bytes(colour).hex() for colour in COLOURS)
    grey = "color=0x303030:s=160x90:r=25:d=3,format=yuv420p"
    colours = f"color={upper}:s=160x90:r=25:d=3,drawbox=y=45:h=45:color={lower}:t=fill,format=yuv420p"
    joined = f"{grey}[a];{colours}[b];{grey}[c];[a][b][c]concat=n=3,transpose=clock"
    path, turned = tmp_path / "film.mp4", tmp_path / "turned.mp4"
    run = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error")
    subprocess.run((*run, "-f", "lavfi", "-i", joined, "-c:v", "libx264", str(turned)), check=True)
    subprocess.run((*run, "-display_rotation", "90", "-i", str(turned), "-c", "copy", str(path)), check=True)
    return path


def poster_of(film: Path, home: Home) -> Any:
    study = study_shots(film, store=Store(home.store), ledger=Ledger(home.ledger))
    (path,) = master_posters([study], home).values()
    return np.asarray(Image.open(path).convert("RGB"), float)


def test_it_is_the_picture_with_most_to_see_upright_in_its_colours(film: Path, home: Home) -> None:
    picture = poster_of(film, home)
    assert picture.shape == (90, 160, 3)
    for half, colour in zip((picture[5:40], picture[50:85]), COLOURS, strict=True):
        assert np.abs(half.mean(axis=(0, 1)) - colour).max() < 12, half.mean(axis=(0, 1))


def test_the_frame_that_a_file_beside_the_film_names_counts_for_more(film: Path, home: Home) -> None:
    film.with_name("film.film.toml").write_text("poster_frame = 1\n")
    picture = poster_of(film, home)
    assert np.abs(picture - 0x30).max() < 12


def test_a_frame_that_the_film_does_not_have_is_as_if_nobody_named_one(film: Path, home: Home) -> None:
    film.with_name("film.film.toml").write_text("poster_frame = 9\n")
    assert poster_of(film, home).max() > 150
