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
    monkeypatch.setattr(jobs.os, "cpu_count", lambda: 2)
    named: Any = [SimpleNamespace(name=name) for name in ("long", "broken", "never begun", "nor this")]
    with pytest.raises(VerifyFailed, match="no picture"):
        steps.make_all(named, lambda *_: None)
    assert waited[0] and stopped.is_set()
