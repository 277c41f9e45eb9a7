"""What a machine asks of the shared store and offers to it. For each key the first receipt counts, on every machine.

No machine waits for another: two that make one key at the same time both offer it, and the second takes the bytes of
the first. So no lock of a machine that died is ever in the way.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from pipeline.errors import StoreError
from pipeline.spelling import spelled

_RECEIPT: Final = "receipt.json"
_AT_ONCE: Final = 16
_BELIEVED_S: Final = 60.0
"""How long a key is believed to be missing, so that planning asks once for each. Who makes it asks again."""
_TRIES: Final = 5
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_SUFFIX: Final = re.compile(r"(\.[A-Za-z0-9]{1,16})?")


class Shelf(Protocol):
    """Files under names that a shared store has, each whole or not there at all. Raises StoreError and Transient."""

    where: str
    """What it is called to people."""

    def read(self, name: str) -> bytes | None:
        """Return a small file, None where there is none."""

    def fetch(self, name: str, path: Path) -> bool:
        """Copy a file to a path of this machine, and tell whether there is one."""

    def put(self, name: str, path: Path) -> None:
        """Put a file of this machine under a name, whatever is there."""

    def put_new(self, name: str, content: bytes) -> bool:
        """Put a small file under a name, and tell whether nothing was there: of two that do so, one alone succeeds."""

    def replace(self, name: str, content: bytes, before: bytes) -> bool:
        """Put a small file where another is as it was read, and tell whether it was."""

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is none the less removed."""

    def check(self) -> None:
        """Raise StoreError where it cannot be written to, or does not keep what the first receipt needs."""


@dataclass(frozen=True)
class Given:
    """What the shared store has under a key."""

    sha256: str
    suffix: str
    receipt: Mapping[str, Any]

    def name(self, key: str) -> str:
        """Return where its bytes lie."""
        return f"{_folder(key)}/{self.sha256}{self.suffix}"


class Exchange:
    """The shared store as one machine sees it."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._missing: dict[str, float] = {}

    @property
    def where(self) -> str:
        """What it is called to people."""
        return self._shelf.where

    def check(self) -> None:
        """Raise StoreError where the shared store cannot be used."""
        self._shelf.check()

    def ask(self, key: str) -> Given | None:
        """Return what a key stands for, None where nothing whole is there; a miss is believed for some seconds."""
        if time.monotonic() - self._missing.get(key, -_BELIEVED_S) < _BELIEVED_S:
            return None
        return self._ask_now(key)[0]

    def ask_several(self, keys: Iterable[str]) -> dict[str, Given]:
        """Return what keys stand for, all of them asked now and several at a time."""
        asked = tuple(dict.fromkeys(keys))
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="ask") as pool:
            answers = pool.map(lambda key: self._ask_now(key)[0], asked)
            return {key: given for key, given in zip(asked, answers, strict=True) if given is not None}

    def fetch(self, key: str, given: Given, path: Path) -> bool:
        """Copy the bytes of a key to a path, and tell whether they are what their receipt says."""
        from pipeline.shell.digests import sha256_of

        if self._shelf.fetch(given.name(key), path) and sha256_of(path) == given.sha256:
            return True
        path.unlink(missing_ok=True)
        return False

    def offer_several(self, own: Mapping[str, Given], paths: Mapping[str, Path]) -> dict[str, Given]:
        """Give several files as `offer` does, some at a time, and return what counts for each."""
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="offer") as pool:
            counting = pool.map(lambda key: self.offer(key, own[key], paths[key]), own)
            return dict(zip(own, counting, strict=True))

    def offer(self, key: str, own: Given, path: Path) -> Given:
        """Give a file that was made here, and return what counts: its own receipt, or one that was first.

        Then `path` holds the bytes of that one. What stands there damaged is replaced.
        """
        for _ in range(_TRIES):
            standing, text = self._ask_now(key)
            if standing is not None and (standing.sha256 == own.sha256 or self._take(key, standing, path)):
                # Its bytes may have been damaged where ours are whole.
                if standing.sha256 == own.sha256:
                    self._put_missing(key, own, path)
                return standing
            self._shelf.put(own.name(key), path)
            says = json.dumps({**own.receipt, "key": key, "sha256": own.sha256, "suffix": own.suffix}, sort_keys=True)
            name, content = f"{_folder(key)}/{_RECEIPT}", says.encode("ascii")
            if self._shelf.put_new(name, content) if text is None else self._shelf.replace(name, content, text):
                self._missing.pop(key, None)
                return own
            self._drop_loser(key, own)
        raise StoreError(
            f"{spelled(self.where)} never agreed on {key[:12]}…: other machines replace it all the time.",
            remedy="Run it again; if it happens again, see that one file system is mounted on all machines.",
        )

    def _ask_now(self, key: str) -> tuple[Given | None, bytes | None]:
        """Return what a key stands for, and the text of its receipt, which may be there and say nothing."""
        text = self._shelf.read(f"{_folder(key)}/{_RECEIPT}")
        given = None if text is None else _given(key, text)
        if given is None:
            self._missing[key] = time.monotonic()
        else:
            self._missing.pop(key, None)
        return given, text

    def _take(self, key: str, standing: Given, path: Path) -> bool:
        """Put the bytes that were first in the place of ours, and tell whether they are whole."""
        beside = path.with_name(f"{path.name}.first")
        if not self.fetch(key, standing, beside):
            return False
        beside.replace(path)
        return True

    def _put_missing(self, key: str, own: Given, path: Path) -> None:
        beside = path.with_name(f"{path.name}.there")
        if not self.fetch(key, own, beside):
            self._shelf.put(own.name(key), path)
        beside.unlink(missing_ok=True)

    def _drop_loser(self, key: str, own: Given) -> None:
        standing, _ = self._ask_now(key)
        if standing is not None and standing.sha256 != own.sha256:
            self._shelf.remove(own.name(key))


def _folder(key: str) -> str:
    return f"{key[:2]}/{key}"


def _given(key: str, text: bytes) -> Given | None:
    """Return what a receipt says, None where it is not one of this key."""
    try:
        says = json.loads(text)
        digest, suffix = says["sha256"], says["suffix"]
        if says["key"] == key and _DIGEST.fullmatch(digest) and _SUFFIX.fullmatch(suffix):
            return Given(digest, suffix, {name: one for name, one in says.items() if name != "suffix"})
    except (ValueError, KeyError, TypeError):
        pass
    return None
