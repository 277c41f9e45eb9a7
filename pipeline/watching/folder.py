"""One folder while it is watched: what is known of it, on which drives it lies, and which orders count where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.arrived_files import Files
from pipeline.shell.home import Home
from pipeline.shell.triggers import Triggers
from pipeline.watching.drive_watch import DriveWatch
from pipeline.watching.request import WatchRequest, folders_left_out
from pipeline.watching.settings import FolderSettings


@dataclass(frozen=True)
class WatchedFolder:
    """What all who look after a watched folder share; one thread's own, but for `root` and `left_out`."""

    root: Path
    number: int
    """In the ledger of arrivals."""
    files: Files
    triggers: Triggers
    drives: DriveWatch
    settings: FolderSettings
    left_out: frozenset[str]
    """Folders below it that are not entered: those of our own outputs."""
    tell: Callable[[str], None]

    def path_of(self, folder: str, name: str) -> Path:
        """Return where a file lies of a folder below the watched one."""
        return self.root / folder / name


def open_folder(
    root: Path, request: WatchRequest, home: Home, ledger: ArrivalLedger, tell: Callable[[str], None]
) -> WatchedFolder:
    """Return a folder that is to be watched."""
    number, files = ledger.root_id(root), Files(ledger)
    drives = DriveWatch(root, number, files, request.tempo.answer_s)
    settings = FolderSettings(root, request.scope, drives.ask)
    left_out = folders_left_out(root, home, request.scope)
    return WatchedFolder(root, number, files, Triggers(ledger), drives, settings, left_out, tell)
