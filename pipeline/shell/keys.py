"""The key that tickets are signed with: made once, in a file that nobody else may read, or in the environment."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from pipeline.errors import PlanError, PublishError
from pipeline.plan.tickets import key_file_text, read_key
from pipeline.spelling import spelled

VARIABLE: Final = "MATINEE_DROP_KEY"
_MOST_BYTES: Final = 4096


def make_key(path: Path) -> None:
    """Write a new key that nobody else may read, as nginx includes it. Raises PublishError where a file is there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(key_file_text(secrets.token_urlsafe(48)))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise PublishError(
            f"{spelled(str(path))} is there already, and addresses may be signed with it.",
            remedy="Name another file, or remove it: every address signed with it ends then.",
            path=str(path),
        ) from None
    except OSError as error:
        raise PublishError(f"{spelled(str(path))} cannot be written ({error.strerror}).", path=str(path)) from error


def find_key(path: Path | None) -> str:
    """Return the key in a file, or in MATINEE_DROP_KEY where none is named. Raises PlanError."""
    if path is None:
        found = os.environ.get(VARIABLE)
        if not found:
            raise PlanError(
                "There is no key to sign with.",
                remedy=f"Name its file with --key, or set {VARIABLE} to the key itself.",
            )
        return read_key(found)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for ever
            raise PlanError(f"{spelled(str(path))} is not a file but a directory or a device.", path=str(path))
        with path.open("rb") as file:
            return read_key(file.read(_MOST_BYTES).decode("ascii", "replace"))
    except OSError as error:
        raise PlanError(f"{spelled(str(path))} cannot be read ({error.strerror}).", path=str(path)) from error
