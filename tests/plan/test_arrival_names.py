"""Names of films are told from those that copiers, browsers and systems leave beside them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts import FILM_SUFFIXES
from pipeline.plan.arrival_names import (
    goes_along,
    is_entered,
    is_film_name,
    is_sidecar,
    may_speak_of,
    note_name,
    sidecars_of,
)


@pytest.mark.parametrize(
    "name",
    [
        "film.mov",
        "Film 1.MP4",
        "été à la plage.mkv",
        "part.mov",
        "film.v2.mxf",
        "reel.part2.mov",
        "temp.mp4",
    ],
)
def test_films_are_looked_at(name: str) -> None:
    assert is_film_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "film.mov.part", "film.mov.crdownload", "film.mov.filepart", "film.mov~", "film.mov.tmp", "film.mov.!qB",
        "film.mov.!sync", "film.mov.partial", "Unconfirmed 4711.crdownload", ".film.mov.aB3dEf", "._film.mov",
        "~film.mov", ".syncthing.film.mov.tmp", "~syncthing~film.mov.tmp", "film.part.mov", "film.temp.mp4",
        "film.f137.mp4", "film.tmp.mov", "Thumbs.db", ".DS_Store", "desktop.ini", "film.srt", "film.toml", "watch.toml",
        "film.mov.matinee.txt", "film.mov.md5", "film", ".mov", "film.mov.aria2",
    ],
)  # fmt: skip
def test_what_is_no_film_or_not_copied_yet_is_left_alone(name: str) -> None:
    assert not is_film_name(name)


@pytest.mark.parametrize("name", ["monday", "2026-11", "shorts & more", "done", "Rushes.v2"])
def test_folders_of_people_are_entered(name: str) -> None:
    assert is_entered(name)


@pytest.mark.parametrize(
    "name",
    [".git", ".stfolder", ".sync", ".Trash-1000", "@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information",
     "lost+found", "film.mov.download", "film.part"],
)  # fmt: skip
def test_folders_of_systems_and_copiers_are_not(name: str) -> None:
    assert not is_entered(name)


@given(st.text("abc .~-é", min_size=1, max_size=20), st.sampled_from(FILM_SUFFIXES))
def test_a_film_is_no_sidecar_and_its_sidecars_are_no_films(stem: str, suffix: str) -> None:
    name = f"{stem}{suffix}"
    assert not is_sidecar(name)
    for sidecar in sidecars_of(name):
        assert may_speak_of(sidecar, name) and not is_film_name(sidecar)


def test_sidecars_are_known_by_the_whole_name_or_the_stem() -> None:
    assert {"film.mov.md5", "film.md5", "film.mov.ready", "film.ready", "film.mov.xxh", "film.sha256"} <= set(
        sidecars_of("film.mov")
    )
    assert not may_speak_of("film.mov.md5", "other.mov")


@given(st.text(min_size=1, max_size=300))
def test_the_name_of_a_note_always_fits(name: str) -> None:
    note = note_name(f"{name.encode('utf-8', 'replace').decode()}.mov")
    assert note.endswith(".matinee.txt") and len(note.encode("utf-8", "surrogateescape")) <= 255


def test_what_belongs_to_a_film_goes_along_with_it() -> None:
    along = ("film.mov.md5", "film.film.toml", "film.srt", "film.es.vtt", "film.pt-BR.forced.srt", "film.ready")
    assert all(goes_along(name, "film.mov") for name in along)
    assert not any(goes_along(name, "film.mov") for name in ("film.toml", "film2.srt", "watch.toml", "film.txt"))
