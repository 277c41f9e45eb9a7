"""One set of packages for all tests that play, and one browser and one nginx for each process that runs some."""

from __future__ import annotations

import fcntl
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.players.making import make_packages
from tests.players.packages import Package
from tests.players.stage import Theatre
from tests.players.tools import install_modules
from tests.players.web import Web, serve_web


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    base = tmp_path_factory.getbasetemp()
    # pytest-xdist gives each process a folder of its own beside those of the others.
    return base.parent if hasattr(request.config, "workerinput") else base


@pytest.fixture(scope="session")
def packages(root: Path) -> dict[str, Package]:
    with (root / "players.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = root / "players.pickle"
        if not made.exists():
            (root / "packages").mkdir()
            made.write_bytes(pickle.dumps(make_packages(root / "packages", root / "players")))
        found: dict[str, Package] = pickle.loads(made.read_bytes())  # noqa: S301 - written by this very run
        return found


@pytest.fixture(scope="session")
def web(root: Path, packages: dict[str, Package], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    assert packages
    with serve_web(root / "packages", tmp_path_factory.mktemp("nginx")) as web:
        yield web


@pytest.fixture(scope="session")
def theatre(web: Web) -> Iterator[Theatre]:
    install_modules()
    theatre = Theatre(web)
    yield theatre
    theatre.close()
