"""Which order counts in which folder: that of the nearest watch.toml, else the one that the watch was started with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Protocol, TypeVar

from pipeline.errors import InputError
from pipeline.plan.arrival_names import DONE, QUARANTINE, WATCH_FILE, is_entered
from pipeline.shell.conditions import is_out_of_reach
from pipeline.tables import text_of
from pipeline.watchfolder import After, WaitFor, parse_watch_folder
from pipeline.watching.orders import Order, check_order, order_of

Answer = TypeVar("Answer")
_UNKNOWN: Final = (-1, -1, -1)
"""Stands for what a watch.toml looks like that could not be looked at."""


class Ask(Protocol):
    """Asks the drive of a file or folder a question; raises OSError where it does not answer in time."""

    def __call__(self, path: Path, question: Callable[[], Answer], /) -> Answer: ...


def ask_waiting(_path: Path, question: Callable[[], Answer], /) -> Answer:
    """Ask a drive, and wait for however long it takes."""
    return question()


@dataclass(frozen=True)
class Scope:
    """What counts for a folder and all below, up to the next watch.toml."""

    folder: str
    """Where that is said, below the watched folder; '' for itself."""
    order: Order
    after: After = "stay"
    wait_for: WaitFor = "stillness"
    fault: str | None = None
    """Why films here wait: its watch.toml cannot be used."""

    @property
    def is_left_alone(self) -> bool:
        """Whether the films here are left alone."""
        return self.fault is None and not self.order.flows


def refuse_two_voices(root: Path) -> None:
    """Raise InputError where a folder's own watch.toml says what becomes of its films, and options would as well."""
    path = root / WATCH_FILE
    if path.exists():
        raise InputError(
            f"{path} says what becomes of the films there, and so do these options.",
            remedy="Say it in one place: change the file, or leave the options out.",
        )


class FolderSettings:
    """The watch.toml files below one folder, read when they are first asked for and when they changed."""

    def __init__(self, root: Path, unless_said: Scope, ask: Ask) -> None:
        self._root = root
        self._unless_said = unless_said
        self._ask = ask
        self._read: dict[str, tuple[tuple[int, int, int] | None, Scope | None]] = {}

    def unread(self, ask: Ask) -> FolderSettings:
        """Return the same for another thread, which asks drives in its own way."""
        return FolderSettings(self._root, self._unless_said, ask)

    def scope_of(self, folder: str) -> Scope:
        """Return what counts for the films in a folder."""
        place: str | None = folder
        while place is not None:
            if place not in self._read:
                self._look(place)
            said = self._read[place][1]
            if said is not None:
                return said
            place = None if not place else _above(place)
        return self._unless_said

    def is_watched(self, folder: str) -> bool:
        """Tell whether films in a folder are looked at, going by its name and those above it."""
        return all(map(is_entered, PurePosixPath(folder).parts)) and not self.is_moved_to(folder)

    def is_moved_to(self, folder: str) -> bool:
        """Tell whether a folder is, or lies in, one that films are moved to afterwards."""
        place = folder
        while place:
            above, name = _above(place), PurePosixPath(place).name
            if name in (DONE, QUARANTINE):
                scope = self.scope_of(above)
                if scope.after == "move" and scope.folder == above:
                    return True
            place = above
        return False

    def refresh(self, folder: str) -> bool:
        """Read a folder's own watch.toml again where it changed, and tell whether it did."""
        before = self._read.get(folder)
        self._look(folder)
        return before is None or self._read[folder][1] != before[1]

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong with watch.toml files, in the order of their folders."""
        told = (self._read[folder][1] for folder in sorted(self._read))
        return tuple(scope.fault for scope in told if scope is not None and scope.fault is not None)

    def _look(self, folder: str) -> None:
        path, known = self._root / folder / WATCH_FILE, self._read.get(folder)
        try:
            identity = self._ask(path, lambda: _identity(path))
            if known is None or known[0] != identity:
                read = None if identity is None else self._ask(path, lambda: self._scope(folder))
                self._read[folder] = (identity, read)
        except OSError as error:
            # What it said is not gone with its drive; where that is not known, films wait until it is.
            if known is None:
                fault = f"{path}: it is not known whether there is one ({error.strerror})."
                self._read[folder] = (_UNKNOWN, Scope(folder, Order(flows=()), fault=fault))

    def _scope(self, folder: str) -> Scope:
        path = self._root / folder / WATCH_FILE
        try:
            says = parse_watch_folder(text_of(path), path=path)
            order = order_of(says, path.parent)
            check_order(order)
        except InputError as error:
            fault = str(error)
            told = fault if str(path) in fault else f"{path}: {fault}"
            return Scope(folder, Order(flows=()), fault=told)
        return Scope(folder, order, says.after, says.wait_for)


def _identity(path: Path) -> tuple[int, int, int] | None:
    """Return what a file's status says of its bytes; None where there is none. Raises OSError where none knows."""
    try:
        status = path.stat()
    except OSError as error:
        if is_out_of_reach(error):
            raise
        return None
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _above(folder: str) -> str:
    parent = str(PurePosixPath(folder).parent)
    return "" if parent == "." else parent
