"""A shared store under a prefix of a bucket, through the client and the errors that targets of publishing have."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final, Self

from pipeline.errors import StoreError
from pipeline.shell.targets.answers import answering
from pipeline.shell.targets.objects import ConditionFailed, Objects
from pipeline.shell.targets.promises import try_promises
from pipeline.shell.targets.sessions import connect
from pipeline.spelling import spelled

_JSON: Final = {"ContentType": "application/json"}


class BucketShelf:
    """Objects under a prefix."""

    def __init__(self, objects: Objects) -> None:
        self.where = objects.where
        self._objects = objects
        self._lock = threading.Lock()
        self._is_checked = False

    @classmethod
    def open(cls, bucket: str, prefix: str) -> Self:
        """Return the shelf in a bucket; AWS_ENDPOINT_URL says where one lies that is not AWS's. Raises InputError."""
        client, place = connect(None)
        where = "/".join(filter(None, (f"s3://{bucket}", prefix)))
        return cls(Objects(client, bucket, f"{prefix}/" if prefix else "", f"{where} at {place}" if place else where))

    def check(self) -> None:
        """Raise StoreError where the store writes over what its condition forbids to: the first would not count."""
        promises = try_promises(self._objects)
        self._objects.sends_sums = promises.takes_sums
        if not (promises.refuses_existing and promises.refuses_changed):
            raise StoreError(
                f"{spelled(self.where)} ignores conditions on writes (If-None-Match, If-Match), without which two "
                "machines cannot agree on what one of them made first.",
                remedy="Name another store or a shared folder with MATINEE_SHARED_STORE.",
            )

    def read(self, name: str) -> bytes | None:
        """Return a small object, None where there is none."""
        found = self._objects.read(name)
        return None if found is None else found.data

    def fetch(self, name: str, path: Path) -> bool:
        """Copy an object to a path of this machine, and tell whether there is one."""
        if self._objects.head(name) is None:
            return False
        place = self._objects.place(name)
        with answering(self.where, name):
            self._objects.client.download_file(place["Bucket"], place["Key"], str(path))
        return True

    def put(self, name: str, path: Path) -> None:
        """Put a file of this machine under a name, large ones in parts."""
        self._check_once()
        place = self._objects.place(name)
        with answering(self.where, name), _uploading():
            self._objects.client.upload_file(str(path), place["Bucket"], place["Key"])

    def put_new(self, name: str, content: bytes) -> bool:
        """Put a small object under a name, and tell whether nothing was there."""
        return self._write(name, content, {"IfNoneMatch": "*"})

    def replace(self, name: str, content: bytes, before: bytes) -> bool:
        """Put a small object where another is as it was read, and tell whether it was."""
        found = self._objects.read(name)
        return found is not None and found.data == before and self._write(name, content, {"IfMatch": found.tag})

    def remove(self, name: str) -> None:
        """Remove an object."""
        self._objects.remove(name)

    def _write(self, name: str, content: bytes, condition: dict[str, str]) -> bool:
        self._check_once()
        try:
            self._objects.write(name, content, _JSON, condition)
        except ConditionFailed:
            # Also where the answer to our own first try was lost and the client tried again.
            return self.read(name) == content
        return True

    def _check_once(self) -> None:
        """Try the store before the first write of a process."""
        with self._lock:
            if not self._is_checked:
                self.check()
                self._is_checked = True


class _uploading:  # noqa: N801 - reads as what it is
    """Raise what the client said where its helper for files wraps that in an error of its own."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: Any, _trace: object) -> None:
        from boto3.exceptions import S3UploadFailedError

        if isinstance(error, S3UploadFailedError) and isinstance(error.__context__, Exception):
            raise error.__context__
