"""Folders that runs are measured in."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

OUT: Final = Path(__file__).absolute().with_name("out")
"""What benchmarks keep between runs; git ignores it."""


@contextlib.contextmanager
def fresh_home() -> Iterator[Path]:
    """Give an empty home to a run; removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        yield Path(folder)


@contextlib.contextmanager
def working_in(home: Path) -> Iterator[None]:
    """Make a folder this very process's home for a while."""
    before = os.environ.get("MATINEE_HOME")
    os.environ["MATINEE_HOME"] = str(home)
    try:
        yield
    finally:
        if before is None:
            del os.environ["MATINEE_HOME"]
        else:
            os.environ["MATINEE_HOME"] = before
