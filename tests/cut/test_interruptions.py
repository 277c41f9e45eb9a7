"""Runs at the same time, and runs that are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

MATINEE = (sys.executable, "-c", "from pipeline.cli import main; main()")
CUT = ("--highlights", "short", "--platform", "tall", "--platform", "quad", "--json")


def start(*words: object) -> subprocess.Popen[str]:
    command = [*MATINEE, *(str(word) for word in words)]
    return subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def log_ffmpeg(folder: Path, monkeypatch: Any, *, delay_s: float = 0.0) -> Path:
    """Have every call of ffmpeg write down its arguments first."""
    log, wrapper = folder / "calls", folder / "ffmpeg"
    log.write_text("")
    real = imageio_ffmpeg.get_ffmpeg_exe()
    slowly = f'case "$*" in *-frames:v*) sleep {delay_s};; esac'
    wrapper.write_text(f'#!/bin/sh\necho "$$ $*" >> {log}\n{slowly}\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("MATINEE_FFMPEG", str(wrapper))
    return log


def encodes(log: Path) -> list[str]:
    return [line for line in log.read_text().splitlines() if "libx264" in line and "-frames:v" in line]


def leftovers(workplace: Any) -> list[Path]:
    hidden = [path for path in workplace.home.rglob(".*") if path.name not in (".runs", ".running", ".lock")]
    told = (workplace.home / "store" / ".running").glob("*")
    unfinished = [path for path in (workplace.home / "store").glob("??/*") if not (path / "receipt.json").is_file()]
    return [*hidden, *told, *unfinished]


def wait_until_it_encodes(run: Any, log: Path) -> None:
    deadline = time.monotonic() + 240
    while not encodes(log):
        assert time.monotonic() < deadline and run.poll() is None
        time.sleep(0.02)


def test_two_runs_on_one_film_do_the_work_once_and_both_succeed(
    workplace: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    log = log_ffmpeg(tmp_path, monkeypatch, delay_s=0.5)
    runs = [start("cut", workplace.film, *CUT) for _ in range(2)]
    answers = [run.communicate(timeout=240) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], answers
    assert len(encodes(log)) == 2, "one for each highlight, for both sizes"
    first, second = (json.loads(out)["films"][0]["clips"] for out, _ in answers)
    assert [clip["sha256"] for clip in first] == [clip["sha256"] for clip in second]
    assert leftovers(workplace) == []


def test_a_run_that_is_stopped_says_how_to_go_on(workplace: Any, tmp_path: Path, monkeypatch: Any) -> None:
    log = log_ffmpeg(tmp_path, monkeypatch, delay_s=1.0)
    run = start("cut", workplace.film, *CUT)
    wait_until_it_encodes(run, log)
    run.send_signal(signal.SIGINT)
    out, told = run.communicate(timeout=240)
    assert run.returncode == 130 and out == "" and "Traceback" not in told
    assert told.endswith("matinee: stopped. Run the same command again to go on where it was.\n")
    assert not workplace.out().exists() or not list(workplace.out().rglob("*.mp4"))


def test_a_killed_run_leaves_no_process_and_is_finished_by_the_next(
    workplace: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    log = log_ffmpeg(tmp_path, monkeypatch, delay_s=1.0)
    run = start("cut", workplace.film, *CUT)
    wait_until_it_encodes(run, log)
    (encoder, *_) = encodes(log)[0].split()
    run.send_signal(signal.SIGKILL)
    run.communicate(timeout=240)
    deadline = time.monotonic() + 60
    while Path(f"/proc/{encoder}").exists() and _state(int(encoder)) != "Z":
        assert time.monotonic() < deadline, "ffmpeg outlived the run"
        time.sleep(0.02)
    assert not workplace.out().exists() or not list(workplace.out().rglob("*.mp4"))
    ran = workplace.matinee("cut", workplace.film, *CUT)
    assert ran.code == 0, ran.err
    assert len(json.loads(ran.out)["films"][0]["clips"]) == 4
    assert leftovers(workplace) == []


def test_a_run_that_fails_leaves_nothing_half_made(workplace: Any, tmp_path: Path, monkeypatch: Any) -> None:
    real = imageio_ffmpeg.get_ffmpeg_exe()
    wrapper = tmp_path / "ffmpeg"
    wrapper.write_text(
        f'#!/bin/sh\ncase "$*" in *-frames:v*) echo "disk on fire" >&2; exit 1;; esac\nexec {real} "$@"\n'
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("MATINEE_FFMPEG", str(wrapper))
    run = start("cut", workplace.film, *CUT)
    out, err = run.communicate(timeout=240)
    assert run.returncode == 1
    assert "ffmpeg failed" in err and "disk on fire" in err and "command: " in err
    assert not workplace.out().exists() and [path for path in leftovers(workplace) if path.is_file()] == []
    assert "disk on fire" in json.loads(out)["films"][0]["error"]


def test_a_film_that_is_written_to_is_not_encoded_under_its_old_digest(workplace: Any, tmp_path: Path) -> None:
    from pipeline.cut import CutRequest, analyse, plan_film, render_step
    from pipeline.errors import MasterError

    film = tmp_path / "growing.mp4"
    film.write_bytes(workplace.film.read_bytes())
    request = CutRequest(highlights="short", platforms=("tall",))
    (plan,) = plan_film(analyse(film, request), request)
    with film.open("ab") as stream:
        stream.write(b"more")
    for step in plan.steps:
        with pytest.raises(MasterError, match="changed while it was being read"):
            render_step(step)
    assert [key for key in plan.missing if plan.workshop.store.find(key)] == []


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_this_process_has_no_children_left() -> None:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    assert [child for child in children if _state(int(child)) != "Z" and "ffmpeg" in _command(child)] == []


def _command(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
