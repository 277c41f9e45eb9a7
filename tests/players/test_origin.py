"""nginx, told by our table, answers as players and edges need: types, caching, ranges, gzip, other sites' pages."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import httpx
import pytest

from pipeline.errors import PlanError
from pipeline.plan.origin import (
    FILE_KINDS,
    FOR_A_SECOND,
    FOR_EVER,
    FOR_SECONDS,
    NEVER,
    cache_control_of,
    content_type_of,
    nginx_server,
)
from tests.players.packages import Package
from tests.players.tools import find_tool
from tests.players.web import Web

PAGE = {"Origin": "https://film.example"}


@pytest.fixture
def client(web: Web) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=web.packages, trust_env=False, timeout=20, headers=PAGE) as client:
        yield client


def _names(package: Package) -> dict[str, str]:
    """Return one path for each kind of file in a package."""
    found = sorted(path for path in package.folder.rglob("*") if path.is_file())
    return {path.suffix: f"/{package.name}/{path.relative_to(package.folder).as_posix()}" for path in found}


def test_every_kind_of_file_has_its_type_and_may_be_read_by_any_page(
    client: httpx.Client, packages: dict[str, Package]
) -> None:
    package = packages["film"]
    names = _names(package)
    assert set(names) == {kind.suffix for kind in FILE_KINDS}
    for name in names.values():
        answer = client.get(name)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == content_type_of(name)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "Content-Range" in answer.headers["access-control-expose-headers"]
        assert answer.headers["cache-control"] == cache_control_of(name)


def test_only_what_is_named_by_its_content_is_kept_for_ever(client: httpx.Client, packages: dict[str, Package]) -> None:
    names = _names(packages["film"])
    for name in (names[".m4s"], f"/film/{packages['film'].playlists('v')[0].name}"):
        assert client.get(name).headers["cache-control"] == FOR_EVER
    for name in ("/film/master.m3u8", "/film/thumbnails.vtt", "/film/poster.jpg"):
        assert client.get(name).headers["cache-control"] == FOR_SECONDS


def test_a_live_playlist_is_kept_for_a_second_and_not_shown_stale(
    client: httpx.Client, packages: dict[str, Package]
) -> None:
    name = "film.live-0123456789abcdef-12.m3u8"
    path = packages["film"].folder / name
    path.write_text("#EXTM3U\n")
    try:
        answer = client.get(f"/film/{name}")
        assert (answer.headers["cache-control"], cache_control_of(f"film/{name}")) == (FOR_A_SECOND, FOR_A_SECOND)
        assert answer.headers["content-type"] == content_type_of(name)
        missing = client.get(f"/film/{name.replace('12', '13')}")
        assert (missing.status_code, missing.headers["cache-control"]) == (404, NEVER)
    finally:
        path.unlink()


def test_what_is_missing_is_not_remembered_and_a_page_can_see_that_it_is_missing(
    client: httpx.Client, packages: dict[str, Package]
) -> None:
    for name in ("/film/nosuch.m3u8", "/film/segments/00.m4s"):
        answer = client.get(name)
        assert (answer.status_code, answer.headers["cache-control"]) == (404, NEVER)
        assert answer.headers["access-control-allow-origin"] == "*"
    assert packages["film"].folder.is_dir() and client.get("/film/").status_code in (403, 404)


@pytest.mark.parametrize(("suffix", "coding"), [(kind.suffix, kind.coding) for kind in FILE_KINDS])
def test_text_is_sent_compressed_and_media_as_it_is(
    client: httpx.Client, packages: dict[str, Package], suffix: str, coding: str
) -> None:
    package = packages["film"]
    name = _names(package)[suffix]
    answer = client.get(name, headers={"Accept-Encoding": "gzip"})
    assert answer.headers.get("content-encoding", "identity") == coding
    assert answer.content == (package.folder.parent / name[1:]).read_bytes()
    if coding == "gzip":
        assert "accept-encoding" in answer.headers["vary"].lower()
        assert "content-encoding" not in client.get(name, headers={"Accept-Encoding": "identity"}).headers


def test_a_range_is_answered_with_that_range_and_an_impossible_one_refused(
    client: httpx.Client, packages: dict[str, Package]
) -> None:
    name = _names(packages["film"])[".m4s"]
    whole = client.get(name).content
    part = client.get(name, headers={"Range": "bytes=24-123"})
    assert part.status_code == 206 and part.content == whole[24:124]
    assert part.headers["content-range"] == f"bytes 24-123/{len(whole)}"
    assert part.headers["cache-control"] == FOR_EVER and part.headers["access-control-allow-origin"] == "*"
    assert client.get(name, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    head = client.head(name)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(whole)), b"")


def test_what_has_not_changed_is_not_sent_again(client: httpx.Client, packages: dict[str, Package]) -> None:
    for name in _names(packages["joined"]).values():
        tag = client.get(name).headers["etag"]
        answer = client.get(name, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["cache-control"] == cache_control_of(name)


def test_a_page_may_ask_whether_it_may_ask_for_ranges(client: httpx.Client, packages: dict[str, Package]) -> None:
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    answer = client.options(_names(packages["film"])[".m4s"], headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    assert "Range" in answer.headers["access-control-allow-headers"]
    assert "GET" in answer.headers["access-control-allow-methods"]


def test_nothing_is_written_and_no_hidden_file_is_read(client: httpx.Client, packages: dict[str, Package]) -> None:
    before = sorted(packages["film"].folder.rglob("*"))
    (packages["film"].folder / ".half-written").write_text("secret")
    assert client.get("/film/.half-written").status_code == 404
    (packages["film"].folder / ".half-written").unlink()
    for method in ("PUT", "POST", "DELETE"):
        assert client.request(method, "/film/master.m3u8", content=b"x").status_code in (403, 405)
    assert sorted(packages["film"].folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("listen", "server_name"),
    [("127.0.0.1:8080", "_"), ("127.0.0.2:65535", "films.example.org"), ("[::1]:8443", "*.example.org")],
)
def test_nginx_takes_every_address_and_name_that_we_take(tmp_path: Path, listen: str, server_name: str) -> None:
    nginx, config = find_tool("nginx", package="nginx-light"), tmp_path / "nginx.conf"
    server = nginx_server(tmp_path / 'it\'s "www"; }', listen=listen, server_name=server_name)
    config.write_text(f'pid "{tmp_path}/pid";\nevents {{}}\nhttp {{\naccess_log off;\n{server}}}\n')
    command = [nginx, "-t", "-p", tmp_path, "-c", config, "-e", tmp_path / "error.log"]
    ran = subprocess.run(command, capture_output=True, text=True)
    # It also tries to listen there, which may be taken, or be an address that this machine does not have.
    assert "syntax is ok" in ran.stderr, ran.stderr


def test_a_folder_that_nginx_cannot_be_told_is_refused() -> None:
    assert 'root "/srv/two words;}";' in nginx_server(PurePosixPath("/srv/two words;}"), listen="80")
    assert 'root "/srv/a\\"b";' in nginx_server(PurePosixPath('/srv/a"b'), listen="80")
    for name in ("/srv/$host", "/srv/a\nb", "/srv/\udcff"):
        with pytest.raises(PlanError, match="nginx"):
            nginx_server(Path(name), listen="80")
