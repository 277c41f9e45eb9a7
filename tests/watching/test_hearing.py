"""What events mean: what is heard of together is taken up together."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.plan.stillness import Pace
from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.arrived_files import FileRow, Files
from pipeline.shell.checking import shape_of
from pipeline.shell.ledger import Ledger
from pipeline.shell.triggers import Triggers
from pipeline.watching import hearing
from pipeline.watching.desk import Desk
from pipeline.watching.drive_watch import DriveWatch
from pipeline.watching.folder import WatchedFolder
from pipeline.watching.hearing import Ear, Listening
from pipeline.watching.orders import Order
from pipeline.watching.settings import FolderSettings, Scope
from pipeline.watching.settling import Settler
from pipeline.watching.sweeps import WHOLE


class House:
    """A watched folder, and who hears of it; nothing runs beside."""

    def __init__(self, inbox: Path, ledger: ArrivalLedger) -> None:
        self.inbox, self.files = inbox, Files(ledger)
        self.drive, self.swept = DriveWatch(inbox, 1, self.files), list[str]()
        settings = FolderSettings(inbox, Scope("", Order()), self.drive.ask)
        self.folder = WatchedFolder(
            inbox, 1, self.files, Triggers(ledger), self.drive, settings, frozenset(), self.swept.append
        )
        settler = Settler(self.folder, Ledger(inbox.with_name("ledger.sqlite3")))
        self.desk = Desk(self.folder, settler, pace=Pace("local", 0.0, 60.0), patience_s=60.0)
        sweeps: Any = SimpleNamespace(ask=self.swept.append)
        self.ear = Ear(self.folder, self.desk, sweeps)

    def put(self, name: str) -> Path:
        """Have a film lie there that is known to have arrived."""
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"film")
        folder = path.parent.relative_to(self.inbox).as_posix()
        row = FileRow("" if folder == "." else folder, path.name, shape_of(path.stat()), "arrived")
        self.files.put_file(1, row)
        return path


@pytest.fixture
def house(inbox: Path, tmp_path: Path) -> Iterator[House]:
    with ArrivalLedger(tmp_path / "arrivals.sqlite3") as ledger:
        yield House(inbox, ledger)


def test_drives_are_looked_at_once_for_all_that_goes_together(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = house.put("kept/a.mp4")
    gone = [house.put(f"monday/{number}/{name}") for number in range(20) for name in ("a.mp4", "b.mp4")]
    single = [house.put(f"kept/{number}.mp4") for number in range(20)]
    shutil.rmtree(house.inbox / "monday")
    for path in single:
        path.unlink()
    looks, look = list[None](), DriveWatch.look

    def count(drive: DriveWatch) -> None:
        looks.append(None)
        look(drive)

    monkeypatch.setattr(DriveWatch, "look", count)
    house.ear.hear({str(path) for path in (*gone, *single, kept)} | {str(path.parent) for path in gone})
    assert house.files.folders(1) == ("kept",) and house.files.names_in(1, "kept") == ("a.mp4",)
    assert len(looks) == 1
    house.put("kept/b.mp4").unlink()
    house.ear.hear({str(house.inbox / "kept")})
    assert house.files.names_in(1, "kept") == ("a.mp4", "b.mp4"), "what it holds is looked over"
    assert house.swept == ["kept"]


def test_what_speaks_of_a_film_that_is_heard_of_with_it_counts(house: House) -> None:
    for name in ("new.mp4", "new.mp4.md5"):
        (house.inbox / name).write_bytes(b"film")
    house.ear.hear({str(house.inbox / name) for name in ("new.mp4", "new.mp4.md5")})
    assert [check.path.name for check in house.desk.due()] == ["new.mp4"], "it is not waited for to be still"


def test_the_folder_itself_is_told_from_what_is_in_it(house: House) -> None:
    house.ear.hear({str(house.inbox / "a.mp4")})
    assert house.swept == []
    house.ear.hear({str(house.inbox), str(house.inbox / "a.mp4")})
    assert house.swept == [WHOLE]


def test_who_told_before_does_not_end_who_tells_now(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may fail while another begins, for the drives that are there by now."""
    made: list[Any] = []

    class Events:
        def __init__(self, *_: object) -> None:
            made.append(self)
            self.is_stopped, self.has_begun = False, False

        def start(self) -> None:
            pass

        def stop(self) -> None:
            self.is_stopped = True

    monkeypatch.setattr(hearing, "FolderEvents", Events)
    listening = Listening(house.folder, lambda _: None, lambda *_: None)
    listening.keep()
    house.drive.mounted = {"": "1", "nas": "2"}
    listening.keep()
    assert [one.is_stopped for one in made] == [True, False] and listening.is_deaf
    for one in made:
        one.has_begun = True
    assert not listening.lose(made[0], "No such device") and not listening.is_deaf and not listening.trouble
    assert listening.lose(made[1], "No such device") and listening.is_deaf and listening.trouble == "No such device"
    house.drive.mounted = {"": "1"}
    listening.keep()
    assert listening.is_deaf and not listening.trouble, "not yet"
    listening.stop()
    assert made[2].is_stopped
