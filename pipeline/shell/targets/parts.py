"""Large files, sent in parts: each with its checksum, known to the ledger until all are one object or given up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pipeline.plan.publication import Item
from pipeline.shell.editions import Editions
from pipeline.shell.targets.answers import answering, status_of
from pipeline.shell.targets.interface import changed_meanwhile
from pipeline.shell.targets.objects import Objects, refusing

PART: Final = 16 << 20
"""Bytes of a part, and of what is sent in one piece; S3 asks for five MiB at least."""


def put_in_parts(
    objects: Objects,
    editions: Editions,
    item: Item,
    path: Path,
    headers: Mapping[str, str],
    condition: Mapping[str, str],
) -> str:
    """Send a file in parts and return the tag of the whole. Raises ConditionFailed, and InputError where it changed."""
    client, place = objects.client, objects.place(item.name)
    with answering(objects.where, item.name):
        kind = {"ChecksumAlgorithm": "SHA256"} if objects.sends_sums else {}
        upload = client.create_multipart_upload(**place, **kind, **headers)["UploadId"]
        editions.begin_upload(item.name, upload)
        try:
            parts, digest = [], hashlib.sha256()
            for number, data in enumerate(_read(path), 1):
                digest.update(data)
                named = {"PartNumber": number, **objects.sum_named(data)}
                sent = client.upload_part(**place, UploadId=upload, Body=data, **named)
                parts.append({"ETag": sent["ETag"], **named})
            if digest.hexdigest() != item.sha256:
                raise changed_meanwhile(path)
            with refusing():
                answer = client.complete_multipart_upload(
                    **place, UploadId=upload, MultipartUpload={"Parts": parts}, **condition
                )
        except BaseException:
            give_up(objects, editions, item.name, upload)
            raise
        editions.end_upload(item.name, upload)
    return str(answer["ETag"])


def give_up(objects: Objects, editions: Editions, name: str, upload: str) -> None:
    """Have a store forget the parts that it was sent; where it cannot be told now, the next run tells it."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        objects.client.abort_multipart_upload(**objects.place(name), UploadId=upload)
    except ClientError as error:
        if status_of(error) != 404:
            return
    except BotoCoreError:
        return
    editions.end_upload(name, upload)


def _read(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while data := file.read(PART):
                yield data
    except OSError as error:
        raise changed_meanwhile(path) from error


def is_large(item: Item) -> bool:
    """Tell whether a file is sent in parts."""
    return item.size > PART and item.coding == "identity"
