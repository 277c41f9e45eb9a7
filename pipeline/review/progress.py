"""What goes on with films just now, as the ledger of arrivals has it: what waits, runs, failed or was refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import InputError
from pipeline.shell.home import Home
from pipeline.watching.status import FilmStatus, read_status


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
