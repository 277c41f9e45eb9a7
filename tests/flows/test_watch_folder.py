"""The flow `watch-folder` with a real server and worker: each film is made by a run of its own, once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.flows.conftest import Served
from tests.whole_films import write_films


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_films(tmp_path_factory.mktemp("whole"))


def test_a_film_that_arrives_is_packaged_by_a_run_of_its_own_once(served: Served, films: dict[str, Path]) -> None:
    inbox = served.home.parent / "in [1]"
    inbox.mkdir()
    (inbox / "kite é.mp4").write_bytes(films["front.mp4"].read_bytes())
    (inbox / "copy.mp4").write_bytes(films["front.mp4"].read_bytes())
    (inbox / "bad.mov").write_bytes(b"no film")
    (inbox / "bad.mov.ready").touch()
    wanted = {"folder": inbox.as_uri(), "flows": ["package-hls"], "ladder": "landscape-fixed", "once": True}
    words = [word for name, value in wanted.items() for word in ("--param", f"{name}={json.dumps(value)}")]
    for _ in range(2):
        done = served.prefect("deployment", "run", "watch-folder", *words, "--watch")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Nothing is left to do." in done.stdout
    runs = served.call("POST", "/flow_runs/filter", {"flows": {"name": {"any_": ["package-hls"]}}})
    (run,) = [one for one in runs if one["name"].startswith("watched ")]
    assert run["state"]["name"] == "Completed"
    assert len(list(served.home.glob("out/*/hls/master.m3u8"))) == 1
    assert "not a film" in (inbox / "bad.mov.matinee.txt").read_text()
