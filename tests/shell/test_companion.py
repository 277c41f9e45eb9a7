"""A process of ours that hangs where no signal reaches it, as in a dead network drive, holds up nobody."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.shell import companion
from pipeline.shell.companion import Companion, CompanionLost
from pipeline.watching.jobs import Job, Outcome, ProcessRunner

NEVER = "pipeline.watching.work"
"""It waits for what to do."""


@pytest.fixture
def unkillable(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Companion]]:
    """Have no signal reach any companion, and return those that there are."""
    signalled: list[Companion] = []
    monkeypatch.setattr(companion, "_STOP_LIMIT_S", 0.2)
    monkeypatch.setattr(Companion, "_signal", lambda self, _number: signalled.append(self))
    yield signalled
    for one in set(signalled):
        os.killpg(one._process.pid, signal.SIGKILL)
        with one._process:  # closes what stays open for as long as it hangs
            one._process.wait(10)


def test_whoever_waits_for_what_does_not_end_is_told(unkillable: list[Companion]) -> None:
    hung, began = Companion(NEVER), time.monotonic()
    hung.end()
    with pytest.raises(CompanionLost, match="was ended"):
        hung.answer()
    hung.stop()
    assert time.monotonic() - began < 5 and unkillable == [hung, hung] and hung.is_running


def test_a_job_that_does_not_end_holds_up_no_end(
    unkillable: list[Companion], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Companion, "ask", lambda *_: None)
    runner, outcomes = ProcessRunner(NEVER), list[Outcome]()
    job = Job(1, tmp_path / "film.mp4", "", "", 1)
    running = threading.Thread(target=lambda: outcomes.append(runner.run(job, lambda _: None)))
    running.start()
    while not runner._running:
        time.sleep(0.01)
    runner.stop()
    running.join(10)
    assert [one.kind for one in outcomes] == ["stopped"] and unkillable
