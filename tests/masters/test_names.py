"""Names that films have: nothing in a name is an option, a pattern, a URL, markup or an end of line to us."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest

from pipeline.spelling import spelled
from tests.masters.studio import Studio
from tests.masters.test_refusals import ASKED, MATINEE, MATINEE_HERE, Answer, run_cut
from tests.masters.viewing import Clip

MakeClip = Callable[..., Clip]
# Two commands cut all of these films, which takes minutes where the machine does other things too.
pytestmark = pytest.mark.timeout(900)

LONG = "n" * 196 + ".mp4"
NAMES = (
    "two words  twice.mp4", "it's \"quoted\".mp4", "frame%d.mp4", "%05d%%.mp4", "100%.mp4", "-i.mp4", "--help.mp4",
    "http:film.mp4", "C:film.mp4", "concat:a|b.mp4", "line\nbreak.mp4", "tab\there.mp4", "🎬 фильм 映画.mp4",
    "e\u0301te\u0301.mp4", "back\\slash.mp4", "\\'[v]; a,b=c.mp4", "[red]x[bold].mp4", "[].mp4",
    ":link: [link=x]y.mp4", "*?{a,b}$HOME`id`.mp4", "~.mp4", "@file.mp4", "tiktok.mp4", "mini-wide.mp4",
    ".hidden.mp4", "...mp4", "film.tar.mp4", "no-suffix", "\udcff\udcfe.mp4", "\x1b[31mred\x07.mp4", " .mp4",
    "a&b<c>.mp4", "CON.mp4", LONG,
)  # fmt: skip
PRINTED = (
    "[red]x[bold].mp4",
    "[].mp4",
    "🎬 фильм 映画.mp4",
    "\udcff\udcfe.mp4",
    "line\nbreak.mp4",
    "\x1b[31mred\x07.mp4",
)
# Looked into by processes of their own, with their faces looked for and their scores drawn, as everybody's films are;
# to the others' names it makes no difference.
APART = ("-i.mp4", "line\nbreak.mp4", "\udcff\udcfe.mp4", "*?{a,b}$HOME`id`.mp4")


@dataclass(frozen=True)
class Named:
    """The same film under many names, each copy different by its last bytes, and what two commands said of them."""

    folder: Path
    answers: tuple[Answer, ...]
    films: dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def named(studio: Studio, small_presets: Path, tmp_path_factory: pytest.TempPathFactory) -> Named:
    folder = tmp_path_factory.mktemp("named")
    whole = studio.shoot("named.mp4", seconds=3, rate="12", size=(96, 54), sound=None).path.read_bytes()
    for number, name in enumerate(NAMES):
        # A 'free' box at the end is not shown, and makes another film of each.
        (folder / name).write_bytes(whole + (12).to_bytes(4, "big") + b"free" + number.to_bytes(4, "big"))
    home, answers = tmp_path_factory.mktemp("named-home"), []
    for command, names in ((MATINEE, APART), (MATINEE_HERE, [name for name in NAMES if name not in APART])):
        paths = [folder / name for name in names]
        answers.append(run_cut(home, small_presets, *ASKED, "--json", *paths, command=command))
    films = {film["file"]: film for answer in answers for film in json.loads(answer.stdout)["films"]}
    return Named(folder, tuple(answers), films)


@pytest.mark.xdist_group("names")
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_film_of_any_name_is_cut(named: Named, name: str) -> None:
    film = named.films[str(named.folder / name)]
    # What pytest-xdist shows of a failure must be UTF-8.
    assert "error" not in film, ascii(film["error"])
    path = Path(film["folder"]) / film["clips"][0]["file"]
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 24
    assert film["masters"][0]["file"] == str(named.folder / name)
    edit = json.loads((Path(film["folder"]) / "highlights" / "h1.edit.json").read_text())
    assert edit


@pytest.mark.xdist_group("names")
def test_every_film_gets_a_folder_of_its_own_inside_the_outputs(named: Named) -> None:
    assert [answer.code for answer in named.answers] == [0, 0], [answer.stderr for answer in named.answers]
    folders = [Path(film["folder"]) for film in named.films.values()]
    assert len(set(folders)) == len(NAMES)
    assert len({folder.parent for folder in folders}) == 1
    assert not any(folder.name.startswith((".", "-")) for folder in folders)
    assert sorted(path.name for path in named.folder.iterdir()) == sorted(NAMES)


@pytest.mark.xdist_group("names")
@pytest.mark.parametrize("name", PRINTED, ids=ascii)
def test_a_name_is_printed_as_it_is(named: Named, small_presets: Path, name: str) -> None:
    home = Path(next(iter(named.films.values()))["folder"]).parents[1]
    answer = run_cut(home, small_presets, *ASKED, named.folder / name)
    assert answer.code == 0, answer.stderr
    assert "Nothing was rendered" in answer.stdout
    stem = name.removesuffix(".mp4")
    assert spelled(stem) in answer.stdout
    assert "\x1b" not in answer.stdout and "\x07" not in answer.stdout


def test_a_leading_hyphen_is_a_name_after_two_hyphens_and_with_a_dot(
    studio: Studio, small_presets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(studio.shoot("hyphen.mp4", seconds=3, rate="12", sound=None).path, tmp_path / "-x.mov")
    monkeypatch.chdir(tmp_path)
    dotted = run_cut(tmp_path / "home", small_presets, *ASKED, "--json", "./-x.mov")
    assert dotted.code == 0, dotted.stderr
    bare = run_cut(tmp_path / "home", small_presets, *ASKED, "--json", "--", "-x.mov")
    assert bare.code == 0, bare.stderr
    made, again = (json.loads(answer.stdout)["films"][0] for answer in (dotted, bare))
    assert made["clips"][0]["made"] == "rendered" and again["clips"][0]["made"] == "reused"


def test_films_of_one_name_in_two_folders_have_two_outputs(studio: Studio, clip_of: MakeClip) -> None:
    ours, theirs = (studio.shoot(f"{folder}/twin.mp4", seconds=seconds) for folder, seconds in (("a", 4), ("b", 5)))
    one, other = clip_of(ours.path), clip_of(theirs.path)
    assert {one.path.parents[1].name, other.path.parents[1].name} == {"twin", "twin-2"}
    assert one.said["masters"][0]["file"] == str(ours.path)
    assert other.said["masters"][0]["file"] == str(theirs.path)


def test_one_film_under_two_names_is_one_project(studio: Studio, clip_of: MakeClip, home: Path) -> None:
    first = studio.shoot("first-name.mp4", seconds=3.5)
    second = first.path.with_name("second-name.mp4")
    shutil.copy(first.path, second)
    one, other = clip_of(first.path), clip_of(second)
    assert one.path == other.path
    assert other.said["made"] == "reused"
    assert [path.name for path in (home / "projects").glob("*-name")] == ["first-name"]


def test_a_link_to_a_film_is_that_film(studio: Studio, clip_of: MakeClip) -> None:
    film = studio.shoot("linked.mp4", seconds=4.5)
    link = film.path.with_name("link to it.mov")
    link.symlink_to(film.path)
    one, other = clip_of(film.path), clip_of(link)
    assert one.path == other.path
