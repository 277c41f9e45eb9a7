"""The local server gives a package's files to its own page, and nothing else to anybody."""

from __future__ import annotations

import http.client
import json
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from pipeline.errors import InputError, PipelineError
from pipeline.plan.origin import FOR_EVER, FOR_SECONDS, NEVER
from pipeline.shell.local_server import listen
from pipeline.shell.package_folders import find_packages
from pipeline.shell.package_server import PAGE, build_app
from pipeline.shell.player_files import PLAYERS, check_release

MEDIA = bytes(range(256)) * 4


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes


@dataclass(frozen=True)
class Client:
    """Sends an address as it is written, where other clients would put it in order first."""

    port: int

    def ask(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_host="Host" in named)
        for name, value in named.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("kite", "segments"):
        (tmp_path / "out" / name / "segments").mkdir(parents=True)
        (tmp_path / "out" / name / "master.m3u8").write_text("#EXTM3U\n")
        (tmp_path / "out" / name / "segments" / "00.m4s").write_bytes(MEDIA)
    (tmp_path / "out" / "kite" / "poster.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / "secret").write_text("secret")
    return tmp_path / "out"


@pytest.fixture
def client(folder: Path) -> Iterator[Client]:
    app = build_app(find_packages(folder), root=folder)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
    with listen(None) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        until = time.monotonic() + 20
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        yield Client(listener.getsockname()[1])
        server.should_exit = True
        thread.join(timeout=20)


def test_packages_are_listed_with_what_the_page_shows_of_them(client: Client) -> None:
    assert json.loads(client.ask("/packages.json").content) == [
        {"name": "kite", "at": "packages/0/", "files": ["poster.jpg"]},
        {"name": "segments", "at": "packages/1/", "files": []},
    ]


@pytest.mark.parametrize("number", [0, 1])
def test_files_come_with_the_types_and_lifetimes_of_a_server_of_packages(client: Client, number: int) -> None:
    entry = client.ask(f"/packages/{number}/master.m3u8")
    assert entry.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert entry.headers["cache-control"] == FOR_SECONDS
    segment = client.ask(f"/packages/{number}/segments/00.m4s")
    assert segment.content == MEDIA
    assert (segment.headers["content-type"], segment.headers["cache-control"]) == ("video/iso.segment", FOR_EVER)


def test_ranges_and_tags_are_answered(client: Client) -> None:
    name = "/packages/0/segments/00.m4s"
    part = client.ask(name, Range="bytes=10-19")
    assert (part.status, part.content) == (206, MEDIA[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(MEDIA)}"
    assert client.ask(name, Range=f"bytes={len(MEDIA)}-").status == 416
    again = client.ask(name, If_None_Match=part.headers["etag"])
    assert (again.status, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    ["/packages/0/../../secret", "/packages/0/..%2f..%2fsecret", "/packages/0/%2e%2e/%2e%2e/secret", "/secret",
     "/packages/0//etc/passwd", "/packages/0/%2fetc%2fpasswd", "/packages/2/master.m3u8", "/packages/0/segments/",
     "/packages/0/segments%5c..%5c..%5csecret", "/packages/0/master.m3u8%00", "/packages/-1/master.m3u8", "/hls.json",
     "/packages/0/%ff%fe", "/../package_server.py", "/page.html", "/packages/0/" + "a/" * 3000, "/packages/0"],
)  # fmt: skip
def test_hostile_addresses_are_refused_and_the_refusal_is_not_remembered(client: Client, path: str) -> None:
    answer = client.ask(path)
    assert answer.status == 404 and b"secret" not in answer.content
    assert answer.headers["cache-control"] == NEVER


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "192.0.2.1", "localhost.evil.example"])
def test_a_page_under_another_name_gets_nothing(client: Client, host: str) -> None:
    for path in ("/", "/packages.json", "/packages/0/master.m3u8"):
        assert client.ask(path, Host=host).status == 400
    assert client.ask("/packages.json", Host="localhost:8000").status == 200


@pytest.mark.parametrize("path", ["/", "/packages.json", "/packages/0/master.m3u8", "/nosuch"])
def test_no_other_site_may_read_or_frame_anything_and_no_script_but_ours_runs(client: Client, path: str) -> None:
    headers = client.ask(path, Origin="https://evil.example").headers
    assert "access-control-allow-origin" not in headers
    assert headers["cross-origin-resource-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy


def test_nothing_can_be_written(client: Client, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        for path in ("/", "/packages/0/master.m3u8", "/packages/0/new"):
            assert client.ask(path, method=method).status == 405
    assert sorted(folder.rglob("*")) == before


def test_the_page_has_all_its_parts_and_no_script_or_style_inside(client: Client) -> None:
    assert {path.name for path in PLAYERS.iterdir()} == {
        *PAGE, "hls.json", "hls.LICENSE", "drop.html", "drop.css", "drop.js",
    }  # fmt: skip
    html = client.ask("/").content.decode()
    assert "style=" not in html and "<script>" not in html and "onclick" not in html
    for name in PAGE:
        answer = client.ask("/" if name == "page.html" else f"/{name}")
        assert answer.content == (PLAYERS / name).read_bytes()
        assert answer.headers["content-type"].startswith(PAGE[name])


def test_hls_js_is_the_file_that_was_released_or_nothing_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.loads((PLAYERS / "hls.json").read_text())
    assert (check_release().version, check_release().sha256) == (told["version"], told["sha256"])
    assert "Apache License" in (PLAYERS / told["license_file"]).read_text()
    changed = tmp_path / "players"
    shutil.copytree(PLAYERS, changed)
    with (changed / "hls.min.js").open("a") as script:
        script.write("//")
    monkeypatch.setattr("pipeline.shell.player_files.PLAYERS", changed)
    with pytest.raises(PipelineError, match=told["version"]) as error:
        check_release()
    assert error.value.exit_code == 1


def test_a_port_that_is_taken_is_told() -> None:
    with listen(None) as listener:
        port = listener.getsockname()[1]
        assert listener.getsockname()[0] == "127.0.0.1"
        with pytest.raises(InputError, match=str(port)), listen(port):
            pass
