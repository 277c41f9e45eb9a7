"""`matinee check` says what it found, where, and by its exit code whether a package conforms."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Matinee = Callable[..., tuple[int, str, str]]


@pytest.fixture
def matinee(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Matinee:
    """Return a function that runs the command: its exit code, and what it told on both ways out."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> tuple[int, str, str]:
        from pipeline.cli import main

        capfd.readouterr()
        monkeypatch.setattr(sys, "argv", ["matinee", *words])
        with pytest.raises(SystemExit) as left:
            main()
        told = capfd.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return run


@pytest.fixture
def package(hls_package: Path, tmp_path: Path) -> Path:
    return shutil.copytree(hls_package, tmp_path / "package")


def spoil(package: Path, name: str, before: str, after: str) -> None:
    path = package / name
    path.write_text(path.read_text().replace(before, after, 1))


def test_a_good_package_conforms(matinee: Matinee, package: Path) -> None:
    code, out, _ = matinee("check", str(package))
    assert code == 0
    assert "conforms: 0 failures, 0 warnings" in out and "2025-06-26" in out
    assert not [path for path in package.iterdir() if path.name == "conformance.json"], "nothing is written"


def test_a_failed_must_is_told_with_its_place(matinee: Matinee, package: Path) -> None:
    spoil(package, "v234.m3u8", "#EXT-X-ENDLIST\n", "")
    code, out, _ = matinee("check", str(package / "master.m3u8"))
    assert code == 2
    assert "RFC 8216 4.3.3.4: v234.m3u8: no EXT-X-ENDLIST" in out
    assert "does not conform: 1 failure," in out and "FAIL" in out


def test_a_failed_should_is_refused_by_strict_alone(matinee: Matinee, package: Path) -> None:
    spoil(package, "a.m3u8", "#EXT-X-ENDLIST", "#EXT-X-WONDER\n#EXT-X-ENDLIST")
    assert matinee("check", str(package))[0] == 0
    code, out, _ = matinee("check", "--strict", str(package))
    assert code == 2 and "warn" in out


def test_all_tells_what_does_not_apply_and_why(matinee: Matinee, package: Path) -> None:
    brief, whole = (matinee("check", *more, str(package))[1] for more in ((), ("--all",)))
    assert "no stream is HEVC" not in brief and "no stream is HEVC" in whole
    assert "not applicable" in brief


def test_json_is_one_document(matinee: Matinee, package: Path) -> None:
    spoil(package, "v234.m3u8", "#EXT-X-ENDLIST\n", "")
    code, out, _ = matinee("check", "--json", str(package))
    document = json.loads(out)
    assert code == 2 and document["package"] == str(package) and not document["conforms"]
    (fault,) = [one for one in document["findings"] if one["outcome"] == "fail"]
    assert (fault["rule"], fault["level"], fault["missed"]) == ("RFC 8216 4.3.3.4", "MUST", 1)
    assert fault["places"] == [{"where": "v234.m3u8", "what": "no EXT-X-ENDLIST"}]


@pytest.mark.parametrize("wrong", ["nothing-here", "http://", "FOLDER"])
def test_what_cannot_be_checked_is_the_users_to_mend(matinee: Matinee, tmp_path: Path, wrong: str) -> None:
    code, out, err = matinee("check", str(tmp_path) if wrong == "FOLDER" else wrong)
    assert code == 2 and out == "" and err.startswith("matinee: ") and "Traceback" not in err


def test_names_do_not_steer_the_terminal(matinee: Matinee, package: Path) -> None:
    spoil(package, "v234.m3u8", "v234-1.m4s", "\x1b[31mred.m4s")
    _, out, _ = matinee("check", str(package))
    assert "\x1b[31mred" not in out and "red.m4s" in out
