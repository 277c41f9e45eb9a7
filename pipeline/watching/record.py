"""What the ledger has of a watch itself: who watches, what it last saw, and what is in its way."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime

from pipeline.shell.watches import Watches, WatchRow
from pipeline.spelling import spelled
from pipeline.watching.folder import WatchedFolder
from pipeline.watching.sweep import FolderLook


class Record:
    """Keeps one watch's row; troubles that are new are told."""

    def __init__(self, folder: WatchedFolder, watches: Watches, owner: str) -> None:
        self._folder, self._watches = folder, watches
        self._row = WatchRow(folder.root, owner, os.getpid(), _now(), "", "", 0, ())
        self._films = 0
        self._unread: dict[str, str] = {}
        """What could not be looked at, by its folder."""

    def begin(self) -> None:
        """Say that the folder is watched."""
        self._watches.put_watch(self._folder.number, self._row)

    def begin_sweep(self) -> None:
        """Forget what the sweep before found in its way."""
        self._unread.clear()
        self._films = 0

    def take(self, look: FolderLook) -> None:
        """Take note of what one folder holds, or what is in the way of looking."""
        self._films += look.films
        if look.trouble is not None:
            self._unread[look.folder] = spelled(look.trouble)
        elif look.unreached:
            more = f", and {len(look.unreached) - 1} more there" if len(look.unreached) > 1 else ""
            self._unread[look.folder] = f"{spelled(look.unreached[0])}{more}"

    def put_swept(self) -> None:
        """Say that the whole folder was looked over just now."""
        self._put(replace(self._row, swept=_now(), looked_at=self._films))

    def put_events(self, why: str) -> None:
        """Say why the system does not tell what happens in the folder; '' where it does."""
        self._put(replace(self._row, events=spelled(why)))

    def _put(self, row: WatchRow) -> None:
        others = tuple(spelled(one) for one in (*self._folder.settings.troubles, *self._unread.values()))
        is_away = self._folder.drives.identity is None
        for trouble in others:
            if trouble not in self._row.troubles and not is_away:
                self._folder.tell(trouble)
        row = replace(row, troubles=(*self._folder.drives.told(), *others))
        if row != self._row:
            self._row = row
            self.begin()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
