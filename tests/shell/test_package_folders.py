"""Packages are found in folders, and of their files only those that lie there are found by name."""

from __future__ import annotations

from pathlib import Path

import pytest

import pipeline.shell.package_folders as package_folders
from pipeline.errors import InputError
from pipeline.shell.package_folders import Listing, find_packages


def _package(folder: Path) -> Path:
    (folder / "segments").mkdir(parents=True)
    (folder / "master.m3u8").write_text("#EXTM3U\n")
    (folder / "segments" / "00.m4s").write_bytes(b"media")
    return folder


def test_a_package_is_found_itself_and_several_are_found_below_in_order(tmp_path: Path) -> None:
    two, one = _package(tmp_path / "b" / "package"), _package(tmp_path / "a")
    assert find_packages(one) == (one,)
    assert find_packages(tmp_path) == (one, two)
    _package(tmp_path / ".hidden")
    (tmp_path / "again").symlink_to(two)
    assert find_packages(tmp_path) == (one, two)


@pytest.mark.parametrize("name", ["empty", "nosuch", "file"])
def test_a_folder_without_a_package_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError) as told:
        find_packages(tmp_path / name)
    assert name in str(told.value) and "master.m3u8" in str(told.value)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "/", "../secret", "segments/../../secret", "/etc/passwd", "segments", "segments/", "./master.m3u8",
     "..\\secret", "master.m3u8\0", "out", "linked/secret", ".hidden", "segments//00.m4s", "~", "%2e%2e/secret"],
)  # fmt: skip
def test_no_name_leads_out_of_the_package(tmp_path: Path, name: str) -> None:
    package = _package(tmp_path / "package")
    (tmp_path / "secret").write_text("secret")
    (package / ".hidden").write_text("secret")
    (package / "out").symlink_to(tmp_path / "secret")
    (package / "linked").symlink_to(tmp_path)
    listing = Listing(package)
    assert listing.find(name) is None
    assert listing.find("segments/00.m4s") == package / "segments" / "00.m4s"


def test_a_link_inside_the_package_and_what_is_written_later_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_folders, "_LIST_AGAIN_AFTER_S", 0)
    package = _package(tmp_path / "package")
    (package / "same.m4s").symlink_to("segments/00.m4s")
    listing = Listing(package)
    assert listing.find("same.m4s") is not None and listing.find("poster.jpg") is None
    (package / "poster.jpg").write_bytes(b"picture")
    assert listing.find("poster.jpg") == package / "poster.jpg"
