"""A film packaged by two machines that share nothing but a bucket and a server on PostgreSQL; one of them dies."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flows.conftest import ROOT, wait_until
from tests.flows.machines import POOL, Machine, make_bucket, run_postgres
from tests.numbered_films import make_film
from tests.package.conftest import LADDER
from tests.shell.stores import BUCKET, run_s3

# As a run of the deployment does it, with batches that are as small as the film.
PACKAGE = """
import sys
from flows import spreading
from pipeline.plan import batches
batches.LEAST, spreading.LOST_AFTER_S = 1, 12.0
from flows.package_hls import package_hls
state = package_hls(films=[sys.argv[1]], ladder="small", return_state=True)
print("ENDED", state.name, state.message)
"""


@dataclass
class Studio:
    """A machine with server, ledger and outputs, and what other machines are told."""

    desk: Machine
    environment: dict[str, str]
    database: str
    api_url: str

    def package(self, film: Path) -> subprocess.Popen[str]:
        code = f"import os; from flows import settings; os.environ.update(settings.build_environment({self.api_url!r}))"
        environment = {**self.desk.environment, "PREFECT_API_URL": self.api_url}
        return subprocess.Popen(
            [sys.executable, "-c", f"{code}{PACKAGE}", str(film)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def batches(self) -> list[dict[str, Any]]:
        """Return the runs that make batches, in the order in which they were asked for."""
        body = {"flows": {"name": {"any_": ["make-batch"]}}, "sort": "START_TIME_ASC"}
        answer = httpx.post(f"{self.api_url}/flow_runs/filter", json=body, timeout=30, trust_env=False)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    root = tmp_path_factory.mktemp("studio")
    (root / "presets" / "ladders").mkdir(parents=True)
    (root / "presets" / "ladders" / "small.toml").write_text(LADDER.replace("veryfast", "slow"))
    kept = {name: one for name, one in os.environ.items() if not name.startswith(("PREFECT_", "AWS_", "MATINEE_"))}
    with run_postgres() as database, run_s3() as s3:
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
        make_bucket(s3, BUCKET)
        shared = {
            **kept, **keys,
            "AWS_ENDPOINT_URL": s3, "AWS_EC2_METADATA_DISABLED": "true",
            "MATINEE_LOG": "json", "MATINEE_SHARED_STORE": f"s3://{BUCKET}/store", "MATINEE_ENCODE_POOL": POOL,
            "MATINEE_PRESETS": str(root / "presets"),
        }  # fmt: skip
        desk = Machine(root / "desk", {**shared, "PREFECT_SERVER_DATABASE_CONNECTION_URL": database})
        try:
            desk.wait_for("Up. The page")
            record = json.loads((desk.home / ".prefect" / "serving.json").read_text())
            yield Studio(desk, shared, database, record["api_url"])
        finally:
            desk.stop()


@pytest.fixture
def other(studio: Studio, tmp_path: Path) -> Iterator[Machine]:
    """A second machine, which works."""
    environment = {**studio.environment, "PREFECT_API_URL": studio.api_url}
    machine = Machine(tmp_path / "other", environment, "worker")
    try:
        machine.wait_for("started!")
        wait_until(lambda: len(_online(studio)) == 2, limit_s=60)
        yield machine
    finally:
        machine.stop()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "kite.mp4"
    make_film(path, film=1, size=(640, 360), fps=24, seconds=40, shot_s=2, tone=True)
    return path


def test_a_film_is_packaged_by_two_machines_that_share_a_bucket(studio: Studio, other: Machine, film: Path) -> None:
    run = studio.package(film)
    said, _ = run.communicate(timeout=240)
    assert "ENDED Completed 1 film packaged" in said, said
    assert (studio.desk.home / "out" / "kite" / "hls" / "master.m3u8").exists()
    workers = {run["labels"]["prefect.worker.name"] for run in studio.batches()}
    assert len(workers) == 2 and all(run["state_type"] == "COMPLETED" for run in studio.batches())
    # What the other machine made lies in its own scratch; it put nothing under names for people.
    assert list((other.home / "store").glob("??/*/receipt.json")) and not (other.home / "out").exists()
    # Each machine says of which film and key its lines are.
    for machine in (studio.desk, other):
        lines = [json.loads(line) for line in machine.log.read_text().splitlines() if line.startswith("{")]
        about = [line for line in lines if line.get("film") == "kite.mp4" and line.get("key") and line.get("run")]
        assert about, machine.log.read_text()
    assert asyncio.run(_count_runs(studio.database)) >= len(studio.batches())


def test_what_a_killed_machine_was_making_is_taken_over(studio: Studio, other: Machine, film: Path) -> None:
    film = film.rename(film.with_name("other kite.mp4"))
    with film.open("ab") as file:
        file.write(b"\0\0\0\x10freeanother")  # other bytes, so that nothing of it is made
    (name,) = re.findall("Worker '([^']+)' started", other.log.read_text())
    before = {run["id"] for run in studio.batches()}
    run = studio.package(film)

    def victims() -> list[str]:
        return [
            one["id"] for one in studio.batches()
            if one["id"] not in before and one["state_type"] == "RUNNING"
            and one["labels"].get("prefect.worker.name") == name
        ]  # fmt: skip

    wait_until(lambda: victims() or run.poll() is not None, limit_s=120)
    lost = victims()
    other.kill()
    began = time.monotonic()
    said, _ = run.communicate(timeout=240)
    took = time.monotonic() - began
    assert lost, said
    assert "ENDED Completed 1 film packaged" in said and "another takes it over" in said, said
    states = {one["id"]: one for one in studio.batches()}
    assert all(states[one]["state_type"] == "CRASHED" for one in lost)
    assert took < 120


def _online(studio: Studio) -> set[str]:
    answer = httpx.post(f"{studio.api_url}/work_pools/{POOL}/workers/filter", json={}, timeout=30, trust_env=False)
    return {one["name"] for one in answer.json() if one["status"] == "ONLINE"}


async def _count_runs(database: str) -> int:
    import asyncpg

    connection = await asyncpg.connect(database.replace("+asyncpg", ""))
    try:
        return int(await connection.fetchval("SELECT count(*) FROM flow_run"))
    finally:
        await connection.close()
