"""The drives of a watched folder are known by what is mounted, by the films that lie there, and by their answers."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.plan.arrivals import Shape
from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.arrived_files import FileRow, Files
from pipeline.shell.checking import shape_of
from pipeline.shell.drives import Mount, is_gone
from pipeline.watching.drive_watch import DriveWatch

LIMIT_S = 0.2


class Mounts:
    """What is mounted at and below a folder, as the system would say."""

    def __init__(self) -> None:
        self.root, self.below = Path("/"), dict[str, int]()

    def around(self, _place: Path) -> tuple[Mount, dict[str, Mount]]:
        return Mount(str(self.root), self.root, "ext4", "disk"), {
            folder: Mount(str(number), Path(folder), "ext4", "disk") for folder, number in self.below.items()
        }


@pytest.fixture
def mounts(monkeypatch: pytest.MonkeyPatch) -> Mounts:
    said = Mounts()
    monkeypatch.setattr("pipeline.watching.drive_watch.mounts_around", said.around)
    return said


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    with ArrivalLedger(tmp_path / "arrivals.sqlite3") as ledger:
        yield Files(ledger)


def put(files: Files, root: Path, folder: str, name: str) -> Path:
    """Have a film lie there, and be known."""
    path = root / folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"film")
    files.put_file(1, FileRow(folder, name, shape_of(path.stat()), "arrived"))
    return path


def is_there(drive: DriveWatch, path: Path) -> bool:
    """Tell whether the drive is there by now that a file belongs on."""
    drive.look()
    return not drive.is_missing(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def test_what_nobody_knows_of_is_not_gone(root: Path, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "a.mp4").touch()
    (root / "link.mp4").symlink_to("nowhere")
    assert not is_gone(root / "a.mp4") and is_gone(root / "b.mp4") and is_gone(root / "a.mp4" / "b")
    assert is_gone(root / "link.mp4")
    drive = DriveWatch(root, 1, files)
    assert drive.is_gone(root / "b.mp4") and is_there(drive, root)
    assert not is_there(DriveWatch(root / "none", 1, files), root / "none")

    def refuse(*_: object, **__: object) -> Any:
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    monkeypatch.setattr(Path, "stat", refuse)
    assert not drive.is_gone(root / "b.mp4") and not is_there(drive, root)
    assert drive.told() == (f"{root} is away",)


def test_a_drive_is_there_as_deep_as_it_was_mounted(root: Path, files: Files, mounts: Mounts) -> None:
    drive = DriveWatch(root, 1, files)
    assert is_there(drive, root) and drive.identity is not None
    mounts.root = root  # mounted while it was watched
    assert is_there(drive, root)
    mounts.root = root.parent
    assert not is_there(drive, root) and drive.identity is None
    mounts.root = root
    assert is_there(drive, root)


def test_a_drive_that_is_mounted_further_up_is_known_by_its_films(root: Path, files: Files, mounts: Mounts) -> None:
    mounts.root = root
    drive = DriveWatch(root, 1, files)
    film = put(files, root, "", "a.mp4")
    put(files, root, "monday", "b.mp4").unlink()
    film.rename(root / "elsewhere")
    mounts.root = root.parent
    assert not is_there(drive, root), "an empty folder stays of a drive"
    (root / "elsewhere").rename(film)  # which changes its shape
    assert not is_there(drive, root)
    files.put_file(1, FileRow("", "a.mp4", shape_of(film.stat()), "arrived"))
    assert is_there(drive, root)
    film.unlink()
    assert is_there(drive, root), "it lies there from then on"


def test_films_of_drives_below_hide_none_of_a_drive_itself(root: Path, files: Files, mounts: Mounts) -> None:
    mounts.root, mounts.below = root, {"nas": 7, "nas/deep": 8, "single.mp4": 9}
    drive = DriveWatch(root, 1, files)
    for number in range(300):
        files.put_file(1, FileRow("nas/deep", f"{number}.mp4", Shape(4, 1, 1), "arrived"))
    put(files, root, "", "single.mp4")
    film = put(files, root, "nasty", "a.mp4")
    (root / "single.mp4").unlink()
    mounts.root = root.parent
    assert is_there(drive, film)


def test_a_drive_below_goes_and_comes_back_by_itself(root: Path, files: Files, mounts: Mounts) -> None:
    film, other = put(files, root, "stick", "a.mp4"), put(files, root, "", "b.mp4")
    mounts.below = {"stick": 7}
    drive = DriveWatch(root, 1, files)
    assert drive.states == {}
    mounts.below = {}
    film.unlink()
    before = drive.states
    assert not is_there(drive, film) and is_there(drive, other)
    assert drive.told() == (f"{root}/stick is away",)
    assert drive.told_changes(before) == (f"{root}/stick is away: waiting for it",)
    assert drive.is_missing(root / "stick") and not drive.is_missing(root / "sticker" / "c.mp4")
    before, mounts.below = drive.states, {"stick": 8}
    assert is_there(drive, film) and drive.told_changes(before) == (f"{root}/stick is back",)


def test_a_drive_below_of_which_nothing_is_missed_is_forgotten(root: Path, files: Files, mounts: Mounts) -> None:
    mounts.below = {"stick": 7, ".snapshots/1": 8}
    drive = DriveWatch(root, 1, files)
    mounts.below = {}
    assert is_there(drive, root / "stick" / "a.mp4") and drive.states == {}


def test_what_is_copied_to_where_a_drive_was_makes_no_drive_of_it(root: Path, files: Files, mounts: Mounts) -> None:
    mounts.below = {"stick": 7}
    drive = DriveWatch(root, 1, files)
    put(files, root, "stick", "a.mp4")
    files.put_file(1, FileRow("stick", "a.mp4", Shape(4, 1, 1), "arrived"))  # another one has its name
    mounts.below = {}
    assert not is_there(drive, root / "stick")


def test_a_drive_that_hangs_keeps_nobody_waiting_but_once(root: Path, files: Files, mounts: Mounts) -> None:
    put(files, root, "stick", "a.mp4")
    (root / "stick").mkdir(exist_ok=True)
    mounts.below = {"stick": 7}
    drive = DriveWatch(root, 1, files, LIMIT_S)
    answers, began = threading.Event(), time.monotonic()
    with pytest.raises(OSError, match=os.strerror(errno.ETIMEDOUT)):
        drive.ask(root / "stick" / "a.mp4", lambda: answers.wait(30))
    for _ in range(50):
        assert not drive.is_gone(root / "stick" / "none.mp4"), "nobody says so"
    assert drive.is_gone(root / "none.mp4"), "the other drive answers"
    assert time.monotonic() - began < 2
    drive.look()
    assert drive.states == {"stick": "silent"} and drive.identity is not None
    assert drive.told() == (f"{root}/stick has not answered for some seconds",)
    assert drive.was_silent(root / "stick" / "a.mp4", began) and not drive.was_silent(root / "b.mp4", began)
    before = drive.states
    answers.set()
    deadline = time.monotonic() + 10
    while drive.states and time.monotonic() < deadline:
        time.sleep(0.01)
        drive.look()
    assert drive.told_changes(before) == (f"{root}/stick answers again",)
    assert drive.was_silent(root / "stick" / "a.mp4", began)
    assert not drive.was_silent(root / "stick" / "a.mp4", time.monotonic())


def test_a_drive_that_answers_is_not_blamed_for_another(root: Path, files: Files, mounts: Mounts) -> None:
    film = put(files, root, "stick", "a.mp4")
    mounts.below = {"stick": 7}
    drive, answers, began = DriveWatch(root, 1, files, LIMIT_S), threading.Event(), time.monotonic()
    with pytest.raises(OSError, match=os.strerror(errno.ETIMEDOUT)):
        drive.ask(root, lambda: answers.wait(30))
    answers.set()
    assert drive.was_silent(root / "b.mp4", began) and not drive.was_silent(film, began)


def test_a_drive_that_was_given_up_and_mounted_anew_is_asked_anew(root: Path, files: Files, mounts: Mounts) -> None:
    put(files, root, "stick", "a.mp4")
    mounts.below = {"stick": 7}
    drive = DriveWatch(root, 1, files, LIMIT_S)
    never = threading.Event()
    with pytest.raises(OSError, match=os.strerror(errno.ETIMEDOUT)):
        drive.ask(root / "stick", lambda: never.wait(30))
    film, began = root / "stick" / "a.mp4", time.monotonic()
    assert not drive.holds_up(film, began), "a moment is none"
    mounts.below = {}
    drive.look()
    assert drive.was_silent(film, began - LIMIT_S) and drive.holds_up(film, began), "also while nothing is there"
    assert not drive.was_silent(root / "b.mp4", began - LIMIT_S)
    mounts.below = {"stick": 8}
    assert is_there(drive, root / "stick")
    never.set()
    assert drive.holds_up(film, began), "who asked the one before may hang for good"
    assert not drive.holds_up(film, time.monotonic()) and not drive.holds_up(root / "b.mp4", began)


def test_for_how_long_a_drive_has_not_answered_is_told_in_minutes(
    root: Path, files: Files, mounts: Mounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive, answers, later = DriveWatch(root, 1, files, LIMIT_S), threading.Event(), time.monotonic() + 150
    with pytest.raises(OSError, match=os.strerror(errno.ETIMEDOUT)):
        drive.ask(root, lambda: answers.wait(30))
    drive.look()
    monkeypatch.setattr("pipeline.shell.asking.time.monotonic", lambda: later)
    assert drive.told() == (f"{root} has not answered for 2 min",)
    assert drive.holds_up(root / "a.mp4", later)
    assert mounts.root == Path("/")
    answers.set()
