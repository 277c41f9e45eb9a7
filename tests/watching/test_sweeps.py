"""Sweeps go on beside one that hangs in a drive, and what that is told afterwards changes nothing."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.plan.arrivals import Shape
from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.arrived_files import FileRow, Files
from pipeline.watching import sweep
from pipeline.watching.folder import WatchedFolder
from pipeline.watching.orders import Order
from pipeline.watching.settings import FolderSettings, Scope, ask_waiting
from pipeline.watching.sweep import FolderLook, Sweeper
from pipeline.watching.sweeps import WHOLE, SweepEnd, Sweeps


class House:
    """The sweeps of a watched folder, in which one drive can hang."""

    def __init__(self, inbox: Path, ledger: Path) -> None:
        self.inbox, self.silent = inbox, set[str]()
        self.looks: queue.SimpleQueue[FolderLook] = queue.SimpleQueue()
        self.ends: queue.SimpleQueue[SweepEnd] = queue.SimpleQueue()
        told: Any = None
        drives: Any = SimpleNamespace(is_missing=self._is_missing)
        settings = FolderSettings(inbox, Scope("", Order(), after="move"), ask_waiting)
        folder = WatchedFolder(inbox, 1, told, told, drives, settings, frozenset(), told)
        self.sweeps = Sweeps(folder, ledger, self.looks.put, self.ends.put)
        self.sweeps.start()

    def _is_missing(self, path: Path) -> bool:
        return any(path.is_relative_to(self.inbox / folder) for folder in self.silent)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "arrivals.sqlite3"


@pytest.fixture
def house(inbox: Path, ledger: Path) -> Iterator[House]:
    made = House(inbox, ledger)
    yield made
    made.sweeps.stop()


def test_what_was_given_up_is_looked_over_again_and_its_end_is_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, answers, real = threading.Event(), threading.Event(), Sweeper.sweep

    def hang(sweeper: Sweeper, part: str, settings: Any, on_folder: Callable[[str], None]) -> Iterator[FolderLook]:
        yield from real(sweeper, part, settings, on_folder)
        if not answers.is_set():
            on_folder("nas")
            hangs.set()
            answers.wait(30)

    monkeypatch.setattr(Sweeper, "sweep", hang)
    house.sweeps.put_off(1000.0)
    house.sweeps.ask("monday")
    assert house.sweeps.begin() == "monday" and hangs.wait(10)
    house.sweeps.give_up_hanging()
    assert house.sweeps.is_running, "its drive is there"
    house.silent.add("nas")
    house.sweeps.give_up_hanging()
    assert not house.sweeps.is_running and house.sweeps.is_part_due
    monkeypatch.setattr(Sweeper, "sweep", lambda *_: iter(()))
    assert house.sweeps.begin() == "monday"
    last = house.ends.get(timeout=10)
    answers.set()
    stale = house.ends.get(timeout=10)
    assert not house.sweeps.ended(stale, 1.0) and house.sweeps.is_running
    assert house.sweeps.ended(last, 1.0) and not house.sweeps.is_running and not house.sweeps.is_part_due


def test_a_sweep_that_hangs_where_films_were_moved_to_is_given_up(
    inbox: Path, ledger: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "nas" / "quarantine").mkdir(parents=True)
    (inbox / "nas" / "watch.toml").write_text('after = "move"\n')
    with ArrivalLedger(ledger) as opened:
        Files(opened).put_file(1, FileRow("nas/quarantine", "bad.mp4", Shape(4, 1, 1), "refused"))
    (inbox / "other").mkdir()
    hangs, answers = threading.Event(), threading.Event()

    def is_gone(_path: Path) -> bool:
        hangs.set()
        return answers.wait(30)

    monkeypatch.setattr(sweep, "is_gone", is_gone)
    assert house.sweeps.begin() == WHOLE and hangs.wait(10)
    house.silent.add("nas")
    house.sweeps.give_up_hanging()
    assert not house.sweeps.is_running
    assert house.sweeps.begin() == WHOLE and house.sweeps.ended(house.ends.get(timeout=10), 1.0)
    answers.set()


def test_what_is_asked_for_while_a_sweep_runs_is_done_after_it(house: House) -> None:
    house.sweeps.put_off(0.0)
    assert house.sweeps.begin() == WHOLE
    house.sweeps.ask(WHOLE)
    assert house.sweeps.ended(house.ends.get(timeout=10), 1000.0)
    assert house.sweeps.next_s <= time.monotonic() and house.sweeps.begin() == WHOLE
    assert house.sweeps.ended(house.ends.get(timeout=10), 1000.0) and house.sweeps.next_s > time.monotonic() + 900
