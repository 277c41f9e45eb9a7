"""A watched folder on a drive that hangs, as one of a network does that is mounted hard: a real file system."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.plan.arrivals import Finding
from pipeline.shell.asking import LIMIT_S, Asker
from pipeline.shell.checker import Checker
from pipeline.shell.home import find_home
from pipeline.watching.drive_watch import DriveWatch
from pipeline.watching.jobs import Job, Outcome, OutcomeKind
from pipeline.watching.orders import Order
from pipeline.watching.request import Tempo, WatchRequest
from pipeline.watching.settings import Scope
from pipeline.watching.status import read_status
from pipeline.watching.watch import watch
from tests.disks import ALONE
from tests.hanging_drive import needs_hanging_drive
from tests.watching.test_watch import Recorder

QUICK = Tempo(sweep_s=0.5, blind_sweep_s=0.5, still_s=0.3, patience_s=1.0, retries_s=(0.2, 0.2))
WATCHER = """
import sys, time
from pathlib import Path
from pipeline.errors import PipelineError
from pipeline.shell.home import find_home
from pipeline.watching.jobs import Outcome, ProcessRunner
from pipeline.watching.orders import Order
from pipeline.watching.request import Tempo, WatchRequest, checked_root
from pipeline.watching.settings import Scope
from pipeline.watching.watch import watch
import signal
signal.signal(signal.SIGTERM, signal.default_int_handler)
class Maker(ProcessRunner):
    def run(self, job, on_share):
        held = Path(sys.argv[1], "..", "held")
        if job.path.name == "long.mp4" and not held.exists():
            print("begins long.mp4", flush=True)
            while not held.exists():
                time.sleep(0.05)
            return super().run(job, on_share)
        print("made", job.path.name, flush=True)
        return Outcome("done", "made")
tempo = Tempo(sweep_s=0.5, blind_sweep_s=0.5, still_s=0.3, patience_s=1.0, answer_s=0.5)
try:
    root = checked_root(Path(sys.argv[1]), find_home())
    watch(WatchRequest(root, Scope("", Order()), tempo=tempo), Maker(), lambda told: print(told, flush=True))
except KeyboardInterrupt:
    print("ended", flush=True)
    sys.exit(130)
except PipelineError as error:
    print(error, flush=True)
    sys.exit(2)
"""
SCENE = """
import json, os, signal, subprocess, sys, time
from pathlib import Path
from flows.health import _watch as ask_health
from pipeline.shell.home import find_home
from pipeline.watching.status import read_status
from tests.hanging_drive import hanging_drive
place, content, watcher = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes(), sys.argv[3]
inbox, drive, told = place / "inbox", place / "drive", place / "told"
seen, started = {}, []

def put(name, number):
    (place / "new").write_bytes(content + b"\\0\\0\\0\\x10free" + number.to_bytes(8, "big"))
    (place / "new").rename(drive / name)

def wait_until(condition, what):
    end = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < end, f"{what}: {told.read_text()}"
        time.sleep(0.05)

def says(what):
    return lambda: what in told.read_text()

def standings():
    return {one.file: one.standing for one in read_status(find_home(), inbox)[0].films}

def start():
    command = (sys.executable, "-c", watcher, str(inbox))
    started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=told.open("w"), stderr=2))
    return started[-1]

def happen(tell, point):
    name = f"{inbox}/{point}" if point else str(inbox)
    watch = start()
    wait_until(says("made a.mp4"), "the first film")
    if point:
        put("long.mp4", 3)
        wait_until(says("begins long.mp4"), "a film that is made as it hangs")
    tell("hold")
    (place / "held").touch()
    wait_until(says(f"{name} does not answer: waiting for it"), "that it hangs")
    time.sleep(1.0)
    began = time.monotonic()
    seen["away"], seen["troubles"] = standings(), read_status(find_home(), inbox)[0].watch.troubles
    seen["health"] = ask_health().is_well
    seen["status_s"] = time.monotonic() - began
    put("b.mp4", 2)
    if point:
        (place / "new").write_bytes(content + b"\\0\\0\\0\\x10free" + b"elsewher")
        (place / "new").rename(inbox / "c.mp4")
        wait_until(says("made c.mp4"), "a film of another drive")
        wait_until(says("long.mp4: its drive hangs"), "that it is given back")
    tell("answer")
    wait_until(says("made b.mp4"), "the next film")
    if point:
        wait_until(says("made long.mp4"), "the one that was given back")
    wait_until(lambda: not read_status(find_home(), inbox)[0].watch.troubles, "that all is well")
    seen["after"] = standings()
    tell("ignore")
    wait_until(lambda: told.read_text().count("does not answer") == 2, "that it hangs again")
    began = time.monotonic()
    watch.send_signal(signal.SIGTERM)
    seen["code"], seen["stop_s"] = watch.wait(30), time.monotonic() - began
    seen["told"] = told.read_text()
    if point:
        watch = start()
        wait_until(says("does not answer"), "that it begins beside what hangs")
        (place / "new").write_bytes(content + b"\\0\\0\\0\\x10free" + b"one more")
        (place / "new").rename(inbox / "d.mp4")
        wait_until(says("made d.mp4"), "one more film of another drive")
        watch.send_signal(signal.SIGTERM)
        seen["last"] = watch.wait(30)
        return
    watch = start()
    seen["start"] = watch.wait(30), told.read_text()
    tell("answer")
    watch = start()
    wait_until(lambda: standings()["b.mp4"] == "done" and read_status(find_home(), inbox)[0].is_watched, "the last")
    time.sleep(1.0)
    tell("hold")
    wait_until(says("does not answer"), "that it hangs at last")
    watch.send_signal(signal.SIGTERM)
    wait_until(says("ended"), "the end of what cannot be killed")
    seen["left"] = read_status(find_home(), inbox)[0].is_watched
    tell("answer")
    seen["last"] = watch.wait(30)

point = sys.argv[4]
for folder in (inbox / point, drive):
    folder.mkdir(parents=True, exist_ok=True)
put("a.mp4", 1)
with hanging_drive(inbox / point, drive) as tell:
    try:
        happen(tell, point)
    finally:
        tell("answer")
        for one in started:
            one.kill()
print(json.dumps(seen))
"""


@pytest.mark.parametrize("kind", ["refused", "failed", "again"])
def test_what_failed_while_its_drive_hung_is_made_again(
    kind: OutcomeKind, inbox: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung: list[Job] = []

    def make(job: Job) -> Outcome:
        if hung:
            hung.clear()
            return Outcome("done", "made")
        hung.append(job)
        return Outcome(kind, "it is cut off")

    monkeypatch.setattr(DriveWatch, "was_silent", lambda *_: bool(hung))
    (inbox / "a.mp4").write_bytes(content)
    runner, told = Recorder(answer=make), list[str]()
    watch(WatchRequest(inbox, Scope("", Order()), "nothing is left", tempo=QUICK), runner, told.append)
    assert runner.names == ["a.mp4", "a.mp4"] and read_status(find_home(), inbox)[0].films[0].standing == "done"
    assert any("its drive did not answer while it was being made" in line for line in told)
    assert not (inbox / "a.mp4.matinee.txt").exists()


def test_what_fails_whenever_its_drive_stalls_is_told_to_have_failed(
    inbox: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the watch was started again meanwhile; and nothing is made again at once."""
    monkeypatch.setattr(DriveWatch, "was_silent", lambda *_: True)
    (inbox / "a.mp4").write_bytes(content)
    began: list[float] = []

    def fail(_job: Job) -> Outcome:
        began.append(time.monotonic())
        return Outcome("failed", "no such preset")

    def end(told: str) -> None:
        if "again in 0 s" in told and len(began) == 2:
            raise KeyboardInterrupt

    runner, tempo = Recorder(answer=fail), replace(QUICK, retries_s=(0.4, 0.4))
    with pytest.raises(KeyboardInterrupt):
        watch(WatchRequest(inbox, Scope("", Order()), "nothing is left", tempo=tempo), runner, end)
    watch(WatchRequest(inbox, Scope("", Order()), "nothing is left", tempo=tempo), runner, lambda _: None)
    assert runner.names == ["a.mp4"] * 4 and read_status(find_home(), inbox)[0].films[0].standing == "failed"
    assert all(later - earlier >= 0.4 for earlier, later in itertools.pairwise(began))


def test_nothing_is_asked_of_a_drive_once_the_watch_over_it_ended() -> None:
    asker = Asker()
    assert asker.ask(lambda: 1) == 1
    asker.stop()
    began = time.monotonic()
    with pytest.raises(OSError, match="timed out"):
        asker.ask(lambda: 2)
    assert time.monotonic() - began < LIMIT_S / 2


def test_what_looked_broken_while_its_drive_hung_is_looked_into_again(
    inbox: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung, look_into = [True], Checker.look_into

    def look(checker: Checker, path: Path, *how: Any) -> Finding:
        if hung:
            return Finding("broken", "looking into it failed", certainty="vouched")
        return look_into(checker, path, *how)

    def was_silent(*_: object) -> bool:
        return bool(hung) and hung.pop()

    monkeypatch.setattr(Checker, "look_into", look)
    monkeypatch.setattr(DriveWatch, "was_silent", was_silent)
    (inbox / "a.mp4").write_bytes(content)
    runner, told = Recorder(), list[str]()
    watch(WatchRequest(inbox, Scope("", Order()), "nothing is left", tempo=QUICK), runner, told.append)
    assert runner.names == ["a.mp4"] and not any("refused" in line for line in told)


@needs_hanging_drive
@pytest.mark.parametrize("point", ["", "nas"])
def test_a_drive_that_hangs_is_waited_for(point: str, content: bytes, tmp_path: Path) -> None:
    """The watched folder itself, and a drive below it, beside which all else goes on; neither holds up the end."""
    (tmp_path / "film.mp4").write_bytes(content)
    scene = (sys.executable, "-c", SCENE, str(tmp_path), str(tmp_path / "film.mp4"), WATCHER, point)
    ran = subprocess.run(
        (*ALONE, *scene), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=150, check=False,
        env={**os.environ, "MATINEE_HOME": str(tmp_path / "home")}, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    seen: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    first, second = (f"{point}/{name}" if point else name for name in ("a.mp4", "b.mp4"))
    assert seen["away"].pop(f"{point}/long.mp4", "running") == "running"
    assert seen["away"] == {first: "done"} and seen["status_s"] < 10
    name = tmp_path / "inbox" / point
    assert f"{name} has not answered for some seconds" in seen["troubles"] and not seen["health"]
    assert {**seen["after"], first: "done", second: "done"} == seen["after"]
    lines = [line for line in seen["told"].splitlines() if line.startswith(f"{name} ")]
    assert lines == [
        f"{name} does not answer: waiting for it", f"{name} answers again", f"{name} does not answer: waiting for it",
    ]  # fmt: skip
    assert "gone" not in seen["told"] and seen["told"].count("made a.mp4") == 1
    assert seen["code"] == 130 and seen["stop_s"] < 10
    assert seen["last"] == 130
    if not point:
        assert seen["start"][0] == 2 and "inbox does not answer." in seen["start"][1]
        assert not seen["left"]
