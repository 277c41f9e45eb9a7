"""The store: the only writer of artifacts. Each is made once under the key of what makes it and never changes.

    store/ab/abcdef…/content.mp4     the artifact, read-only
    store/ab/abcdef…/receipt.json    what made it; written last, so an artifact without one does not exist

A folder is locked (flock on itself, which the kernel frees at death) while its artifact is made, so two runs that want
the same one make it once. Temporary files of a killed run are removed by the next that locks the folder.

Where `MATINEE_SHARED_STORE` names a store that several machines share (see sharing/), this one is the machine's scratch
and cache: what it lacks is read from there, and what is made here is there before it counts.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import stat
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline.errors import FfmpegFailed, StoreError
from pipeline.shell.conditions import condition_in, remedy_of
from pipeline.shell.digests import sha256_of
from pipeline.shell.open_files import allow_open_files
from pipeline.shell.presence import check_there, staying
from pipeline.shell.sharing import Exchange, Given, find_exchange

_RECEIPT = "receipt.json"
_MAKING = ".making-"
_AT_ONCE: Final = 8
_ELSEWHERE: Final = "name another MATINEE_HOME"


@dataclass(frozen=True)
class Artifact:
    """One finished file of the store."""

    key: str
    path: Path
    sha256: str
    size: int
    receipt: Mapping[str, Any]


@dataclass(frozen=True)
class Garbage:
    """Artifacts that no output refers to."""

    keys: tuple[str, ...]
    size_bytes: int


class Store:
    """Artifacts under a folder, by key, and in the store that machines share where the environment names one."""

    def __init__(self, root: Path, exchange: Exchange | None = None) -> None:
        self.root = root
        self._exchange = exchange or find_exchange()

    def find(self, key: str) -> Artifact | None:
        """Return the artifact of a key, or None. One that was changed since it was made counts as missing.

        One that only the shared store has is copied here first. Raises StoreError where that cannot be reached.
        """
        found = self._find_here(key)
        if found is None and self._exchange is not None and (given := self._exchange.ask(key)) is not None:
            return self._copy_here(key, given)
        return found

    def find_here(self, key: str) -> Artifact | None:
        """Return the artifact of a key that is here already, or None; the shared store is not asked."""
        return self._find_here(key)

    def copy_ahead(self, keys: Iterable[str]) -> None:
        """Copy here what the shared store has of some keys now, several at a time; nothing where none is shared."""
        if self._exchange is None:
            return
        missing = [key for key in dict.fromkeys(keys) if self._find_here(key) is None]
        given = self._exchange.ask_several(missing)
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="copy") as pool:
            tuple(pool.map(lambda one: self._copy_here(*one), given.items()))

    def _find_here(self, key: str) -> Artifact | None:
        # Text rather than paths: a block asks for thousands.
        folder = f"{self.root}/{key[:2]}/{key}"
        try:
            with open(f"{folder}/{_RECEIPT}", "rb") as file:  # noqa: PTH123 - text, as said
                receipt = json.loads(file.read())
            place, digest, size = f"{folder}/{receipt['content']}", receipt["sha256"], receipt["size"]
            status = os.lstat(place)
            if receipt["key"] != key or not stat.S_ISREG(status.st_mode) or status.st_size != size:
                return None
            if status.st_mtime_ns != receipt["mtime_ns"] and sha256_of(Path(place)) != digest:
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Artifact(key, Path(place), digest, size, receipt)

    def make(self, key: str, suffix: str, produce: Callable[[Path], Mapping[str, Any]]) -> tuple[Artifact, bool]:
        """Return the artifact of a key and whether it was made just now.

        `produce` writes the file whose path it is given, checks it, and returns what the receipt says of it (JSON
        values); whatever it raises leaves nothing behind. Raises StoreError where the disk refuses.
        """
        made = self.make_several({key: suffix}, lambda paths: {key: produce(paths[key])})
        return made[key]

    def make_several(
        self, wanted: Mapping[str, str], produce: Callable[[Mapping[str, Path]], Mapping[str, Mapping[str, Any]]]
    ) -> dict[str, tuple[Artifact, bool]]:
        """Make the artifacts of several keys (with their suffixes) in one go; those already there are not made again.

        `produce` gets a path for each missing key and returns a receipt for each. Keys are locked in order, so that
        two runs never wait for each other in a circle.
        """
        if found := self._find_all(wanted):
            return found
        with self._reporting_disk_trouble(), contextlib.ExitStack() as locks:
            for key in sorted(wanted):
                locks.enter_context(self._locked(key))
            present = {key: artifact for key in wanted if (artifact := self._find_here(key)) is not None}
            present |= self._copy_locked([key for key in wanted if key not in present])
            missing = sorted(set(wanted) - set(present))
            results = {key: (artifact, False) for key, artifact in present.items()}
            if missing:
                results |= self._produce({key: wanted[key] for key in missing}, produce)
        return results

    def find_garbage(self, used: frozenset[str]) -> Garbage:
        """Return the artifacts whose keys are not in `used`, and what they weigh."""
        folders = sorted(folder for folder in self.root.glob("??/*") if folder == self._folder(folder.name))
        unused = [folder for folder in folders if folder.is_dir() and folder.name not in used]
        with self._reporting_disk_trouble():
            files = (path for folder in unused for path in folder.rglob("*"))
            return Garbage(tuple(folder.name for folder in unused), sum(path.lstat().st_size for path in files))

    def remove(self, garbage: Garbage) -> int:
        """Remove artifacts, each under its lock, and return how many went."""
        gone = 0
        with self._reporting_disk_trouble():
            for key in garbage.keys:
                with self._locked(key) as folder:
                    # The receipt first: an artifact without one does not exist, so a kill in between leaves no half.
                    (folder / _RECEIPT).unlink(missing_ok=True)
                    shutil.rmtree(folder)
                    gone += 1
        return gone

    @contextlib.contextmanager
    def in_use(self, *places: Path) -> Iterator[None]:
        """Hold the store against removal of artifacts for as long as a run needs what it has made.

        Neither the store nor the places where outputs go may be others before the end.
        """
        allow_open_files()  # a lock for each artifact that is made
        with self._run_lock(fcntl.LOCK_SH), contextlib.ExitStack() as held:
            with self._reporting_disk_trouble():
                held.enter_context(staying(self.root, *places))
            yield

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the store for removal. Raises StoreError while a run is using it."""
        try:
            with self._run_lock(fcntl.LOCK_EX | fcntl.LOCK_NB):
                yield
        except BlockingIOError:
            raise StoreError("A run is using the store.", remedy="Try again when it has ended.") from None

    @contextlib.contextmanager
    def _run_lock(self, operation: int) -> Iterator[None]:
        with self._reporting_disk_trouble():
            self.root.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.root / ".runs", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            with self._reporting_disk_trouble():
                fcntl.flock(descriptor, operation)
            yield
        finally:
            os.close(descriptor)

    def _folder(self, key: str) -> Path:
        return self.root / key[:2] / key

    def _find_all(self, wanted: Mapping[str, str]) -> dict[str, tuple[Artifact, bool]] | None:
        found: dict[str, tuple[Artifact, bool]] = {}
        for key in wanted:
            artifact = self.find(key)
            if artifact is None:
                return None
            found[key] = (artifact, False)
        return found

    def _produce(
        self,
        missing: Mapping[str, str],
        produce: Callable[[Mapping[str, Path]], Mapping[str, Mapping[str, Any]]],
    ) -> dict[str, tuple[Artifact, bool]]:
        token = uuid.uuid4().hex
        paths = {key: self._folder(key) / f"{_MAKING}{token}{suffix}" for key, suffix in missing.items()}
        try:
            with _telling_conditions():
                receipts = produce(paths)
            own = {key: Given(sha256_of(path), missing[key], receipts[key]) for key, path in paths.items()}
            counting = own if self._exchange is None else self._exchange.offer_several(own, paths)
            return {key: (self._commit(key, paths[key], given), True) for key, given in counting.items()}
        finally:
            for path in paths.values():
                path.unlink(missing_ok=True)

    def _copy_here(self, key: str, given: Given) -> Artifact | None:
        """Copy what the shared store has, unless another run of this machine was first."""
        with self._reporting_disk_trouble(), self._locked(key):
            return self._find_here(key) or self._receive(key, given)

    def _copy_locked(self, keys: Sequence[str]) -> dict[str, Artifact]:
        """Return what the shared store has by now of keys whose folders are locked."""
        if self._exchange is None or not keys:
            return {}
        received = {key: self._receive(key, given) for key, given in self._exchange.ask_several(keys).items()}
        return {key: artifact for key, artifact in received.items() if artifact is not None}

    def _receive(self, key: str, given: Given) -> Artifact | None:
        """Copy what the shared store has into the locked folder of its key; None for what is damaged there."""
        assert self._exchange is not None
        path = self._folder(key) / f"{_MAKING}{uuid.uuid4().hex}{given.suffix}"
        try:
            return self._commit(key, path, given) if self._exchange.fetch(key, given, path) else None
        finally:
            path.unlink(missing_ok=True)

    def _commit(self, key: str, path: Path, given: Given) -> Artifact:
        folder, digest = self._folder(key), given.sha256
        path.chmod(0o444)
        sync(path)
        content = folder / f"content{given.suffix}"
        _clear_folder(content)
        path.replace(content)
        status = content.stat()
        receipt = {
            **given.receipt,
            "key": key,
            "content": content.name,
            "sha256": digest,
            "size": status.st_size,
            "mtime_ns": status.st_mtime_ns,
        }
        draft = folder / f"{_MAKING}{_RECEIPT}"
        draft.write_text(json.dumps(receipt, indent=1, sort_keys=True), encoding="ascii")
        sync(draft)
        _clear_folder(folder / _RECEIPT)
        draft.replace(folder / _RECEIPT)
        sync(folder)
        return Artifact(key, content, digest, status.st_size, receipt)

    @contextlib.contextmanager
    def _locked(self, key: str) -> Iterator[Path]:
        folder = self._folder(key)
        while True:
            check_there(folder)
            # Removal may take the folder away between any two of these steps.
            try:
                folder.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            except FileExistsError:
                if _stands_for_good(folder):
                    raise
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                # The lock of a folder that is gone, or another by now, holds nothing.
                if os.path.samestat(os.fstat(descriptor), folder.stat()):
                    break
            except FileNotFoundError:
                pass
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
        try:
            for leftover in folder.glob(f"{_MAKING}*"):
                leftover.unlink()
            yield folder
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _reporting_disk_trouble(self) -> Iterator[None]:
        try:
            yield
        except (BlockingIOError, ConnectionError):  # of a lock that is held, of a terminal that has left
            raise
        except OSError as error:
            raise StoreError(
                f"The store {self.root} cannot be written ({error.strerror}).",
                remedy=remedy_of(
                    error,
                    elsewhere=_ELSEWHERE,
                    otherwise=f"Check the disk and the permissions of the folder, or {_ELSEWHERE}.",
                ),
                path=str(self.root),
            ) from error


def _stands_for_good(path: Path) -> bool:
    """Tell whether something else than a folder is there: a file, or a link that leads nowhere."""
    try:
        return not stat.S_ISDIR(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _clear_folder(path: Path) -> None:
    """Remove a folder that stands where a file of ours belongs."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)


@contextlib.contextmanager
def _telling_conditions() -> Iterator[None]:
    """Turn ffmpeg's words for a disk that is full or read-only into the error that it is."""
    try:
        yield
    except FfmpegFailed as error:
        condition = condition_in(str(error.data["stderr_tail"]))
        if condition is not None:
            raise condition from error
        raise


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
