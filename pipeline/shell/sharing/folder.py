"""A shared store in a folder that machines see under one path or each under its own, such as NFS or SMB."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.errors import StoreError
from pipeline.shell.store import sync
from pipeline.spelling import spelled

_NO_LINKS: Final = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS, errno.EXDEV)
_DRAFT: Final = ".matinee-"


class FolderShelf:
    """Files under one folder, which must exist: one that is not mounted is no empty store."""

    def __init__(self, root: Path) -> None:
        self.where = str(root)
        self._root = root

    def check(self) -> None:
        """Raise StoreError where the folder is not there or cannot be written to."""
        with self._telling(), self._drafted(self._root / "check") as draft:
            draft.write_bytes(b"")

    def read(self, name: str) -> bytes | None:
        """Return a small file, None where there is none."""
        with self._telling():
            try:
                return (self._root / name).read_bytes()
            except FileNotFoundError:
                self._check_mounted()
                return None

    def fetch(self, name: str, path: Path) -> bool:
        """Copy a file to a path of this machine, and tell whether there is one."""
        source = self._root / name
        with self._telling():
            try:
                reading = source.open("rb")
            except FileNotFoundError:
                self._check_mounted()
                return False
        with reading, path.open("wb") as writing:
            shutil.copyfileobj(reading, writing, 1 << 20)
        return True

    def put(self, name: str, path: Path) -> None:
        """Put a file of this machine under a name, whatever is there."""
        target = self._root / name
        with self._telling():
            self._check_mounted()
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._drafted(target) as draft:
                shutil.copyfile(path, draft)
                draft.chmod(0o644)
                sync(draft)
                draft.replace(target)
            sync(target.parent)

    def put_new(self, name: str, content: bytes) -> bool:
        """Put a small file under a name, and tell whether nothing was there."""
        target = self._root / name
        with self._telling():
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._drafted(target) as draft:
                draft.write_bytes(content)
                sync(draft)
                is_first = _link_new(draft, target)
            sync(target.parent)
            return is_first

    def replace(self, name: str, content: bytes, before: bytes) -> bool:
        """Put a small file where another is as it was read, and tell whether it was."""
        target = self._root / name
        with self._telling(), self._drafted(target) as aside:
            try:
                # Whoever moves it away alone decides what comes next: of two that find it damaged, one succeeds.
                target.rename(aside)
            except FileNotFoundError:
                return False
            if aside.read_bytes() != before:
                _link_new(aside, target)
                return False
        return self.put_new(name, content)

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is none the less removed."""
        with self._telling():
            (self._root / name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _drafted(self, target: Path) -> Iterator[Path]:
        draft = target.with_name(f"{_DRAFT}{uuid.uuid4().hex}")
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)

    def _check_mounted(self) -> None:
        if not self._root.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._root))

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"The shared store {spelled(self.where)} cannot be used ({error.strerror}).",
                remedy="See that it is mounted, that this user may write there and that it has space; "
                "MATINEE_SHARED_STORE names it.",
                path=self.where,
            ) from error


def _link_new(draft: Path, target: Path) -> bool:
    """Give a file a second name unless that is taken, and tell whether it was free."""
    try:
        os.link(draft, target)
    except FileExistsError:
        # NFS asks again where an answer was lost, and then refuses what it did itself.
        return draft.stat().st_nlink == 2
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _create_new(target, draft.read_bytes())
    return True


def _create_new(target: Path, content: bytes) -> bool:
    """Write a file that must not be there. Who is killed in between leaves half a receipt, which counts as damaged."""
    try:
        with target.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        return False
    return True
