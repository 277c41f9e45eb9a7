"""Know whether this project's server is up, and where: nothing else reads or writes `.prefect/serving.json`.

The serving process holds an flock for as long as it lives. The kernel frees it at death, however violent, so a record
without a held lock is known to be stale. Standard library only: every `import prefect` in the project passes here.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

from flows.locks import open_lock, try_exclusive, try_shared
from flows.settings import find_prefect_home

_LOCK_TRIES = 20


@contextlib.contextmanager
def hold_server_lock() -> Iterator[bool]:
    """Hold the right to serve, and yield whether it was free; whoever gets True must record the address."""
    with open_lock(_server_lock()) as lock:
        # A reader holds the lock for microseconds while it looks; another server holds it for good.
        for _ in range(_LOCK_TRIES):
            if try_exclusive(lock):
                break
            time.sleep(0.01)
        else:
            yield False
            return
        record = _record_path()
        record.unlink(missing_ok=True)
        try:
            yield True
        finally:
            record.unlink(missing_ok=True)


def record_address(api_url: str) -> None:
    """Tell every later command of the project where the server answers; call it once it does."""
    record = _record_path()
    draft = record.with_name(f"{record.name}.{os.getpid()}")
    draft.write_text(json.dumps({"api_url": api_url, "pid": os.getpid()}) + "\n", encoding="utf-8")
    draft.replace(record)


def is_serving() -> bool:
    """Return whether a living process holds the right to serve, whether or not it answers already."""
    if not _server_lock().exists():
        return False
    with open_lock(_server_lock()) as lock:
        return not try_shared(lock)


def find_address() -> str | None:
    """Return the API address of the running server, None where none runs or none answers yet."""
    try:
        record = json.loads(_record_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(record["api_url"]) if is_serving() else None


def is_answering(api_url: str) -> bool:
    """Return whether a Prefect server answers there within a moment."""
    return _ask(f"{api_url}/health") is not None


def is_ours(api_url: str) -> bool:
    """Return whether the server that answers there keeps its files where ours does, and so is no other's."""
    told = _ask(f"{api_url}/admin/settings")
    return isinstance(told, dict) and told.get("home") == str(find_prefect_home())


def _ask(url: str) -> object | None:
    """Return what a Prefect server says, None where none answers or it refuses our password."""
    import urllib.request

    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    password = os.environ.get("PREFECT_SERVER_API_AUTH_STRING", "")
    known = {"Authorization": "Basic " + base64.b64encode(password.encode()).decode()} if password else {}
    try:
        with direct.open(urllib.request.Request(url, headers=known), timeout=2) as response:  # noqa: S310 - http only
            told: object = json.load(response)
            return told
    except (OSError, HTTPException, ValueError):
        return None


@contextlib.contextmanager
def hold_client_lock() -> Iterator[None]:
    """Mark that a run depends on the server, so that whoever started it leaves it up until the run is over."""
    with open_lock(_clients_lock()) as lock:
        # Only a server about to stop takes it for itself, and no longer than it takes to look.
        while not try_shared(lock):
            time.sleep(0.01)
        yield


def has_clients() -> bool:
    """Return whether another command of the project waits for a run of its own."""
    with open_lock(_clients_lock()) as lock:
        return not try_exclusive(lock)


def _record_path() -> Path:
    return find_prefect_home() / "serving.json"


def _server_lock() -> Path:
    return find_prefect_home() / "serving.lock"


def _clients_lock() -> Path:
    return find_prefect_home() / "clients.lock"
