"""What the system tells of changes below a folder, through watchfiles; where it tells nothing, sweeps have to do."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

# Changes within so many milliseconds come together.
_TOGETHER_MS: Final = 400
_STEP_MS: Final = 100
_LOOK_FOR_STOP_MS: Final = 2000


class FolderEvents(threading.Thread):
    """Tells paths at which something happened, until it is stopped; why it cannot (any more), where it cannot.

    It holds no state for files, and one watch of the system for each folder: Linux gives as many as
    fs.inotify.max_user_watches says. Drives of a network tell only what happens on this machine.
    """

    def __init__(
        self,
        root: Path,
        tell: Callable[[frozenset[str]], None],
        tell_lost: Callable[[FolderEvents, str], None],
    ) -> None:
        super().__init__(name="folder-events", daemon=True)
        self._root = root
        self._tell = tell
        self._tell_lost = tell_lost
        self._stopped = threading.Event()
        self.has_begun = False
        """Whether it came to all folders; one in a drive that hangs is waited for."""

    def run(self) -> None:
        """Tell what happens."""
        from watchfiles import watch

        # watchfiles goes through all folders with Python's lock held: in a drive that hangs meanwhile, every thread
        # would hang with it. Ours alone does here, and what was just asked is answered by the system itself.
        for _ in folders_below(self._root):
            if self._stopped.is_set():
                return
        self.has_begun = True
        try:
            batches = watch(
                self._root,
                watch_filter=None,
                debounce=_TOGETHER_MS,
                step=_STEP_MS,
                stop_event=self._stopped,
                rust_timeout=_LOOK_FOR_STOP_MS,
                raise_interrupt=False,
                force_polling=False,
                ignore_permission_denied=True,
            )
            for changes in batches:
                self._tell(frozenset(path for _, path in changes))
        except Exception as error:  # noqa: BLE001 - whatever the system says: sweeps go on without it
            if not self._stopped.is_set():
                self._tell_lost(self, _in_words(error))

    def stop(self) -> None:
        """Stop telling."""
        self._stopped.set()


def folders_below(root: Path) -> Iterator[Path]:
    """Yield a folder and all below it that can be looked into, each once, by links as well, as they are come to."""
    places, seen = [root], set[tuple[int, int]]()
    while places:
        place = places.pop()
        try:
            status = place.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(place) as found:
                places += [place / entry.name for entry in found if _is_folder(entry)]
        except OSError:
            continue
        yield place


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link in a circle, or to where nobody may look, hides nothing beside it


def _in_words(error: Exception) -> str:
    text = str(error) or type(error).__name__
    if "watch limit" in text or "No space left" in text:
        return "the system watches no more folders (fs.inotify.max_user_watches is too low)"
    if "Too many open files" in text or "instances" in text:
        return "the system lets no more programs watch (fs.inotify.max_user_instances is too low)"
    return text
