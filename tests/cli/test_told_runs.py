"""What is typed into a terminal is told to whoever looks at the page, for as long as it goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError
from pipeline.shell.home import find_home
from pipeline.shell.runs import read_runs


@pytest.mark.parametrize(
    ("command", "place"), [("package", "pipeline.package.job.package"), ("block", "pipeline.screening.screen")]
)
def test_packages_and_blocks_are_told_while_they_are_made(
    workplace: Any, monkeypatch: pytest.MonkeyPatch, command: str, place: str
) -> None:
    seen: list[Any] = []

    def make(_path: Path, _request: object, tell: Callable[[str, float, float | None], None]) -> None:
        tell("shots", 1.0, None)
        seen.extend(read_runs(find_home().runs))
        raise InputError("That is enough.")

    monkeypatch.setattr(place, make)
    monkeypatch.setattr("pipeline.shell.runs._EVERY_S", 0.0)
    ran = workplace.matinee(command, workplace.film)
    assert ran.code == 2 and "That is enough." in ran.err
    assert [(run.what, run.path, run.share) for run in seen] == [(command, workplace.film, 0.18)]
    assert read_runs(find_home().runs) == ()
