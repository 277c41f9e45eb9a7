"""Files are moved on one file system, never over another, also where a run was ended in the middle."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PublishError
from pipeline.shell import moves
from pipeline.shell.ledger import FileIdentity, Ledger
from pipeline.shell.moves import follow_move, move_into


@pytest.fixture(params=["renameat2", "links"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "links":
        monkeypatch.setattr(moves, "_NO_REPLACE", 1 << 30)  # a flag that no file system knows
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_a_file_keeps_its_name_where_that_is_free(tmp_path: Path) -> None:
    source = tmp_path / "film.mov"
    source.write_bytes(b"film")
    assert move_into(source, tmp_path / "done") == tmp_path / "done" / "film.mov"
    assert not source.exists() and (tmp_path / "done" / "film.mov").read_bytes() == b"film"


@pytest.mark.usefixtures("way")
def test_a_file_is_never_moved_over_another(tmp_path: Path) -> None:
    done = tmp_path / "done"
    done.mkdir()
    (done / "film.mov").write_bytes(b"first")
    (done / "film-2.mov").symlink_to("nowhere")
    source = tmp_path / "film.mov"
    source.write_bytes(b"second")
    assert move_into(source, done) == done / "film-3.mov"
    assert (done / "film.mov").read_bytes() == b"first" and (done / "film-2.mov").is_symlink()


@pytest.mark.usefixtures("way")
def test_a_move_that_left_both_names_is_finished(tmp_path: Path) -> None:
    done = tmp_path / "done"
    done.mkdir()
    source = tmp_path / "film.mov"
    source.write_bytes(b"film")
    os.link(source, done / "film.mov")
    assert move_into(source, done) == done / "film.mov"
    assert not source.exists() and sorted(path.name for path in done.iterdir()) == ["film.mov"]


@given(st.text("aé\udce9", min_size=1, max_size=100))
def test_names_as_long_as_they_get_have_room_for_a_number(stem: str) -> None:
    name = os.fsdecode(os.fsencode(f"{stem}.mov")[-250:])
    names = moves.names_in(Path("done"), name)
    for _, path in zip(range(12), names, strict=False):
        assert len(os.fsencode(path.name)) <= 255


def test_a_file_that_lies_there_already_stays(tmp_path: Path) -> None:
    film, link = tmp_path / "in" / "film.mov", tmp_path / "link"
    film.parent.mkdir()
    film.write_bytes(b"film")
    link.symlink_to(film.parent)
    assert move_into(film, film.parent) == film and film.read_bytes() == b"film"
    assert move_into(film, link) == link / "film.mov" and film.read_bytes() == b"film"
    (tmp_path / "elsewhere").hardlink_to(film)
    move_into(film, link)
    assert film.read_bytes() == b"film"


def test_what_is_in_the_way_is_told(tmp_path: Path) -> None:
    source = tmp_path / "film.mov"
    source.write_bytes(b"film")
    (tmp_path / "done").write_text("a file")
    with pytest.raises(PublishError, match="cannot be moved to"):
        move_into(source, tmp_path / "done")
    assert source.read_bytes() == b"film"


def test_what_we_keep_of_a_film_follows_it(tmp_path: Path) -> None:
    ledger, clips, other = Ledger(tmp_path / "ledger.sqlite3"), tmp_path / "clips.json", tmp_path / "other.json"
    before, after = tmp_path / "film.mov", tmp_path / "done" / "film.mov"
    clips.write_text(json.dumps({"masters": [{"sha256": "d", "file": str(before)}, {"sha256": "e", "file": "x"}]}))
    other.write_text(json.dumps({"masters": [{"sha256": "e", "file": "x"}]}))
    for path in (clips, other, tmp_path / "gone.json"):
        ledger.record_manifest(path)
    untouched = other.read_bytes()
    before.write_bytes(b"film")
    assert move_into(before, tmp_path / "done") == after
    follow_move(before, after, "d", ledger)
    assert [one["file"] for one in json.loads(clips.read_text())["masters"]] == [str(after), "x"]
    assert other.read_bytes() == untouched
    assert ledger.known_digest(FileIdentity.of(after)) == "d"
