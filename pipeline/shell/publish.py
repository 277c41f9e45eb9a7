"""Put artifacts under names for people, and never over a file that is not ours to replace."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import shutil
import stat
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pipeline.errors import PublishError
from pipeline.shell.conditions import remedy_of
from pipeline.shell.digests import sha256_of
from pipeline.shell.ledger import Ledger, Output
from pipeline.shell.presence import check_there
from pipeline.shell.store import Artifact, sync
from pipeline.spelling import spelled

_LONGEST_NAME = 255
_LONGEST_SUFFIX = 32
_TOLD_AT_ONCE: Final = 100
"""Files that a killed run can leave without the ledger knowing; one that puts them there again makes them known."""
_TEMPORARY: Final = re.compile(r"\.matinee-[0-9a-f]{32}")


@contextlib.contextmanager
def alone_in(folder: Path, *inner: str) -> Iterator[None]:
    """Hold a folder against other runs that publish there, and clear away what a killed one left half-written.

    `inner` are folders in it that are cleared as well. Raises PublishError where it cannot be made or read.
    """
    try:
        check_there(folder)
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        # Not every network disk knows locks; then runs must not meet there, as nowhere else.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        for place in (folder, *(folder / name for name in inner)):
            _clear_temporaries(place)
        yield
    finally:
        os.close(descriptor)


def publish(artifact: Artifact, target: Path, ledger: Ledger) -> Path | None:
    """Put an artifact under a name for people, by hard link where the file system allows, else by copy.

    What stands there is replaced only where we put it and nobody changed it since; otherwise it is moved aside to
    `NAME.kept-1.EXT`, whose path is returned. Raises PublishError where the folder refuses.
    """
    kept = publish_several({target: artifact}, ledger)
    return kept[0] if kept else None


def publish_several(artifacts: Mapping[Path, Artifact], ledger: Ledger) -> tuple[Path, ...]:
    """Put artifacts under names for people as `publish` does, and return the paths of what was moved aside.

    The ledger is told of many at once: a package has thousands of files, and it answers only when a disk has them.
    """
    known = ledger.outputs_at(artifacts)
    missing = [one for one in artifacts.items() if not _is_as_published(one[1], known.get(one[0]))]
    kept: list[Path] = []
    for begin in range(0, len(missing), _TOLD_AT_ONCE):
        put: list[Output] = []
        try:
            for target, artifact in missing[begin : begin + _TOLD_AT_ONCE]:
                aside, output = _put(artifact, target, known.get(target))
                put.append(output)
                kept += () if aside is None else (aside,)
        finally:
            ledger.record_outputs(put)
    return tuple(kept)


def publish_to_edit(artifact: Artifact, target: Path, ledger: Ledger) -> Path | None:
    """Put an artifact under a name for people as a copy that they may write to, else as `publish` does."""
    if is_published(artifact, target, ledger):
        return None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        kept = _move_aside(target) if is_foreign(target, ledger) else None
    except OSError as error:
        raise _unwritable(target, error) from error
    replace_document(target, artifact.path.read_bytes(), ledger)
    return kept


def clear_the_way(target: Path, ledger: Ledger) -> Path | None:
    """Have nothing stand under a name: what we put there goes, anything else is moved aside; its path is returned.

    Raises PublishError where the folder refuses.
    """
    try:
        if is_foreign(target, ledger):
            return _move_aside(target)
        withdraw(target, ledger)
    except OSError as error:
        raise _unwritable(target, error) from error
    return None


def tell_kept(path: Path) -> str:
    """Return what to say of a file of somebody's that `publish` moved aside to this path."""
    return f"A file of yours stood in the way and is now {spelled(str(path))}"


def is_published(artifact: Artifact, target: Path, ledger: Ledger) -> bool:
    """Tell whether a path holds an artifact as we put it there."""
    return _is_as_published(artifact, ledger.output_at(target))


def is_foreign(target: Path, ledger: Ledger) -> bool:
    """Tell whether something stands under a name that we did not put there, or that was changed since."""
    if not _is_foreign(target, ledger.output_at(target)):
        return False
    intended = ledger.intended_at(target)
    return intended is None or not _has_bytes(target, intended)


def is_temporary(name: str) -> bool:
    """Tell whether a name is one under which we write what is put under another at once."""
    return _TEMPORARY.fullmatch(name) is not None


def withdraw(target: Path, ledger: Ledger) -> None:
    """Remove a file that we put there and nobody changed since; anything else stays."""
    _withdraw(target, ledger.output_at(target))


def withdraw_others(folder: Path, kept: frozenset[str], named: re.Pattern[str], ledger: Ledger) -> None:
    """Remove what we put into a folder under names like these, but for those that are kept and what was changed."""
    begin = len(f"{folder}/")  # as text: a package has thousands
    names = {path: os.fspath(path)[begin:] for path in ledger.outputs_in(folder)}
    others = [path for path, name in names.items() if name not in kept and named.fullmatch(name)]
    known = ledger.outputs_at(path for path in others if os.path.lexists(path))
    for path, output in known.items():
        _withdraw(path, output)


def replace_document(target: Path, content: bytes, ledger: Ledger) -> None:
    """Put new content under a name that is ours, at once and durably. Raises PublishError."""
    digest = hashlib.sha256(content).hexdigest()
    # First: what a run wrote that was killed before it could record that would be taken for a person's.
    ledger.intend(target, digest)
    try:
        with _replacing(target) as temporary:
            temporary.write_bytes(content)
            sync(temporary)
        status = target.stat()
    except OSError as error:
        raise _unwritable(target, error) from error
    ledger.record_output(Output(target, "", digest, status.st_size, status.st_mtime_ns))


def _withdraw(target: Path, output: Output | None) -> None:
    if output is not None and _is_as_left(output):
        try:
            target.unlink(missing_ok=True)
        except OSError as error:
            raise PublishError(f"{target} cannot be removed ({error.strerror}).", path=str(target)) from error


def _put(artifact: Artifact, target: Path, known: Output | None) -> tuple[Path | None, Output]:
    """Put an artifact under a name where `known` is what we last put, and return where what stood there went."""
    try:
        check_there(target)
        check_there(artifact.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        kept = None
        if not _holds(target, artifact):
            kept = _move_aside(target) if _is_foreign(target, known) else None
            with _replacing(target) as temporary:
                _link_or_copy(artifact.path, temporary)
        status = target.stat()
    except OSError as error:
        raise _unwritable(target, error) from error
    return kept, Output(target, artifact.key, artifact.sha256, status.st_size, status.st_mtime_ns)


def _is_as_published(artifact: Artifact, known: Output | None) -> bool:
    return known is not None and known.sha256 == artifact.sha256 and _is_as_left(known)


def _is_foreign(target: Path, known: Output | None) -> bool:
    return os.path.lexists(target) and (known is None or not _is_as_left(known))


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Give a path beside a name, and put what is written there under that name at once; nothing where that fails."""
    temporary = _temporary_beside(target)
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _unwritable(target: Path, error: OSError) -> PublishError:
    where = remedy_of(
        error,
        elsewhere="name another folder with --out",
        otherwise="Check the folder's permissions and the free space, or name another folder with --out.",
    )
    return PublishError(f"{target} cannot be written ({error.strerror}).", remedy=where, path=str(target))


def _holds(target: Path, artifact: Artifact) -> bool:
    """Tell whether a path holds an artifact's very bytes, though the ledger may not know it (any more)."""
    try:
        status = target.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size != artifact.size:
            return False
        return os.path.samestat(status, artifact.path.lstat()) or sha256_of(target) == artifact.sha256
    except OSError:
        return False


def _has_bytes(target: Path, digest: str) -> bool:
    try:
        return stat.S_ISREG(target.lstat().st_mode) and sha256_of(target) == digest
    except OSError:
        return False


def _is_as_left(output: Output) -> bool:
    try:
        status = output.path.lstat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (output.size, output.mtime_ns)


def _move_aside(target: Path) -> Path:
    number = 1
    stem, suffix = (target.stem, target.suffix) if len(target.suffix) < _LONGEST_SUFFIX else (target.name, "")
    while True:
        ending = os.fsencode(f".kept-{number}{suffix}")
        # Names have at most 255 bytes; what is cut off the stem may leave half a character, which is a name as well.
        kept = target.with_name(os.fsdecode(os.fsencode(stem)[: _LONGEST_NAME - len(ending)] + ending))
        if not os.path.lexists(kept):
            target.rename(kept)
            return kept
        number += 1


def _temporary_beside(target: Path) -> Path:
    return target.with_name(f".matinee-{uuid.uuid4().hex}")


def _clear_temporaries(folder: Path) -> None:
    try:
        left = [path for path in folder.iterdir() if _TEMPORARY.fullmatch(path.name)] if folder.is_dir() else []
        for path in left:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.EACCES):
            raise
        shutil.copyfile(source, target)
        sync(target)
