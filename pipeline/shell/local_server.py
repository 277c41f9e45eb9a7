"""What servers of pages have in common: a port that is theirs, headers on every answer, and an end with Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import InputError
from pipeline.plan.origin import EVERYWHERE, NEVER, Header
from pipeline.spelling import spelled

LOOPBACK: Final = "127.0.0.1"
# Unlike a CDN's, these answers are for one page alone: no other site that is open in the browser may read an unreleased
# film.
OWN_PAGE: Final[tuple[Header, ...]] = (
    *EVERYWHERE,
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
)


class WithHeaders:
    """Adds headers to every answer that has none such of its own, and to refusals that they must not be remembered."""

    def __init__(self, app: ASGIApp, headers: tuple[Header, ...]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message.get("headers", ())}
                missing = tuple(one for one in self._headers if one[0].lower().encode() not in own)
                more = (*missing, *((("Cache-Control", NEVER),) if message["status"] >= 400 else ()))
                added = [(name.lower().encode(), value.encode()) for name, value in more]
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self._app(scope, receive, send_with)


@contextlib.contextmanager
def listen(port: int | None, *, host: str = LOOPBACK) -> Iterator[socket.socket]:
    """Give a socket on a port of an address of this machine, on any free one for None.

    Raises InputError where the port is taken or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port or 0))
        except OSError as error:
            at = "" if host == LOOPBACK else f" at {spelled(host)}"
            told = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
            raise InputError(
                f"Port {port or '(any)'}{at} cannot be used: {told}.",
                remedy="Give another one, or none to take a free one."
                if host == LOOPBACK
                else "Give an address of this machine, and another port, or none to take a free one.",
            ) from error
        listener.listen()
        yield listener


def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Answer until Ctrl-C or SIGTERM."""
    import uvicorn

    config = uvicorn.Config(
        app, lifespan="off", log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=1
    )
    # uvicorn ends what it is sending first, and then lets the signal through.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
