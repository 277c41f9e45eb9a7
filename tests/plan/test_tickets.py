"""Tickets are part of the path, differ with all that they say, and are never made with a weak key."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.plan.tickets import cookie_value, key_file_text, read_key, sign

KEY = "abcdefghijklmnopqrstuvwxyz0123456789"
names = st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,5}){0,3}", fullmatch=True)
ends = st.integers(10**9, 10**10 - 1)
keys = st.from_regex(r"[A-Za-z0-9_-]{32,128}", fullmatch=True)


def test_a_ticket_is_what_nginx_computes() -> None:
    # printf '%s' 'the-red-kite 1796583600 KEY' | openssl md5 -binary | base64 | tr +/ -_ | tr -d =
    assert sign("/the-red-kite.m3u8", 1_796_583_600, KEY) == (
        "/s/the-red-kite/1796583600/76rq3CS9crPPVB5-jjXVoQ/the-red-kite.m3u8"
    )


@given(names, ends, keys)
def test_a_ticket_stands_before_the_path(film: str, expires: int, key: str) -> None:
    signed = sign(f"/{film}.m3u8", expires, key)
    found = re.fullmatch(r"/s/([a-z0-9-]+)/(\d{10})/([A-Za-z0-9_-]{22})/([a-z0-9-]+)\.m3u8", signed)
    assert found and (found[1], int(found[2]), found[4]) == (film, expires, film)
    assert cookie_value(film, expires, key) == f"{film}.{expires}.{found[3]}"
    assert key not in signed


@given(names, names, ends, ends, keys, keys)
def test_tickets_differ_with_all_that_they_say(a: str, b: str, x: int, y: int, k: str, m: str) -> None:
    one, other = (cookie_value(*words).rpartition(".")[2] for words in ((a, x, k), (b, y, m)))
    assert (one == other) == ((a, x, k) == (b, y, m))


@given(keys)
def test_a_key_is_read_from_the_file_that_nginx_includes(key: str) -> None:
    assert read_key(key_file_text(key)) == read_key(f" {key}\n") == key


@pytest.mark.parametrize(
    "path", ["the-red-kite.m3u8", "/a/b.m3u8", "/A.m3u8", "/x.m4s", "/", "", "/a b.m3u8", "/a\n.m3u8"]
)
def test_what_is_no_entry_is_not_signed(path: str) -> None:
    with pytest.raises(PlanError, match="cannot be signed"):
        sign(path, 1_796_583_600, KEY)


@pytest.mark.parametrize("key", ["", "short", 'x"; }' * 20, "é" * 40, "a" * 129])
def test_what_is_no_key_signs_nothing_and_is_not_told(key: str) -> None:
    for use in (lambda: sign("/a.m3u8", 1_796_583_600, key), lambda: read_key(key)):
        with pytest.raises(PlanError, match="drop key FILE") as caught:
            use()
        assert not key or key not in str(caught.value)


@pytest.mark.parametrize("expires", [0, -1, 10**10, 999_999_999])
def test_a_ticket_ends_at_a_second_that_nginx_reads(expires: int) -> None:
    with pytest.raises(PlanError, match="2001 to 2286"):
        sign("/a.m3u8", expires, KEY)
