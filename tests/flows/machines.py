"""Several machines on one: PostgreSQL as anyone but root, a bucket, a server, and workers with scratch of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.flows.conftest import ROOT, wait_until

POOL = "matinee-encodes"
_NOBODY = 65534
_SKIPPED = (
    "PostgreSQL is not installed, so that Prefect's server on it, and machines that share one, are not tested. "
    "On Debian and Ubuntu: apt install postgresql"
)


def find_postgres() -> Path | None:
    """Return the folder of PostgreSQL's programs: Debian keeps initdb out of PATH."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders and (folders[-1] / "postgres").exists() else None


@contextlib.contextmanager
def run_postgres() -> Iterator[str]:
    """Run a PostgreSQL on loopback until the end of the block, and give its address as Prefect takes it."""
    programs = find_postgres()
    if programs is None:
        pytest.skip(_SKIPPED)
    port = free_port()
    # It refuses root, and whoever it runs as cannot pass through pytest's own folders.
    as_user = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="matinee-postgres-") as folder:
        if as_user:
            os.chown(folder, _NOBODY, _NOBODY)
        data = str(Path(folder) / "data")
        init = [*as_user, programs / "initdb", "-D", data, "-A", "trust", "-U", "prefect", "-E", "UTF8", "--no-sync"]
        subprocess.run(init, check=True, capture_output=True, cwd=folder)
        options = ("-h", "127.0.0.1", "-p", str(port), "-k", folder, "-c", "fsync=off")
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen([*as_user, programs / "postgres", "-D", data, *options], stderr=log, cwd=folder)
        try:
            wait_until(lambda: _listens(port), limit_s=30)
            yield f"postgresql+asyncpg://prefect@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


class Machine:
    """What runs under one home, in a process group of its own, with all of its children."""

    def __init__(self, home: Path, environment: Mapping[str, str], *words: str) -> None:
        self.home = home
        self.log = home.with_suffix(".log")
        home.mkdir(parents=True, exist_ok=True)
        self.environment = {**environment, "MATINEE_HOME": str(home)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flows.serve", *words],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text in self.log.read_text() or self.process.poll() is not None, limit_s=180)
        assert text in self.log.read_text(), self.log.read_text()

    def kill(self) -> None:
        """End it as a power cut does: its children die with it."""
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def make_bucket(url: str, name: str) -> None:
    """Make a bucket in the S3 of tests."""
    import boto3

    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=url, **keys).create_bucket(Bucket=name)
