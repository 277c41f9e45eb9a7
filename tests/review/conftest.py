"""The editors' page of a home, answered over real connections, and a client that is signed in there."""

from __future__ import annotations

import contextlib
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from pipeline.review.access import Access, open_access
from pipeline.review.benches import Benches
from pipeline.review.hosts import hosts_of
from pipeline.review.library import Library
from pipeline.review.recutting import Recuts
from pipeline.review.server import build_app
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.local_server import listen
from tests.players.tools import find_tool

CUT = ("--highlights", "short", "--platform", "tall", "--platform", "quad")


@dataclass(frozen=True)
class Page:
    """A page, and a browser that is signed in there."""

    client: httpx.Client
    origin: str
    access: Access
    ledger: Ledger
    faults: list[Exception]

    @property
    def proof(self) -> str:
        return self.access.proof(self.client.cookies[self.access.cookie])

    def get(self, address: str, **headers: str) -> httpx.Response:
        return self.client.get(address, headers={"accept": "text/html", **headers})

    def post(self, address: str, asked: Any, **headers: str) -> httpx.Response:
        own = {"origin": self.origin, "x-csrf-token": self.proof, "accept": "application/json"}
        return self.client.post(address, json=asked, headers={**own, **headers})

    def films(self) -> list[str]:
        return re.findall(r'data-film="([0-9a-f]{32})"', self.get("/").text)

    def clips(self, film: str) -> list[dict[str, Any]]:
        """Return the clips of a film's page as a verdict on them names them."""
        text = self.get(f"/films/{film}").text
        found = re.findall(r'data-clip="([0-9a-f]{32})"[^>]*data-seen="(\d+)"', text)
        return [{"id": name, "seen": int(seen)} for name, seen in found]


@contextlib.contextmanager
def open_page(*, host: str = "127.0.0.1", allowed: tuple[str, ...] = ()) -> Iterator[Page]:
    """Serve the page of the home that MATINEE_HOME names."""
    home, faults = find_home(), list[Exception]()
    access = open_access(home.root / ".review" / "key")
    benches, recuts = Benches(faults.append), Recuts(faults.append)
    app = build_app(Library(home), access, hosts_of(host, allowed), faults.append, benches, recuts)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning", timeout_graceful_shutdown=1))
    with listen(None, host=host) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        until = time.monotonic() + 20
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx.Client(base_url=origin, trust_env=False, timeout=30) as client:
                assert client.get("/login", params={"token": access.key}).status_code == 200
                yield Page(client, origin, access, Ledger(home.ledger), faults)
        finally:
            server.should_exit = True
            thread.join(timeout=20)
            recuts.close()
            benches.close()


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """A home with nothing in it, or the workplace's where a test works in one."""
    if "workplace" in request.fixturenames:
        return Path(request.getfixturevalue("workplace").home)
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def page(own_home: Path) -> Iterator[Page]:
    """The page of a home that a test fills; nothing that a test asks for may be a fault of ours."""
    assert own_home.is_dir()
    with open_page() as page:
        yield page
    assert page.faults == []


@pytest.fixture(scope="session")
def encodes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the encodes of one test lie for those after it."""
    return tmp_path_factory.mktemp("encodes") / "store"


@pytest.fixture
def cut(workplace: Any, encodes: Path) -> Callable[[], Path]:
    """Cut two highlights of the film for two platforms; return the folder."""

    def run() -> Path:
        store = workplace.home / "store"
        if encodes.exists():
            shutil.copytree(encodes, store, dirs_exist_ok=True)
        ran = workplace.matinee("cut", workplace.film, *CUT)
        assert ran.code == 0, ran.err
        if not encodes.exists():
            shutil.copytree(store, encodes, ignore=shutil.ignore_patterns("*.sqlite3*"))
        return Path(workplace.out())

    return run


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = find_tool("chromium", "chromium-browser", "google-chrome", package="chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--mute-audio", "--disable-component-update"],
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, page: Page) -> Iterator[Callable[..., Tab]]:
    """Open the address that the command prints; nothing may go wrong on a page or be asked of anybody else."""
    said: list[str] = []
    asked: list[str] = []
    contexts = []

    def open_tab(**options: Any) -> Tab:
        context = browser.new_context(**options)
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(20_000)
        tab.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(f"{page.origin}/login?token={page.access.key}")
        tab.wait_for_url(f"{page.origin}/")
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    # A browser says of a conflict that the server refused; pictures of these films are none.
    assert [line for line in said if "409" not in line] == []
    assert [url for url in asked if not url.startswith(page.origin)] == []
