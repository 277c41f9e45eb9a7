"""Taking editions away from targets: an entry first, what only it led to by and by, and never what others have.

A run may be killed at any time: what it left is known to the ledger, and goes with the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

from pipeline.counting import counted
from pipeline.errors import InputError, PublishError
from pipeline.plan.live_edition import is_live
from pipeline.plan.publication import entry_of
from pipeline.shell.editions import Edition
from pipeline.shell.foreign_entries import names_of_others
from pipeline.shell.targets import Busy, Target
from pipeline.shell.targets.interface import foreign
from pipeline.shell.targets.workers import do_all
from pipeline.spelling import spelled
from pipeline.tables import nearest_name

GRACE_S: Final = 24 * 3600
"""For how long segments that no edition has any more stay: players that began before still read them."""
_NAMES_TOLD: Final = 3


@dataclass(frozen=True)
class Swept:
    """What became of the names that no edition has any more."""

    removed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    """They go later."""
    kept: tuple[str, ...] = ()
    """They stay: entries at the target that are not ours lead to them, or may."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unpublished:
    """What became of the names of an edition that was taken away."""

    edition: str
    was_there: bool
    """Whether there was anything to take away."""
    later: tuple[str, ...]
    """Names that go after the grace."""
    kept: dict[str, tuple[str, ...]]
    """Names that stay, and the editions that have them."""
    swept: Swept
    purge: tuple[str, ...]


def close_edition(edition: str, target: Target, grace_s: int = GRACE_S) -> Unpublished:
    """Take an edition away: page and entry at once, what only it has by and by. Twice does nothing twice.

    Raises InputError for an edition that was never there, and for an entry that is not ours.
    """
    editions = target.editions
    _check_known(target)
    with target.switching():
        known = editions.find(edition)
        if known is None:
            names = [one.name for one in editions.all()]
            raise InputError(
                f"No edition {spelled(edition)} was published at {spelled(target.where)} from here"
                f"{nearest_name(edition, names)}.",
                remedy="matinee published tells which were.",
            )
        if known.state == "closed" and not editions.names_of(edition):
            return Unpublished(edition, False, (), {}, sweep_if_alone(target), ())
        doors = tuple(_doors(known, target))
        for name in doors:
            target.remove(name)
        takedown = editions.close(edition, grace_s)
        editions.disown(edition, filter(is_live, doors))
    swept = sweep_if_alone(target)
    gone = set(swept.removed)
    later = tuple(name for name in takedown.later if name not in gone)
    return Unpublished(edition, True, later, dict(takedown.kept), swept, tuple(dict.fromkeys((*doors, *swept.removed))))


def sweep(target: Target, until: datetime | None = None) -> Swept:
    """Remove what no edition has any more and whose grace is over by some time, now for None.

    Raises Busy while something is published there.
    """
    _check_known(target)
    with target.alone():
        orphans = target.editions.orphans()
        last = until or datetime.now(UTC)
        due = [one.name for one in orphans if one.due <= last]
        waiting = tuple(one.name for one in orphans if one.due > last)
        if not due:
            return Swept(waiting=waiting)
        others = names_of_others(target)
        free = [name for name in due if not others.may_have(name)]
        do_all([partial(target.remove, name) for name in free])
        target.editions.forget(free)
    kept = tuple(name for name in due if name not in set(free))
    told = f"{', '.join(others.entries[:_NAMES_TOLD])}{' and others' if len(others.entries) > _NAMES_TOLD else ''}"
    notes = (f"{counted(len(kept), 'name')} stayed: {told} may lead there, and were not published from here.",)
    return Swept(tuple(free), waiting, kept, notes if kept else ())


def _check_known(target: Target) -> None:
    """Raise InputError for a target at which nothing was ever published from here."""
    if not target.editions.all():
        raise InputError(
            f"Nothing was published at {spelled(target.where)} from here.", remedy="matinee published tells what was."
        )


def sweep_after(target: Target) -> Swept:
    """Sweep a target at which something was published; that it cannot be swept now is told and undoes nothing."""
    try:
        return sweep_if_alone(target)
    except PublishError as error:
        return Swept(notes=(f"What no edition has any more stays for now: {error.message}",))


def sweep_if_alone(target: Target) -> Swept:
    """Sweep a target, or say that another run keeps it from that."""
    try:
        return sweep(target)
    except Busy:
        waiting = tuple(one.name for one in target.editions.orphans())
        told = f"Another run is publishing there, so {counted(len(waiting), 'name')} stay for now: matinee sweep."
        return Swept(waiting=waiting, notes=(told,) if waiting else ())


def _doors(edition: Edition, target: Target) -> Iterator[str]:
    """Yield the page and the entry of an edition that are there. Raises InputError where they are not ours."""
    names = target.editions.names_of(edition.name)
    pages, entries = ([one.name for one in names if one.kind == kind] for kind in ("page", "entry"))
    # An entry that is held lies elsewhere; one that nobody told us of may have the usual name. It goes before the live
    # playlists that it may lead to.
    for name in dict.fromkeys((*pages, entry_of(edition.name), *entries)):
        found = target.read(name)
        if found is not None and target.editions.is_ours(name, hashlib.sha256(found.data).hexdigest()):
            yield name
        elif found is not None and edition.state == "open" and not is_live(name):
            raise foreign(name, target)
        # What has the name of an edition that was never opened is somebody else's business.
