"""One browser, one nginx and one set of packages for all tests that play."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.players.making import make_packages
from tests.players.packages import Package
from tests.players.stage import Theatre
from tests.players.tools import install_modules
from tests.players.web import Web, serve_web


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with serve_web(tmp_path_factory.mktemp("web")) as web:
        yield web


@pytest.fixture(scope="session")
def packages(web: Web, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    return make_packages(web.root, tmp_path_factory.mktemp("encodes"))


@pytest.fixture(scope="session")
def theatre(web: Web) -> Iterator[Theatre]:
    install_modules()
    theatre = Theatre(web)
    yield theatre
    theatre.close()
