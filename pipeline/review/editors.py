"""Who is at a browser: the session that it is signed in with, and the name that its person goes by."""

from __future__ import annotations

import getpass
from typing import Final
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from pipeline.errors import InputError
from pipeline.review.access import SESSION_S

_COOKIE: Final = "matinee-who"
_MOST: Final = 80


def session_of(request: Request) -> str:
    """Return the session that a request came with."""
    session = request.scope.get("session")
    if not isinstance(session, str):  # nothing gets here past the gate without one
        raise InputError("You are not signed in.")
    return session


def who_of(request: Request) -> str:
    """Return who decides: the name that was given in this browser, else the user of this machine."""
    named = unquote(request.cookies.get(_COOKIE, ""))[:_MOST].strip()
    if named and "\ufffd" not in named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in containers
        return "editor"


def remember_name(answer: Response, who: str) -> None:
    """Have a browser say from now on who decides there."""
    answer.set_cookie(_COOKIE, quote(who), max_age=SESSION_S, httponly=True, samesite="strict")
