"""The health address: whether this machine's part of Matinee can work, as JSON for monitors and load balancers.

GET /health answers 200 where all is well and 503 where something is not; what it is stands in the answer.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from flows import serving, settings
from pipeline.errors import InputError, PipelineError
from pipeline.shell.home import find_home

VARIABLE: Final = "MATINEE_HEALTH"
"""Where it listens: HOST:PORT, or nothing for loopback."""
PORT: Final = 4210
_PORTS: Final = 100
_LEAST_FREE_BYTES: Final = 2_000_000_000
_REMEMBERED_S: Final = 2.0
"""So that who asks all the time costs nothing."""
_NOWHERE: Final = "0" * 64


@dataclass(frozen=True)
class Finding:
    """What was found of one thing."""

    is_well: bool
    told: Mapping[str, Any]


Check = Callable[[], Finding]


def list_checks(api_url: str) -> dict[str, Check]:
    """Return what is asked on any machine."""
    return {"store": _store, "disk": _disk, "ffmpeg": _ffmpeg, "server": lambda: _server(api_url)}


def list_desk_checks(api_url: str) -> dict[str, Check]:
    """Return what is asked on the machine that has the server."""
    return {**list_checks(api_url), "workers": _workers, "watch": _watch}


@contextlib.contextmanager
def serve_health(checks: Mapping[str, Check]) -> Iterator[str]:
    """Answer until the end of the block, and give the address. Raises InputError where it cannot listen."""
    asker = _Asker(checks)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/health":
                self.send_error(404)
                return
            is_well, told = asker.ask()
            content = (json.dumps(told, indent=1) + "\n").encode()
            self.send_response(200 if is_well else 503)
            for name, value in (("Content-Type", "application/json"), ("Cache-Control", "no-store")):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = _listen(Handler)
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        host, port = server.server_address[:2]
        yield f"http://{host!s}:{port}/health"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Asker:
    """Asks everything, and remembers the answer for a moment."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._lock = threading.Lock()
        self._asked = -_REMEMBERED_S
        self._answer: tuple[bool, dict[str, Any]] = (False, {})

    def ask(self) -> tuple[bool, dict[str, Any]]:
        with self._lock:
            if time.monotonic() - self._asked >= _REMEMBERED_S:
                found = {name: _found(check) for name, check in self._checks.items()}
                is_well = all(one.is_well for one in found.values())
                told = {name: {"ok": one.is_well, **one.told} for name, one in found.items()}
                self._answer = is_well, {"status": "ok" if is_well else "failing", **told}
                self._asked = time.monotonic()
            return self._answer


def _found(check: Check) -> Finding:
    try:
        return check()
    except PipelineError as error:
        return Finding(is_well=False, told={"why": str(error)})
    except Exception as error:  # noqa: BLE001 - whatever it is, something is not well, and that is what was asked
        return Finding(is_well=False, told={"why": f"{type(error).__name__}: {error}"})


def _store() -> Finding:
    from pipeline.shell.sharing import find_exchange

    home, exchange = find_home(), find_exchange()
    folder = home.store if home.store.exists() else home.root
    shared = {} if exchange is None else {"shared": exchange.where}
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding(is_well=False, told={**shared, "why": f"{folder} cannot be written to"})
    if exchange is not None:
        exchange.ask_several([_NOWHERE])
    return Finding(is_well=True, told={"path": str(home.store), **shared})


def _disk() -> Finding:
    usage = shutil.disk_usage(find_home().root)
    return Finding(usage.free >= _LEAST_FREE_BYTES, {"free_bytes": usage.free, "least_bytes": _LEAST_FREE_BYTES})


def _ffmpeg() -> Finding:
    from pipeline.shell.ledger import Ledger
    from pipeline.shell.toolchain import describe_toolchain

    return Finding(is_well=True, told={"is": describe_toolchain(Ledger(find_home().ledger))})


def _server(api_url: str) -> Finding:
    return Finding(serving.is_answering(api_url), {"url": api_url})


def _workers() -> Finding:
    from flows.deployments import list_workers

    pools = tuple(filter(None, (settings.WORK_POOL, settings.find_encode_pool())))
    online = {pool: list(list_workers(pool)) for pool in pools}
    return Finding(all(online.values()), {"online": online})


def _watch() -> Finding:
    """Tell of watched folders. One that nobody watches just now is no fault: watches are people's to start and end."""
    from pipeline.watching.status import read_status

    if not find_home().arrivals.exists():
        return Finding(is_well=True, told={"folders": []})
    folders = [
        {"path": str(one.watch.root), "watched": one.is_watched, "troubles": list(one.watch.troubles)}
        for one in read_status(find_home(), None)
    ]
    return Finding(not any(one["watched"] and one["troubles"] for one in folders), {"folders": folders})


def _listen(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    named = os.environ.get(VARIABLE, "").strip()
    host, _, port = named.rpartition(":") if named else (settings.HOST, "", "")
    if named and not (host and port.isdecimal()):
        raise InputError(f"{VARIABLE} is {named!r}.", remedy=f"Give HOST:PORT, such as {settings.HOST}:{PORT}.")
    wanted = [int(port)] if named else [*range(PORT, PORT + _PORTS)]
    for one in wanted:
        with contextlib.suppress(OSError, OverflowError):
            return ThreadingHTTPServer((host, one), handler)
    raise InputError(
        f"The health address cannot be at {named or f'{host}:{PORT}'}.", remedy=f"Name another one with {VARIABLE}."
    )
