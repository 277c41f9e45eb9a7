"""A server, pool and worker as `make serve` brings them up, shared by the tests that need one."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flows.harness import SharedHarness

ROOT = Path(__file__).resolve().parents[2]
PREFECT = Path(sys.executable).with_name("prefect")
# To load the system's certificates, of which nothing here makes use, takes longer than the server does to answer.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

_HARNESS = SharedHarness()


def wait_until(condition: Callable[[], Any], *, limit_s: float = 150.0) -> float:
    """Return after how many seconds the condition held; fail where it does not in time."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < limit_s, f"not within {limit_s} s"
        time.sleep(0.1)
    return time.monotonic() - started


def find_processes(text: str) -> list[int]:
    """Return the processes whose command line or environment holds a text, zombies left out.

    While a process becomes another program, as ffmpeg's tether does, it shows neither for a moment and is not found.
    """
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                words = (folder / "cmdline").read_bytes() + b"\0" + (folder / "environ").read_bytes()
            except OSError:
                continue
            if text.encode() in words:
                found.append(int(folder.name))
    return found


class Served:
    """One checkout's server under a home of its own, started when first needed and again after a test has killed it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.users_home = folder / "user"
        self.said = folder / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None
        for new in (self.home / "masters", self.users_home):
            new.mkdir(parents=True)

    @property
    def environment(self) -> dict[str, str]:
        """What a person's terminal holds: nothing of Prefect, and a home folder that must stay as it is."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_") and k not in ("DO_NOT_TRACK", "CI")}
        return {**kept, "HOME": str(self.users_home), "MATINEE_HOME": str(self.home)}

    @property
    def record(self) -> Path:
        return self.home / ".prefect" / "serving.json"

    @property
    def api_url(self) -> str:
        return str(json.loads(self.record.read_text())["api_url"])

    def ensure_up(self) -> None:
        """Start `python -m flows.serve` unless it is up, and wait until it says so."""
        if not self.process_ended():
            return
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flows.serve"], cwd=ROOT, env=self.environment, stdout=said, stderr=said
            )
        wait_until(lambda: "Up. The page" in self.said.read_text() or self.process_ended(), limit_s=150)
        assert not self.process_ended(), self.said.read_text()
        self._deploy_long_run()

    def process_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def signal(self, number: signal.Signals) -> float:
        """Send a signal to the serving process and return after how many seconds it was gone."""
        assert self.process is not None
        self.process.send_signal(number)
        return wait_until(self.process_ended, limit_s=30)

    def call(self, method: str, path: str, body: object | None = None) -> Any:
        """Ask the API as the page does."""
        # 503 is SQLite being locked for long on a busy machine; Prefect's own client tries again too.
        with httpx.Client(trust_env=False, timeout=30, verify=_NO_TLS) as client:
            for _ in range(20):
                response = client.request(method, self.api_url + path, json=body)
                if response.status_code != 503:
                    break
                time.sleep(0.5)
        response.raise_for_status()
        return response.json() if response.content else None

    def prefect(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the `prefect` command in the checkout, as typed in a terminal."""
        command = [str(PREFECT), *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120)

    def start_long_run(self) -> tuple[str, str]:
        """Start a run that encodes for minutes; return its id and the marker of its ffmpeg once that runs."""
        marker = f"marker-{uuid.uuid4().hex}"
        deployment = self.call("GET", "/deployments/name/long-run/long-run")
        run = self.call("POST", f"/deployments/{deployment['id']}/create_flow_run", {"parameters": {"marker": marker}})
        wait_until(lambda: find_processes(f"title={marker}"))
        return run["id"], marker

    def state_of(self, run_id: str) -> str:
        return str(self.call("GET", f"/flow_runs/{run_id}")["state"]["name"])

    def _deploy_long_run(self) -> None:
        ours = self.call("GET", "/deployments/name/cut-clips/cut-clips")
        for flow_name, name in (("long-run", "long-run"), ("long-run", "twice"), ("cut-clips", "twice")):
            flow = self.call("POST", "/flows/", {"name": flow_name})
            deployment = {
                "name": name,
                "flow_id": flow["id"],
                "work_pool_name": ours["work_pool_name"],
                "job_variables": ours["job_variables"],
                "entrypoint": "tests.flows.long_run.long_run",
                "parameter_openapi_schema": {"properties": {"marker": {}, "seconds": {}}},
            }
            self.call("POST", "/deployments/", deployment)


@pytest.fixture(scope="session")
def served_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("served"))
    with socket.socket() as other_program:
        # The usual port belongs to another program, if not to one that runs here anyway.
        other_program.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other_program.bind(("127.0.0.1", 4200))
            other_program.listen()
        except OSError:
            pass
        yield served
        if not served.process_ended():
            served.signal(signal.SIGTERM)


@pytest.fixture
def served(served_session: Served) -> Served:
    served_session.ensure_up()
    return served_session


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Prefect's test harness, with what the files before this one left there."""
    _HARNESS.ensure_up(tmp_path_factory.mktemp("harness"))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """End the harness before tests that know nothing of it, whose Prefect is to be another."""
    if "harness" not in getattr(nextitem, "fixturenames", ()):
        _HARNESS.end()
