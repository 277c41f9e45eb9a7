"""A folder as a target: files copied whole under new names, and the few that may be replaced renamed over."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.errors import InputError, PublishError
from pipeline.plan.origin import IMMUTABLE_FOLDER
from pipeline.plan.publication import HELD, Item
from pipeline.shell.conditions import remedy_of
from pipeline.shell.digests import sha256_of
from pipeline.shell.editions import Editions
from pipeline.shell.store import sync
from pipeline.shell.targets.interface import (
    TEXT_MAX,
    Busy,
    Holding,
    Text,
    changed_meanwhile,
    not_what_was_sent,
    other_bytes,
    overtaken,
)
from pipeline.shell.targets.machine_locks import lock
from pipeline.spelling import spelled

_CHUNK: Final = 1 << 20
_TEMPORARY: Final = re.compile(r"\.matinee-[0-9a-f]{32}")
# File systems without hard links, on which a name that is taken has to be looked for instead.
_NO_LINKS: Final = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class FolderTarget:
    """A folder, which a web server hands out as it is."""

    def __init__(self, root: Path, editions: Editions) -> None:
        self.where = editions.target
        self.editions = editions
        self._root = root
        self._segments = root / IMMUTABLE_FOLDER

    def prepare(self) -> tuple[str, ...]:
        """Make the folder where it is missing, and clear away what a killed run left half-written."""
        try:
            self._segments.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise InputError(
                f"{spelled(self.where)} cannot hold the folder {IMMUTABLE_FOLDER}: a file is in its place.",
                remedy="Name another folder with --to.",
            ) from None
        except OSError as error:
            raise self._unwritable(self.where, error) from error
        if os.path.lexists(self._root / "package.json"):
            raise InputError(
                f"{spelled(self.where)} is a package itself, which would be taken apart when editions go.",
                remedy="Name another folder, such as the one above it.",
            )
        if not self._segments.resolve().is_relative_to(self._root.resolve()):
            raise InputError(
                f"{spelled(str(self._segments))} is a link that leads out of the folder.",
                remedy="Remove the link, or name the folder that it leads to.",
            )
        with contextlib.suppress(Busy), self.alone():
            for folder in (self._root, self._segments, self._root / HELD):
                if folder.is_dir():
                    self._clear(folder)
        return ()

    @contextlib.contextmanager
    def sharing(self) -> Iterator[None]:
        """Hold segments/ against removals."""
        with self._locked(self._segments, fcntl.LOCK_SH):
            yield

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold segments/ for removals."""
        with self._locked(self._segments, fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield

    @contextlib.contextmanager
    def switching(self) -> Iterator[None]:
        """Hold the folder itself."""
        with self._locked(self._root, fcntl.LOCK_EX):
            yield

    def holding(self, item: Item) -> Holding:
        """Tell what stands under a name; bytes that were read once are believed while the file is the same."""
        path = self._path(item.name)
        try:
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode) or status.st_size != item.size:
                return "other"
            if self.editions.tag_of(item.name, item.sha256) == _tag(status):
                return "same"
            if sha256_of(path) != item.sha256:
                return "other"
        except FileNotFoundError:
            return "absent"
        except OSError as error:
            raise PublishError(f"{spelled(str(path))} cannot be read ({error.strerror}).", path=str(path)) from error
        self.editions.remember(item.name, item.sha256, _tag(status))
        return "same"

    def put(self, item: Item, path: Path) -> None:
        """Copy a file beside its name, wait for the disk, read it again, and only then give it the name."""
        target = self._path(item.name)
        temporary = target.with_name(f".matinee-{uuid.uuid4().hex}")
        try:
            try:
                if _copy(path, temporary) != item.sha256:
                    raise changed_meanwhile(path)
                if sha256_of(temporary) != item.sha256:
                    raise not_what_was_sent(item.name, self.where)
                _name_new(temporary, target)
                status = target.lstat()
            finally:
                temporary.unlink(missing_ok=True)
        except FileExistsError:
            if self.holding(item) != "same":
                raise other_bytes(item.name, self.where) from None
            return
        except OSError as error:
            raise self._unwritable(item.name, error) from error
        self.editions.remember(item.name, item.sha256, _tag(status))

    def read(self, name: str) -> Text | None:
        """Return a file's text; a link or a folder in its place is not followed."""
        path = self._path(name)
        try:
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode) or status.st_size > TEXT_MAX:
                raise InputError(
                    f"{spelled(str(path))} is not a file that we put there.",
                    remedy="Move it away, or publish under another name with --as.",
                )
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise PublishError(f"{spelled(str(path))} cannot be read ({error.strerror}).", path=str(path)) from error
        return Text(data, hashlib.sha256(data).hexdigest())

    def follow(self, name: str) -> bytes | None:
        """Return what a player gets, by links as well."""
        path = self._path(name)
        try:
            return path.read_bytes() if path.is_file() and path.stat().st_size <= TEXT_MAX else None
        except OSError as error:
            raise PublishError(f"{spelled(str(path))} cannot be read ({error.strerror}).", path=str(path)) from error

    def replace(self, item: Item, data: bytes, tag: str | None) -> None:
        """Rename text over what was there, once all that it leads to is on the disk."""
        found = self.read(item.name)
        if (found.tag if found else None) != tag:
            raise overtaken(item.name, self.where)
        target = self._path(item.name)
        temporary = target.with_name(f".matinee-{uuid.uuid4().hex}")
        try:
            try:
                target.parent.mkdir(exist_ok=True)  # entries that are held have a folder of their own
                if not target.parent.resolve().is_relative_to(self._root.resolve()):
                    raise InputError(
                        f"{spelled(str(target.parent))} is a link that leads out of the folder.",
                        remedy="Remove the link, or name the folder that it leads to.",
                    )
                temporary.write_bytes(data)
                sync(temporary)
                sync(self._segments)
                sync(self._root)
                temporary.replace(target)
                sync(target.parent)
                sync(self._root)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(item.name, error) from error

    def remove(self, name: str) -> None:
        """Remove a file."""
        path = self._path(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise PublishError(
                f"{spelled(str(path))} cannot be removed ({error.strerror}).",
                remedy="Check the folder's permissions, and run the same command again.",
                path=str(path),
            ) from error

    def root_names(self) -> tuple[str, ...]:
        """Return the names of files in the folder itself."""
        try:
            return tuple(sorted(path.name for path in self._root.iterdir() if path.is_file()))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise PublishError(f"{spelled(self.where)} cannot be read ({error.strerror}).") from error

    def _path(self, name: str) -> Path:
        if name.startswith("/") or ".." in name.split("/"):
            raise PublishError(f"{spelled(name)} leads out of {spelled(self.where)}.", name=name)
        return self._root / name

    def _clear(self, folder: Path) -> None:
        try:
            for path in [one for one in folder.iterdir() if _TEMPORARY.fullmatch(one.name)]:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(str(folder), error) from error

    @contextlib.contextmanager
    def _locked(self, folder: Path, operation: int) -> Iterator[None]:
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            yield  # Somebody took it all away: there is nothing to hold, and what is known of it can be forgotten.
            return
        except OSError as error:
            raise self._unwritable(self.where, error) from error
        try:
            # Not every network disk knows locks; then runs must not meet there.
            with contextlib.suppress(OSError):
                lock(descriptor, operation, self.where)
            yield
        finally:
            os.close(descriptor)

    @staticmethod
    def _remedy(error: OSError) -> str:
        return remedy_of(
            error,
            elsewhere="name another folder with --to",
            otherwise="Check the folder's permissions and the free space.",
        )

    def _unwritable(self, name: str, error: OSError) -> PublishError:
        place = "" if name.startswith(self.where) else f" at {spelled(self.where)}"
        return PublishError(
            f"{spelled(name)} cannot be written{place} ({error.strerror}).",
            remedy=f"{self._remedy(error)} The same command goes on where it was.",
            name=name,
        )


def _copy(source: Path, target: Path) -> str:
    """Copy a file, wait until the copy is on the disk, and return the sha256 of what was read."""
    digest = hashlib.sha256()
    with source.open("rb") as reading, target.open("xb") as writing:
        while chunk := reading.read(_CHUNK):
            digest.update(chunk)
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest()


def _name_new(temporary: Path, target: Path) -> None:
    """Give a file its name, unless that is taken. Raises FileExistsError."""
    try:
        os.link(temporary, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        temporary.rename(target)


def _tag(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"
