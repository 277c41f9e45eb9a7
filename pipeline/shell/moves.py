"""Move files on one file system, never over another, and have what we keep of them follow."""

from __future__ import annotations

import ctypes
import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any, Final

from pipeline.errors import PublishError
from pipeline.shell.ledger import FileIdentity, Ledger
from pipeline.shell.publish import replace_document
from pipeline.shell.store import sync

_AT_FDCWD: Final = -100
_NO_REPLACE: Final = 1
# Of renameat2: the system or file system does not know it, or not this flag.
_UNKNOWN: Final = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)


def move_into(source: Path, folder: Path) -> Path:
    """Move a file into a folder and return its new path, the first of `names_in` that is free.

    Raises PublishError as `move_to` does.
    """
    return next(target for target in names_in(folder, source.name) if move_to(source, target))


def move_to(source: Path, target: Path) -> bool:
    """Give a file another name, whose folder is made where there is none, and tell whether that name was free.

    Raises PublishError where it cannot be moved without a copy, or the folder refuses.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not _move(source, target):
            return False
        sync(target.parent)
        sync(source.parent)
    except OSError as error:
        raise unmovable(source, target.parent, error) from error
    return True


def unmovable(source: Path, folder: Path, error: OSError) -> PublishError:
    """Return what to raise where a file cannot be moved into a folder."""
    why = "it is on another disk" if error.errno == errno.EXDEV else error.strerror
    return PublishError(
        f"{source} cannot be moved to {folder} ({why}).",
        remedy="Let both lie on one disk, and check the folder's permissions.",
        path=str(source),
    )


def follow_move(before: Path, after: Path, digest: str, ledger: Ledger) -> None:
    """Have what we keep of a film say where it lies by now: its digest, and the lists of clips that name it."""
    from pipeline.shell.documents import document_bytes

    # A new name changes the time that goes with its identity.
    ledger.remember_digest(FileIdentity.of(after), digest, name=after.name)
    for path in ledger.manifests():
        document = _document_about(path, digest, before)
        if document is not None:
            for master in document["masters"]:
                if master["sha256"] == digest and master["file"] == str(before):
                    master["file"] = str(after)
            replace_document(path, document_bytes(document), ledger)


def _document_about(path: Path, digest: str, film: Path) -> dict[str, Any] | None:
    """Return the document at a path that names a film as lying somewhere; None where it names another, or none."""
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        named = [(master["sha256"], master["file"]) for master in document["masters"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return document if (digest, str(film)) in named else None


def names_in(folder: Path, name: str) -> Iterator[Path]:
    """Return under which names a file may be moved into a folder: its own, NAME-2, NAME-3 and so on."""
    path = PurePath(name)
    yield folder / name
    for number in range(2, 1_000_000):
        ending = os.fsencode(f"-{number}{path.suffix}")
        yield folder / os.fsdecode(os.fsencode(path.stem)[: 255 - len(ending)] + ending)


def _move(source: Path, target: Path) -> bool:
    try:
        _rename_to_free(source, target)
    except FileExistsError:
        # A run that was killed between the two calls of `_link_and_unlink` left both names.
        if source.is_symlink() or not os.path.samestat(source.lstat(), target.lstat()):
            return False
        if not _is_one_name(source, target):
            source.unlink()
    return True


def _is_one_name(source: Path, target: Path) -> bool:
    """Tell whether two names of one file are the same, however they are written: it must not be taken away."""
    is_there = source.name == target.name and os.path.samestat(source.parent.stat(), target.parent.stat())
    return is_there or source.lstat().st_nlink < 2


def _rename_to_free(source: Path, target: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "renameat2"):
        if libc.renameat2(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _NO_REPLACE) == 0:
            return
        code = ctypes.get_errno()
        if code not in _UNKNOWN:
            raise OSError(code, os.strerror(code), str(source))
    # NFS and other systems than Linux: a link is refused where something has the name.
    os.link(source, target, follow_symlinks=False)
    source.unlink()
