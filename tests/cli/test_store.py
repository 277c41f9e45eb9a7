"""`matinee explain` says what made a file and what changed; `matinee gc` removes what nothing refers to, no more."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipeline.shell.store import Store

CUT = ("--highlights", "short", "--platform", "quad", "--count", "1")


def explained(workplace: Any, path: Path) -> dict[str, Any]:
    ran = workplace.matinee("explain", path, "--json")
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    assert isinstance(document, dict)
    return document


def keys(workplace: Any) -> dict[str, str]:
    (clip,) = json.loads((workplace.out() / "clips.json").read_text())["clips"]
    return {name: key for name, key in clip["keys"].items() if key}


def test_a_clip_is_explained_down_to_its_film(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    told = explained(workplace, workplace.out() / "clips" / "h1-quad.mp4")
    assert "as Matinee put it here" in told["what"] and "for the first time" in told["why"]
    assert [made["made_by"] for made in told["made_from"]] == ["join", "picture", "sound", "programme", "loudness"]
    picture = told["made_from"][1]
    assert "libx264" in picture["command"] and picture["cpu_seconds"] > 0 and "x264 core" in picture["toolchain"]
    text = workplace.matinee("explain", workplace.out() / "clips" / "h1-quad.mp4").out
    assert "command: " in text and "master sha256" in text


def test_posters_stored_files_and_films_are_explained(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    poster = explained(workplace, workplace.out() / "posters" / "h1-quad.jpg")
    assert [made["made_by"] for made in poster["made_from"]] == ["poster", "picture"]
    stored = workplace.home / "store" / keys(workplace)["picture"][:2] / keys(workplace)["picture"] / "content.mp4"
    assert "picture in the store" in explained(workplace, stored)["what"]
    for name in ("clips.json", "contact-sheet.jpg", "scores.png", "highlights/h1.edl"):
        assert "as Matinee put it here" in explained(workplace, workplace.out() / name)["what"]
    assert workplace.matinee("shots", workplace.film).code == 0
    assert "A master: sha256" in explained(workplace, workplace.film)["what"]


def test_a_file_that_is_not_ours_is_the_users_mistake(workplace: Any) -> None:
    foreign = workplace.films / "notes.txt"
    foreign.write_text("x")
    ran = workplace.matinee("explain", foreign)
    assert ran.code == 2 and "not made by Matinee" in ran.err
    inside = workplace.home / "store" / "ledger.sqlite3"
    assert workplace.matinee("explain", inside).code == 2


def test_what_changed_after_a_preset_changed_is_named(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    preset = workplace.presets / "platforms" / "quad.toml"
    text = preset.read_text()
    preset.write_text(text.replace("audio_kbps = { prefer = 96", "audio_kbps = { prefer = 128"))
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    told = explained(workplace, workplace.out() / "clips" / "h1-quad.mp4")
    assert "Made anew" in told["why"]
    assert any(change.startswith("sound:") and "96" in change and "128" in change for change in told["changes"])
    assert not any(change.startswith("picture:") for change in told["changes"])
    preset.write_text(text.replace("prefer = 144", "prefer = 128"))
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    told = explained(workplace, workplace.out() / "clips" / "h1-quad.mp4")
    assert any(change.startswith("picture:") and "144" in change and "128" in change for change in told["changes"])


def test_a_clip_that_somebody_changed_is_told_so(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    clip = workplace.out() / "clips" / "h1-quad.mp4"
    clip.unlink()
    clip.write_bytes(b"mine")
    assert "somebody changed it since" in explained(workplace, clip)["what"]


def test_gc_keeps_all_that_is_in_use_and_removes_the_rest(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    first = keys(workplace)
    preset = workplace.presets / "platforms" / "quad.toml"
    preset.write_text(preset.read_text().replace("target = -16", "target = -20"))
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    second, store = keys(workplace), Store(workplace.home / "store")
    told = workplace.matinee("gc", "--dry-run")
    assert told.code == 0 and "Not needed by any output" in told.out and store.find(first["sound"])
    assert workplace.matinee("gc", "--yes").code == 0
    assert store.find(first["sound"]) is None and store.find(first["clip"]) is None
    assert all(store.find(key) for key in second.values())
    ran = workplace.matinee("cut", workplace.film, *CUT)
    assert ran.code == 0 and "everything was reused" in ran.out
    assert (workplace.out() / "clips" / "h1-quad.mp4").is_file()
    told = explained(workplace, workplace.out() / "clips" / "h1-quad.mp4")
    assert [made["made_by"] for made in told["made_from"]] == ["join", "picture", "sound", "programme"]


def test_gc_says_where_nothing_can_go_and_asks_before_it_removes(workplace: Any, monkeypatch: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    workplace.matinee("gc", "--yes")
    assert "Nothing to remove" in workplace.matinee("gc", "--yes").out
    assert workplace.matinee("cut", workplace.silent_film, *CUT).code == 0
    (workplace.out("silent") / "clips.json").unlink()
    monkeypatch.setattr("click.confirm", lambda _question: False)
    ran = workplace.matinee("gc")
    assert ran.code == 0 and "Nothing was removed" in ran.out
    assert "Not needed by any output" in workplace.matinee("gc", "--dry-run").out


def test_gc_counts_fonts_and_keeps_those_that_captions_of_an_output_are_drawn_with(workplace: Any) -> None:
    workplace.film.with_suffix(".srt").write_text("1\n00:00:00,000 --> 00:00:12,000\nThe kite\n")
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    fonts = workplace.home / "store" / "fonts"
    drawn, folder = keys(workplace)["fonts"], sorted((fonts / "faces").iterdir())
    assert len(folder) == 2, "the bold one of the captions, and one that nothing is drawn with"
    told = workplace.matinee("gc", "--dry-run").out
    assert "; 1 font, 0.1 MB." in told and sorted((fonts / "faces").iterdir()) == folder
    assert "; 1 font, 0.1 MB." in workplace.matinee("gc", "--yes").out
    (face,) = (fonts / "faces").iterdir()
    assert [path.name for path in (fonts / drawn).iterdir()] == [face.name]
    assert "everything was reused" in workplace.matinee("cut", workplace.film, *CUT).out
    assert list((fonts / "faces").iterdir()) == [face], "a second run makes no font anew"


def test_gc_refuses_while_a_run_uses_the_store(workplace: Any) -> None:
    with Store(workplace.home / "store").in_use():
        ran = workplace.matinee("gc", "--yes")
    assert ran.code == 2 and "A run is using the store" in ran.err


def test_gc_holds_no_run_up_while_it_waits_for_an_answer_and_then_looks_again(workplace: Any, monkeypatch: Any) -> None:
    assert workplace.matinee("cut", workplace.silent_film, *CUT).code == 0
    (workplace.out("silent") / "clips.json").unlink()
    store, made = Store(workplace.home / "store"), []

    def answer_late(_question: str) -> bool:
        # A run begins meanwhile, ends, and leaves an output; it would wait for ever where the store is held.
        script = "import sys; from pipeline.cli import main; sys.argv = ['matinee', *sys.argv[1:]]; main()"
        argv = (sys.executable, "-c", script, "cut", str(workplace.silent_film), *map(str, CUT))
        made.append(subprocess.run(argv, timeout=120, capture_output=True, text=True, check=False))
        return True

    monkeypatch.setattr("click.confirm", answer_late)
    ran = workplace.matinee("gc")
    assert ran.code == 0 and made[0].returncode == 0, made[0].stderr
    (clip,) = (json.loads((workplace.out("silent") / "clips.json").read_text())["clips"])[:1]
    assert all(store.find(key) is not None for key in clip["keys"].values() if key)


def test_gc_that_finds_a_run_when_it_got_its_answer_removes_nothing(workplace: Any, monkeypatch: Any) -> None:
    assert workplace.matinee("cut", workplace.silent_film, *CUT).code == 0
    (workplace.out("silent") / "clips.json").unlink()
    before = sorted((workplace.home / "store").glob("??/*"))
    with contextlib.ExitStack() as runs:

        def begin_a_run(_question: str) -> bool:
            runs.enter_context(Store(workplace.home / "store").in_use())
            return True

        monkeypatch.setattr("click.confirm", begin_a_run)
        ran = workplace.matinee("gc")
    assert ran.code == 2 and "A run is using the store" in ran.err
    assert sorted((workplace.home / "store").glob("??/*")) == before
