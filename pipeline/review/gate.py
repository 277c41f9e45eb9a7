"""What every request has to pass before anything reads it: the right name, the right origin, a session, a bound.

Checked here, once for all addresses, so that none can be forgotten.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.cut.returned import MOST_BYTES
from pipeline.review.access import Access
from pipeline.review.answers import refuse
from pipeline.review.hosts import Hosts

PROOF_HEADER: Final = "x-csrf-token"
MOST_BODY: Final = 1 << 18
"""Bytes: a verdict on every clip of a film with a long note takes a tenth of that."""
MOST_UPLOAD: Final = MOST_BYTES
"""Bytes: of a file from an editing program."""
_BODY_LIMIT_S: Final = 20.0
_SAFE: Final = ("GET", "HEAD")
# What a page needs that says how to sign in.
_OPEN: Final = re.compile(r"/login|/static/[a-z]+\.[a-z]+")
_UPLOADS: Final = re.compile(r"/films/[0-9a-f]{32}/room/returned")

Refusal = tuple[int, str, str]
_TOO_MUCH: Final[Refusal] = (413, "That is more than this page takes.", "Write less.")
_TOO_LARGE: Final[Refusal] = (
    413, f"The file is larger than {MOST_UPLOAD >> 20} MB.", "Export the highlight alone.",
)  # fmt: skip
_FAULT: Final[Refusal] = (500, "Something is wrong with this page itself.", "The terminal in which it runs says more.")


class Gate:
    """Lets through what a page of a session asks for, and refuses all else in words."""

    def __init__(self, app: ASGIApp, access: Access, hosts: Hosts, say: Callable[[Exception], None]) -> None:
        self._app = app
        self._access = access
        self._hosts = hosts
        self._say = say

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope)
        refusal = self._refusal(request)
        most, too_much = (MOST_UPLOAD, _TOO_LARGE) if _UPLOADS.fullmatch(request.url.path) else (MOST_BODY, _TOO_MUCH)
        body = b"" if refusal else await _read(request.headers, receive, most, too_much)
        if isinstance(body, tuple):
            refusal = body
        if refusal is not None:
            await refuse(request, *refusal)(scope, receive, send)
            return
        assert isinstance(body, bytes)
        await self._answer(scope, _again(body, receive), send, request)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request: Request) -> None:
        has_begun = False

        async def send_noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except Exception as error:  # noqa: BLE001 - the edge: what is wrong is said where the page runs, not on it
            self._say(error)
            if not has_begun:
                answer = refuse(request, *_FAULT)
                await answer(scope, receive, send)

    def _refusal(self, request: Request) -> Refusal | None:
        """Return why a request is not let through, before any of its body is read."""
        headers = request.headers
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self._hosts.admit(host):
            return 421, "This page does not answer under that name.", "matinee review --allow-host NAME adds one."
        if not _is_from_here(headers, host, request.method):
            return 403, "Only pages of this address may ask for this.", "Open the address itself."
        if _OPEN.fullmatch(request.url.path) and request.method in _SAFE:
            return None
        session = request.cookies.get(self._access.cookie, "")
        if not self._access.is_session(session, now_s=time.time()):
            return (
                401,
                "You are not signed in.",
                "Open the address that matinee review printed where it runs; it signs this browser in.",
            )
        if request.method not in _SAFE and not self._access.is_proof(headers.get(PROOF_HEADER, ""), session):
            return 403, "Nothing was changed: the request does not come from this page.", "Load the page again."
        request.scope["session"] = session
        return None


def _is_from_here(headers: Headers, host: str, method: str) -> bool:
    """Tell whether what browsers say of a request's origin is that it is our page's, or that a person goes here.

    Cookies know no ports, so that SameSite lets other programs of this machine through.
    """
    origin = headers.get("origin")
    if origin is not None and origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}"):
        return False
    if method not in _SAFE:
        return origin is not None
    is_other = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    goes_here = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return not is_other or goes_here


async def _read(headers: Headers, receive: Receive, most: int, too_much: Refusal) -> bytes | Refusal:
    """Return the body of a request, or why it is not taken."""
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or len(length) > 12 or int(length) > most:
        return too_much
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_LIMIT_S):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > most:
                    return too_much
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        return 408, "The request took too long to arrive.", "Try it again."


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what hands out a body that was read, and after it what comes then."""
    is_given = False

    async def receive_again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
