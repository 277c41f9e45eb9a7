"""Folders that runs are measured in: one that knows the film's shots, and fresh copies of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.child import MATINEE, run_child

OUT: Final = Path(__file__).absolute().with_name("out")
"""What benchmarks keep between runs; git ignores it."""
_STUDIED: Final = OUT / "studied"


@contextlib.contextmanager
def studied_home(film: Path) -> Iterator[Path]:
    """Give a home of its own to a run, in which a film has been analysed and nothing rendered; removed afterwards."""
    run_child((MATINEE, "shots", str(film), "--json"), MATINEE_HOME=str(_STUDIED))
    with fresh_home() as home:
        shutil.copytree(_STUDIED, home, dirs_exist_ok=True)
        yield home


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
