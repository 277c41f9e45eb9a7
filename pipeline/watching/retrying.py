"""Do jobs again that failed: they are queued anew, for whoever watches their folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import InputError
from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.home import Home
from pipeline.shell.triggers import Triggers
from pipeline.shell.watches import Watches
from pipeline.spelling import spelled


def retry(home: Home, root: Path, films: Sequence[Path]) -> tuple[Path, ...]:
    """Queue jobs again that failed or were refused, all of a watched folder or those of some films; return which.

    Raises InputError where the folder has not been watched.
    """
    place = root.expanduser().absolute()
    with ArrivalLedger(home.arrivals) as ledger:
        if place not in [one.root for one in Watches(ledger).watches()]:
            raise InputError(
                f"{spelled(str(root))} has not been watched.", remedy="matinee watch status tells which folders have."
            )
        wanted = None if not films else frozenset(one.expanduser().absolute() for one in films)
        queued = Triggers(ledger).retry(ledger.root_id(place), place, wanted)
    return tuple(one.path for one in queued)
