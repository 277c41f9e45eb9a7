"""What goes on with films just now: what runs tell of themselves, and what the ledger of arrivals has.

A job of a watched folder is told by the ledger alone, and by the run of a flow where that does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pipeline.edit import is_edit_file
from pipeline.errors import InputError
from pipeline.shell.home import Home
from pipeline.shell.runs import RunStatus, What, read_runs
from pipeline.watching.status import FilmStatus, read_status

_MAKING: Final[Mapping[What, str]] = {"cut": "clips", "package": "HLS package", "block": "block"}


def read_progress(home: Home) -> Mapping[Path, FilmStatus]:
    """Return how the films of watched folders stand, by where they lie; nothing where none was ever watched.

    Raises StoreError where the ledger of arrivals cannot be used.
    """
    try:
        folders = read_status(home, None)
    except InputError:
        return {}
    # Of a file that lies in one watched folder inside another, the inner one's word counts.
    return {one.watch.root / film.file: film for one in folders for film in one.films}


def films_made(runs: tuple[RunStatus, ...]) -> Mapping[Path, RunStatus]:
    """Return the run that makes something of a film just now, by the film's file; of several the oldest."""
    of_films = (run for run in reversed(runs) if run.what != "block" and not is_edit_file(run.path))
    return {run.path: run for run in of_films}


def read_made(home: Home) -> tuple[RunStatus, ...]:
    """Return the runs of this home that go on, the oldest first."""
    return read_runs(home.runs)


def told_share(run: RunStatus) -> str:
    """Return how far a run is, in words."""
    return f"{_MAKING[run.what]}: {run.share:.0%} made"
