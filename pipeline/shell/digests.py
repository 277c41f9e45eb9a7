"""The sha256 of a file's bytes, read once and then remembered by the file's identity."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, Protocol

from pipeline.errors import MasterError, MasterOutOfReach
from pipeline.shell.asking import WRITING_LIMIT_S, silence
from pipeline.shell.conditions import is_out_of_reach, remedy_of
from pipeline.shell.ledger import FileIdentity, Ledger

TRUST_AFTER_NS: Final = 2_000_000_000
"""A file changed less than two seconds ago may change again within the clock's grain and keep its identity."""
_CHUNK = 1 << 22
_END: Final = 1 << 25
"""Bytes in which the first pictures are, and the last second of all but the largest films."""


class Hasher(Protocol):
    """What adds up bytes, as hashlib's do."""

    def update(self, data: memoryview[int], /) -> None:
        """Take some more bytes."""

    def hexdigest(self) -> str:
        """Return the sum so far, in hex."""
        ...


class DigestReader:
    """Read a master's digest beside the pass that decodes it, so that the disk is read once for both.

    `identity` is the file's when the reader was made; nothing is read where the ledger knows it and it is trusted.
    `result` waits for the end.
    """

    def __init__(self, path: Path, ledger: Ledger, *, trust: Literal["identity", "bytes"] = "identity") -> None:
        self._path = path
        self._ledger = ledger
        self._digest: str | None = None
        self._error: BaseException | None = None
        self._stopped = threading.Event()
        self._made_s = time.monotonic()
        self.identity = _identity(path)
        believed = trust == "identity" and _is_settled(self.identity)
        self.known = ledger.known_digest(self.identity) if believed else None
        self._thread: threading.Thread | None = None

    def start(self) -> DigestReader:
        """Begin to read, unless the digest is known."""
        if self.known is None:
            self._reading()
        return self

    def result(self) -> str:
        """Return the digest. Raises MasterError where the file cannot be read or changes meanwhile."""
        if self.known is not None:
            self._check_unchanged()
            return self.known
        self._reading().join()
        if isinstance(self._error, OSError):
            raise unreadable(self._path, self._error) from self._error
        if self._error is not None:
            raise self._error
        self._check_unchanged()
        assert self._digest is not None
        if _is_settled(self.identity):
            self._ledger.remember_digest(self.identity, self._digest, name=self._path.name)
        return self._digest

    def why_refused(self) -> OSError | None:
        """Return why the system does not give the file's bytes; None where it gives them. Nothing more is read then.

        It is waited for as long again as the work beside took, in which what that came to is read as well, and no
        longer for a drive that hangs than for any answer.
        """
        worked_s, reading = time.monotonic() - self._made_s, self._reading()
        reading.join(worked_s)
        self.stop()
        reading.join(WRITING_LIMIT_S)
        if reading.is_alive():
            return silence()
        if isinstance(self._error, InterruptedError):
            return None  # we gave up
        return self._error if isinstance(self._error, OSError) else None

    def stop(self) -> None:
        """Give up reading."""
        self._stopped.set()

    def _reading(self) -> threading.Thread:
        if self._thread is None:
            self._thread = threading.Thread(target=self._read, name="digest", daemon=True)
            self._thread.start()
        return self._thread

    def _check_unchanged(self) -> None:
        if _identity(self._path) != self.identity:
            raise MasterError.of(self._path, "changed while it was being read.", remedy="Wait until the copy is done.")

    def _read(self) -> None:
        try:
            self._digest = sha256_of(self._path, stopped=self._stopped)
        except BaseException as error:  # noqa: BLE001 - handed over to the thread that asks for the result
            self._error = error


def sha256_of(path: Path, *, stopped: threading.Event | None = None) -> str:
    """Return the hex sha256 of a file's bytes. Raises OSError."""
    digest = hashlib.sha256()
    buffer = bytearray(_CHUNK)
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(view[:count])
            if stopped is not None and stopped.is_set():
                raise InterruptedError(f"reading {path} was given up")
    return digest.hexdigest()


def sums_of(path: Path, hashers: Mapping[str, Hasher]) -> dict[str, str]:
    """Return what some sums come to over a file that is read once for all of them, in hex. Raises OSError."""
    buffer = bytearray(_CHUNK)
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            for hasher in hashers.values():
                hasher.update(view[:count])
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}


def digest_of(path: Path, ledger: Ledger) -> str:
    """Return a file's digest, from memory where its identity is known."""
    return DigestReader(path, ledger).result()


def remember_digest(path: Path, identity: FileIdentity, digest: str, ledger: Ledger) -> None:
    """Remember what another process found a file's digest to be, unless it was changed too lately to be sure."""
    if _is_settled(identity) and _identity(path) == identity:
        ledger.remember_digest(identity, digest, name=path.name)


def check_unchanged(path: Path, before: FileIdentity) -> None:
    """Raise MasterError for a file that was written to since it was `before`, or went away."""
    try:
        now = FileIdentity.of(path)
    except OSError as error:
        # Its drive may have gone, and be back soon.
        raise MasterOutOfReach.of(
            path, f"went away while it was being read ({error.strerror}).", remedy="Put it back, and run it again."
        ) from error
    # Not by ctime: a new hard link or permission changes that and no picture.
    if (now.size, now.mtime_ns) != (before.size, before.mtime_ns):
        raise MasterError.of(path, "changed while it was being read.", remedy="Run it again.")


def _identity(path: Path) -> FileIdentity:
    try:
        return FileIdentity.of(path)
    except OSError as error:
        if is_out_of_reach(error):
            raise unreadable(path, error) from error
        raise MasterError.of(path, f"cannot be reached ({error.strerror}).") from error


def _is_settled(identity: FileIdentity) -> bool:
    # A camera whose clock is ahead dates its films in the future; then only the change of the inode, which nobody can
    # set, is a time to count from.
    now = time.time_ns()
    changed = identity.ctime_ns if identity.mtime_ns > now else max(identity.mtime_ns, identity.ctime_ns)
    return now - changed > TRUST_AFTER_NS


def unreadable(path: Path, error: OSError) -> MasterError:
    """Return the error for a film that the system does not let us read to its end."""
    remedy = remedy_of(error, elsewhere="copy the film to another one", otherwise="Copy it again.")
    kind = MasterOutOfReach if is_out_of_reach(error) else MasterError
    return kind.of(path, f"cannot be read to its end ({error.strerror}).", remedy=remedy)


def why_unreadable(path: Path, *, read: Literal["all", "ends"] = "all") -> OSError | None:
    """Return why the system does not let a file be read, all of it or its first and last megabytes; None where it does.

    It is read now.
    """
    try:
        with path.open("rb", buffering=0) as file:
            size = path.stat().st_size
            for start, most in ((0, size),) if read == "all" else ((0, _END), (max(0, size - _END), _END)):
                file.seek(start)
                while most > 0 and (got := len(file.read(_CHUNK))):
                    most -= got
    except OSError as error:
        return error
    return None


def refuse_out_of_reach(path: Path) -> None:
    """Raise MasterOutOfReach where the drive of a file does not give its first or last megabytes, read now.

    For what seems to be broken there: libav passes on the half of a picture that it got.
    """
    error = why_unreadable(path, read="ends")
    if error is not None and is_out_of_reach(error):
        raise unreadable(path, error) from error
