"""How watched folders stand is told at any time, also while their drives hang."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.drives import drive_of, mount_number
from pipeline.shell.home import find_home
from pipeline.shell.watches import Watches, WatchRow
from pipeline.watching import status
from pipeline.watching.status import read_status


def test_a_drive_that_was_given_up_and_mounted_anew_is_told_again(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `umount -l` does: whoever asked the one that hung may hang for good."""
    with ArrivalLedger(find_home().arrivals) as ledger:
        Watches(ledger).put_watch(ledger.root_id(inbox), WatchRow(inbox, "", 0, "", "", "", 0, ()))

    def drive() -> str:
        return read_status(find_home(), inbox)[0].drive

    never = threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(status, "_LIMIT_S", 0.1)
        patch.setattr(status, "drive_of", lambda _: never.wait(30))
        assert drive() == ""
    assert drive() == "", "nobody waits for it again"
    monkeypatch.setattr(status, "mount_number", lambda _: "another")
    assert drive() == drive_of(inbox)[0] != ""
    assert mount_number(inbox.resolve()) not in ("", "another")
    never.set()
