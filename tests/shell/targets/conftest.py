"""A home of one's own, small packages, and both kinds of target: a folder, and a store on loopback."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.loaders import create_loader

from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.targets import open_target
from tests.shell.stores import BUCKET, Store, have_clients_ask_as_test, run_s3, run_store
from tests.shell.targets.looking import Opener
from tests.small_packages import SmallPackage, make_small_package


@pytest.fixture(scope="session", autouse=True)
def one_loader() -> Iterator[None]:
    """Let all clients share what is read of services: that takes longer than what they ask; a command reads it once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", functools.cache(create_loader))
        yield


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    with run_s3() as url:
        yield url


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path / "home"))
    have_clients_ask_as_test(monkeypatch, tmp_path)
    return tmp_path / "home"


@pytest.fixture
def store(s3: str, home: Path) -> Iterator[Store]:  # noqa: ARG001 - the client reads the environment
    with run_store(s3) as store:
        yield store


@pytest.fixture
def www(tmp_path: Path) -> Path:
    return tmp_path / "www"


@pytest.fixture
def in_folder(home: Path, www: Path) -> Opener:  # noqa: ARG001 - the ledger lies in it
    return lambda: open_target(str(www), Ledger(find_home().ledger))


@pytest.fixture
def in_store(store: Store) -> Opener:
    return lambda: open_target(f"s3://{BUCKET}/hls", Ledger(find_home().ledger), endpoint=store.url)


@pytest.fixture(params=["folder", "store"])
def opener(request: pytest.FixtureRequest) -> Opener:
    found: Opener = request.getfixturevalue(f"in_{request.param}")
    return found


@pytest.fixture
def kite(tmp_path: Path) -> SmallPackage:
    return make_small_package(tmp_path / "kite")


@pytest.fixture
def kite_de(tmp_path: Path) -> SmallPackage:
    """The same film with another last scene."""
    return make_small_package(tmp_path / "kite-de", region="de", scenes="ax")
