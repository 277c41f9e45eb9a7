"""People's files are found after any rename, written whole or not at all, and never written over somebody's change."""

from __future__ import annotations

import signal
import subprocess
import sys
import unicodedata
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.edit import Edit, Gap
from pipeline.editfile import EditFile
from pipeline.errors import ProjectError
from pipeline.shell import projects
from pipeline.shell.projects import (
    check_edit,
    edit_path,
    film_for,
    films_told,
    find_beside,
    find_project,
    list_edits,
    open_project,
    projects_by_master,
    read_edit,
    read_film,
    safe_name,
    save_edit,
    save_film,
)
from pipeline.timebase import FrameRate

MASTER, OTHER = "a" * 64, "b" * 64
RATE = FrameRate(Fraction(24))
FILE = EditFile(Edit("teaser", (Gap(Fraction(1)),)), RATE, ())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "media" / "projects"


def test_a_new_film_gets_a_folder_named_after_its_file(root: Path) -> None:
    folder = open_project(root, MASTER, Path("/films/My Film.mov"))
    assert folder == root / "My-Film"
    assert read_film(folder).film.master == MASTER
    assert "docs/film-toml.md" in (folder / "film.toml").read_text()


def test_the_project_is_found_after_renaming_film_and_folder(root: Path) -> None:
    open_project(root, MASTER, Path("/films/a.mov")).rename(root / "renamed by hand")
    assert open_project(root, MASTER, Path("/elsewhere/b.mov")) == root / "renamed by hand"
    assert find_project(root, OTHER) is None
    assert find_project(root / "nowhere", MASTER) is None


def test_films_of_one_name_get_folders_of_their_own(root: Path) -> None:
    folders = [open_project(root, digit * 64, Path(f"/{digit}/film.mov")) for digit in "abc"]
    assert [folder.name for folder in folders] == ["film", "film-2", "film-3"]


def test_the_project_is_found_where_its_film_toml_has_a_mistake(root: Path) -> None:
    folder = open_project(root, MASTER, Path("/a.mov"))
    with (folder / "film.toml").open("a") as file:
        file.write("title = no quotes\n")
    assert open_project(root, MASTER, Path("/a.mov")) == folder
    with pytest.raises(ProjectError, match=r"film\.toml: the file is not TOML"):
        read_film(folder)


def test_a_folder_that_somebody_prepared_is_taken_and_its_text_kept(root: Path) -> None:
    (root / "a").mkdir(parents=True)
    (root / "a" / "film.toml").write_text('# mine\ntitle = "T"\n')
    (root / "a" / "notes.txt").write_text("n")
    folder = open_project(root, MASTER, Path("/a.mov"))
    assert folder == root / "a"
    assert (folder / "film.toml").read_text() == f'# mine\ntitle = "T"\nmaster = "{MASTER}"\n'
    assert read_film(folder).film.master == MASTER


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("..", "film"), ("../../etc", "etc"), ("a/b\\c", "a-b-c"), ("\x00\x1f\n", "film"), (".hidden", "hidden"),
        ("-rf", "rf"), ("🎬🎬", "film"), ("Ünï cödé", "Ünï-cödé"), ("हिन्दी", "हिन्दी"), ("x\udcffy", "x-y"),
        ("a...b", "a.b"), ("Film: 'Part' 1%", "Film-Part-1"), ("", "film"),
    ],
)  # fmt: skip
def test_any_film_name_gives_a_safe_folder_name(title: str, name: str) -> None:
    assert safe_name(title) == name


def test_long_names_are_cut_between_characters() -> None:
    assert safe_name("x" * 200) == "x" * 120
    assert safe_name("日" * 200) == "日" * 40
    assert safe_name(unicodedata.normalize("NFD", "Ü")) == unicodedata.normalize("NFC", "Ü")


@pytest.mark.parametrize("stem", ["..", "a/../b", "x" * 200, "🎬", ".hidden", "new\nline", "\udcff"])
def test_no_name_leads_out_of_the_projects_folder(root: Path, stem: str) -> None:
    folder = open_project(root, MASTER, Path(f"/films/{stem}.mov"))
    assert folder.resolve().parent == root.resolve() and not folder.name.startswith(".")
    assert edit_path(folder, stem).parent == folder


def test_a_write_keeps_comments_and_counts_the_revision(root: Path) -> None:
    folder = open_project(root, MASTER, Path("/a.mov"))
    read = read_film(folder)
    version = save_film(folder, read.film.model_copy(update={"title": "T"}), expected=read.version)
    again = read_film(folder)
    assert again.version == version and version.revision == 2 and again.film.title == "T"
    assert "# finds this folder after a rename" in (folder / "film.toml").read_text()
    assert save_film(folder, again.film, expected=version).revision == 3


def test_a_second_writer_conflicts_and_nothing_is_lost(root: Path) -> None:
    folder = open_project(root, MASTER, Path("/a.mov"))
    first, second = read_film(folder), read_film(folder)
    save_film(folder, first.film.model_copy(update={"title": "first"}), expected=first.version)
    with pytest.raises(ProjectError, match=r"changed by somebody else.*expected revision 1.*Read it again") as caught:
        save_film(folder, second.film.model_copy(update={"title": "second"}), expected=second.version)
    assert caught.value.data["conflict"] is True
    assert read_film(folder).film.title == "first"


def test_a_persons_change_without_a_new_revision_is_noticed(root: Path) -> None:
    folder = open_project(root, MASTER, Path("/a.mov"))
    read = read_film(folder)
    with (folder / "film.toml").open("a") as file:
        file.write('rating = "12A"\n')
    with pytest.raises(ProjectError, match="changed by somebody else"):
        save_film(folder, read.film, expected=read.version)
    assert read_film(folder).film.rating == "12A"


def test_a_file_that_vanished_conflicts(root: Path) -> None:
    folder = open_project(root, MASTER, Path("/a.mov"))
    read = read_film(folder)
    (folder / "film.toml").unlink()
    with pytest.raises(ProjectError, match="changed by somebody else"):
        save_film(folder, read.film, expected=read.version)


COUNTER = """
import sys
from pathlib import Path
from pipeline.errors import ProjectError
from pipeline.shell.projects import open_project, read_film, save_film

root, who = Path(sys.argv[1]), sys.argv[2]
folder = open_project(root, "a" * 64, Path("/films/same.mov"))
done = conflicts = 0
while done < 15:
    read = read_film(folder)
    try:
        save_film(folder, read.film.model_copy(update={"director": (*read.film.director, who)}), expected=read.version)
        done += 1
    except ProjectError as error:
        assert error.data["conflict"]
        conflicts += 1
print(conflicts)
"""


def test_two_processes_never_overwrite_each_other(root: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", COUNTER, str(root), who], cwd=Path(__file__).parents[2])
        for who in ("Ana", "Bo")
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    assert [folder.name for folder in root.iterdir() if folder.is_dir()] == ["same"]
    film = read_film(root / "same").film
    assert sorted(film.director) == ["Ana"] * 15 + ["Bo"] * 15
    assert film.revision == 31


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = open_project(root, MASTER, Path("/a.mov"))
    read, before = read_film(folder), (folder / "film.toml").read_bytes()

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(projects.os, "fsync", fail)
    with pytest.raises(ProjectError, match="No space left on device"):
        save_film(folder, read.film.model_copy(update={"title": "T"}), expected=read.version)
    assert (folder / "film.toml").read_bytes() == before
    assert {path.name for path in folder.iterdir()} == {"film.toml", ".lock"}


def test_a_draft_of_a_run_that_was_killed_goes_with_the_next_write(root: Path) -> None:
    folder = open_project(root, MASTER, Path("/a.mov"))
    code = (
        "import os, signal, sys, pathlib; from pipeline.shell import projects\n"
        "projects.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "folder = pathlib.Path(sys.argv[1]); read = projects.read_film(folder)\n"
        "projects.save_film(folder, read.film, expected=read.version)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(folder)], check=False).returncode == -signal.SIGKILL
    mine = folder / ".film.toml.swp"
    mine.write_text("an editor's")
    assert len(list(folder.glob(".film.toml.*"))) == 2
    read = read_film(folder)
    save_film(folder, read.film.model_copy(update={"title": "T"}), expected=read.version)
    assert {path.name for path in folder.iterdir()} == {"film.toml", ".lock", mine.name}


def test_permissions_and_links_stay_as_they_are(root: Path, tmp_path: Path) -> None:
    folder = open_project(root, MASTER, Path("/a.mov"))
    real = tmp_path / "shared.toml"
    (folder / "film.toml").rename(real)
    real.chmod(0o640)
    (folder / "film.toml").symlink_to(real)
    read = read_film(folder)
    save_film(folder, read.film.model_copy(update={"title": "T"}), expected=read.version)
    assert (folder / "film.toml").is_symlink() and 'title = "T"' in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640


def test_what_lies_beside_the_master_is_read_first_and_never_written(root: Path, tmp_path: Path) -> None:
    film = tmp_path / "masters" / "a.mov"
    film.parent.mkdir()
    beside = film.with_name("film.toml")
    beside.write_text('title = "Beside"\nyear = 2020\n[[never]]\nfrom = 1\nto = 2\n')
    beside.chmod(0o444)
    folder = open_project(root, MASTER, film)
    assert (film_for(folder, film, MASTER).title, film_for(folder, film, MASTER).year) == ("Beside", 2020)
    read = read_film(folder)
    save_film(folder, read.film.model_copy(update={"title": "Own"}), expected=read.version)
    assert film_for(folder, film, MASTER).title == "Own"
    assert len(film_for(folder, film, MASTER).never) == 1
    assert beside.read_text().startswith('title = "Beside"') and list(film.parent.iterdir()) == [beside]


def test_the_file_named_after_the_master_goes_before_film_toml_and_one_of_another_master_does_not_count(
    tmp_path: Path,
) -> None:
    film = tmp_path / "a.mov"
    assert find_beside(film, MASTER) is None
    (tmp_path / "film.toml").write_text("year = 2020\n")
    assert find_beside(film, MASTER) == tmp_path / "film.toml"
    (tmp_path / "a.film.toml").write_text("year = 2021\n")
    assert find_beside(film, MASTER) == tmp_path / "a.film.toml"
    (tmp_path / "a.film.toml").write_text(f'master = "{OTHER}"\n')
    assert find_beside(film, MASTER) == tmp_path / "film.toml"
    assert find_beside(tmp_path / f"{'x' * 250}.mov", MASTER) == tmp_path / "film.toml"


def test_edits_are_written_read_and_listed(root: Path) -> None:
    folder = open_project(root, MASTER, Path("/a.mov"))
    path = edit_path(folder, "Teaser: Kapitel 1")
    version = save_edit(path, FILE, expected=None)
    read = read_edit(path)
    assert read.version == version and read.file == replace(FILE, revision=1)
    assert list_edits(folder) == (folder / "Teaser-Kapitel-1.edit.json",)
    second = save_edit(path, read.file, expected=read.version)
    assert second.revision == 2
    assert save_edit(path, read.file, expected=read.version) == second, "who saves again what is there has saved it"
    check_edit(path, read.file, expected=read.version)
    other = replace(read.file, edit=replace(read.file.edit, name="Another"))
    for write in (save_edit, check_edit):
        with pytest.raises(ProjectError, match="changed by somebody else"):
            write(path, other, expected=read.version)
    with pytest.raises(ProjectError, match="made by somebody else"):
        save_edit(path, FILE, expected=None)


def test_what_cannot_be_read_is_told_with_its_path(tmp_path: Path) -> None:
    bad = tmp_path / "a.edit.json"
    with pytest.raises(ProjectError, match=r"a\.edit\.json: there is no such file"):
        read_edit(bad)
    bad.write_bytes(b"{\n\xff}")
    with pytest.raises(ProjectError, match=r"not UTF-8 text .at line 2"):
        read_edit(bad)
    bad.write_bytes(b" " * (16 * 1024 * 1024 + 1))
    with pytest.raises(ProjectError, match="larger than 16 MiB"):
        read_edit(bad)


def test_a_root_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="projects: Not a directory"):
        open_project(tmp_path / "file" / "projects", MASTER, Path("/a.mov"))


def test_all_projects_are_found_at_once_as_each_is_alone(tmp_path: Path) -> None:
    digests = [f"{number:064x}" for number in range(3)]
    for digest in digests:
        open_project(tmp_path, digest, Path("kite.mov"))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "film.toml").write_text("title = [")
    found = projects_by_master(tmp_path)
    assert found == {digest: find_project(tmp_path, digest) for digest in digests}
    assert projects_by_master(tmp_path / "nowhere") == {}


def test_what_is_told_of_a_film_without_a_project_lies_beside_it(tmp_path: Path) -> None:
    film, digest = tmp_path / "kite.mov", "ab" * 32
    assert films_told(None, film, digest) == {}
    (tmp_path / "kite.film.toml").write_text('title = "Kite"')
    assert [one.title for one in films_told(None, film, digest).values()] == ["Kite"]
    project = open_project(tmp_path / "projects", digest, film)
    assert list(films_told(project, film, digest)) == [tmp_path / "kite.film.toml", project / "film.toml"]
