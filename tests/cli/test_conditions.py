"""Full, read-only and absent disks, and limits: what, where and what to do, code 2, and the next run goes on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Workplace
from tests.disks import MATINEE, Answer, needs_disks, run_on_full, run_on_read_only
from tests.package.conftest import LADDER
from tests.small_packages import make_small_package

CUT = ("--highlights", "short", "--count", 1, "--platform", "quad")
Words = tuple[object, ...]


def cut(workplace: Workplace) -> Words:
    return ("cut", workplace.film, *CUT)


def package(workplace: Workplace) -> Words:
    (workplace.presets / "ladders").mkdir()
    (workplace.presets / "ladders" / "small.toml").write_text(LADDER)
    return ("package", workplace.film, "--ladder", "small")


def publish(workplace: Workplace) -> Words:
    kite = make_small_package(workplace.films.parent / "kite")
    return ("publish", kite.folder, "--to", workplace.home / "www")


def told_well(answer: Answer, *words: str) -> None:
    assert answer.code == 2, answer.told
    assert "Traceback" not in answer.told and "a fault of ours" not in answer.told
    assert answer.last.startswith("matinee: ") and all(word in answer.last for word in words), answer.last


def whole(home: Path) -> None:
    """Assert that nothing half-made is there any more."""
    marks = (".making-", ".matinee-", "-encode.mp4")
    assert [path for path in home.rglob("*") if any(mark in path.name for mark in marks)] == []


@needs_disks
@pytest.mark.parametrize(("job", "kib"), [(cut, 60), (package, 120)])
def test_a_full_store_is_told_and_what_was_finished_counts(
    workplace: Workplace, job: Callable[[Workplace], Words], kib: int
) -> None:
    words = job(workplace)
    first, second = run_on_full(workplace.home, kib, words)
    told_well(first, "MATINEE_HOME")
    assert second.code == 0, second.told


@needs_disks
@pytest.mark.parametrize(("job", "below"), [(cut, "out"), (package, "out"), (publish, "www")])
def test_a_full_disk_of_outputs_is_told(workplace: Workplace, job: Callable[[Workplace], Words], below: str) -> None:
    folder = workplace.home / below
    folder.mkdir()
    first, second = run_on_full(folder, 8, job(workplace))
    told_well(first, "No space left on device", str(folder))
    assert second.code == 0, second.told


@needs_disks
@pytest.mark.parametrize(("job", "below"), [(cut, "store"), (package, "out"), (publish, "store"), (publish, "www")])
def test_a_read_only_place_is_told_and_nothing_is_there_until_it_is_not(
    workplace: Workplace, job: Callable[[Workplace], Words], below: str
) -> None:
    words, folder = job(workplace), workplace.home / below
    folder.mkdir(exist_ok=True)
    first, second = run_on_read_only(folder, words)
    told_well(first, str(folder))
    assert second.code == 0, second.told
    whole(workplace.home)


@pytest.mark.parametrize("job", [cut, package, publish])
def test_a_low_limit_of_open_files_is_enough_or_told(workplace: Workplace, job: Callable[[Workplace], Words]) -> None:
    words = job(workplace)
    limit = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)); "
    argv = (sys.executable, "-c", limit + MATINEE[2], *map(str, words))
    ran = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=240)
    if ran.returncode:
        told_well(Answer(ran.returncode, ran.stderr), "ulimit -n")
    assert workplace.matinee(*words).code == 0
    whole(workplace.home)


@pytest.mark.parametrize("gone", ["out", "store"])
def test_a_drive_that_goes_away_in_the_middle_is_told_and_nothing_is_put_in_its_place(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    from pipeline.cut import job

    folder = workplace.home / gone
    folder.mkdir(exist_ok=True)
    away = workplace.home / "away"
    finish = job.finish

    def unplug(plan: Any) -> Any:
        folder.rename(away)
        folder.mkdir()  # as a mount point is, when its drive has gone
        return finish(plan)

    monkeypatch.setattr(job, "finish", unplug)
    ran = workplace.matinee(*cut(workplace))
    told_well(Answer(ran.code, ran.err), "has gone", "connect it again", str(folder))
    assert list(folder.iterdir()) == []
    folder.rmdir()
    away.rename(folder)
    monkeypatch.setattr(job, "finish", finish)
    again = workplace.matinee(*cut(workplace))
    assert again.code == 0, again.err
    whole(workplace.home)


def test_what_the_system_refuses_anywhere_is_told_and_no_fault_of_ours(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.cut import job

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device", str(workplace.home / "x"))

    monkeypatch.setattr(job, "finish", refuse)
    ran = workplace.matinee(*cut(workplace))
    told_well(Answer(ran.code, ran.err), "no space left on device", "Free some space", str(workplace.home / "x"))


def test_a_killed_run_leaves_no_draft_beside_clips_once_the_next_has_ended(workplace: Workplace) -> None:
    assert workplace.matinee(*cut(workplace)).code == 0
    drafts = [workplace.out() / below / f".matinee-{'0' * 32}" for below in ("", "clips", "posters", "framing")]
    for draft in drafts:
        draft.write_bytes(b"half")
    assert workplace.matinee(*cut(workplace)).code == 0
    assert [draft for draft in drafts if draft.exists()] == []


@pytest.mark.parametrize(("job", "encoder"), [(cut, "render"), (package, "chunks")])
def test_a_drive_that_stops_answering_while_a_film_is_read_is_told(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, job: Callable[[Workplace], Words], encoder: str
) -> None:
    """As ffmpeg does: it says so in passing, ends well, and what it made is too short."""
    from pipeline.shell import ffmpeg

    def read_half(argv: tuple[str, ...], **how: Any) -> ffmpeg.FfmpegRun:
        at = argv.index("-i")
        run = ffmpeg.run_ffmpeg((*argv[:at], "-t", "0.5", *argv[at:]), **how)
        said = "[in#0/mov,mp4,m4a,3gp,3g2,mj2 @ 0x1] Error during demuxing: Input/output error\n"
        return replace(run, stderr=run.stderr + said)

    words = job(workplace)
    with monkeypatch.context() as patch:
        patch.setattr(f"pipeline.shell.{encoder}.run_ffmpeg", read_half)
        ran = workplace.matinee(*words)
    told_well(Answer(ran.code, ran.err), "cannot be read to its end", "connect it again", str(workplace.film))
    whole(workplace.home)
    assert workplace.matinee(*words).code == 0
