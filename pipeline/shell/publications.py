"""Publishing editions at targets: what they play is staged, then opened by an entry.

A run may be killed at any time: the ledger knows of a name before the target has it, and an entry is written when all
that it leads to is there.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from pipeline.counting import counted
from pipeline.errors import PublishError
from pipeline.plan.publication import Item, Publication
from pipeline.shell.editions import State
from pipeline.shell.takedowns import GRACE_S, Swept, sweep_after
from pipeline.shell.targets import Target
from pipeline.shell.targets.interface import foreign, other_bytes, overtaken, read_unchanged
from pipeline.shell.targets.workers import do_all
from pipeline.spelling import spelled

OnStage = Callable[[str, float, float | None], None]
_NAMES_TOLD: Final = 3


@dataclass(frozen=True)
class Sent:
    """What a run put at a target."""

    files: int = 0
    size_bytes: int = 0


@dataclass(frozen=True)
class Published:
    """What became of an edition."""

    publication: Publication
    state: State
    sent: Sent
    was_there: bool
    """Whether the target had the very entry already."""
    orphans: tuple[str, ...]
    """Names that the edition had before and nobody has any more."""
    swept: Swept
    notes: tuple[str, ...]
    purge: tuple[str, ...]
    """Names whose copies a CDN should drop."""


def publish(publication: Publication, folder: Path, target: Target, on_stage: OnStage) -> Published:
    """Put all of an edition at a target, its entry last. Raises InputError or PublishError; then no entry changed."""
    notes = _prepare(publication, target)
    with target.sharing():
        sent = _put(publication.items[:-1], publication, folder, target, on_stage)
        opened = _open(publication, folder, target, on_stage)
    swept = sweep_after(target)
    return replace(opened, sent=sent, swept=swept, notes=notes, purge=(*opened.purge, *swept.removed))


def stage(publication: Publication, folder: Path, target: Target, on_stage: OnStage) -> Published:
    """Put the segments of an edition at a target and nothing that leads to them."""
    notes = _prepare(publication, target)
    with target.sharing():
        sent = _put(publication.segments, publication, folder, target, on_stage)
    swept = sweep_after(target)
    found = target.editions.find(publication.edition)
    return Published(publication, found.state if found else "staged", sent, False, (), swept, notes, swept.removed)


def open_edition(publication: Publication, folder: Path, target: Target, on_stage: OnStage) -> Published:
    """Open an edition whose segments were staged: playlists, then its entry. Raises PublishError for a missing one."""
    notes = _prepare(publication, target)
    with target.sharing():
        missing = _missing(publication.segments, target, on_stage)
        if missing:
            raise _not_there(missing, target)
        target.editions.begin(publication, publication.segments)
        sent = _put(publication.shown, publication, folder, target, on_stage)
        opened = _open(publication, folder, target, on_stage)
    return replace(opened, sent=sent, notes=notes)


def _prepare(publication: Publication, target: Target) -> tuple[str, ...]:
    """Return what people should know of a target, after seeing that the edition's name is free there or ours."""
    _check_entry(publication, target)
    return target.prepare()


def _put(items: Sequence[Item], publication: Publication, folder: Path, target: Target, on_stage: OnStage) -> Sent:
    """Put what is missing of some files of an edition at a target, segments first."""
    missing = set(_missing(items, target, on_stage))
    target.editions.begin(publication, items)
    wanted = [one for one in items if one in missing]
    whole = sum(one.size for one in wanted)
    done, lock = 0, threading.Lock()

    def send(item: Item) -> None:
        nonlocal done
        target.put(item, folder / item.source)
        with lock:
            done += item.size
            on_stage("sending", done / max(1, whole), None)

    # No playlist before all that it names.
    for kind in ("segment", "shown"):
        do_all([partial(send, one) for one in wanted if one.kind == kind])
    return Sent(len(wanted), whole)


def _missing(items: Sequence[Item], target: Target, on_stage: OnStage) -> tuple[Item, ...]:
    """Return what a target lacks. Raises PublishError for a name that has other bytes there."""
    done, lock = 0, threading.Lock()

    def look(item: Item) -> bool:
        nonlocal done
        holding = target.holding(item)
        if holding == "other":
            raise other_bytes(item.name, target.where)
        with lock:
            done += 1
            on_stage("looking", done / len(items), None)
        return holding == "absent"

    absent = do_all([partial(look, one) for one in items])
    return tuple(item for item, is_absent in zip(items, absent, strict=True) if is_absent)


def _open(publication: Publication, folder: Path, target: Target, on_stage: OnStage) -> Published:
    """Write an entry of a package, once everything that it leads to is seen to be there."""
    missing = _missing(publication.items[:-1], target, on_stage)
    if missing:
        raise _not_there(missing, target)
    data = read_unchanged(folder / publication.entry.source, publication.entry)
    return switch_entry(publication, data, target)


def switch_entry(publication: Publication, data: bytes, target: Target) -> Published:
    """Put an entry in place, all that it leads to being there, and note that the edition is open with it.

    Raises InputError where what has its name is not ours, and PublishError where another run was asked for later.
    """
    entry = publication.entry
    with target.switching():
        found = target.read(entry.name)
        if target.editions.coming(publication.edition) != entry.sha256:
            raise overtaken(entry.name, target.where)
        was_there = found is not None and found.data == data
        target.editions.begin(publication, (entry,))
        if not was_there:
            _check_entry(publication, target)
        target.editions.intend(entry.name, entry.sha256)
        if not was_there:
            target.replace(entry, data, found.tag if found else None)
        orphans = target.editions.open(publication, GRACE_S)
    purge = (entry.name,) if found is not None and not was_there else ()
    left = tuple(one.name for one in orphans)
    return Published(publication, "open", Sent(), was_there, left, Swept(), (), purge)


def _check_entry(publication: Publication, target: Target) -> None:
    """Raise InputError where something that is not ours has the edition's name."""
    found = target.read(publication.entry.name)
    if found is None:
        return
    digest = hashlib.sha256(found.data).hexdigest()
    if digest != publication.entry.sha256 and not target.editions.is_ours(publication.entry.name, digest):
        raise foreign(publication.entry.name, target)


def _not_there(missing: Sequence[Item], target: Target) -> PublishError:
    told = ", ".join(one.name for one in missing[:_NAMES_TOLD])
    return PublishError(
        f"{counted(len(missing), 'file')} that the entry leads to cannot be found at {spelled(target.where)}: {told}"
        f"{' and others' if len(missing) > _NAMES_TOLD else ''}. The entry was not written.",
        remedy="Publish or stage it again, and let nobody else remove what is there.",
    )
