"""Jobs wait for each other where more at once would be too many."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from flows import slots


def test_a_job_of_which_few_fit_waits_for_its_like_and_others_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "find_prefect_home", lambda: tmp_path)
    monkeypatch.setattr(slots, "count_heavy_jobs", lambda: 2)
    began = threading.Event()

    def wait_for_the_first() -> None:
        with slots.occupy_slot(1):
            began.set()

    large = threading.Thread(target=wait_for_the_first)
    with slots.occupy_slot(1):
        large.start()
        with slots.occupy_slot():
            assert not began.wait(0.6)
    assert began.wait(20)
    large.join()
