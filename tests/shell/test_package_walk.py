"""A package is walked from its master playlist; what is damaged, leads out or breaks a rule is refused by name."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.shell.package_walk import find_package, walk_package
from tests.small_packages import SmallPackage, make_small_package


@pytest.fixture
def package(tmp_path: Path) -> SmallPackage:
    return make_small_package(tmp_path / "package", region="de")


def _first(package: SmallPackage, suffix: str) -> str:
    return min(name for name in package.segments if name.endswith(suffix))


def test_all_that_plays_is_found_and_nothing_else(package: SmallPackage) -> None:
    (package.folder / "segments" / ("0" * 32 + ".m4s")).write_bytes(b"left over")
    (package.folder / ".half-written").write_bytes(b"x")
    contents = walk_package(package.folder)
    assert {file.name for file in contents.files} == package.names - {
        "master.m3u8", "conformance.json", "package.json", "segments/" + "0" * 32 + ".m4s", ".half-written",
    }  # fmt: skip
    assert (contents.title, contents.region) == ("The Red Kite", "de")
    assert contents.master.sha256 == hashlib.sha256(package.master).hexdigest()


def test_a_package_is_named_by_its_folder_or_its_master(package: SmallPackage) -> None:
    assert find_package(package.folder) == find_package(package.folder / "master.m3u8") == package.folder
    for name in ("nosuch", "segments", "poster.jpg"):
        with pytest.raises(InputError, match="no package"):
            find_package(package.folder / name)


def _edit(name: str, old: bytes, new: bytes) -> Callable[[SmallPackage], object]:
    def change(package: SmallPackage) -> None:
        path = package.folder / name
        assert old in path.read_bytes()
        path.write_bytes(path.read_bytes().replace(old, new, 1))

    return change


def _rename_playlist(package: SmallPackage, change: Callable[[bytes], bytes]) -> None:
    """Change a media playlist, and call it by its new content, as somebody who knows how would."""
    path = min(package.folder.glob("v360-*.m3u8"))
    data = change(path.read_bytes())
    name = f"v360-{hashlib.sha256(data).hexdigest()[:12]}.m3u8"
    (package.folder / name).write_bytes(data)
    _edit("master.m3u8", path.name.encode(), name.encode())(package)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda p: (p.folder / _first(p, ".m4s")).unlink(), "is missing"),
        (lambda p: (p.folder / _first(p, ".jpg")).unlink(), "is missing"),
        (lambda p: min(p.folder.glob("a128-*.m3u8")).unlink(), "is missing"),
        (lambda p: (p.folder / _first(p, ".mp4")).write_bytes(b"other"), "other bytes than its name says"),
        (lambda p: os.truncate(p.folder / _first(p, ".vtt"), 3), "other bytes than its name says"),
        (lambda p: _edit(min(p.folder.glob("s-*.m3u8")).name, b"EXTINF:6", b"EXTINF:5")(p), "other bytes"),
        (_edit("master.m3u8", b"v360-", b"../v360-"), "no name that is made from content"),
        (_edit("master.m3u8", b"\nv360-", b"\n/v360-"), "no name that is made from content"),
        (_edit("master.m3u8", b"\nv360-", b"\nhttps://elsewhere.example/v360-"), "no name that is made from content"),
        (_edit("master.m3u8", b"\nv360-", b"\n%2e%2e/v360-"), "no name that is made from content"),
        (_edit("master.m3u8", b"#EXTM3U\n", b"#EXTM3U\n#EXT-X-SESSION-DATA:DATA-ID=\"a\",URI=\"b\"\n"), "SESSION-DATA"),
        (lambda p: _rename_playlist(p, lambda d: d.replace(b"\nsegments/", b"\n../segments/", 1)), "made from content"),
        (lambda p: _rename_playlist(p, lambda d: d.replace(b'URI="segments/', b'URI="http://e/segments/', 1)), "made"),
        (lambda p: _rename_playlist(p, lambda d: d.replace(b"#EXTINF", b'#EXT-X-KEY:METHOD=A,URI="k"\n#EXTINF', 1)),
         "EXT-X-KEY"),
        (lambda p: _rename_playlist(p, lambda d: d.replace(b"#EXTINF:6", b"#EXTINF:six", 1)), "cannot be read"),
        (lambda p: (p.folder / "master.m3u8").write_bytes(min(p.folder.glob("v360-*.m3u8")).read_bytes()), "no master"),
        (lambda p: (p.folder / "master.m3u8").write_bytes(b"\xff\xfe"), "cannot be read"),
        (_edit("thumbnails.vtt", b"segments/", b"../segments/"), "no name that is made from content"),
    ],
)  # fmt: skip
def test_a_damaged_package_is_refused(
    package: SmallPackage, spoil: Callable[[SmallPackage], object], told: str
) -> None:
    spoil(package)
    with pytest.raises(InputError, match=told) as caught:
        walk_package(package.folder)
    assert "Nothing was published" in str(caught.value) and caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["master.m3u8", "poster.jpg", "segment"])
def test_a_link_that_leads_out_is_refused(package: SmallPackage, name: str, tmp_path: Path) -> None:
    path = package.folder / (_first(package, ".m4s") if name == "segment" else name)
    shutil.move(path, tmp_path / "secret")
    path.symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match="leads out"):
        walk_package(package.folder)


def test_a_pipe_in_a_files_place_is_not_waited_for(package: SmallPackage) -> None:
    name = _first(package, ".m4s")
    (package.folder / name).unlink()
    os.mkfifo(package.folder / name)
    with pytest.raises(InputError, match="is missing"):
        walk_package(package.folder)


def test_a_rule_that_must_be_kept_and_is_not_is_named(package: SmallPackage) -> None:
    def found(outcome: str, level: str) -> None:
        findings = [{"rule": "7.4", "level": level, "title": "IDR pictures first", "outcome": outcome}]
        (package.folder / "conformance.json").write_text(
            json.dumps({"findings": findings, "conforms": outcome != "fail" or level != "MUST"})
        )

    found("fail", "MUST")
    with pytest.raises(InputError, match=r"7\.4 IDR pictures first"):
        walk_package(package.folder)
    for outcome, level in (("fail", "SHOULD"), ("pass", "MUST")):
        found(outcome, level)
        assert walk_package(package.folder).files


@pytest.mark.parametrize("content", [None, "{", '{"findings": 3}', "[]"])
def test_what_nobody_checked_is_checked(package: SmallPackage, content: str | None) -> None:
    path = package.folder / "conformance.json"
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(InputError, match="breaks rules that must be kept"):
        walk_package(package.folder)  # of noise


@pytest.mark.parametrize("content", ["", "{", "[]", '{"title": 3, "region": 4}', '{"title": " "}'])
def test_a_package_json_that_says_nothing_gives_no_title(package: SmallPackage, content: str) -> None:
    (package.folder / "package.json").write_text(content)
    contents = walk_package(package.folder)
    assert (contents.title, contents.region) == (None, "")
