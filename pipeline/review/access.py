"""Who may look: the key of a home, the sessions that it gives out, and what proves that a change was meant.

The key is kept in the home, in a file that nobody else may read, so that a tablet stays signed in and a bookmark goes
on to work when the page is started again; whoever can read the file can read the films beside it as well. Removing it
signs everybody out. Sessions are signed rather than stored: nothing of them has to be remembered or cleared away.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import InputError, StoreError
from pipeline.spelling import spelled

SESSION_S: Final = 30 * 24 * 3600
"""How long a browser stays signed in."""
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SESSION: Final = re.compile(r"(\d{1,12})\.([A-Za-z0-9_-]{22})\.([0-9a-f]{64})", re.ASCII)
_MOST_BYTES: Final = 4096


@dataclass(frozen=True)
class Access:
    """What one key lets in."""

    key: str

    @property
    def cookie(self) -> str:
        """The name of the session's cookie: browsers know no ports, and two homes must not sign each other out."""
        return f"matinee-{self._sign('cookie')[:12]}"

    def admits(self, token: str) -> bool:
        """Tell whether a token is the key."""
        return hmac.compare_digest(token.encode("utf-8", "replace"), self.key.encode())

    def new_session(self, *, now_s: float) -> str:
        """Return a session for a browser that had the key."""
        begun = f"{int(now_s)}.{secrets.token_urlsafe(16)}"
        return f"{begun}.{self._sign(f'session {begun}')}"

    def is_session(self, session: str, *, now_s: float) -> bool:
        """Tell whether a session is one that this key gave out, and not too old."""
        found = _SESSION.fullmatch(session)
        if found is None:
            return False
        signed = self._sign(f"session {found[1]}.{found[2]}")
        return hmac.compare_digest(found[3], signed) and 0 <= now_s - int(found[1]) <= SESSION_S

    def proof(self, session: str) -> str:
        """Return what a page of a session sends along with each change; no other site can know it."""
        return self._sign(f"change {session}")

    def is_proof(self, proof: str, session: str) -> bool:
        """Tell whether a change comes from a page of a session."""
        return hmac.compare_digest(proof.encode("utf-8", "replace"), self.proof(session).encode())

    def _sign(self, text: str) -> str:
        return hmac.new(self.key.encode(), text.encode(), hashlib.sha256).hexdigest()


def open_access(path: Path) -> Access:
    """Return what the key in a file lets in; a new key is made where there is none.

    Raises InputError for a file that others may read or that holds no key, StoreError where it cannot be written.
    """
    try:
        if not path.exists():
            _make(path)
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{spelled(str(path))} is not a file.", remedy="Remove it: a new key is made then.")
        if status.st_mode & 0o077:
            raise InputError(
                f"Others may read {spelled(str(path))}, which lets people in.",
                remedy="Remove it, and a new key is made: everybody signs in again with the address that is printed.",
            )
        with path.open("rb") as file:
            key = file.read(_MOST_BYTES).decode("ascii", "replace").strip()
    except OSError as error:
        raise StoreError(
            f"The key of the page {spelled(str(path))} cannot be used ({error.strerror or error}).",
            remedy="Check the folder's permissions; MATINEE_HOME moves it.",
        ) from error
    if _KEY.fullmatch(key) is None:
        raise InputError(f"{spelled(str(path))} holds no key.", remedy="Remove it: a new one is made then.")
    return Access(key)


def _make(path: Path) -> None:
    """Put a new key under a name at once, unless somebody else does first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{secrets.token_urlsafe(32)}\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
