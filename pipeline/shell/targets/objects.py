"""The objects under one prefix of a bucket: look, read to the end, write under a condition, remove."""

from __future__ import annotations

import contextlib
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pipeline.errors import PublishError
from pipeline.shell.targets.answers import answering, code_of, status_of
from pipeline.shell.targets.interface import TEXT_MAX, Text
from pipeline.shell.targets.promises import sum_of
from pipeline.spelling import spelled

_CHUNK: Final = 1 << 20
_GZIP_WINDOW: Final = 31  # zlib's number for a gzip header
_HEADERS: Final = ("ContentType", "CacheControl", "ContentEncoding")
_MISSING: Final = ("404", "NoSuchKey", "NotFound")


class ConditionFailed(Exception):  # noqa: N818 - says what happened
    """A write was refused, since what is there is not what its condition says."""


class Damaged(PublishError):  # noqa: N818 - says what happened
    """An object cannot be unpacked."""


@dataclass(frozen=True)
class Head:
    """What a store says of an object without giving it."""

    tag: str
    size: int
    sum: str | None
    """Its sha256 as the store knows it."""
    headers: dict[str, str]
    """Those that we set, as boto3 calls them."""


class Objects:
    """What lies under a prefix."""

    def __init__(self, client: Any, bucket: str, prefix: str, where: str) -> None:
        self.client = client
        self.where = where
        self.sends_sums = True
        """Whether the sha256 goes with what is sent."""
        self._bucket = bucket
        self._prefix = prefix

    def place(self, name: str) -> dict[str, str]:
        """Return where an object lies. Raises PublishError for a name that leads out of the prefix."""
        if name.startswith("/") or ".." in name.split("/"):
            raise PublishError(f"{spelled(name)} leads out of {spelled(self.where)}.", name=name)
        return {"Bucket": self._bucket, "Key": self._prefix + name}

    def head(self, name: str) -> Head | None:
        """Return what the store says of an object, or None where there is none."""
        with answering(self.where, name), _absent_is_none() as found:
            answer = self.client.head_object(**self.place(name), ChecksumMode="ENABLED")
            headers = {name: answer[name] for name in _HEADERS if name in answer}
            found.append(Head(answer["ETag"], answer["ContentLength"], answer.get("ChecksumSHA256"), headers))
        return found[0] if found else None

    def read(self, name: str) -> Text | None:
        """Return an object's bytes, unpacked, of which there are at most TEXT_MAX."""
        found = self._get(name)
        if found is None:
            return None
        parts, total = [], 0
        for chunk in self._unpacked(found, name):
            total += len(chunk)
            if total > TEXT_MAX:
                raise PublishError(f"{name} at {spelled(self.where)} has more than {TEXT_MAX} bytes.", name=name)
            parts.append(chunk)
        return Text(b"".join(parts), str(found["ETag"]))

    def measure(self, name: str) -> tuple[str, str] | None:
        """Return the sha256 of an object's unpacked bytes, read to the end, and its tag; no digest of a damaged one."""
        found = self._get(name)
        if found is None:
            return None
        digest = hashlib.sha256()
        try:
            for chunk in self._unpacked(found, name):
                digest.update(chunk)
        except Damaged:
            return "", str(found["ETag"])
        return digest.hexdigest(), str(found["ETag"])

    def write(self, name: str, body: bytes, headers: Mapping[str, str], condition: Mapping[str, str]) -> str:
        """Write an object with its checksum, and return its tag. Raises ConditionFailed."""
        with answering(self.where, name), refusing():
            answer = self.client.put_object(
                **self.place(name), Body=body, **self.sum_named(body), **headers, **condition
            )
        return str(answer["ETag"])

    def sum_named(self, body: bytes) -> dict[str, str]:
        """Return the checksum that goes with a request, as boto3 calls it; nothing for a store that takes none."""
        return {"ChecksumSHA256": sum_of(body)} if self.sends_sums else {}

    def remove(self, name: str) -> None:
        """Remove an object."""
        with answering(self.where, name):
            self.client.delete_object(**self.place(name))

    def names(self) -> tuple[tuple[str, Any], ...]:
        """Return the names directly under the prefix, in order, and when each was written."""
        with answering(self.where):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix, Delimiter="/"
            )
            found = [(one["Key"], one["LastModified"]) for page in pages for one in page.get("Contents", ())]
        return tuple(sorted((key.removeprefix(self._prefix), at) for key, at in found))

    def _get(self, name: str) -> dict[str, Any] | None:
        with answering(self.where, name), _absent_is_none() as found:
            found.append(self.client.get_object(**self.place(name)))
        return found[0] if found else None

    def _unpacked(self, found: Mapping[str, Any], name: str) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(_GZIP_WINDOW) if found.get("ContentEncoding") == "gzip" else None
        with answering(self.where, name):
            for chunk in found["Body"].iter_chunks(_CHUNK):
                try:
                    # One byte more than a text may have tells that it has too many.
                    yield chunk if unpacker is None else unpacker.decompress(chunk, TEXT_MAX + 1)
                except zlib.error as error:
                    raise Damaged(f"{name} at {spelled(self.where)} cannot be unpacked.", name=name) from error
        if unpacker is not None and not unpacker.eof:
            raise Damaged(f"{name} at {spelled(self.where)} is cut short.", name=name)


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """Raise ConditionFailed for an answer that says that a write's condition does not hold."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        # 404: there is nothing whose tag could be compared; 409: another write was under way.
        if status_of(error) in (409, 412) or code_of(error) == "NoSuchKey":
            raise ConditionFailed from error
        raise


@contextlib.contextmanager
def _absent_is_none() -> Iterator[list[Any]]:
    """Give a list that stays empty where the store has no such object."""
    from botocore.exceptions import ClientError

    found: list[Any] = []
    try:
        yield found
    except ClientError as error:
        if code_of(error) not in _MISSING:
            raise
