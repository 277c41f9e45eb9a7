"""What is being made is told by whoever makes it and by nobody who is gone; where it cannot be told, nothing breaks."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.shell import runs
from pipeline.shell.runs import read_runs, told_run
from pipeline.shell.stage_shares import StageShares

_GOES_ON = """
import sys, time
from pathlib import Path
from pipeline.shell.runs import told_run

with told_run(Path(sys.argv[1]), "cut", Path(sys.argv[2])) as run:
    run.tell("shots", 1.0)
    print("told", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store" / ".running"


def begin(folder: Path, film: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _GOES_ON, str(folder), film]
    run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None and run.stdout.readline() == "told\n"
    return run


def test_a_run_is_told_while_it_lasts_and_leaves_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_EVERY_S", 0.0)
    film = tmp_path / "odd\udcff.mov"
    with told_run(folder, "cut", film) as run, told_run(folder, "package", tmp_path / "b.mov") as other:
        run.tell("shots", 0.5)
        run.tell("h1 sound", 0.0)
        other.tell_whole(0.25)
        told = {one.what: one for one in read_runs(folder)}
        assert told["cut"].path == film and told["cut"].stage == "h1 sound" and 0.25 < told["cut"].share < 0.35
        assert told["package"].share == 0.25
    assert read_runs(folder) == () and list(folder.iterdir()) == []


def test_a_killed_run_is_not_told_any_more_and_its_file_is_cleared_away(folder: Path) -> None:
    with begin(folder, "/films/a.mov") as killed, begin(folder, "/films/b.mov") as other:
        assert [one.path for one in read_runs(folder)] == [Path("/films/a.mov"), Path("/films/b.mov")]
        assert {one.pid for one in read_runs(folder)} == {killed.pid, other.pid}
        killed.send_signal(signal.SIGKILL)
        killed.wait(20)
        assert [one.path for one in read_runs(folder)] == [Path("/films/b.mov")]
        assert len(list(folder.iterdir())) == 1
        other.kill()
    assert read_runs(folder) == () and list(folder.iterdir()) == []


def test_it_is_told_at_most_once_a_second(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, written = [0.0], []
    monkeypatch.setattr(runs.time, "monotonic", lambda: now[0])
    replaced = runs.RunNote._replace
    monkeypatch.setattr(runs.RunNote, "_replace", lambda note, *given: (written.append(now[0]), replaced(note, *given)))
    with told_run(folder, "cut", Path("a.mov")) as run:
        for tenth in range(50):
            now[0] = tenth / 10
            run.tell("shots", tenth / 50)
    assert written == [0.0, 1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"what": "rm"}', b'{"what": "cut", "path": 1}', b"\xff" * 99])
def test_what_is_no_note_is_not_told(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True)
    for name in ("a.run", "b.draft", "notes.txt"):
        (folder / name).write_bytes(content)
    assert read_runs(folder) == () and read_runs(folder.parent / "nosuch") == ()
    assert (folder / "notes.txt").exists() and not (folder / "a.run").exists()


def test_where_nothing_can_be_written_the_run_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_bytes(b"in the way")
    with told_run(folder, "cut", Path("a.mov")) as run:
        run.tell("shots", 0.5)
    folder.unlink()
    monkeypatch.setattr(runs, "_EVERY_S", 0.0)
    with told_run(folder, "cut", Path("a.mov")) as run:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        run.tell("shots", 0.5)
        assert not folder.exists()


def test_a_run_is_told_each_time_that_it_is_looked_at_while_it_writes(folder: Path, monkeypatch: Any) -> None:
    import threading

    monkeypatch.setattr(runs, "_EVERY_S", 0.0)
    until, missed = time.monotonic() + 1, 0
    with told_run(folder, "cut", Path("a.mov")) as run:

        def write() -> None:
            while time.monotonic() < until:
                run.tell("shots", 0.5)

        thread = threading.Thread(target=write)
        thread.start()
        while time.monotonic() < until:
            missed += len(read_runs(folder)) != 1
        thread.join()
    assert missed == 0


def test_the_share_of_a_cut_grows_from_looking_to_the_last_encode() -> None:
    shares, told = StageShares(), []
    for stage, share in (
        *(("shots", 0.5), ("shots", 1.0), ("highlights", 1.0), ("framing", 1.0)),
        *(("h1 tall", 0.0), ("h1 sound", 0.0), ("h1 tall", 0.5), ("h1 sound", 1.0), ("h1 tall", 1.0)),
    ):
        told.append(shares.take(stage, share))
    assert told == sorted(told) and told[1] > 0.1 and told[4] == pytest.approx(0.3) and 0.9 < told[-1] < 1
    package = StageShares()
    package.take("shots", 1.0)
    package.take("picture 1", 1.0)
    assert package.take("package: everything", 0.1) == pytest.approx(0.3 + 0.67 * 0.1)
