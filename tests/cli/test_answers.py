"""What `matinee` answers: one document on standard output, words on standard error, and an exit code that means it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CUT = ("--highlights", "short", "--platform", "quad", "--count", "1")


@pytest.mark.parametrize(
    "words",
    [
        ("cut", "FILM", *CUT, "--json"),
        ("cut", "FILM", "NOSUCH", *CUT, "--json"),
        ("cut", "FILM", *CUT, "--dry-run", "--json"),
        ("shots", "FILM", "--json"),
        ("probe", "FILM", "--json"),
        ("presets", "--json"),
        ("explain", "FILM", "--json"),
    ],
)
def test_json_is_one_document_and_nothing_else(workplace: Any, words: tuple[str, ...]) -> None:
    workplace.matinee("shots", workplace.film)
    named = {"FILM": workplace.film, "NOSUCH": workplace.films / "nosuch.mov"}
    ran = workplace.matinee(*(named.get(word, word) for word in words))
    assert ran.code == (2 if "NOSUCH" in words else 0), ran.err
    assert isinstance(json.loads(ran.out), dict)


def test_one_bad_film_does_not_stop_the_others(workplace: Any) -> None:
    bad = workplace.films / "empty.mov"
    bad.write_bytes(b"")
    ran = workplace.matinee("cut", bad, workplace.film, *CUT, "--json")
    assert ran.code == 2 and str(bad) in ran.err
    first, second = json.loads(ran.out)["films"]
    assert "empty.mov" in first["error"] and len(second["clips"]) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("cut", "FILM", "--platform", "tiktock"), "tiktok"),
        (("cut", "FILM", "--highlights", "nosuch"), "nosuch"),
        (("highlights", "FILM", "--preset", "tiktok"), "tiktok is one of platforms"),
        (("cut", "FILM", "--count", "0"), "1 to 100"),
        (("cut", "FILM", "--count", "many"), "not a valid integer"),
        (("cut",), "FILE"),
        (("cutt",), "No such command"),
        (("shots", "FOLDER"), "folder"),
        (("probe", "NOSUCH"), "nosuch.mov"),
        (("explain", "NOSUCH"), "no such file"),
        (("approve", "NOSUCH"), "no such file"),
        (("presets", "show", "nosuch"), "known"),
    ],
)
def test_what_was_typed_wrongly_is_told_and_exits_with_2(workplace: Any, words: tuple[str, ...], told: str) -> None:
    named = {"FILM": workplace.film, "FOLDER": workplace.films, "NOSUCH": workplace.films / "nosuch.mov"}
    ran = workplace.matinee(*(named.get(word, word) for word in words))
    assert ran.code == 2 and told in ran.err and ran.out == ""


def test_an_unforeseen_error_is_a_fault_of_ours_and_shows_no_traceback(
    workplace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise ZeroDivisionError("cosmic ray")

    monkeypatch.setattr("pipeline.shell.apart.DigestReader", fail)
    for command in (("cut", workplace.film, *CUT), ("shots", workplace.film)):
        monkeypatch.delenv("MATINEE_TRACEBACK", raising=False)
        ran = workplace.matinee(*command)
        assert ran.code == 1
        assert "a fault of ours: ZeroDivisionError: cosmic ray" in ran.err
        assert "Traceback" not in ran.err and "MATINEE_TRACEBACK" in ran.err
        monkeypatch.setenv("MATINEE_TRACEBACK", "1")
        ran = workplace.matinee(*command)
        assert ran.code == 1 and "Traceback" in ran.err


def test_captions_asked_for_in_a_style_without_any_are_told(workplace: Any) -> None:
    plain = ("cut", workplace.film, *CUT, "--dry-run", "--style", "plain")
    assert "no captions, so those that were asked for" in workplace.matinee(*plain, "--captions", "en").err
    assert "no captions" not in workplace.matinee(*plain, "--captions", "none").err


def test_a_fault_of_ours_outweighs_the_users_mistakes(workplace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import pipeline.cut.job as job

    def fail(*_args: object) -> None:
        raise ZeroDivisionError("cosmic ray")

    monkeypatch.setattr(job, "finish", fail)
    for files in ((workplace.film, workplace.films / "nosuch.mov"), (workplace.films / "nosuch.mov", workplace.film)):
        assert workplace.matinee("cut", *files, *CUT).code == 1


def test_a_film_whose_name_is_an_option_or_full_of_signs_is_a_film(workplace: Any) -> None:
    odd = workplace.films / "-platform 100% 'é\n🎬:\".mp4"
    workplace.film.rename(odd)
    ran = workplace.matinee("cut", odd, *CUT, "--json")
    assert ran.code == 0, ran.err
    assert len(json.loads(ran.out)["films"][0]["clips"]) == 1


def test_help_imports_nothing_heavy_and_lists_every_command(workplace: Any) -> None:
    ran = workplace.matinee("--help")
    assert ran.code == 0
    for name in ("cut", "shots", "probe", "conform", "presets", "approve", "reject", "publish", "gc", "doctor"):
        assert f"  {name} " in ran.out
    code = (
        "import sys; from pipeline.cli import matinee\n"
        "try: matinee.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'cv2', 'numpy', 'scenedetect', 'moviepy', 'matplotlib', 'av', 'prefect', 'pydantic', 'rich'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or None)"
    )
    heavy = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (heavy.returncode, heavy.stderr) == (0, "")


def test_cutting_imports_no_prefect(workplace: Any) -> None:
    code = (
        "import sys; from pipeline.cli import main\n"
        "try: main()\n"
        "except SystemExit as left: code = left.code\n"
        "sys.exit(code or 'prefect' in sys.modules)"
    )
    command = [sys.executable, "-c", code, "cut", str(workplace.film), *CUT]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0


def test_a_reader_that_leaves_early_is_no_error_worth_words() -> None:
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "presets", "--json"]
    run = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout is not None and run.stderr is not None
    run.stdout.close()
    told = run.stderr.read()
    run.stderr.close()
    assert run.wait(timeout=60) in (0, 1) and b"Traceback" not in told


def test_every_preset_is_listed_by_a_name_that_can_be_typed(workplace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = {line.split()[0] for line in workplace.matinee("presets").out.splitlines() if line.strip()}
    assert {name.partition("/")[2] for name in json.loads(workplace.matinee("presets", "--json").out)} <= listed


def test_a_preset_is_shown_with_its_name_and_what_one_should_know(workplace: Any) -> None:
    told = " ".join(workplace.matinee("presets", "show", "landscape").out.split())
    assert "Landscape, H.264: landscape (" in told and "an easy shot takes what its quality needs." in told


def test_presets_are_checked_and_a_wrong_one_is_told(workplace: Any) -> None:
    assert workplace.matinee("presets", "check").code == 0
    stray = workplace.presets / "quiet.toml"
    stray.write_text("")
    ran = workplace.matinee("presets", "check")
    assert ran.code == 2 and f"{stray}: nothing reads this file" in ran.err
    stray.unlink()
    preset = workplace.presets / "platforms" / "quad.toml"
    preset.write_text(preset.read_text().replace("max = 60", 'max = "long"'))
    ran = workplace.matinee("presets", "check")
    assert ran.code == 2 and str(preset) in ran.err and "duration_s" in ran.err
    assert workplace.matinee("cut", workplace.film, *CUT).code == 2


def test_doctor_finds_this_machine_fit(workplace: Any) -> None:
    ran = workplace.matinee("doctor")
    assert ran.code == 0, ran.out
    assert "FAIL" not in ran.out and "ffmpeg" in ran.out and str(workplace.home) in ran.out


def test_a_warm_run_is_quick(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    began = time.process_time()
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    assert time.process_time() - began < 1.0
