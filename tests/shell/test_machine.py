"""A machine is what this process may have of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.shell import machine


def test_processors_that_were_not_given_to_us_do_not_count() -> None:
    one = min(os.sched_getaffinity(0))
    code = "from pipeline.shell import machine; print(machine.count_processors())"
    command = [sys.executable, "-c", f"import os; os.sched_setaffinity(0, [{one}]); {code}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "1"
    assert machine.count_processors() == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(("told", "bytes_left"), [("max", None), ("1048576", 1 << 20), ("9223372036854771712", None)])
def test_a_container_has_the_memory_that_it_is_given(
    told: str, bytes_left: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "memory.max").write_text(told + "\n")
    monkeypatch.setattr(machine, "_GROUP_LIMITS", (tmp_path / "memory.max", tmp_path / "missing"))
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert machine.memory_bytes() == (whole if bytes_left is None else bytes_left)
