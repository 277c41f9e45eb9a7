"""What was decided about a film is settled in its folder, also where the drive hangs in the middle of that."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.arrived_files import FileRow, Files
from pipeline.shell.checking import shape_of
from pipeline.shell.ledger import Ledger
from pipeline.shell.triggers import Triggers
from pipeline.watching import settling
from pipeline.watching.drive_watch import DriveWatch
from pipeline.watching.folder import WatchedFolder
from pipeline.watching.notes import HERE
from pipeline.watching.orders import Order
from pipeline.watching.settings import FolderSettings, Scope
from pipeline.watching.settling import Settler

LIMIT_S = 0.2
NOTE = "bad.mp4.matinee.txt"


class House:
    """A watched folder whose refused films are moved, with one in it, on a drive that can hang."""

    def __init__(self, inbox: Path, ledger: ArrivalLedger, monkeypatch: pytest.MonkeyPatch) -> None:
        self.inbox, self.files, self.triggers = inbox, Files(ledger), Triggers(ledger)
        self.drive = DriveWatch(inbox, 1, self.files, LIMIT_S)
        self.told: list[str] = []
        settings = FolderSettings(inbox, Scope("", Order(), after="move"), self.drive.ask)
        folder = WatchedFolder(inbox, 1, self.files, self.triggers, self.drive, settings, frozenset(), self.told.append)
        self.settler = Settler(folder, Ledger(inbox.with_name("ledger.sqlite3")))
        self._patch = monkeypatch
        self._answers = threading.Event()
        (inbox / "bad.mp4").write_bytes(b"film")
        self.row = FileRow("", "bad.mp4", shape_of((inbox / "bad.mp4").stat()), "waiting")
        self.files.put_file(1, self.row)

    def hang(self, name: str) -> None:
        """Have the drive hang when something of that name in `settling` is asked of it."""
        real: Callable[..., Any] = getattr(settling, name)

        def hanging(*args: Any) -> Any:
            self._answers.wait(30)
            return real(*args)

        self._patch.setattr(settling, name, hanging)

    def answer(self) -> None:
        """Have the drive answer, as what it was asked."""
        self._answers.set()
        self.drive.look()
        deadline = time.monotonic() + 10
        while self.drive.states and time.monotonic() < deadline:
            time.sleep(0.01)
            self.drive.look()

    @property
    def names(self) -> list[str]:
        return sorted(path.relative_to(self.inbox).as_posix() for path in self.inbox.rglob("*") if path.is_file())

    @property
    def known(self) -> list[tuple[str, str, str]]:
        return [(row.folder, row.state, row.note) for row in self.files.unsettled(1)]


@pytest.fixture
def house(inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(settling, "WRITING_LIMIT_S", LIMIT_S)
    with ArrivalLedger(tmp_path / "arrivals.sqlite3") as ledger:
        yield House(inbox, ledger, monkeypatch)


@pytest.mark.parametrize("name", ["_along", "move_to", "follow_move", "put_note"])
def test_a_refusal_in_whose_middle_a_drive_hung_is_settled_when_it_answers(name: str, house: House) -> None:
    trigger, _ = house.triggers.arrive(
        1, house.row, path=house.inbox / "bad.mp4", digest="0" * 64, scope=house.inbox, orders="", order_key=""
    )
    house.hang(name)
    house.settler.refuse(house.row, "it is cut off", "Copy it again.", trigger)
    house.answer()
    house.settler.settle_left()
    assert house.names == ["quarantine/bad.mp4", f"quarantine/{NOTE}"]
    assert "It is cut off." in (house.inbox / "quarantine" / NOTE).read_text()
    assert house.known == [("quarantine", "refused", HERE)]


def test_another_film_that_was_put_under_the_name_of_a_refused_one_is_not_settled_for_it(house: House) -> None:
    house.hang("_along")
    house.settler.refuse(house.row, "it is cut off", "Copy it again.")
    house.answer()
    (house.inbox / "bad.mp4").write_bytes(b"another film, which is good")
    house.settler.settle_left()
    assert house.names == ["bad.mp4"]


def test_a_film_of_a_refused_job_is_settled_where_a_run_was_ended_between_the_two(house: House) -> None:
    trigger, _ = house.triggers.arrive(
        1, house.row, path=house.inbox / "bad.mp4", digest="0" * 64, scope=house.inbox, orders="", order_key=""
    )
    house.triggers.finish(trigger.id, "refused", told="it is cut off", remedy="Copy it again.")
    house.settler.settle_left()
    assert house.names == ["quarantine/bad.mp4", f"quarantine/{NOTE}"]
    assert house.known == [("quarantine", "refused", HERE)]


def test_what_has_its_note_is_left_as_it_is(house: House) -> None:
    house.settler.refuse(house.row, "it is cut off", "Copy it again.")
    before = house.files.unsettled(1)
    (house.inbox / "quarantine" / NOTE).unlink()
    house.settler.settle_left()
    assert house.names == ["quarantine/bad.mp4"] and house.files.unsettled(1) == before and not house.told


def test_a_note_of_which_not_all_could_be_made_is_written_when_its_drive_answers(house: House) -> None:
    trigger, _ = house.triggers.arrive(
        1, house.row, path=house.inbox / "bad.mp4", digest="0" * 64, scope=house.inbox, orders="", order_key=""
    )
    house.triggers.finish(trigger.id, "failed", told="it is too short", remedy="")
    failed = house.triggers.trigger(trigger.id)
    assert failed is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house.drive, "ask", _silent)
        house.settler.settle(house.row, failed)
    assert house.names == ["bad.mp4"]
    house.settler.settle_left()
    assert house.names == ["bad.mp4", NOTE] and "it is too short" in (house.inbox / NOTE).read_text().lower()


def _silent(*_: object) -> Any:
    raise TimeoutError
