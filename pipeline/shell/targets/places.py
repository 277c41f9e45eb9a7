"""From the text that a person gives to a target: a folder, or s3://bucket/prefix of an S3-compatible store."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from pipeline.errors import InputError
from pipeline.shell.editions import Editions
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.targets.folder import FolderTarget
from pipeline.shell.targets.interface import Target
from pipeline.spelling import spelled

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/", re.ASCII)
_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]", re.ASCII)
_PART: Final = re.compile(r"[A-Za-z0-9!_.*'()=@+-]{1,255}", re.ASCII)
_ENDPOINT: Final = re.compile(r"https?://[A-Za-z0-9._\[\]:-]+(/[A-Za-z0-9._~-]+)*/?", re.ASCII)
_PREFIX_MAX: Final = 800
"""Bytes: keys have at most 1024, and names of ours the rest."""


def open_target(text: str, ledger: Ledger, *, endpoint: str | None = None) -> Target:
    """Return the target that a text names; nothing is asked of it yet. Raises InputError for a text that names none."""
    parsed = parse_place(text)
    if isinstance(parsed, Path):
        if endpoint is not None:
            raise InputError("--endpoint is for s3://bucket/prefix, not for a folder.")
        return FolderTarget(parsed, Editions(ledger, str(parsed)))
    from pipeline.shell.targets.s3 import S3Target
    from pipeline.shell.targets.sessions import connect

    bucket, prefix = parsed
    if endpoint is not None and _ENDPOINT.fullmatch(endpoint) is None:
        raise InputError(
            f"{spelled(endpoint)!r} is no address of a store.", remedy="Give one such as https://s3.example.org."
        )
    client, place = connect(endpoint)
    where = "/".join(filter(None, (f"s3://{bucket}", prefix)))
    return S3Target(client, bucket, prefix, Editions(ledger, f"{where} at {place}" if place else where))


def where_of(text: str) -> str:
    """Return what a target is called in the ledger, without its endpoint. Raises InputError."""
    parsed = parse_place(text)
    return str(parsed) if isinstance(parsed, Path) else "/".join(filter(None, (f"s3://{parsed[0]}", parsed[1])))


def parse_place(text: str) -> Path | tuple[str, str]:
    """Return the folder that a text names, or a bucket and a prefix without slashes at its ends. Raises InputError."""
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _folder(text)
    if not text.startswith("s3://"):
        raise InputError(
            f"{spelled(text)!r} is no target.", remedy="Allowed: a folder, or s3://bucket/prefix of a store."
        )
    bucket, _, prefix = text.removeprefix("s3://").partition("/")
    prefix = prefix.removesuffix("/")
    parts = prefix.split("/") if prefix else []
    if _BUCKET.fullmatch(bucket) is None or len(prefix) > _PREFIX_MAX:
        raise InputError(
            f"{spelled(text)!r} names no bucket.", remedy="Allowed: s3://bucket/prefix, such as s3://films/hls."
        )
    if any(_PART.fullmatch(part) is None or part in (".", "..") for part in parts):
        raise InputError(
            f"{spelled(text)!r} has a prefix that cannot be served as it is.",
            remedy="Allowed: letters of English, digits and !_.*'()=@+- between slashes; no part is empty, . or ..",
        )
    return bucket, prefix


def _folder(text: str) -> Path:
    if not text or "\0" in text:
        raise InputError("A target has a name.", remedy="Name a folder, or s3://bucket/prefix of a store.")
    try:
        path = Path(text).expanduser().absolute().resolve()
        is_other = path.exists() and not path.is_dir()
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(f"{spelled(text)} has a name that is no UTF-8.", remedy="Name another folder.") from None
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"{spelled(text)} cannot be followed: {_reason(error)}.", remedy="Name another folder."
        ) from error
    if is_other:
        raise InputError(f"{spelled(text)} is no folder.", remedy="Name another one.")
    if path.is_relative_to(find_home().store.resolve()):
        raise InputError(
            f"{spelled(text)} lies in the store, where `matinee gc` removes what no output needs.",
            remedy="Name another folder.",
        )
    return path


def _reason(error: OSError | RuntimeError) -> str:
    # Links in a circle are a RuntimeError.
    return str(error.strerror) if isinstance(error, OSError) else "links lead in a circle"
