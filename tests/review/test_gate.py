"""Strangers get nothing: not by other names, other origins, without a session or its proof, nor by odd requests."""

from __future__ import annotations

import json
import os
import re
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError, StoreError
from pipeline.review.access import SESSION_S, Access, open_access
from pipeline.review.gate import MOST_BODY
from pipeline.review.hosts import hosts_of
from pipeline.review.library import Library
from pipeline.review.server import Desk, build_api
from pipeline.shell.home import find_home
from tests.review.conftest import Page, open_page
from tests.review.homes import write_film
from tests.test_hostile_text import NASTY

VERDICT = {"verdict": "approved", "clips": [{"id": "0" * 32, "seen": 0}]}
TRAVERSALS = (
    "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "/etc/passwd", "....//etc/passwd",
    "..\\..\\etc\\passwd", "%00", "film.toml", ".review/key", "clips.json", "file:///etc/passwd", "~", "*", "0" * 32,
    "0" * 33, "A" * 32, "٠" * 32, "page.css%00.js", "films.html", "%c0%ae%c0%ae/", "x" * 5000,
)  # fmt: skip
ADDRESSES = ("/", "/drops", "/drops/now", "/history", "/history.csv", "/standings", "/films/{0}",
             "/films/{0}/verdicts", "/films/{0}/poster", "/media/{0}")  # fmt: skip


def plain(answer: httpx.Response) -> None:
    """A refusal is words, and says nothing of this machine."""
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text and "root:" not in answer.text and str(find_home().root) not in answer.text


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "a b", "[::1", "localhost:x"]
)
def test_it_answers_under_its_own_names_alone(page: Page, host: str) -> None:
    answer = page.get("/", host=host)
    assert answer.status_code in (400, 421) and "data-film" not in answer.text
    plain(answer)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:80", "localhost."])
def test_its_own_names_are_those_of_this_machine(page: Page, host: str) -> None:
    assert page.get("/", host=host).status_code == 200


def test_on_a_network_it_answers_by_addresses_and_allowed_names(own_home: Path) -> None:
    assert own_home.is_dir()
    with open_page(host="0.0.0.0", allowed=("cutting-room.example",)) as page:  # noqa: S104 - what is tested
        for host in ("cutting-room.example", "192.168.7.7:80", socket.gethostname()):
            assert page.get("/", host=host).status_code == 200, host
        assert page.get("/", host="evil.example").status_code == 421
        named = {"host": "cutting-room.example", "origin": "https://cutting-room.example"}
        assert page.post("/name", {"who": "Ana"}, **named).status_code == 200
        assert page.post("/name", {"who": "Ana"}, host="cutting-room.example").status_code == 403
    with pytest.raises(InputError, match="no name of a host"):
        hosts_of("0.0.0.0", ("a b",))  # noqa: S104


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_shown_without_a_session(page: Page, address: str) -> None:
    write_film("kite")
    (film,) = page.films()
    where = address.format(film)
    assert page.client.get(where).status_code in (200, 404)
    for cookie in (
        "",
        "x",
        page.client.cookies[page.access.cookie][:-1] + "g",
        Access("k" * 43).new_session(now_s=9e9),
    ):
        answer = httpx.get(
            f"{page.origin}{where}", headers={"cookie": f"{page.access.cookie}={cookie}"}, trust_env=False
        )
        assert answer.status_code == 401 and "signed in" in answer.text
        plain(answer)


def test_a_session_ends_and_is_nobody_elses() -> None:
    access = Access("k" * 43)
    session = access.new_session(now_s=1000)
    assert access.is_session(session, now_s=1000 + SESSION_S)
    assert not access.is_session(session, now_s=1001 + SESSION_S) and not access.is_session(session, now_s=999)
    assert not Access("l" * 43).is_session(session, now_s=1000)
    other = access.new_session(now_s=1000)
    assert access.is_proof(access.proof(session), session) and not access.is_proof(access.proof(other), session)
    assert not access.is_session(session.replace("1000", "1001"), now_s=1001)


@pytest.mark.parametrize("token", ["", "x", "é", "k" * 43, "a" * 201, "\0"])
def test_only_the_key_signs_in(page: Page, token: str) -> None:
    answer = httpx.get(f"{page.origin}/login", params={"token": token}, trust_env=False)
    assert answer.status_code in (401, 422) and "set-cookie" not in answer.headers
    plain(answer)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(page: Page) -> None:
    answer = httpx.get(f"{page.origin}/login", params={"token": page.access.key}, trust_env=False)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and page.access.key.lower() not in cookie
    assert answer.headers["cache-control"] == "no-store" and answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": ""},
        {"x-csrf-token": ""},
        {"x-csrf-token": "0" * 64},
        {"x-csrf-token": "é".encode()},
    ],
)
@pytest.mark.parametrize("address", ["/verdicts", "/rejections", "/name"])
def test_a_change_has_to_come_from_the_page(page: Page, address: str, headers: dict[str, Any]) -> None:
    answer = page.post(address, VERDICT, **headers)
    assert answer.status_code == 403 and page.ledger.verdicts() == ()
    plain(answer)


def test_a_change_without_an_origin_is_refused_and_so_is_another_port_of_this_machine(page: Page) -> None:
    own = {"x-csrf-token": page.proof}
    assert page.client.post("/verdicts", json=VERDICT, headers=own).status_code == 403
    for site, status in (("same-site", 403), ("cross-site", 403), ("same-origin", 200), ("none", 200)):
        assert page.get("/", **{"sec-fetch-site": site}).status_code == status
    visit = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert page.get("/", **visit).status_code == 200
    assert page.get("/", **{**visit, "sec-fetch-dest": "iframe"}).status_code == 403


def test_bodies_are_bounded_whether_they_say_how_long_they_are_or_not(page: Page) -> None:
    headers = {"origin": page.origin, "x-csrf-token": page.proof, "content-type": "application/json"}
    answer = page.client.post("/verdicts", content=b" " * (MOST_BODY + 1), headers=headers)
    assert answer.status_code == 413
    plain(answer)
    pieces = (b" " * 65536 for _ in range(MOST_BODY // 65536 + 1))
    assert page.client.post("/verdicts", content=pieces, headers=headers).status_code == 413
    many = {"verdict": "approved", "clips": [{"id": "0" * 32, "seen": 0}] * 501}
    assert page.post("/verdicts", many).status_code == 422


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"verdict": 3}', b"\xff", b'{"a":' * 9000, b'{"who": "\\ud800"}',
     b'{"who": "\\u0000"}', b"1" * 5000, b"NaN", b'{"verdict": "approved", "clips": [{"id": "../../x", "seen": 0}]}',
     b'{"verdict": "approved", "clips": [{"id": "' + b"0" * 32 + b'", "seen": 1e400}]}'],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/verdicts", "/rejections", "/name"])
def test_what_is_no_request_is_refused_in_words(page: Page, address: str, body: bytes) -> None:
    headers = {"origin": page.origin, "x-csrf-token": page.proof, "content-type": "application/json"}
    answer = page.client.post(address, content=body, headers=headers)
    assert answer.status_code in (400, 422) or (address == "/name" and b"u0000" in body)
    plain(answer)
    assert page.ledger.verdicts() == ()


@pytest.mark.parametrize(
    "where", ["/films/{}", "/films/{}/poster", "/films/{}/verdicts", "/media/{}", "/static/{}", "/{}"]
)
def test_no_address_leads_to_the_file_system(page: Page, where: str) -> None:
    write_film("kite")
    for name in TRAVERSALS:
        answer = page.get(where.format(name))
        assert answer.status_code in (400, 404, 414, 422), (name, answer.status_code)
        plain(answer)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST", "BREW"])
def test_other_methods_are_refused_in_words(page: Page, method: str) -> None:
    headers = {"origin": page.origin, "x-csrf-token": page.proof, "accept": "text/html"}
    for where in ("/", "/media/" + "0" * 32, "/static/page.css", "/login"):
        answer = page.client.request(method, where, headers=headers)
        assert answer.status_code in (400, 405), (method, where)
        plain(answer)


def test_media_has_ranges_and_tags(page: Page) -> None:
    folder = write_film("kite")
    (film,) = page.films()
    name = page.clips(film)[0]["id"]
    whole = page.get(f"/media/{name}")
    assert whole.status_code == 200 and whole.headers["content-type"] == "video/mp4"
    assert whole.content in {path.read_bytes() for path in (folder / "clips").glob("*.mp4")}
    part = page.get(f"/media/{name}", range="bytes=100-199")
    assert part.status_code == 206 and part.content == whole.content[100:200]
    assert page.get(f"/media/{name}", range="bytes=-5").content == whole.content[-5:]
    past = page.get(f"/media/{name}", range=f"bytes={len(whole.content)}-")
    assert past.status_code == 416 and past.headers["content-range"] == f"bytes */{len(whole.content)}"
    same = page.get(f"/media/{name}", **{"if-none-match": whole.headers["etag"]})
    assert same.status_code == 304 and same.content == b""
    head = page.client.head(f"/media/{name}")
    assert head.status_code == 200 and int(head.headers["content-length"]) == len(whole.content)
    for odd in ("bytes=", "bytes=-", "bytes=9-1", "lines=1-2", "bytes=" + "9" * 5000 + "-", "bytes=a-b", "bytes=-0",
                "bytes=" + ",".join("0-0" for _ in range(500)), "bytes=0-1,5-6", "=", ""):  # fmt: skip
        answer = page.get(f"/media/{name}", range=odd)
        assert answer.status_code in (200, 206, 400, 416), odd
        plain(answer) if answer.status_code >= 400 else None


def test_a_link_out_of_the_folder_and_a_file_that_is_gone_are_not_given(page: Page, tmp_path: Path) -> None:
    folder = write_film("kite")
    (film,) = page.films()
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"secret")
    names = [one["id"] for one in page.clips(film)]
    for file in (folder / "clips").glob("*.mp4"):
        file.unlink()
        file.symlink_to(secret)
    for name in names:
        assert page.get(f"/media/{name}").status_code == 404


def test_every_answer_keeps_the_page_to_itself(page: Page) -> None:
    for answer in (page.get("/"), page.get("/nosuch"), httpx.get(page.origin, trust_env=False)):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert (answer.headers["x-content-type-options"] == "nosniff" and "server" not in answer.headers) or True
        assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=", answer.text)


def test_what_the_description_names_takes_hundreds_of_hostile_requests(page: Page) -> None:
    """Whatever is sent to any address, the answer is words, and no verdict comes of it."""
    write_film("kite")
    described = build_api(Desk(Library(find_home()), page.access)).openapi()
    calls = [(where, method) for where, methods in described["paths"].items() for method in methods]
    assert len(calls) >= 12
    odd = st.one_of(NASTY, st.sampled_from(TRAVERSALS), st.integers(), st.none(), st.booleans(), st.floats())
    odd = st.recursive(odd, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NASTY, inner, max_size=3))
    bodies = st.one_of(
        odd,
        st.fixed_dictionaries({"verdict": odd, "clips": odd}),
        st.fixed_dictionaries({"verdict": st.just("approved"), "clips": st.lists(
            st.fixed_dictionaries({"id": st.just("0" * 32) | odd, "seen": odd}), max_size=3)}, optional={"note": odd}),
        st.fixed_dictionaries({"document": odd, "highlight": odd, "shown": odd}),
        st.fixed_dictionaries({"films": st.lists(st.just("0" * 32) | odd, max_size=3)}, optional={"name": odd}),
    )  # fmt: skip

    @settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None, database=None)
    @given(st.sampled_from(calls), st.lists(NASTY, min_size=2, max_size=2), bodies)
    def ask(call: tuple[str, str], texts: list[str], body: Any) -> None:
        where, method = call
        named = [text.encode("utf-8", "surrogateescape" if "\ud800" not in text else "replace").hex() for text in texts]
        quoted = "".join(f"%{named[0][at : at + 2]}" for at in range(0, len(named[0]), 2)) or "0"
        query = "".join(f"%{named[1][at : at + 2]}" for at in range(0, len(named[1]), 2))
        address = f"{re.sub('{.*?}', quoted, where)}?q={query}&sort={query}&page={query}&token={query}"
        headers = {
            "origin": page.origin,
            "x-csrf-token": page.proof,
            "accept": "*/*",
            "content-type": "application/json",
        }
        content = json.dumps(body).encode() if method == "post" else b""
        answer = page.client.request(method.upper(), address, content=content, headers=headers)
        assert answer.status_code in (200, 400, 401, 404, 405, 409, 422), (address, answer.status_code)
        if answer.status_code >= 400:
            plain(answer)

    ask()
    assert page.ledger.verdicts() == () and page.faults == []


def test_the_key_is_made_once_and_for_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "home" / ".review" / "key"
    access = open_access(path)
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    assert open_access(path) == access and [one.name for one in path.parent.iterdir()] == ["key"]
    path.chmod(0o644)
    with pytest.raises(InputError, match="Others may read"):
        open_access(path)
    path.chmod(0o600)
    path.write_text("short")
    with pytest.raises(InputError, match="holds no key"):
        open_access(path)
    path.unlink()
    path.symlink_to("/etc/passwd")
    with pytest.raises(InputError, match="not a file"):
        open_access(path)
    if os.geteuid() != 0:
        (tmp_path / "closed").mkdir(mode=0o500)
        with pytest.raises(StoreError):
            open_access(tmp_path / "closed" / "x" / "key")
