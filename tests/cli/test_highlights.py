"""`matinee highlights` as typed: what it prints, what is rejected for good, and scorers of other packages."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

SHORT = ("--preset", "short")
DOCS = Path(__file__).parents[2] / "docs" / "scorers.md"


def document(workplace: Any, *more: object, film: Path | None = None) -> dict[str, Any]:
    ran = workplace.matinee("highlights", film or workplace.film, *SHORT, "--json", *more)
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert isinstance(told, dict)
    return told


def frames(told: dict[str, Any]) -> dict[str, list[int]]:
    return {one["id"]: one["parts"][0]["frames"] for one in told["highlights"]}


def test_a_table_says_what_and_why(workplace: Any) -> None:
    ran = workplace.matinee("highlights", workplace.film, *SHORT)
    assert ran.code == 0 and "h1" in ran.out and "h2" in ran.out
    assert "opens " in ran.out and "scored by editor 1" in ran.out


def test_json_has_frames_timecode_scores_and_reasons(workplace: Any) -> None:
    told = document(workplace)
    assert (told["preset"], told["scorer"], told["frame_rate"], told["frame_count"]) == (
        "short",
        "editor 1",
        "24/1",
        288,
    )
    (first, second) = told["highlights"]
    (part,) = first["parts"]
    assert part["frames"][1] - part["frames"][0] == 48 and len(part["timecode"]) == 2
    assert set(first["scores"]) == {"hook", "shape", "interest", "faces", "movement", "rest"}
    assert first["reasons"] and first["peak"]["frames"][0] >= part["frames"][0]
    assert first["score"] >= second["score"] and first["bed"] == []


def test_a_film_without_sound_has_highlights_as_well(workplace: Any) -> None:
    assert document(workplace, "--count", 1, film=workplace.silent_film)["highlights"]


def test_what_is_chosen_is_what_is_cut(workplace: Any) -> None:
    chosen = frames(document(workplace))
    assert workplace.matinee("cut", workplace.film, "--highlights", "short", "--platform", "quad").code == 0
    clips = json.loads((workplace.out() / "clips.json").read_text())
    assert frames(clips) == chosen and clips["scorer"] == "editor 1"


def test_a_rejected_highlight_is_replaced_under_its_name_and_comes_back_when_its_table_is_deleted(
    workplace: Any,
) -> None:
    before = frames(document(workplace, "--count", 3))
    folder = workplace.home / "projects" / "kite"
    film_toml = folder / "film.toml"
    film_toml.write_text(film_toml.read_text() + "# the kite is a girl's\n")
    ran = workplace.matinee("highlights", workplace.film, *SHORT, "--count", 3, "--reject", "h2", "--note", "too dark")
    assert ran.code == 0 and "film.toml" in ran.err and "delete its [[rejected]] table there" in ran.err
    after = frames(document(workplace, "--count", 3))
    assert (after["h1"], after["h3"]) == (before["h1"], before["h3"]) and after["h2"] != before["h2"]
    text = film_toml.read_text()
    assert "# the kite is a girl's" in text and 'note = "too dark"' in text
    assert tomllib.loads(text)["rejected"][0]["from"] == f"00:00:{before['h2'][0] // 24:02}:{before['h2'][0] % 24:02}"
    film_toml.write_text(text[: text.index("[[rejected]]")])
    assert frames(document(workplace, "--count", 3)) == before


def test_rejecting_a_clip_with_its_highlight_leaves_every_other_file_as_it_is(workplace: Any) -> None:
    cut = ("cut", workplace.film, "--highlights", "short", "--platform", "quad")
    assert workplace.matinee(*cut).code == 0
    clips = workplace.out() / "clips"
    was = {path.name: path.read_bytes() for path in clips.iterdir()}
    ran = workplace.matinee("reject", clips / "h1-quad.mp4", "--highlight", "--note", "no")
    assert ran.code == 0 and "another takes its place" in ran.out
    assert workplace.matinee(*cut).code == 0
    now = {path.name: path.read_bytes() for path in clips.iterdir()}
    assert now["h2-quad.mp4"] == was["h2-quad.mp4"] and now["h1-quad.mp4"] != was["h1-quad.mp4"]
    assert frames(json.loads((workplace.out() / "clips.json").read_text())).keys() == {"h1", "h2"}


def test_rejecting_a_clip_alone_leaves_its_highlight(workplace: Any) -> None:
    cut = ("cut", workplace.film, "--highlights", "short", "--platform", "quad", "--count", 1)
    assert workplace.matinee(*cut).code == 0
    assert workplace.matinee("reject", workplace.out() / "clips" / "h1-quad.mp4").code == 0
    assert "everything was reused" in workplace.matinee(*cut).out


def test_what_a_person_locked_or_nobody_chose_cannot_be_rejected(workplace: Any) -> None:
    ran = workplace.matinee("highlights", workplace.film, *SHORT, "--reject", "h9")
    assert ran.code == 2 and "h1, h2" in ran.err
    workplace.film.with_name("kite.film.toml").write_text('[[locked]]\nfrom = 2\nto = "00:00:04:00"\n')
    ran = workplace.matinee("highlights", workplace.film, *SHORT, "--reject", "h1")
    assert ran.code == 2 and "[[locked]]" in ran.err


def test_the_pieces_of_a_rejected_montage_stay_out_of_montages_and_in_moments(workplace: Any) -> None:
    text = (workplace.presets / "highlights" / "short.toml").read_text().replace('"moment"', '"montage"')
    (workplace.presets / "highlights" / "teaser.toml").write_text(
        text.replace("count = 2", "count = 1") + "\n[montage]\nmin_shot_s = 0.5\nmax_shot_s = 1\n"
    )
    moments, told = frames(document(workplace)), ""

    def pieces(*more: object) -> list[list[int]]:
        nonlocal told
        ran = workplace.matinee("highlights", workplace.film, "--preset", "teaser", "--json", *more)
        assert ran.code == 0, ran.err
        told = ran.err
        return [part["frames"] for part in json.loads(ran.out)["highlights"][0]["parts"]]

    before, after = pieces(), pieces("--reject", "h1")
    assert len(before) > 1 and not any(piece in before for piece in after)
    film_toml = (workplace.home / "projects" / "kite" / "film.toml").read_text()
    rejected, count = tomllib.loads(film_toml)["rejected"], len(before)
    assert {one["kind"] for one in rejected} == {"montage"}
    assert [one["note"] for one in rejected] == [f"montage h1, piece {n} of {count}" for n in range(1, count + 1)]
    assert f"delete these {count} [[rejected]] tables there to have it back" in told
    assert frames(document(workplace)) == moments


def test_a_montage_of_one_piece_is_rejected_as_a_montage(workplace: Any) -> None:
    text = (workplace.presets / "highlights" / "short.toml").read_text().replace('"moment"', '"montage"')
    (workplace.presets / "highlights" / "teaser.toml").write_text(
        text.replace("count = 2", "count = 1") + "\n[montage]\nmin_shot_s = 2\nmax_shot_s = 2\n"
    )
    assert workplace.matinee("cut", workplace.film, "--highlights", "teaser", "--platform", "quad").code == 0
    ran = workplace.matinee("reject", workplace.out() / "clips" / "h1-quad.mp4", "--highlight")
    assert ran.code == 0, ran.err
    (rejected,) = tomllib.loads((workplace.home / "projects" / "kite" / "film.toml").read_text())["rejected"]
    assert (rejected["kind"], rejected["note"]) == ("montage", "montage h1")


def test_an_edit_is_chosen_already(workplace: Any, tmp_path: Path) -> None:
    ran = workplace.matinee("highlights", tmp_path / "teaser.edit.json")
    assert ran.code == 2 and "chosen already" in ran.err


def test_a_note_without_a_rejection_is_refused(workplace: Any) -> None:
    ran = workplace.matinee("highlights", workplace.film, *SHORT, "--note", "too dark")
    assert ran.code == 2 and "--reject" in ran.err and ran.out == ""


@pytest.mark.parametrize("words", [("--preset", "shrt"), ("--count", "0"), ("--preset", "moments")])
def test_what_cannot_be_chosen_is_told(workplace: Any, words: tuple[str, ...]) -> None:
    ran = workplace.matinee("highlights", workplace.film, *words)
    assert ran.code == 2 and ran.err and "fault of ours" not in ran.err


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCS.read_text(), re.DOTALL)


def install(folder: Path, code: str, *, version: str = "1.2", module: str = "calm") -> None:
    """Install a package as pip does: its module, and beside it what it offers."""
    offered = tomllib.loads(blocks("toml")[0])["project"]["entry-points"]["matinee.scorers"]
    (folder / f"{module}.py").write_text(code)
    for old in folder.glob("matinee_calm-*.dist-info"):
        shutil.rmtree(old)
    about = folder / f"matinee_calm-{version}.dist-info"
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: matinee-calm\nVersion: {version}\n")
    lines = "\n".join(f"{name} = {target}" for name, target in offered.items())
    (about / "entry_points.txt").write_text(f"[matinee.scorers]\n{lines}\n")
    importlib.invalidate_caches()


@pytest.fixture
def site(workplace: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "calm", raising=False)
    (workplace.presets / "highlights" / "quiet.toml").write_text(blocks("toml")[1])
    return folder


def quiet(workplace: Any) -> Any:
    return workplace.matinee("highlights", workplace.film, "--preset", "quiet", "--json")


def test_the_scorer_of_the_page_is_used_once_it_is_installed(workplace: Any, site: Path) -> None:
    ran = quiet(workplace)
    assert ran.code == 2 and "there is no scorer 'calm'" in ran.err and "editor" in ran.err
    install(site, blocks("python")[0])
    ran = quiet(workplace)
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["scorer"] == "calm matinee-calm 1.2"


def test_what_an_installed_scorer_says_is_kept_until_its_version_changes(workplace: Any, site: Path) -> None:
    install(site, "from pathlib import Path\n" + blocks("python")[0] + _LOG)
    for version, calls in (("1.2", 1), ("1.2", 1), ("1.3", 2)):
        install(site, (site / "calm.py").read_text(), version=version)
        assert quiet(workplace).code == 0
        assert (site / "calls").read_text().count("x") == calls


_LOG = """

_score = score


def score(film):
    log = Path(__file__).with_name("calls")
    log.write_text((log.read_text() if log.exists() else "") + "x")
    return _score(film)
"""


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def score(film): return [1.0]", r"'calm' (matinee-calm 1.2) returned 1 scores for 6 shots"),
        ("def score(film): return [float('nan')] * len(film.shots)", "returned nan for shot 1"),
        ("def score(film): return [1, 2, float('inf'), 4, 5, 6]", "returned inf for shot 3"),
        ("def score(film): return ['good'] * 6", "one number for each shot"),
        ("def score(film): return None", "one number for each shot"),
        ("def score(film): raise RuntimeError('no model')", "failed: RuntimeError: no model"),
        ("def score(film):\n    yield 1\n    raise KeyError('no model')", "failed: KeyError: 'no model'"),
        ("def score(film): return [10**400] * 6", "one number for each shot"),
        ("def score(film): raise SystemExit(3)", "failed: SystemExit: 3"),
        ("score = 3", "is no function"),
        ("import no_such_module", "cannot be loaded: ModuleNotFoundError"),
    ],
)
def test_a_bad_scorer_is_told_by_name_and_package(workplace: Any, site: Path, code: str, told: str) -> None:
    install(site, code)
    ran = quiet(workplace)
    assert ran.code == 2 and told in ran.err and "calm" in ran.err


def test_what_a_scorer_prints_stays_out_of_the_answer(workplace: Any, site: Path) -> None:
    install(site, "print('loading')\ndef score(film):\n    print('scoring')\n    return range(len(film.shots))\n")
    ran = quiet(workplace)
    assert ran.code == 0 and "loading" in ran.err and "scoring" in ran.err
    assert json.loads(ran.out)["scorer"] == "calm matinee-calm 1.2"


def test_a_scorer_may_look_at_the_pictures(workplace: Any, site: Path) -> None:
    install(site, "def score(film):\n    return [len(jpeg) for jpeg in film.read_pictures()]\n")
    assert quiet(workplace).code == 0
