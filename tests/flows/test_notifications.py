"""A webhook is told of runs that fail and of films that are refused, by Prefect's own automations on a real server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.flows.conftest import ROOT, Served, wait_until


class Receiver:
    """A webhook on loopback, and what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()


def _set_up(served: Served, word: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flows.notifications", word]
    return subprocess.run(command, cwd=ROOT, env=served.environment, capture_output=True, text=True, timeout=120)


def test_failed_runs_and_refused_films_are_told_until_that_is_taken_away(
    served: Served, receiver: Receiver, tmp_path: Path
) -> None:
    for _ in range(2):  # set up twice, each is told once
        done = _set_up(served, receiver.url)
        assert done.returncode == 0 and "told to the webhook from now on" in done.stdout, done.stderr
    assert served.prefect("deployment", "run", "cut-clips").returncode == 0
    took = wait_until(lambda: receiver.told, limit_s=90)
    (text,) = receiver.told
    assert text.startswith("Matinee: runs that failed\n") and "cut-clips: Failed. There is no film to cut" in text

    folder = tmp_path / "arriving"
    folder.mkdir()
    (folder / "bad.mp4").write_text("not a film")
    (folder / "bad.mp4.ready").touch()
    told = ("--param", f"folder={folder}", "--param", "waits_for=sidecar", "--param", "once=true")
    done = served.prefect("deployment", "run", "watch-folder", "--watch", *told)
    assert done.returncode == 0, done.stdout + done.stderr
    wait_until(lambda: len(receiver.told) == 2, limit_s=60)
    assert receiver.told[1].startswith("Matinee: films that were refused\nbad.mp4: refused: ")
    assert took < 60

    assert "told no more" in _set_up(served, "none").stdout
    assert "Nothing was told" in _set_up(served, "none").stdout


def test_what_is_no_address_is_refused(served: Served) -> None:
    done = _set_up(served, "slack")
    assert done.returncode == 2 and "no address of a webhook" in done.stderr and "Traceback" not in done.stderr


def test_the_health_address_of_a_server_says_that_all_is_well(served: Served) -> None:
    found = re.search(r"Whether all is well: (\S+)", served.said.read_text())
    assert found is not None
    wait_until(lambda: httpx.get(found[1], trust_env=False, timeout=30).status_code == 200, limit_s=60)
    told = httpx.get(found[1], trust_env=False, timeout=30).json()
    assert told["status"] == "ok" and told["workers"]["online"]["matinee"]
    assert {"store", "disk", "ffmpeg", "server", "workers", "watch"} < set(told)
