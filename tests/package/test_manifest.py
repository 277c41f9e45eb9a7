"""package.json is read as we write it; anything else that lies there is no document of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.package import manifest

OURS: dict[str, Any] = {
    "version": manifest.VERSION,
    "ladder": "landscape",
    "masters": [{"file": "film.mov", "keys": ["a", "b"]}],
    "kept_keys": ["c"],
    "files": {"master.m3u8": "d", "segments/e.m4s": "f"},
}


def written(folder: Path, document: object) -> Path:
    path = folder / manifest.NAME
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def test_everything_that_a_package_is_made_of_is_kept(tmp_path: Path) -> None:
    document = manifest.read(written(tmp_path, OURS))
    assert manifest.keys_in(document) == frozenset("abcdf")
    assert set(document["files"]) == {"master.m3u8", "segments/e.m4s"}


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 0},
        {"masters": [{}]},
        {"masters": ["film.mov"]},
        {"masters": 3},
        {"kept_keys": [{}]},
        {"kept_keys": [3]},
        {"files": []},
        {"files": {"a": 3}},
        {"files": {"../a": "d"}},
        {"files": {"/a": "d"}},
    ],
    ids=json.dumps,
)
def test_what_somebody_wrote_into_it_is_not_ours(changed: dict[str, Any], tmp_path: Path) -> None:
    assert manifest.read(written(tmp_path, OURS | changed)) == {}


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"version": 1}', "[" * 100_000])
def test_other_files_are_not_ours(text: str, tmp_path: Path) -> None:
    assert manifest.read(written(tmp_path, text)) == {}
    assert manifest.read(tmp_path / "nothing.json") == {}
