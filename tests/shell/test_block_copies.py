"""An order that is written into a block file leaves all else in it as it was, comments with what they are about."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.block import BlockFilm, parse_block
from pipeline.errors import ProjectError
from pipeline.plan.candidates import Candidate
from pipeline.shell.block_copies import save_order, with_order
from pipeline.shell.block_surveys import read_block_text
from tests.plan.libraries import film

TEXT = """\
title = "Small Hours"

[rules]
one_per_director = true
# the opener
[[films]]
file = "a.mov" # a
place = "opener"

# Ana comes
# at eight
[[films]]
file = "b.mov"
age = 12
[[films]]
file = "more"
must = true

# to breathe
[[intermissions]]
after = 1
"""


def films(folder: Path, *names: str) -> list[Candidate]:
    found = []
    for number, name in enumerate(names, start=1):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        one = film(number)
        found.append(replace(one, film=replace(one.film, path=str(path))))
    return found


def tables(known: list[Candidate]) -> dict[str, BlockFilm]:
    return {one.film.digest: BlockFilm(file="x", note="told") for one in known}


def test_comments_go_with_what_they_are_about(tmp_path: Path) -> None:
    known = films(tmp_path, "a.mov", "b.mov", "more/c.mov")
    path = tmp_path / "hours.toml"
    written = with_order(TEXT, path, [known[2], known[1], known[0]], tables(known))
    parsed = tomllib.loads(written)
    assert parsed["order"] == "given" and parsed["intermissions"] == [{"after": 1}]
    assert parsed["films"] == [
        {"file": "more/c.mov", "note": "told"}, {"file": "b.mov", "age": 12}, {"file": "a.mov"},
    ]  # fmt: skip
    assert '# Ana comes\n# at eight\n[[films]]\nfile = "b.mov"' in written
    assert '# the opener\n[[films]]\nfile = "a.mov" # a' in written
    assert "# to breathe\n[[intermissions]]" in written
    again = with_order(written, path, known, tables(known))
    assert [one["file"] for one in tomllib.loads(again)["films"]] == ["a.mov", "b.mov", "more/c.mov"]
    assert sorted(line for line in again.splitlines() if "#" in line) == sorted(
        line for line in TEXT.splitlines() if "#" in line
    )


@pytest.mark.parametrize(
    "text",
    [
        'title = "x"\n[[films]]\nfile = "a.mov"\n[[films]]\nfile = "b.mov"',
        'films = [{file = "a.mov"}, {file = "b.mov", note = "n"}]\ntitle = "x"\n[rules]\nfilms_min = 1\n',
        'order = "choose" # for now\r\ntitle = "x"\r\n[[films]]\r\nfile = "a.mov"\r\n[rules]\r\nfilms_min = 1\r\n',
        '\ufefftitle = "x"\n[[films]]\nfile = "*.mov"\n',
    ],
)
def test_a_file_however_it_is_laid_out_is_a_block_file_afterwards(tmp_path: Path, text: str) -> None:
    known = films(tmp_path, "a.mov", "b.mov")
    path = tmp_path / "hours.toml"
    path.write_text(text, newline="")
    read, version = read_block_text(path)
    save_order(path, known[::-1], tables(known), seen=version.digest)
    block = parse_block(read_block_text(path)[0], path=path)
    assert [one.file for one in block.films] == ["b.mov", "a.mov"] and block.order == "given" and block.title == "x"
    assert block.rules.films_min == 1 and parse_block(read, path=path).title == "x"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.mov", "b.mov", "hours.toml"]


def test_what_is_another_file_by_now_is_not_written(tmp_path: Path) -> None:
    known = films(tmp_path, "a.mov", "b.mov")
    path = tmp_path / "hours.toml"
    path.write_text(TEXT)
    with pytest.raises(ProjectError, match="Somebody else") as told:
        save_order(path, known, tables(known), seen="0" * 64)
    assert told.value.data["conflict"] and path.read_text() == TEXT
    (tmp_path / "late.toml").symlink_to(tmp_path / "nowhere.toml")
    with pytest.raises(ProjectError, match="There is a file late") as told:
        save_order(path, known, tables(known), seen="", copy="late.toml")
    assert told.value.data["conflict"] and not (tmp_path / "nowhere.toml").exists()


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    known = films(tmp_path, "a\udcff.mov")
    with pytest.raises(ProjectError, match=r"the film a\\udcff\.mov is no text"):
        with_order(TEXT, tmp_path / "hours.toml", known, tables(known))


@pytest.mark.parametrize("name", ["film.toml", "a.film.toml", "calendar.toml", "x.calendar.toml", "watch.toml"])
def test_a_copy_is_not_called_what_says_something_else(tmp_path: Path, name: str) -> None:
    known = films(tmp_path, "a.mov")
    path = tmp_path / "hours.toml"
    path.write_text(TEXT)
    with pytest.raises(ProjectError, match="is not read as a block"):
        save_order(path, known, tables(known), seen="", copy=name)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.mov", "hours.toml"]


def test_a_film_elsewhere_is_named_where_it_lies_from_a_folder_that_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk" / "deep" / "blocks").mkdir(parents=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "blocks").symlink_to(tmp_path / "disk" / "deep" / "blocks")
    known = films(tmp_path, "home/blocks/a.mov", "home/c.mov")
    path = tmp_path / "home" / "blocks" / "hours.toml"
    path.write_text(TEXT)
    save_order(path, known, tables(known), seen=read_block_text(path)[1].digest)
    own, other = (table["file"] for table in tomllib.loads(path.read_text())["films"])
    assert own == "a.mov" and (path.parent / other).samefile(known[1].film.path)


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n"), 'title = "S"\nfilms = [{ file = "a.mov" }]\n'])
def test_an_order_that_is_saved_again_and_again_leaves_the_file_as_it_is(tmp_path: Path, text: str) -> None:
    known = films(tmp_path, "c.mov", "a.mov", "b.mov")
    path = tmp_path / "hours.toml"
    saved = with_order(text, path, known, tables(known))
    assert with_order(saved, path, known, tables(known)) == saved and "\n\n\n" not in saved
    turned = with_order(saved, path, known[::-1], tables(known))
    again = with_order(turned, path, known, tables(known))
    assert again.count("\n") <= saved.count("\n") + 1
    for _ in range(3):
        again = with_order(with_order(again, path, known[::-1], tables(known)), path, known, tables(known))
    assert again.count("\n") <= saved.count("\n") + 1


def test_lines_end_as_they_did(tmp_path: Path) -> None:
    known = films(tmp_path, "b.mov", "more/c.mov", "a.mov")
    path = tmp_path / "hours.toml"
    text = TEXT.replace("\n", "\r\n")
    found = with_order(text, path, known, tables(known))
    assert found.count("\r\n") == found.count("\n") and found.replace("\r\n", "\n") == with_order(
        TEXT, path, known, tables(known)
    )
    assert with_order(found, path, known, tables(known)) == found
