"""One edition's premiere at its target: begun, moved on, ended, and its live names taken away.

A run may be killed at any time: the ledger knows of live names before the target has them and until it has them no
more, and what every text is depends on the clock alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from pipeline.errors import InputError, PipelineError
from pipeline.plan.live_edition import (
    LiveEdition,
    is_live,
    live_edition,
    live_publication,
    live_texts,
    text_item,
)
from pipeline.plan.publication import Publication, digest_in, references_of
from pipeline.plan.schedule import Window
from pipeline.playlists import MediaPlaylist, MultivariantPlaylist, read_playlist
from pipeline.shell.package_walk import MASTER
from pipeline.shell.publications import Published, switch_entry
from pipeline.shell.targets import Target, Text
from pipeline.shell.targets.interface import foreign
from pipeline.shell.targets.workers import do_all
from pipeline.spelling import spelled


def read_live_edition(folder: Path, edition: str, window: Window) -> LiveEdition:
    """Return the premiere of the package in a folder, of which only the playlists are read.

    Raises InputError for playlists that are missing, damaged, or none of a finished film.
    """
    data = _read(folder / MASTER)
    master = read_playlist(data).playlist
    if not isinstance(master, MultivariantPlaylist):
        raise _unusable(folder / MASTER, "is no master playlist")
    media = {}
    for uri in references_of(master):
        text = _read(folder / uri)
        found = read_playlist(text).playlist
        if not digest_in(uri) or not hashlib.sha256(text).hexdigest().startswith(digest_in(uri)):
            raise _unusable(folder / uri, "has other bytes than its name says")
        if not isinstance(found, MediaPlaylist):
            raise _unusable(folder / uri, "is no media playlist")
        media[uri] = found
    return live_edition(edition, window, master, media, digest=hashlib.sha256(data).hexdigest())


def live_names(edition: str, target: Target) -> tuple[str, ...]:
    """Return the live names that an edition has by the ledger, in order."""
    return tuple(one.name for one in target.editions.names_of(edition) if is_live(one.name))


def begin_live(live: LiveEdition, publication: Publication, target: Target, at: datetime) -> Published:
    """Open an edition whose segments were staged with its premiere, at the place where that is at an instant.

    Live playlists come first, the entry that leads to them last. Raises PublishError, or InputError for an entry that
    is not ours.
    """
    told = live_publication(publication, live)
    texts = live_texts(live, at)
    with target.sharing():
        with target.switching():
            items = tuple(text_item(name, text) for name, text in texts)
            target.editions.begin(told, (*told.segments, *items))
            _write_all(texts, target)
        return switch_entry(told, live.entry.encode(), target)


def move_live(live: LiveEdition, target: Target, at: datetime) -> bool:
    """Write all live playlists of an edition as they are at an instant; return whether it still had these names.

    Raises PublishError where one cannot be written; those that were written stay.
    """
    with target.sharing(), target.switching():
        if not set(live.names) <= set(live_names(live.edition, target)):
            return False  # Somebody closed it.
        _write_all(live_texts(live, at), target)
        return True


def has_live_entry(live: LiveEdition, target: Target) -> bool:
    """Tell whether an edition is open with the entry of its premiere, by the ledger."""
    found = target.editions.find(live.edition)
    return found is not None and found.state == "open" and found.master == text_item("", live.entry).sha256


def end_live(edition: str, names: Sequence[str], target: Target) -> tuple[str, ...]:
    """Take live names of an edition away, but for what somebody else put there; return those that it had."""
    with target.switching():
        known = tuple(sorted(set(names) & set(live_names(edition, target))))
        do_all([partial(_remove, name, target) for name in known])
        target.editions.disown(edition, known)
    return known


def _write_all(texts: Sequence[tuple[str, str]], target: Target) -> None:
    """Write all that can be written, so that no track stays behind for the sake of another; then raise what failed."""
    failed = do_all([partial(_try_to_write, name, text, target) for name, text in texts])
    first = next((error for error in failed if error is not None), None)
    if first is not None:
        raise first


def _try_to_write(name: str, text: str, target: Target) -> PipelineError | None:
    try:
        _write(name, text, target)
    except PipelineError as error:
        return error
    return None


def _write(name: str, text: str, target: Target) -> None:
    item, data = text_item(name, text), text.encode()
    found = target.read(name)
    is_there = found is not None and found.data == data
    if found is not None and not is_there and not _is_ours(name, found, target):
        raise foreign(name, target)
    target.editions.intend(name, item.sha256)
    if not is_there:
        target.replace(item, data, found.tag if found else None)


def _remove(name: str, target: Target) -> None:
    found = target.read(name)
    if found is not None and _is_ours(name, found, target):
        target.remove(name)


def _is_ours(name: str, found: Text, target: Target) -> bool:
    return target.editions.is_ours(name, hashlib.sha256(found.data).hexdigest())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unusable(path, f"cannot be read ({error.strerror})") from error


def _unusable(path: Path, what: str) -> InputError:
    return InputError(f"{spelled(str(path))} {what}.", remedy="Package the film again with matinee package.")
