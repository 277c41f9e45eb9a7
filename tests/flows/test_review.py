from __future__ import annotations

import threading
from pathlib import Path
from typing import Literal

import pytest

from flows.review import Candidate, await_verdicts, read_verdicts
from pipeline.shell.ledger import Ledger

REEL = Candidate("moment-1-reels.mp4", "a" * 64, "reels")
SHORT = Candidate("moment-1-shorts.mp4", "a" * 64, "shorts")


def give(ledger: Ledger, candidate: Candidate, verdict: Literal["approved", "rejected"]) -> None:
    ledger.record_verdict(
        digest=candidate.digest, platform=candidate.platform, region="", verdict=verdict, who="ana", note=""
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite3")


def test_the_wait_ends_when_every_clip_has_a_verdict_and_tells_what_is_open(ledger: Ledger) -> None:
    told: list[tuple[Candidate, ...]] = []

    def answer(still_open: tuple[Candidate, ...]) -> None:
        told.append(still_open)
        if still_open:
            threading.Timer(0.02, give, (ledger, still_open[0], "approved")).start()

    verdicts = await_verdicts((REEL, SHORT), ledger, on_change=answer, poll_s=0.01, limit_s=20)
    assert told == [(REEL, SHORT), (SHORT,), ()]
    assert {clip.platform: entry.verdict for clip, entry in verdicts.items()} == {
        "reels": "approved",
        "shorts": "approved",
    }


def test_the_wait_ends_with_what_there_is_when_the_time_is_up(ledger: Ledger) -> None:
    give(ledger, SHORT, "rejected")
    verdicts = await_verdicts((REEL, SHORT), ledger, on_change=lambda _: None, poll_s=0.01, limit_s=0.03)
    assert list(verdicts) == [SHORT]


def test_a_verdict_counts_for_its_bytes_and_its_platform_alone_and_the_newest_wins(ledger: Ledger) -> None:
    give(ledger, REEL, "approved")
    give(ledger, REEL, "rejected")
    made_again = Candidate(REEL.name, "b" * 64, REEL.platform)
    found = read_verdicts((REEL, SHORT, made_again), ledger)
    assert {clip: entry.verdict for clip, entry in found.items()} == {REEL: "rejected"}
