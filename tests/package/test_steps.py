"""Steps of a package are made side by side, and the first that fails ends the others at once."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.errors import VerifyFailed
from pipeline.package import steps
from pipeline.shell import jobs


def test_the_first_failure_stops_what_was_begun_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()
    waited: list[bool] = []

    def make(step: Any, _: Any) -> None:
        if step.name == "broken":
            raise VerifyFailed("no picture")
        waited.append(stopped.wait(20))

    monkeypatch.setattr(steps, "make_step", make)
    monkeypatch.setattr(jobs, "stop_all", stopped.set)
    monkeypatch.setattr(jobs, "count_processors", lambda: 2)
    named: Any = [SimpleNamespace(name=name) for name in ("long", "broken", "never begun", "nor this")]
    with pytest.raises(VerifyFailed, match="no picture"):
        steps.make_all(named, lambda *_: None)
    assert waited[0] and stopped.is_set()


@pytest.mark.parametrize(
    ("cores", "gigabytes", "pixels", "jobs_at_once"),
    [
        (8, 64, 0, 8),
        (8, 64, 7_500_000, 8),
        (8, 16, 7_500_000, 3),
        (2, 16, 7_500_000, 2),
        (8, 8, 28_000_000, 1),
        (1, 4, 0, 1),
    ],
)
def test_as_many_jobs_run_as_there_are_cores_and_memory_for(
    cores: int, gigabytes: int, pixels: int, jobs_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "count_processors", lambda: cores)
    monkeypatch.setattr(jobs, "memory_bytes", lambda: gigabytes * 2**30)
    assert jobs.count_jobs(pixels=pixels) == jobs_at_once
