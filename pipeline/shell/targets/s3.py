"""An S3-compatible store as a target: conditions where it heeds them, checksums where it checks them, else looking.

Playlists, subtitles and thumbnails lie there in gzip, since a store does not compress by itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pipeline.plan.publication import Item
from pipeline.shell.editions import Editions
from pipeline.shell.targets.interface import (
    Busy,
    Holding,
    Text,
    not_what_was_sent,
    other_bytes,
    other_headers,
    overtaken,
    read_unchanged,
)
from pipeline.shell.targets.machine_locks import machine_lock
from pipeline.shell.targets.objects import ConditionFailed, Objects
from pipeline.shell.targets.parts import give_up, is_large, put_in_parts
from pipeline.shell.targets.promises import PROBE, Promises, sum_of_digest, try_promises

_PROBE_AGE: Final = timedelta(hours=1)
_NOTHING: Final = Promises(
    refuses_existing=False, refuses_changed=False, takes_sums=True, checks_sums=False, keeps_headers=True
)


class S3Target:
    """A prefix in a bucket."""

    def __init__(self, client: Any, bucket: str, prefix: str, editions: Editions) -> None:
        self.where = editions.target
        self.editions = editions
        self._objects = Objects(client, bucket, f"{prefix}/" if prefix else "", self.where)
        self._promises = _NOTHING

    def prepare(self) -> tuple[str, ...]:
        """Try what the store keeps of its promises, and give up uploads in parts that a killed run left."""
        self._promises = try_promises(self._objects)
        self._objects.sends_sums = self._promises.takes_sums
        with contextlib.suppress(Busy), self.alone():
            for name, upload in self.editions.uploads():
                give_up(self._objects, self.editions, name, upload)
        return tuple(self._promises.notes)

    @contextlib.contextmanager
    def sharing(self) -> Iterator[None]:
        """Hold the target, among the runs of this machine, against removals."""
        with machine_lock(self.where, "contents", fcntl.LOCK_SH):
            yield

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the target, among the runs of this machine, for removals."""
        with machine_lock(self.where, "contents", fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield

    @contextlib.contextmanager
    def switching(self) -> Iterator[None]:
        """Hold its entries among the runs of this machine; conditions hold off other machines."""
        with machine_lock(self.where, "names", fcntl.LOCK_EX):
            yield

    def holding(self, item: Item) -> Holding:
        """Tell what stands under a name: by what was read once, by the store's own checksum, or by reading it."""
        head = self._objects.head(item.name)
        if head is None:
            return "absent"
        if self.editions.tag_of(item.name, item.sha256) == head.tag:
            return "same"
        if item.coding == "identity" and head.size != item.size:
            return "other"
        expected = _headers(item)
        if self._promises.keeps_headers and head.headers != expected:
            told = ", ".join(f"{name} {head.headers.get(name, 'missing')}" for name in expected)
            raise other_headers(item.name, self.where, told)
        is_known = self._promises.checks_sums and item.coding == "identity"
        if is_known and head.sum == sum_of_digest(item.sha256):
            self.editions.remember(item.name, item.sha256, head.tag)
            return "same"
        return "same" if self._is_as_sent(item) else "other"

    def put(self, item: Item, path: Path) -> None:
        """Send a file under a name that is new, with its checksum, and read back what the store did not check."""
        condition = {"IfNoneMatch": "*"} if self._promises.refuses_existing else {}
        try:
            if is_large(item):
                tag = put_in_parts(self._objects, self.editions, item, path, _headers(item), condition)
            else:
                body = _coded(item, read_unchanged(path, item))
                tag = self._objects.write(item.name, body, _headers(item), condition)
        except ConditionFailed:
            # Also where the answer to our own first try was lost and the client tried again.
            if self.holding(item) != "same":
                raise other_bytes(item.name, self.where) from None
            return
        if self._promises.checks_sums:
            self.editions.remember(item.name, item.sha256, tag)
        elif not self._is_as_sent(item):
            self.remove(item.name)
            raise not_what_was_sent(item.name, self.where)

    def read(self, name: str) -> Text | None:
        """Return the text of an object, and its ETag."""
        return self._objects.read(name)

    def follow(self, name: str) -> bytes | None:
        """Return the text of an object."""
        found = self._objects.read(name)
        return found.data if found else None

    def replace(self, item: Item, data: bytes, tag: str | None) -> None:
        """Write an entry where it is as it was found: by the store's condition or, without one, by looking again."""
        before = self.read(item.name)
        if (before.tag if before else None) != tag:
            raise overtaken(item.name, self.where)
        condition: dict[str, str] = {}
        if tag is None and self._promises.refuses_existing:
            condition = {"IfNoneMatch": "*"}
        elif tag is not None and self._promises.refuses_changed:
            condition = {"IfMatch": tag}
        try:
            self._objects.write(item.name, _coded(item, data), _headers(item), condition)
        except ConditionFailed:
            # Also where the answer to our own first try was lost and the client tried again.
            found = self.read(item.name)
            if found is None or found.data != data:
                raise overtaken(item.name, self.where) from None
        measured = self._objects.measure(item.name)
        if measured is None or measured[0] != hashlib.sha256(data).hexdigest():
            self._put_back(item, before)
            raise not_what_was_sent(item.name, self.where)

    def remove(self, name: str) -> None:
        """Remove an object."""
        self._objects.remove(name)

    def root_names(self) -> tuple[str, ...]:
        """Return the names directly under the prefix, and remove what killed runs left of their trials."""
        found = self._objects.names()
        for name, at in found:
            if name.startswith(PROBE) and datetime.now(UTC) - at > _PROBE_AGE:
                self.remove(name)
        return tuple(name for name, _ in found if not name.startswith(PROBE))

    def _put_back(self, item: Item, before: Text | None) -> None:
        """Let no damaged entry stand."""
        if before is None:
            self.remove(item.name)
        else:
            self._objects.write(item.name, _coded(item, before.data), _headers(item), {})

    def _is_as_sent(self, item: Item) -> bool:
        """Read an object to its end, and remember it where it has the bytes that it should have."""
        measured = self._objects.measure(item.name)
        if measured is None or measured[0] != item.sha256:
            return False
        self.editions.remember(item.name, item.sha256, measured[1])
        return True


def _headers(item: Item) -> dict[str, str]:
    headers = {"ContentType": item.content_type, "CacheControl": item.cache_control}
    return {**headers, "ContentEncoding": "gzip"} if item.coding == "gzip" else headers


def _coded(item: Item, data: bytes) -> bytes:
    # Without a time of its own, equal text packs into equal bytes.
    return gzip.compress(data, compresslevel=9, mtime=0) if item.coding == "gzip" else data
