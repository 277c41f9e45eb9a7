"""What happens below a folder, as the kernel tells it (inotify), and whether names for people were written to."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

_MODIFY: Final = 0x2
_CLOSE_WRITE: Final = 0x8
_MOVED_TO: Final = 0x80
_CREATE: Final = 0x100
_IS_DIR: Final = 0x40000000
_OVERFLOW: Final = 0x4000
_EVENT: Final = struct.Struct("iIII")
_NONBLOCK: Final = 0o4000


class DiskLog(threading.Thread):
    """Counts changes below a folder, calls `on_change` at each, and notes names for people that were written to.

    Names for people are those in `shown` without a leading dot in any part. What is put there at once is renamed or
    linked; one that is written to was visible half-written.
    """

    def __init__(self, root: Path, shown: tuple[Path, ...], on_change: Callable[[int, str], None]) -> None:
        super().__init__(name="disk-log", daemon=True)
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._log = self._libc.inotify_init1(_NONBLOCK)
        assert self._log >= 0, os.strerror(ctypes.get_errno())
        self._shown = tuple(f"{folder}/" for folder in shown)
        self._on_change = on_change
        self._folders: dict[int, str] = {}
        self._stop_read, self._stop_write = os.pipe()
        self.changes = 0
        self.half_written: set[str] = set()
        self.has_overflowed = False
        self._add(str(root))

    def run(self) -> None:
        while True:
            ready, _, _ = select.select([self._log, self._stop_read], [], [])
            if self._log in ready:
                for folder, mask, name in self._read():
                    self._take(f"{folder}/{name}", mask)
            elif self._stop_read in ready:
                return

    def stop(self) -> None:
        """Read what has happened by now, and end."""
        os.write(self._stop_write, b".")
        self.join()
        for descriptor in (self._log, self._stop_read, self._stop_write):
            os.close(descriptor)

    def _take(self, path: str, mask: int) -> None:
        if mask & _OVERFLOW:
            self.has_overflowed = True
        elif mask & _IS_DIR:
            self._add(path)
        elif mask & (_MODIFY | _CLOSE_WRITE) and self._is_shown(path):
            self.half_written.add(path)
        if mask & (_CLOSE_WRITE | _MOVED_TO | _CREATE):
            self.changes += 1
            self._on_change(self.changes, path)

    def _is_shown(self, path: str) -> bool:
        # SQLite's files and locks are hidden from people by lying in the store.
        inside = [path[len(root) :] for root in self._shown if path.startswith(root)]
        return any(not any(part.startswith(".") for part in one.split("/")) for one in inside)

    def _add(self, folder: str) -> None:
        """Watch a folder, and those that were made in it before it was watched."""
        mask = _MODIFY | _CLOSE_WRITE | _MOVED_TO | _CREATE
        number = self._libc.inotify_add_watch(self._log, os.fsencode(folder), mask)
        if number < 0:
            return  # it went away
        self._folders[number] = folder
        with contextlib.suppress(OSError):
            for entry in os.scandir(folder):
                if entry.is_dir(follow_symlinks=False):
                    self._add(entry.path)

    def _read(self) -> Iterator[tuple[str, int, str]]:
        try:
            data = os.read(self._log, 1 << 16)
        except BlockingIOError:
            return
        at = 0
        while at < len(data):
            number, mask, _, length = _EVENT.unpack_from(data, at)
            name = data[at + _EVENT.size : at + _EVENT.size + length].rstrip(b"\0")
            yield self._folders.get(number, ""), mask, os.fsdecode(name)
            at += _EVENT.size + length
