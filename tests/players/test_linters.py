"""Two strict parsers from npm read every playlist of a package and object to nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.players.packages import Package
from tests.players.tools import HERE, find_tool, install_modules

Lint = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def lint() -> Lint:
    install_modules()
    node = find_tool("node", "nodejs", package="nodejs")

    def run(*playlists: Path) -> list[dict[str, Any]]:
        command = [node, HERE / "lint.mjs", *playlists]
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return [json.loads(line) for line in told.stdout.splitlines()]

    return run


@pytest.mark.parametrize("name", ["film", "joined", "carded", "regional", "block", "mixed"])
def test_strict_parsers_object_to_nothing(packages: dict[str, Package], lint: Lint, name: str) -> None:
    playlists = sorted(packages[name].folder.rglob("*.m3u8"))
    told = lint(*playlists)
    assert [line for line in told if "message" in line] == []
    read = {Path(line["path"]): line for line in told if "kind" in line}
    assert set(read) == set(playlists)
    assert read[packages[name].folder / "master.m3u8"]["kind"] == "master"
    assert all(line["count"] for line in read.values())


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (None, "BANDWIDTH=", "BANDWITH="),
        (None, 'AUDIO="stereo"', 'AUDIO="mono"'),
        (None, "DEFAULT=NO", "DEFAULT=YES"),
        ("v", "TARGETDURATION:6", "TARGETDURATION:4"),
        ("v", "#EXTM3U", "#EXTM3"),
        ("i", "VERSION:7", "VERSION:3"),
    ],
)
def test_the_parsers_find_what_is_wrong(
    packages: dict[str, Package], lint: Lint, tmp_path: Path, kind: str | None, good: str, bad: str
) -> None:
    film = packages["film"]
    text = (film.playlists(kind)[0] if kind else film.folder / "master.m3u8").read_text()
    wrong = tmp_path / "wrong.m3u8"
    wrong.write_text(text.replace(good, bad))
    assert good in text
    assert [line for line in lint(wrong) if "message" in line]
