"""Which order counts in which folder: that of the nearest watch.toml, else the one that the watch was started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.errors import InputError
from pipeline.plan.arrival_names import DONE, QUARANTINE, WATCH_FILE, is_entered
from pipeline.tables import text_of
from pipeline.watchfolder import After, WaitFor, parse_watch_folder
from pipeline.watching.orders import Order, check_order, order_of


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

    def __init__(self, root: Path, unless_said: Scope) -> None:
        self._root = root
        self._unless_said = unless_said
        self._read: dict[str, tuple[tuple[int, int, int] | None, Scope | None]] = {}

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
        known = self._read.get(folder)
        if known is not None and known[0] == self._identity(folder):
            return False
        before = known[1] if known else None
        self._look(folder)
        return self._read[folder][1] != before

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong with watch.toml files, in the order of their folders."""
        told = (self._read[folder][1] for folder in sorted(self._read))
        return tuple(scope.fault for scope in told if scope is not None and scope.fault is not None)

    def _look(self, folder: str) -> None:
        identity = self._identity(folder)
        self._read[folder] = (identity, None if identity is None else self._scope(folder))

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

    def _identity(self, folder: str) -> tuple[int, int, int] | None:
        try:
            status = (self._root / folder / WATCH_FILE).stat()
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _above(folder: str) -> str:
    parent = str(PurePosixPath(folder).parent)
    return "" if parent == "." else parent
