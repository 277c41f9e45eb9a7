from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.masters import choose_masters, decode_master, encode_master
from pipeline.errors import InputError
from pipeline.shell.masters import list_masters

file_names = st.binary(min_size=1, max_size=200).filter(lambda b: not {0, 0x2F} & set(b) and b not in (b".", b".."))


@given(file_names)
def test_any_file_name_survives_the_way_through_json(name: bytes) -> None:
    path = Path("/films") / os.fsdecode(name)
    sent = json.dumps([encode_master(path)]).encode("utf-8")
    (received,) = json.loads(sent)
    assert decode_master(received, base=Path("/elsewhere")) == path


@pytest.mark.parametrize(
    "name", ["-rf.mov", "it's.mp4", 'a "b".mov', "50%.mov", "a:b.mkv", "é🎬.mov", "a b.mp4", "{x}.ts"]
)
def test_a_name_that_people_can_read_is_sent_as_it_is(name: str) -> None:
    assert encode_master(Path("/films") / name) == f"/films/{name}"


@pytest.mark.parametrize("name", ["[/b] cut.mov", "two\nlines.mov", os.fsdecode(b"latin-\xe9.mov")])
def test_a_name_that_a_console_would_misread_is_sent_as_a_uri(name: str) -> None:
    assert encode_master(Path("/films") / name).startswith("file:///films/")


def test_a_relative_name_is_relative_to_the_checkout() -> None:
    assert decode_master("media/masters/a.mov", base=Path("/studio")) == Path("/studio/media/masters/a.mov")


def test_films_are_listed_by_name_and_what_lies_beside_them_is_not(tmp_path: Path) -> None:
    for name in ("b.MOV", "a.mp4", "film.toml", "a.shots.json", "._b.mov", ".hidden.mp4", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in list_masters(tmp_path)] == ["a.mp4", "b.MOV"]
    assert list_masters(tmp_path / "missing") == ()


def test_a_master_named_twice_is_cut_once(tmp_path: Path) -> None:
    chosen = choose_masters(["a.mp4", str(tmp_path / "a.mp4"), "b.mp4"], folder=tmp_path, base=tmp_path)
    assert chosen == (tmp_path / "a.mp4", tmp_path / "b.mp4")


def test_no_film_at_all_is_the_users_to_mend(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no film to cut"):
        choose_masters(None, folder=tmp_path, base=tmp_path)
    with pytest.raises(InputError, match="There is no film to cut"):
        choose_masters([], folder=tmp_path, base=tmp_path)
