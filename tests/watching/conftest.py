"""A folder that is watched, and a film that is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.whole_films import write_films


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a small film that is whole."""
    return write_films(tmp_path_factory.mktemp("whole"))["front.mp4"].read_bytes()


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder to watch, in a home of its own."""
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path / "home"))
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder
