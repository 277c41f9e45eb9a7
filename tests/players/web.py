"""A real nginx on loopback: packages as we recommend to serve them, and under another origin the page that plays."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.plan.origin import nginx_server
from tests.players.tools import HERE, find_tool

_LIMIT_S = 20.0


@dataclass(frozen=True)
class Web:
    """Where things are served: packages under one origin, the stage under another, as on the web."""

    packages: str
    stage: str


@contextlib.contextmanager
def serve_web(root: Path, folder: Path) -> Iterator[Web]:
    """Serve the packages in `root` until the end of the block; `folder` is for nginx's own files."""
    packages, stage = free_port(), free_port()
    servers = f"""\
{nginx_server(root, listen=f"127.0.0.1:{packages}")}
server {{
    listen 127.0.0.1:{stage};
    root "{HERE}";
    types {{ text/html html; text/javascript js; }}
}}
"""
    with run_nginx(servers, folder, port=packages):
        yield Web(f"http://127.0.0.1:{packages}", f"http://127.0.0.1:{stage}")


@contextlib.contextmanager
def run_nginx(servers: str, folder: Path, *, port: int) -> Iterator[None]:
    """Run nginx with what its `http` block is to hold until the end of this one; a server of it listens on `port`."""
    nginx = find_tool("nginx", package="nginx-light")
    config = folder / "nginx.conf"
    config.write_text(_config(folder, servers))
    command = [nginx, "-p", folder, "-c", config, "-e", folder / "error.log"]
    process = subprocess.Popen(command)
    try:
        _wait_for(process, port, log=folder / "error.log")
        yield
    finally:
        process.terminate()
        process.wait(timeout=_LIMIT_S)


def _config(folder: Path, servers: str) -> str:
    temporary = "".join(
        f'    {kind}_temp_path "{folder}/{kind}";\n' for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""\
daemon off;
master_process off;
pid "{folder}/nginx.pid";
events {{ worker_connections 4096; }}
http {{
    access_log "{folder}/access.log";
{temporary}
{servers}
}}
"""


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(process: subprocess.Popen[bytes], port: int, *, log: Path) -> None:
    until = time.monotonic() + _LIMIT_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError(f"nginx did not come up: {log.read_text() if log.exists() else os.strerror(2)}")
