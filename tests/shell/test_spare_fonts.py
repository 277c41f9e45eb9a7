"""Fonts that no output asks for can go, and so can those of packages that are gone; what is somebody else's stays."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.shell import fonts
from pipeline.shell.fonts import Face, faces_for, font_file, fonts_folder
from pipeline.shell.spare_fonts import find_spare_fonts, remove_fonts

SANS, ARABIC, HEBREW = faces_for("en", "bold")[:3]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make fonts of a thousand bytes, in no time."""
    monkeypatch.setattr(fonts, "_make", lambda _, target: target.write_bytes(bytes(1000)))
    yield
    fonts._digest.cache_clear()


def size_of(root: Path) -> int:
    """Return what the files below a folder take on the disk, each once whatever its names."""
    files = {path.stat().st_ino: path.stat().st_size for path in root.rglob("*") if path.is_file()}
    return sum(files.values())


def left(root: Path) -> set[str]:
    return {path.name for path in (*root.iterdir(), *(root / "faces").iterdir())} - {"faces"}


def test_what_an_output_uses_stays_and_the_rest_goes_for_as_much_as_was_said(tmp_path: Path) -> None:
    used = fonts_folder([SANS, ARABIC], tmp_path)
    fonts_folder([SANS, HEBREW], tmp_path)
    fonts_folder([SANS], tmp_path)
    spare, before = find_spare_fonts(tmp_path, frozenset({used.digest, "of something else"})), size_of(tmp_path)
    assert (spare.count, spare.size_bytes) == (2, 1000), "one of them is used elsewhere, and stays on the disk"
    remove_fonts(spare)
    assert before - size_of(tmp_path) == spare.size_bytes
    assert left(tmp_path) == {used.digest, font_file(SANS, tmp_path).name, font_file(ARABIC, tmp_path).name}
    assert find_spare_fonts(tmp_path, frozenset({used.digest})).paths == ()


def test_copies_on_a_disk_without_links_count_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    used = fonts_folder([SANS], tmp_path)
    fonts_folder([SANS, HEBREW], tmp_path)
    spare, before = find_spare_fonts(tmp_path, frozenset({used.digest})), size_of(tmp_path)
    remove_fonts(spare)
    assert spare.size_bytes == before - size_of(tmp_path) == 3000


def test_fonts_that_packages_of_today_do_not_make_go_even_where_an_output_was_drawn_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = fonts_folder([SANS], tmp_path)
    monkeypatch.setattr(fonts, "version", lambda _: "99")
    fonts._digest.cache_clear()
    new = fonts_folder([SANS], tmp_path)
    remove_fonts(find_spare_fonts(tmp_path, frozenset({old.digest, new.digest})))
    assert left(tmp_path) == {new.digest, font_file(SANS, tmp_path).name}


def test_leftovers_of_a_killed_run_go_and_what_others_put_there_stays(tmp_path: Path) -> None:
    font_file(SANS, tmp_path)
    (tmp_path / f".{'0' * 32}").mkdir()
    (tmp_path / f".{'0' * 32}" / "half.ttf").write_bytes(b"half")
    (tmp_path / "faces" / f".{'1' * 32}").write_bytes(b"half")
    (tmp_path / "mine").mkdir()
    (tmp_path / "faces" / "Mine Sans.ttf").write_bytes(b"mine")
    (tmp_path / ("a" * 64)).symlink_to(tmp_path / "mine")
    remove_fonts(find_spare_fonts(tmp_path, frozenset()))
    assert left(tmp_path) == {"mine", "Mine Sans.ttf", "a" * 64}


def test_a_removal_that_is_cut_short_leaves_no_half_folder_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fonts_folder([SANS, HEBREW], tmp_path)

    def killed(path: Path) -> None:
        next(path.iterdir()).unlink()
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", killed)
        with pytest.raises(StoreError, match="Input/output error"):
            remove_fonts(find_spare_fonts(tmp_path, frozenset()))
    assert not folder.path.exists()
    assert len(list(fonts_folder([SANS, HEBREW], tmp_path).path.iterdir())) == 2
    assert len(find_spare_fonts(tmp_path, frozenset({folder.digest})).paths) == 1, "the half one"


def test_where_no_font_was_made_nothing_is_spare(tmp_path: Path) -> None:
    assert find_spare_fonts(tmp_path / "none", frozenset()).paths == ()


def test_every_font_that_text_may_ask_for_is_known() -> None:
    known = fonts.known_files()
    for language in (None, "en", "ja", "ko", "zh", "zh-Hant", "zh-HK", "ar"):
        faces: tuple[Face, ...] = (*faces_for(language, "regular"), *faces_for(language, "bold"))
        assert {fonts._file_name(face) for face in faces} <= known
