"""Where a shared store lies: the setting that names it, and what a folder and a bucket do alike."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.errors import InputError

if TYPE_CHECKING:
    from pipeline.shell.sharing.exchange import Exchange, Shelf

VARIABLE: Final = "MATINEE_SHARED_STORE"
"""The environment variable that names the shared store."""


def find_exchange() -> Exchange | None:
    """Return the shared store that the environment names, None where it names none; nothing is asked of it yet.

    Raises InputError for what is neither a folder's absolute path nor s3://bucket/prefix.
    """
    named = os.environ.get(VARIABLE, "").strip()
    return _open(named) if named else None


# One for all threads: it has a pool of connections, and remembers what it was asked a moment ago.
@functools.lru_cache(maxsize=8)
def _open(named: str) -> Exchange:
    from pipeline.shell.sharing.exchange import Exchange

    return Exchange(_shelf(named))


def _shelf(named: str) -> Shelf:
    from pipeline.shell.targets.places import parse_place

    place = parse_place(named)
    if isinstance(place, Path):
        from pipeline.shell.sharing.folder import FolderShelf

        if not Path(named).expanduser().is_absolute():
            raise InputError(
                f"{VARIABLE} is {named}, which is another folder wherever a command is run.",
                remedy="Give an absolute path, or s3://bucket/prefix.",
            )
        return FolderShelf(Path(named).expanduser())
    from pipeline.shell.sharing.bucket import BucketShelf

    return BucketShelf.open(*place)
