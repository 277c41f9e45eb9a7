"""`matinee watch` on real films: clips come of what arrives, once, and `status` and `retry` say what is to be known."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

_LADDER = """
name = "Two small rungs"
aspect = "4:3"
codec = "h264"
rate_control = "fixed"
[encoding]
preset = "veryfast"
[[rungs]]
width_px = 96
height_px = 72
average_kbps = 60
peak_kbps = 120
[[rungs]]
width_px = 144
height_px = 108
average_kbps = 120
peak_kbps = 240
[sound]
low_below_kbps = 100
surround_from_kbps = 200
loudness_lufs = -16
"""
CLIPS = ("--preset", "short", "--platform", "tall")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def statuses(workplace: Any) -> dict[str, Any]:
    (folder,) = json.loads(workplace.matinee("watch", "status", "--json").out)["folders"]
    return {film["file"]: film for film in folder["films"]}


def test_a_film_that_arrives_is_cut_once_and_its_clips_know_where_it_is_moved(workplace: Any, inbox: Path) -> None:
    shutil.copy(workplace.film, inbox / "kite.mp4")
    shutil.copy(workplace.film, inbox / "kite again.mp4")
    ran = workplace.matinee("watch", inbox, "--once", "--after", "move", *CLIPS)
    assert ran.code == 0, ran.err
    assert "2 clips in" in ran.out and "the same film as" in ran.out and "nothing is left to do" in ran.out
    (folder,) = (workplace.home / "out").iterdir()
    assert len(list(folder.glob("clips/*.mp4"))) == 2
    done = sorted(inbox.rglob("*.mp4"))
    assert done == [inbox / "done" / "kite again.mp4", inbox / "done" / "kite.mp4"]
    (master,) = json.loads((folder / "clips.json").read_text())["masters"]
    assert Path(master["file"]) in done
    highlight = next(folder.glob("highlights/*.edit.json"))
    again = workplace.matinee("cut", highlight, "--platform", "tall", "--json")
    assert again.code == 0, "its master is found where it was moved"
    assert workplace.matinee("watch", inbox, "--once", "--after", "move", *CLIPS).out.count("\n") == 2


def test_packages_are_made_where_a_watch_toml_says_so(workplace: Any, inbox: Path) -> None:
    (workplace.presets / "ladders").mkdir()
    (workplace.presets / "ladders" / "tiny.toml").write_text(_LADDER)
    shutil.copy(workplace.silent_film, inbox / "silent.mp4")
    (inbox / "watch.toml").write_text('flow = "package-hls"\nladder = "tiny"\n')
    ran = workplace.matinee("watch", inbox, "--once")
    assert "1 package in" in ran.out, (ran.out, ran.err)
    assert list(workplace.home.glob("out/*/hls/master.m3u8"))


def test_what_is_wrong_is_told_in_the_folder_the_status_and_the_exit_code(workplace: Any, inbox: Path) -> None:
    (inbox / "bad.mov").write_bytes(b"no film at all" * 1000)
    (inbox / "bad.mov.ready").touch()
    shutil.copy(workplace.silent_film, inbox / "short.mp4")
    assert workplace.matinee("watch", inbox, "--once", "--preset", "moments", "--platform", "tall").code == 0
    told = workplace.matinee("watch", "status", inbox)
    assert told.code == 1
    assert "refused" in told.out and "It is not a film that can be read" in told.out
    assert "failed" in told.out and "matinee watch retry" in told.out
    assert "Nobody watches it just now." in told.out
    films = statuses(workplace)
    assert films["short.mp4"]["state"] == "failed" and "needs 45 s" in films["short.mp4"]["why"]
    assert "not a film" in (inbox / "bad.mov.matinee.txt").read_text()
    assert workplace.matinee("watch", "retry", inbox, inbox / "short.mp4").out == "short.mp4: queued again\n"
    assert statuses(workplace)["short.mp4"]["state"] == "queued"
    again = workplace.matinee("watch", "retry", inbox)
    assert again.code == 2 and "Nothing in" in again.err


def test_what_cannot_be_is_told_before_anything_is_watched(workplace: Any, inbox: Path, tmp_path: Path) -> None:
    for words, told in (
        ((inbox, "--platform", "tiktak"), "there is no preset 'tiktak' in platforms"),
        ((tmp_path / "none",), "does not exist"),
        (("status",), "No folder has been watched yet"),
        (("status", inbox), "has not been watched yet"),
        (("retry", inbox), "has not been watched"),
    ):
        ran = workplace.matinee("watch", *words)
        assert ran.code == 2 and told in ran.err, ran
    (inbox / "watch.toml").write_text('platforms = "tall"\n')
    ran = workplace.matinee("watch", inbox, "--once", "--platform", "quad")
    assert ran.code == 2 and "Say it in one place" in ran.err


def test_help_stands_where_people_ask_for_it(workplace: Any) -> None:
    for words in (("watch",), ("watch", "--help"), ("watch", "status", "--help"), ("watch", "retry", "-h")):
        ran = workplace.matinee(*words)
        assert "Usage: " in ran.out + ran.err and "matinee watch" in ran.out + ran.err
    assert "DIR" in workplace.matinee("watch", "--help").out.splitlines()[0]


def test_a_watch_that_is_killed_in_the_middle_of_a_real_cut_leaves_no_process_and_is_finished(
    workplace: Any, inbox: Path
) -> None:
    shutil.copy(workplace.film, inbox / "kite.mp4")
    argv = [sys.executable, "-c", "from pipeline.cli import main; main()", "watch", str(inbox), *CLIPS]
    run = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 120
    while not (children := [pid for pid in _descendants(run.pid) if b"pipeline.watching.work" in _command(pid)]):
        assert time.monotonic() < deadline and run.poll() is None
        time.sleep(0.05)
    time.sleep(1.5)
    run.kill()
    run.communicate()
    while any(_is_there(pid) for pid in children):
        assert time.monotonic() < deadline, "the job outlived its watch"
        time.sleep(0.05)
    assert statuses(workplace)["kite.mp4"]["state"] == "running"
    ran = workplace.matinee("watch", inbox, "--once", *CLIPS)
    assert "kite.mp4: done: 2 clips" in ran.out, ran.out
    assert statuses(workplace)["kite.mp4"]["state"] == "done"


def test_sigterm_ends_a_watch_as_ctrl_c_does(workplace: Any, inbox: Path) -> None:  # noqa: ARG001 - its home
    argv = [sys.executable, "-c", "from pipeline.cli import main; main()", "watch", str(inbox)]
    run = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout is not None and "watching" in run.stdout.readline()
    time.sleep(0.5)
    run.send_signal(signal.SIGTERM)
    _, told = run.communicate(timeout=30)
    assert run.returncode == 130 and "Traceback" not in told and "go on where it was" in told


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *_descendants(int(child))]
    return found


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_this_process_has_no_companion_left() -> None:
    # Others may have a server here, whose page is `pipeline.cli`.
    ours = (b"pipeline.watching.", b"pipeline.shell.")
    left = [pid for pid in _descendants(os.getpid()) if any(one in _command(pid) for one in ours)]
    assert [pid for pid in left if _is_there(pid)] == []
