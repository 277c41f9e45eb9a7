"""Whatever way films are copied in, and however often the watch is killed: none is lost, done twice or half-read."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.watch import measure_arrivals


@pytest.mark.timeout(600)
def test_no_arrival_is_lost_doubled_or_half_read_while_the_watch_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path / "home"))
    tally = measure_arrivals(tmp_path, count=80, per_s=6.0)
    assert tally.lives.kills, "it was killed at least once"
    assert (tally.lost, tally.doubled, tally.half_read) == (frozenset(), frozenset(), frozenset())
    assert tally.left == () and tally.unnoted == ()
    assert len(tally.done) >= 40
