"""Films on their way: seen, waited for, looked into, and then arrived or refused; one thread's own."""

from __future__ import annotations

import heapq
import itertools
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from pipeline.plan.arrival_names import films_of, may_speak_of
from pipeline.plan.arrivals import Arrived, Finding, Refused, Shape, Waiting, first_seen, found, is_still, seen
from pipeline.plan.stillness import Pace
from pipeline.shell.arrived_files import FileRow
from pipeline.shell.checking import WaitFor, shape_of
from pipeline.spelling import spelled
from pipeline.watching.folder import WatchedFolder
from pipeline.watching.settings import Scope
from pipeline.watching.settling import Settler, told_copy

_AFTER_FAULT_S: Final = 5.0
"""How often a film is looked at whose watch.toml cannot be used."""
_LEAST_BETWEEN_S: Final = 0.2
_AFTER_AWAY_S: Final = 5.0
"""How often a film is thought of whose drive is not there."""
_UNANSWERED: Final = Finding("unreachable", "its drive did not answer")
_SETTLED: Final = ("arrived", "refused")

Key = tuple[str, str]
"""Folder below the watched one, and name."""


@dataclass(frozen=True)
class Check:
    """A film that is to be looked into."""

    key: Key
    path: Path
    wait_for: WaitFor
    size: int
    since_s: float
    """Since when, by the clock that never goes back."""


class Desk:
    """The films of one watched folder that are not settled."""

    def __init__(self, folder: WatchedFolder, settler: Settler, *, pace: Pace, patience_s: float) -> None:
        self._folder, self._root, self._root_id = folder, folder.root, folder.number
        self._files, self._triggers, self._settings = folder.files, folder.triggers, folder.settings
        self._drive, self._tell = folder.drives, folder.tell
        self._settler, self._patience_s = settler, patience_s
        self._waiting: dict[Key, Waiting] = {}
        self._checking: dict[Key, Waiting] = {}
        self._began: dict[Key, float] = {}
        """Since when each is looked into."""
        self._vouched: set[Key] = set()
        self._due: list[tuple[float, Key]] = []
        self._when: dict[Key, float] = {}
        """When each is to be looked at; what `_due` says otherwise has been changed since."""
        self.pace = pace

    @property
    def next_s(self) -> float | None:
        """When the next film is to be looked at; None where none waits."""
        while self._due and self._when.get(self._due[0][1]) != self._due[0][0]:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    @property
    def is_empty(self) -> bool:
        """Whether no film is on its way, but for those that wait for somebody: for a watch.toml, or a sidecar."""
        return not self._checking and all(map(self._waits_for_somebody, self._waiting))

    def count_waiting(self) -> int:
        """Return how many films have not arrived."""
        return len(self._waiting)

    def see(self, key: Key, shape: Shape) -> None:
        """Take note of how a film looks."""
        at, (folder, name) = time.monotonic(), key
        if key in self._checking:
            return
        before = self._waiting.get(key)
        if before is None:
            known = self._files.known(self._root_id, folder, (name,)).get(name)
            scope = self._settings.scope_of(folder)
            if scope.is_left_alone or (known is not None and known.state in _SETTLED and known.shape == shape):
                return
            if known is not None and known.state not in _SETTLED and known.shape == shape:
                # As the watch before this one saw it; what is written down of it stays as old as it is.
                waiting = first_seen(shape, at, self.pace, time.time() - _seconds_of(known.since))
            else:
                waiting = first_seen(shape, at, self.pace)
                self._put_waiting(key, waiting, "" if known is None else known.note)
        else:
            waiting, gap_s = seen(before, shape, at, self.pace)
            if gap_s is not None:
                self.pace = self.pace.after(gap_s)
            if waiting.why != before.why:
                self._put_waiting(key, waiting, None)
        self._wait(key, waiting)

    def look(self, *keys: Key) -> None:
        """Look at films again, which may be gone."""
        missed = []
        for key in keys:
            path = self._path(key)
            try:
                status = self._drive.ask(path, path.stat)
            except OSError:
                missed.append(key)
                continue
            if stat.S_ISREG(status.st_mode):
                self.see(key, shape_of(status))
        self.miss(missed)

    def vouch(self, folder: str, sidecars: Iterable[str]) -> None:
        """Have films looked into at once that have sidecars."""
        named = tuple(sidecars)
        for key in [one for one in self._waiting if one[0] == folder] if named else ():
            if key not in self._vouched and any(may_speak_of(sidecar, key[1]) for sidecar in named):
                self._vouched.add(key)
                self._wait(key, replace(self._waiting[key], next_s=time.monotonic()))

    def reconsider(self, folder: str, sidecar: str, changed_s: float | None = None) -> None:
        """Have films looked into again that were refused before their sidecar changed; None: it changed just now."""
        for name, row in self._files.known(self._root_id, folder, films_of(sidecar)).items():
            is_news = changed_s is None or changed_s > _seconds_of(row.since)
            if row.state == "refused" and row.trigger_id is None and is_news and (folder, name) not in self._waiting:
                waiting = first_seen(row.shape, time.monotonic(), self.pace)
                self._put_waiting((folder, name), waiting, row.note)
                self._wait((folder, name), waiting)

    def miss_below(self, folders: Iterable[str]) -> None:
        """Forget the films of folders that are gone, and of all below them; there may have been none."""
        gone: set[Key] = set()
        for folder in folders:
            if self._drive.is_gone(self._root / folder):
                for place in self._files.folders(self._root_id, folder):
                    gone |= {(place, name) for name in self._files.names_in(self._root_id, place)}
                gone |= {key for key in self._waiting if key[0] == folder or key[0].startswith(f"{folder}/")}
        self.miss(sorted(gone))

    def miss(self, keys: Iterable[Key]) -> None:
        """Forget films that are gone; of those whose drive does not answer, nothing is known."""
        gone = [key for key in keys if self._drive.is_gone(self._path(key))]
        if gone:
            # After that: a drive that went in between says that they are gone as well. Once for all, as each is asked.
            self._drive.look()
            for folder, of_it in itertools.groupby(gone, key=lambda key: key[0]):
                if not self._drive.is_missing(self._root / folder):
                    self._forget(folder, tuple(name for _, name in of_it))

    def _forget(self, folder: str, gone: tuple[str, ...]) -> None:
        for name in gone:
            self._waiting.pop((folder, name), None)
            self._when.pop((folder, name), None)
            self._vouched.discard((folder, name))
        for row in self._files.drop_files(self._root_id, folder, gone):
            if row.note:
                self._settler.forgive(row)

    def due(self) -> list[Check]:
        """Look at the films that are due, and return those that are to be looked into."""
        keys, checks, at = [], [], time.monotonic()
        while (next_s := self.next_s) is not None and next_s <= at:
            key = heapq.heappop(self._due)[1]
            del self._when[key]
            if self._drive.is_missing(self._path(key)):
                self._schedule(key, at + _AFTER_AWAY_S)
            else:
                keys.append(key)
        self.look(*keys)
        for key in keys:
            if (check := self._check_of(key, time.monotonic())) is not None:
                checks.append(check)
            elif key in self._waiting and key not in self._when:
                # It is not still yet, since its drive was found to be slower.
                self._schedule(key, max(self._waiting[key].next_s, at + _LEAST_BETWEEN_S))
        return checks

    def found(self, key: Key, finding: Finding) -> None:
        """Decide about a film that was looked into."""
        at, waiting = time.monotonic(), self._checking.pop(key, None)
        if waiting is None:
            return
        scope, row = self._settings.scope_of(key[0]), self._row(key, waiting)
        if self._drive.was_silent(self._path(key), self._began.pop(key)) and finding.kind != "whole":
            finding = _UNANSWERED
        becomes = found(waiting, finding, at, self.pace, self._patience_s)
        try:
            is_ours = not isinstance(becomes, Waiting) and self._settler.is_ours(row)
        except OSError:
            becomes, is_ours = found(waiting, _UNANSWERED, at, self.pace, self._patience_s), False
        if is_ours:
            # A watch.toml has outputs put below the folder that is watched.
            self._files.put_file(self._root_id, replace(row, state="arrived"))
            return
        match becomes:
            case Arrived(digest):
                self._vouched.discard(key)
                self._arrive(row, digest, scope)
            case Refused(why, remedy):
                self._vouched.discard(key)
                self._tell(f"{spelled(row.name)}: refused: {spelled(why).rstrip('.')}. {spelled(remedy)}")
                self._settler.refuse(row, why, remedy)
            case Waiting():
                self._put_waiting(key, becomes, None)
                self._wait(key, becomes)
                self.look(key)

    def _waits_for_somebody(self, key: Key) -> bool:
        scope = self._settings.scope_of(key[0])
        return scope.fault is not None or (scope.wait_for == "sidecar" and self._waiting[key].tries > 0)

    def _check_of(self, key: Key, at: float) -> Check | None:
        waiting = self._waiting.get(key)
        if waiting is None:
            return None
        folder, name = key
        scope = self._settings.scope_of(folder)
        if scope.is_left_alone:
            self._forget(folder, (name,))
            return None
        if scope.fault is not None:
            again = replace(waiting, next_s=at + _AFTER_FAULT_S, why=scope.fault)
            if again.why != waiting.why:
                self._put_waiting(key, again, None)
            self._wait(key, again)
            return None
        # Who vouches for a film is heard at once, and after that as often as any that waits.
        if not (is_still(waiting, at, self.pace) or (key in self._vouched and waiting.tries == 0)):
            return None
        del self._waiting[key]
        self._when.pop(key, None)
        self._checking[key], self._began[key] = waiting, at
        self._files.put_file(self._root_id, replace(self._row(key, waiting), state="checking", why=""))
        return Check(key, self._path(key), scope.wait_for, waiting.shape.size, at)

    def _arrive(self, row: FileRow, digest: str, scope: Scope) -> None:
        path = self._folder.path_of(row.folder, row.name)
        trigger, is_new = self._triggers.arrive(
            self._root_id,
            row,
            path=path,
            digest=digest,
            scope=self._root / scope.folder,
            orders=scope.order.text,
            order_key=scope.order.key,
        )
        self._tell(f"{spelled(row.name)}: arrived" if is_new else told_copy(row, trigger))
        self._settler.settle(row, trigger)

    def _wait(self, key: Key, waiting: Waiting) -> None:
        self._waiting[key] = waiting
        if self._when.get(key) != waiting.next_s:
            self._schedule(key, waiting.next_s)

    def _schedule(self, key: Key, at_s: float) -> None:
        self._when[key] = at_s
        heapq.heappush(self._due, (at_s, key))

    def _put_waiting(self, key: Key, waiting: Waiting, note: str | None) -> None:
        row = self._row(key, waiting)
        told = row.note if note is None else note
        self._files.put_file(self._root_id, replace(row, state="waiting", why=spelled(waiting.why), note=told))

    def _path(self, key: Key) -> Path:
        return self._folder.path_of(*key)

    def _row(self, key: Key, waiting: Waiting) -> FileRow:
        folder, name = key
        known = self._files.known(self._root_id, folder, (name,)).get(name)
        return FileRow(folder, name, waiting.shape, "waiting", note="" if known is None else known.note)


def _seconds_of(since: str) -> float:
    """Return a time of the ledger in seconds since 1970."""
    return datetime.fromisoformat(since).timestamp()
