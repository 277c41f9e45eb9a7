"""A watched folder whose drive goes away and comes back: nothing is told as gone, and each film is made once."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError, MasterError, MasterOutOfReach
from pipeline.shell.home import find_home
from pipeline.watching.orders import Order
from pipeline.watching.request import Tempo, WatchRequest
from pipeline.watching.settings import Scope
from pipeline.watching.status import read_status
from pipeline.watching.watch import watch
from pipeline.watching.work import do_order, outcome_of
from tests.disks import ALONE, needs_disks
from tests.watching.test_watch import Recorder, wait_until
from tests.whole_films import another

TEMPO = Tempo(sweep_s=0.5, blind_sweep_s=0.5, still_s=0.3, patience_s=1.0, retries_s=(0.2, 0.2))
SCENE = """
import json, os, signal, subprocess, sys, threading, time
from pathlib import Path
from pipeline.shell.home import find_home
from pipeline.watching.jobs import Outcome
from pipeline.watching.orders import Order
from pipeline.watching.request import Tempo, WatchRequest
from pipeline.watching.settings import Scope
from pipeline.watching.status import read_status
from pipeline.watching.watch import watch
place, content, watched, back = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes(), sys.argv[3], sys.argv[4]
house, disk = place / "house", place / "disk"
point, drive = house / "point", disk / "point"
inbox = house / watched
films = max(inbox, point)  # where they lie: below the other
lying = drive / films.relative_to(point)
before = "" if films == inbox else f"{films.relative_to(inbox)}/"
made, told, seen = [], [], {}

class Maker:
    def run(self, job, on_share):
        made.append(job.path.name)
        return Outcome("done", "made")
    def stop(self): pass

def do(*words):
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, timeout=20)

def put(folder, name, number):
    (folder / name).write_bytes(content + b"\\0\\0\\0\\x10free" + number.to_bytes(8, "big"))

def standings():
    return {one.file.removeprefix(before): one.standing for one in read_status(find_home(), inbox)[0].films}

def wait_until(condition):
    end = time.monotonic() + 40
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)

def happen():
    try:
        wait_until(lambda: made == ["a.mp4"] and standings() == {"a.mp4": "done", "bad.mp4": "refused"})
        wait_until((films / "bad.mp4.matinee.txt").is_file)
        seen["before"] = standings()
        do("umount", "-l", str(point))
        wait_until(lambda: any("is away" in one for one in told))
        time.sleep(1.5)
        seen["away"], seen["troubles"] = standings(), read_status(find_home(), inbox)[0].watch.troubles
        put(lying, "b.mp4", 2)
        do("mount", "--bind", str(disk / back), str(house / back))
        wait_until(lambda: "b.mp4" in made)
        time.sleep(1.5)
        seen["after"] = standings()
    finally:
        os.kill(os.getpid(), signal.SIGINT)

do("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk))
lying.mkdir(parents=True, exist_ok=True)
do("mount", "--bind", str(drive), str(point))
put(films, "a.mp4", 1)
(films / "bad.mp4").write_bytes(content[:500])
tempo = Tempo(sweep_s=0.5, blind_sweep_s=0.5, still_s=0.3, patience_s=1.0)
threading.Thread(target=happen).start()
try:
    watch(WatchRequest(inbox, Scope("", Order()), until="stopped", tempo=tempo), Maker(), told.append)
except KeyboardInterrupt:
    pass
print(json.dumps({"made": made, "told": told, **seen, "notes": (films / "bad.mp4.matinee.txt").is_file()}))
"""


@needs_disks
@pytest.mark.parametrize(
    ("watched", "back"),
    [("point", "point"), ("point/inbox", "point"), (".", "point"), ("point/inbox", ".")],
    ids=["itself", "on it", "above it", "at another level"],
)
def test_a_drive_that_is_unmounted_is_waited_for(watched: str, back: str, content: bytes, tmp_path: Path) -> None:
    """What stays of a folder that is one is an empty folder, and of one that lies on one, nothing."""
    (tmp_path / "film.mp4").write_bytes(content)
    for name in ("house/point", "disk"):
        (tmp_path / name).mkdir(parents=True)
    scene = [sys.executable, "-c", SCENE, str(tmp_path), str(tmp_path / "film.mp4"), watched, back]
    ran = subprocess.run(
        (*ALONE, *scene), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90, check=False,
        env={**os.environ, "MATINEE_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    said: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    assert said["made"] == ["a.mp4", "b.mp4"]
    assert said["before"] == said["away"] == {"a.mp4": "done", "bad.mp4": "refused"}
    assert said["after"] == {**said["before"], "b.mp4": "done"} and said["notes"]
    assert any("is away" in trouble for trouble in said["troubles"])
    assert [line.rpartition(" is ")[2] for line in said["told"] if line.startswith(str(tmp_path))] == [
        "away: waiting for it", "back",
    ]  # fmt: skip
    assert not [line for line in said["told"] if "went away" in line or "gone" in line]


class _Drive:
    """A drive that refuses to tell anything of the files in a folder while it is lost, as one on a network does."""

    def __init__(self, inbox: Path, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_lost = False
        self.lost_alone: str | None = None
        """The only film of which nothing is told; None: all."""
        self._inbox, self._code = inbox, code
        stat, scandir = Path.stat, os.scandir

        def asked(path: Path, **how: Any) -> os.stat_result:
            if path.is_relative_to(inbox) and path != inbox:
                self.refuse(path.name)
            return stat(path, **how)

        class Listing:
            def __init__(self, folder: Any) -> None:
                self._entries = scandir(folder)
                self._of_inbox = Path(folder) == inbox

            def __enter__(self) -> Iterator[Any]:
                return iter([_Entry(one, drive) if self._of_inbox else one for one in self._entries])

            def __exit__(self, *_: object) -> None:
                self._entries.close()

        drive = self
        monkeypatch.setattr(Path, "stat", asked)
        monkeypatch.setattr("pipeline.watching.sweep.os.scandir", Listing)

    def refuse(self, name: str) -> None:
        if self.is_lost and self.lost_alone in (None, name):
            raise OSError(self._code, os.strerror(self._code))


class _Entry:
    def __init__(self, entry: os.DirEntry[str], drive: _Drive) -> None:
        self._entry, self._drive, self.name = entry, drive, entry.name

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self._entry.is_dir(follow_symlinks=follow_symlinks)

    def stat(self) -> os.stat_result:
        self._drive.refuse(self.name)
        return self._entry.stat()


@pytest.mark.parametrize("code", [errno.ESTALE, errno.EIO, errno.ENOTCONN])
def test_a_drive_that_does_not_answer_has_lost_nothing(
    code: int, inbox: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive = _Drive(inbox, code, monkeypatch)
    runner = Recorder()
    told: list[str] = []
    stood: list[dict[str, str]] = []

    def happen() -> None:
        expected = {"a.mp4": "done", "bad.mp4": "refused"}
        wait_until(lambda: {one: how for one, how in standings(inbox).items() if one in expected} == expected)
        drive.is_lost = True
        os.utime(inbox / "a.mp4")  # which the system tells
        time.sleep(1.5)
        stood.append(standings(inbox))
        drive.is_lost = False
        (inbox / "b.mp4").write_bytes(another(content, 2))
        wait_until(lambda: "b.mp4" in runner.names)
        (inbox / "open.mp4").unlink()

    (inbox / "a.mp4").write_bytes(another(content, 1))
    (inbox / "bad.mp4").write_bytes(content[:500])
    (inbox / "bad.mp4.ready").touch()
    (inbox / "open.mp4").touch()
    happening = threading.Thread(target=happen)
    happening.start()
    watch(WatchRequest(inbox, Scope("", Order()), until="nothing is left", tempo=LASTING), runner, told.append)
    happening.join()
    assert runner.names == ["a.mp4", "b.mp4"]
    assert {one: stood[0].get(one) for one in ("a.mp4", "bad.mp4")} == {"a.mp4": "done", "bad.mp4": "refused"}
    assert standings(inbox) == {"a.mp4": "done", "b.mp4": "done", "bad.mp4": "refused"}
    assert (inbox / "bad.mp4.matinee.txt").is_file()
    assert any(f"cannot be looked at ({os.strerror(code)})" in line for line in told), told


def test_a_film_that_cannot_be_reached_keeps_no_other_waiting(
    inbox: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive = _Drive(inbox, errno.EHOSTDOWN, monkeypatch)
    drive.is_lost, drive.lost_alone = True, "b.mp4"
    (inbox / "sub").mkdir()
    for number, name in enumerate(("a.mp4", "b.mp4", "sub/c.mp4")):
        (inbox / name).write_bytes(another(content, number))
    (inbox / "a.mp4.md5").symlink_to("a.mp4.md5")
    runner, told, request = (
        Recorder(),
        list[str](),
        WatchRequest(inbox, Scope("", Order()), "nothing is left", tempo=TEMPO),
    )
    watch(request, runner, told.append)
    assert sorted(runner.names) == ["a.mp4", "c.mp4"]
    assert any("b.mp4 cannot be looked at" in line for line in told), told
    drive.is_lost = False
    watch(request, runner, told.append)
    assert sorted(runner.names) == ["a.mp4", "b.mp4", "c.mp4"]


LASTING = Tempo(sweep_s=0.5, blind_sweep_s=0.5, still_s=0.3, patience_s=60.0, retries_s=(0.2, 0.2))
"""With which an empty file is waited for, and the watch with it."""


def standings(inbox: Path) -> dict[str, str]:
    with contextlib.suppress(InputError):  # it has not begun
        return {one.file: one.standing for one in read_status(find_home(), inbox)[0].films}
    return {}


def test_a_film_whose_drive_has_gone_when_its_job_begins_or_runs_is_not_refused(inbox: Path) -> None:
    film = inbox / "film.mp4"
    assert do_order(film, Order(), lambda _: None).kind == "again"
    went = MasterOutOfReach.of(film, "went away while it was being read (No such file).", remedy="Put it back.")
    assert outcome_of(went, film).kind == "again"
    assert outcome_of(MasterError.of(film, "is cut off."), film).kind == "refused"


def test_a_film_of_a_drive_that_fails_while_it_is_made_is_made_again(inbox: Path, content: bytes) -> None:
    (inbox / "a.mp4").write_bytes(content)
    failing: list[Callable[[], Any]] = [
        lambda: outcome_of(MasterOutOfReach.of(inbox / "a.mp4", "cannot be read to its end (Input/output error)."),
                           inbox / "a.mp4"),
    ]  # fmt: skip
    ended = Recorder().answer
    runner = Recorder(answer=lambda job: failing.pop()() if failing else ended(job))
    watch(WatchRequest(inbox, Scope("", Order()), until="nothing is left", tempo=TEMPO), runner, lambda _: None)
    assert runner.names == ["a.mp4", "a.mp4"] and standings(inbox) == {"a.mp4": "done"}
    assert not (inbox / "a.mp4.matinee.txt").exists()
