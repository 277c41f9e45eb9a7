"""Films are looked into beside those that hang in a drive."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import Any

import pytest

from pipeline.plan.arrivals import Finding
from pipeline.watching import checks
from pipeline.watching.checks import Checks
from pipeline.watching.desk import Check, Key


class Hanging:
    """Looks into films, and hangs in those of a drive until it is given up."""

    def __init__(self, _ledger: Path) -> None:
        self._given_up = threading.Event()

    def look_into(self, path: Path, *_: Any) -> Finding:
        if "nas" in path.parts:
            assert self._given_up.wait(30)
            return Finding("broken", "the program that did was ended")
        return Finding("whole")

    def give_up(self) -> None:
        self._given_up.set()

    def rest(self) -> None:
        pass

    def stop(self) -> None:
        pass


def test_films_of_a_drive_that_hangs_keep_no_others_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent, found = set[str](), queue.SimpleQueue[tuple[Key, Finding]]()
    monkeypatch.setattr(checks, "Checker", Hanging)

    def is_silent(path: Path, _since_s: float = 0.0) -> bool:
        return not silent.isdisjoint(path.parts)

    def put(folder: str, name: str) -> None:
        looking.put(Check((folder, name), tmp_path / folder / name, "stillness", 1, 0.0))

    looking = Checks(tmp_path / "ledger.sqlite3", is_silent, lambda *told: found.put(told))
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        put("nas", name)
    put("here", "d.mp4")
    looking.start()
    looking.give_up(is_silent)
    with pytest.raises(queue.Empty):
        found.get(timeout=0.3)
    silent.add("nas")
    looking.give_up(is_silent)
    told = dict(found.get(timeout=10) for _ in range(4))
    looking.stop()
    assert {key[1]: finding.kind for key, finding in told.items()} == {
        "a.mp4": "broken", "b.mp4": "broken", "c.mp4": "unreachable", "d.mp4": "whole",
    }  # fmt: skip
