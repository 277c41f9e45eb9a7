"""What an S3-compatible store keeps of what S3 promises: tried with an object that nobody reads, not believed.

Several stores take conditions and checksums without a word and heed neither.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pipeline.plan.origin import FOR_SECONDS
from pipeline.shell.targets.answers import answering, status_of

if TYPE_CHECKING:
    from pipeline.shell.targets.objects import Objects

PROBE: Final = ".matinee-probe-"
_ONE, _TWO, _OTHER = (gzip.compress(text, mtime=0) for text in (b"one", b"two", b"another"))
_UNKNOWN: Final = (400, 501)
"""How stores answer requests with a header that they do not know."""
_NO_TAG: Final = '"00000000000000000000000000000000"'


@dataclass(frozen=True)
class Promises:
    """What a store was seen to keep."""

    refuses_existing: bool
    """If-None-Match: * never writes over what is there."""
    refuses_changed: bool
    """If-Match writes over what it names, and over nothing else."""
    takes_sums: bool
    """A sha256 may come with what is sent; a few stores take that for a request that they do not know."""
    checks_sums: bool
    """What does not have the sha256 that came with it is not taken."""
    keeps_headers: bool
    """Types, codings and Cache-Control are given back."""

    @property
    def notes(self) -> Iterator[str]:
        """What people should know."""
        if not (self.refuses_existing and self.refuses_changed):
            yield (
                "This store ignores conditions on writes (If-None-Match, If-Match): names are compared just before "
                "they are written instead. Let no other machine publish there at the same time."
            )
        if not self.checks_sums:
            yield "This store does not check sha256 checksums: everything that is sent is read back."
        if not self.keeps_headers:
            yield (
                "This store does not keep Content-Type, Content-Encoding and Cache-Control as they are sent: let the "
                "CDN say them (matinee hosting)."
            )


def sum_of(data: bytes) -> str:
    """Return the sha256 of some bytes as S3 writes it."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")


def sum_of_digest(sha256: str) -> str:
    """Return a sha256 in hexadecimal digits as S3 writes it."""
    return base64.b64encode(bytes.fromhex(sha256)).decode("ascii")


def try_promises(objects: Objects) -> Promises:
    """Write, overwrite and remove one small object, and return what the store kept. Raises PublishError, InputError."""
    headers = {"ContentType": "text/vtt", "ContentEncoding": "gzip", "CacheControl": FOR_SECONDS}
    one = _Trial(objects.client, objects.place(f"{PROBE}{uuid.uuid4().hex}"))
    with answering(objects.where):
        taken = one.write_first(headers)
        try:
            found = one.client.head_object(**one.place)
            return Promises(
                refuses_existing="IfNoneMatch" in taken and one.is_refused(_TWO, IfNoneMatch="*"),
                # What refuses every If-Match keeps no promise either.
                refuses_changed=one.is_refused(_TWO, IfMatch=_NO_TAG) and not one.is_refused(_TWO, IfMatch=one.tag()),
                takes_sums="ChecksumSHA256" in taken,
                checks_sums="ChecksumSHA256" in taken and one.is_refused(_OTHER, ChecksumSHA256=sum_of(_ONE)),
                keeps_headers=all(found.get(name) == value for name, value in headers.items()),
            )
        finally:
            one.client.delete_object(**one.place)


@dataclass(frozen=True)
class _Trial:
    """The object that is tried with."""

    client: Any
    place: dict[str, str]

    def tag(self) -> str:
        return str(self.client.head_object(**self.place)["ETag"])

    def write_first(self, headers: dict[str, str]) -> dict[str, str]:
        """Write the object, and return with which checksum and condition the store took it: the most that it does."""
        from botocore.exceptions import ClientError

        checksum, condition = {"ChecksumSHA256": sum_of(_ONE)}, {"IfNoneMatch": "*"}
        for named in ({**checksum, **condition}, checksum, condition):
            try:
                self.client.put_object(**self.place, Body=_ONE, **headers, **named)
            except ClientError as error:
                if status_of(error) not in _UNKNOWN:
                    raise
            else:
                return named
        self.client.put_object(**self.place, Body=_ONE, **headers)
        return {}

    def is_refused(self, body: bytes, **named: str) -> bool:
        """Tell whether a write left the object as it was, with an answer that says so."""
        from botocore.exceptions import ClientError

        before = self.tag()
        try:
            self.client.put_object(**self.place, Body=body, **named)
        except ClientError as error:
            if status_of(error) not in (*_UNKNOWN, 409, 412):
                raise
            return self.tag() == before
        return False
