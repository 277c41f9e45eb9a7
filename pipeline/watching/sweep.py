"""Everything in a watched folder, compared with what is known of it: what is new, changed or gone, folder by folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.plan.arrival_names import is_entered, is_film_name, is_sidecar
from pipeline.plan.arrivals import Shape
from pipeline.shell.arrived_files import Files
from pipeline.shell.checking import shape_of
from pipeline.shell.conditions import is_out_of_reach
from pipeline.shell.drives import is_gone
from pipeline.shell.publish import is_temporary
from pipeline.watching.settings import FolderSettings

_AT_ONCE: Final = 1000
_SETTLED: Final = ("arrived", "refused")


@dataclass(frozen=True)
class FolderLook:
    """What one folder holds, or a part of it."""

    folder: str
    """Below the watched one, '' for itself."""
    seen: tuple[tuple[str, Shape], ...] = ()
    """Films that are new, changed, or not settled yet."""
    gone: tuple[str, ...] = ()
    """Films that were known and are not there any more."""
    sidecars: Mapping[str, float] = field(default_factory=dict)
    """Which lie there, and when they changed last, in seconds since 1970."""
    strays: tuple[str, ...] = ()
    """What a run of ours that was killed left half-written."""
    films: int = 0
    """How many films are there, known or not."""
    unreached: tuple[str, ...] = ()
    """What keeps films there, or what they lead to, from being looked at: they are not gone for that."""
    trouble: str | None = None
    """Why it cannot be looked into."""


class Sweeper:
    """Looks over a watched folder, as far as it is entered."""

    def __init__(
        self, root: Path, root_id: int, files: Files, left_out: frozenset[str], is_missing: Callable[[Path], bool]
    ) -> None:
        self._root = root
        self._root_id = root_id
        self._files = files
        self._left_out = left_out
        """Folders that are not entered, below the watched one: those of our own outputs."""
        self._is_missing = is_missing
        """Tells of a folder whether the drive is known not to be there that it belongs on."""

    def sweep(self, begin: str, settings: FolderSettings, on_folder: Callable[[str], None]) -> Iterator[FolderLook]:
        """Look over a folder and all below it, and last at what is known in folders that are there no more."""
        visited, unread, folders = set(), [], [begin]
        while folders:
            folder = folders.pop()
            visited.add(folder)
            if self._is_missing(self._root / folder):
                unread.append(folder)
                continue
            on_folder(folder)
            below: list[str] = []
            for look in self.look_over(folder, below):
                if look.trouble is not None:
                    unread.append(folder)
                yield look
            entered = (one for one in below if one not in self._left_out and not settings.is_moved_to(one))
            folders += sorted(entered, reverse=True)
        known = [one for one in self._files.folders(self._root_id) if one not in visited and _is_below(one, begin)]
        for folder in known:
            if not any(_is_below(folder, one) for one in unread) and not self._is_missing(self._root / folder):
                on_folder(folder)
                yield self._look_at_known(folder, settings)

    def look_over(self, folder: str, below: list[str]) -> Iterator[FolderLook]:
        """Look over one folder, in parts where it holds many films; its sub-folders are added to `below`."""
        place = self._root / folder
        listing, known = _Listing(), 0
        try:
            with os.scandir(place) as found:
                for entry in found:
                    listing.take(entry)
                    if len(listing.entries) >= _AT_ONCE:
                        seen, count = self._unsettled(folder, listing.give_entries())
                        known += count
                        if seen:
                            yield FolderLook(folder, seen)
        except OSError as error:
            yield FolderLook(folder, trouble=f"{place} cannot be looked into ({error.strerror})")
            return
        below += (f"{folder}/{name}" if folder else name for name in listing.folders)
        seen, count = self._unsettled(folder, listing.give_entries())
        gone: tuple[str, ...] = ()
        if self._files.count(self._root_id, folder) > known + count:
            gone = tuple(name for name in self._files.names_in(self._root_id, folder) if name not in listing.names)
        unreached = tuple(f"{place / name} cannot be looked at ({why})" for name, why in listing.unreached.items())
        yield FolderLook(
            folder, seen, gone, listing.sidecars, tuple(listing.strays), len(listing.names) - len(unreached), unreached
        )

    def _unsettled(self, folder: str, entries: list[tuple[str, Shape]]) -> tuple[tuple[tuple[str, Shape], ...], int]:
        """Return the films that are not settled as they are, and how many are known."""
        known = self._files.known(self._root_id, folder, [name for name, _ in entries])
        settled = {name for name, row in known.items() if row.state in _SETTLED}
        shapes = {name: row.shape for name, row in known.items()}
        seen = tuple((name, shape) for name, shape in entries if name not in settled or shapes[name] != shape)
        return seen, len(known)

    def _look_at_known(self, folder: str, settings: FolderSettings) -> FolderLook:
        """Return what is gone of a folder that was not visited: all of it, but for films that we moved there."""
        names = self._files.names_in(self._root_id, folder)
        if settings.is_moved_to(folder):
            return FolderLook(folder, gone=tuple(one for one in names if is_gone(self._root / folder / one)))
        return FolderLook(folder, gone=names)


class _Listing:
    """What has been found in one folder so far."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Shape]] = []
        """Films that were not given away yet."""
        self.names: set[str] = set()
        """Of all films."""
        self.unreached: dict[str, str] = {}
        """Films that cannot be looked at, and why."""
        self.sidecars: dict[str, float] = {}
        self.strays: list[str] = []
        self.folders: list[str] = []

    def take(self, entry: os.DirEntry[str]) -> None:
        """Take up one name."""
        if entry.is_dir(follow_symlinks=False):
            if is_entered(entry.name):
                self.folders.append(entry.name)
        elif is_film_name(entry.name):
            self._take_film(entry)
        elif is_sidecar(entry.name):
            with suppress(OSError):  # nothing is known of one that cannot be looked at
                self.sidecars[entry.name] = entry.stat().st_mtime
        elif is_temporary(entry.name):
            self.strays.append(entry.name)

    def give_entries(self) -> list[tuple[str, Shape]]:
        """Give away the films that were found since the last time."""
        given, self.entries = self.entries, []
        return given

    def _take_film(self, entry: os.DirEntry[str]) -> None:
        try:
            shape = _shape(entry)
        except OSError as error:
            self.names.add(entry.name)
            self.unreached[entry.name] = error.strerror or str(error)
            return
        if shape is not None:
            self.names.add(entry.name)
            self.entries.append((entry.name, shape))


def _shape(entry: os.DirEntry[str]) -> Shape | None:
    """Return the shape of a file, or of that which a link leads to; None where it is none. Raises where none knows."""
    try:
        status = entry.stat()
    except OSError as error:
        if is_out_of_reach(error):
            raise
        return None
    return shape_of(status) if stat.S_ISREG(status.st_mode) else None


def _is_below(folder: str, other: str) -> bool:
    return not other or folder == other or folder.startswith(f"{other}/")
