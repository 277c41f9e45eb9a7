"""Tickets: the part of an address that lets its holder in until it expires, and how it is signed.

A ticket stands in the path, /s/<film>/<expires>/<signature>/…, so that the relative addresses of playlists inherit it
in every player, and a CDN keeps one copy for all who have the same one: those of a window that share its end. Queries
are not inherited, and cookies do not reach the segments of another site's page, or of a television.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import PurePosixPath
from typing import Final

from pipeline.calendar import NAME_PATTERN
from pipeline.errors import PlanError
from pipeline.spelling import spelled

COOKIE: Final = "matinee"
KEY_ALLOWED: Final = "32 to 128 letters, digits, hyphens and underscores"
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{32,128}", re.ASCII)
_KEY_FILE: Final = re.compile(r'default "([A-Za-z0-9_-]{32,128})";\n?', re.ASCII)
_NAME: Final = re.compile(NAME_PATTERN.removeprefix("^").removesuffix("$"), re.ASCII)


def sign(path: str, expires: int, key: str) -> str:
    """Return the path of an entry or page ('/the-red-kite.m3u8') with a ticket until `expires`, seconds since 1970.

    Raises PlanError for another path, and for a key that is none.
    """
    name = PurePosixPath(path)
    if str(name.parent) != "/" or name.suffix not in (".m3u8", ".html") or _NAME.fullmatch(name.stem) is None:
        raise PlanError(
            f"{spelled(path)} cannot be signed.", remedy="Sign an entry or a page, such as /the-red-kite.m3u8."
        )
    return f"/s/{name.stem}/{expires}/{signature(name.stem, expires, key)}{path}"


def cookie_value(film: str, expires: int, key: str) -> str:
    """Return what the cookie `matinee` holds for pages of the same site, which need no ticket in the path then."""
    return f"{film}.{expires}.{signature(film, expires, key)}"


def signature(film: str, expires: int, key: str) -> str:
    """Return a film's signature as nginx's secure_link module computes it. Raises PlanError for what it cannot sign."""
    if _KEY.fullmatch(key) is None:
        raise PlanError(
            "The key for signing is none.", remedy=f"It has {KEY_ALLOWED}: matinee drop key FILE makes one."
        )
    if not 10**9 <= expires < 10**10:
        raise PlanError(
            f"A ticket cannot expire {expires} seconds after 1970.", remedy="Name a second of 2001 to 2286."
        )
    # MD5 is what the module has. With the key last, whoever knows one signature cannot go on from it to another.
    digest = hashlib.md5(f"{film} {expires} {key}".encode(), usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def key_file_text(key: str) -> str:
    """Return the content of the file that nginx includes, with a key in it."""
    return f'default "{key}";\n'


def read_key(text: str) -> str:
    """Return the key in such a file's text, or the text itself where it is a key. Raises PlanError."""
    found = _KEY_FILE.fullmatch(text)
    key = found[1] if found else text.strip()
    if _KEY.fullmatch(key) is None:
        raise PlanError("This is no key for signing.", remedy=f"It has {KEY_ALLOWED}: matinee drop key FILE makes one.")
    return key
