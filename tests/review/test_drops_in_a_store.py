"""What the page of drops tells of an S3-compatible store: what is open there, at once, and in words that it is away."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.review import drop_looks
from pipeline.shell.home import find_home
from tests.review.conftest import Page
from tests.review.test_drops_page import CALENDAR, NOON, Clock, carry_out, told, write_calendar
from tests.shell.stores import BUCKET, Store, have_clients_ask_as_test, run_s3, run_store

_OPEN = {"kanto": "open", "saxony": "staged", "": "coming"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(drop_looks, "now", clock)
    monkeypatch.setattr(drop_looks, "FAR_REST_S", 0.0)
    return clock


@pytest.fixture
def store(page: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Store]:  # noqa: ARG001 - its home
    have_clients_ask_as_test(monkeypatch, tmp_path)
    with run_s3() as behind, run_store(behind) as store:
        yield store


def calendar_for(store: str) -> Path:
    return write_calendar(CALENDAR.replace('"www"', f'"s3://{BUCKET}/hls"\nendpoint = "{store}"'))


def once(page: Page, wanted: str) -> dict[str, Any]:
    """Return what the page says once it warns of something: it has the store asked, and tells what was seen last."""
    until_s = time.monotonic() + 15
    while time.monotonic() < until_s:
        found = told(page)
        if any(wanted in one["told"] for one in found["warnings"]):
            return found
        time.sleep(0.05)
    raise AssertionError(f"{wanted!r} is never told: {found['warnings']}")


def states(found: dict[str, Any]) -> dict[str, str]:
    return {one["region"]: one["state"] for one in found["windows"]}


def settled(page: Page, wanted: dict[str, str]) -> dict[str, Any]:
    until_s = time.monotonic() + 15
    while states(found := told(page)) != wanted and time.monotonic() < until_s:
        time.sleep(0.05)
    assert states(found) == wanted
    return found


def test_what_is_open_in_a_store_is_told_at_once(page: Page, clock: Clock, store: Store) -> None:
    path = calendar_for(store.url)
    late = told(page)
    assert states(late) == {"kanto": "late", "saxony": "coming", "": "coming"}
    assert f"its entry is not at s3://{BUCKET}/hls at {store.url}" in late["warnings"][0]["told"]
    clock.at = NOON.replace(hour=18)
    carry_out(path, clock.at)
    written = store.writes()
    assert settled(page, _OPEN)["warnings"] == [] and store.writes() == written, "looking changes nothing"
    store.client.delete_object(Bucket=BUCKET, Key="hls/the-red-kite-kanto.m3u8")
    settled(page, {**_OPEN, "kanto": "late"})
    clock.at += timedelta(days=1)
    carry_out(path, clock.at)
    settled(page, {"kanto": "closed", "saxony": "open", "": "coming"})
    clock.at += timedelta(days=1)
    settled(page, {"kanto": "closed", "saxony": "overdue", "": "late"})
    assert page.faults == []


def test_what_another_machine_opened_is_told_as_open(page: Page, clock: Clock, store: Store) -> None:
    path = calendar_for(store.url)
    clock.at = NOON.replace(hour=18)
    carry_out(path, clock.at)
    find_home().ledger.unlink()
    assert settled(page, {**_OPEN, "saxony": "coming"})["warnings"] == []


@pytest.mark.parametrize(("status", "said"), [(503, "503 SlowDown"), (403, "403 AccessDenied")])
def test_a_store_that_refuses_is_told_in_words_until_it_answers_again(
    page: Page, clock: Clock, store: Store, status: int, said: str
) -> None:
    path = calendar_for(store.url)
    clock.at = NOON.replace(hour=18)
    carry_out(path, clock.at)
    settled(page, _OPEN)
    store.before = lambda _: status
    found = once(page, said)
    (warning,) = found["warnings"]
    assert warning["told"].startswith("What is open of the-red-kite is not known.")
    assert "asks again by itself" in warning["told"] and "Run the same command" not in warning["told"]
    assert {one["told"] for one in found["windows"]} == {"open by the calendar", "coming by the calendar"}
    store.before = lambda _: None
    assert settled(page, _OPEN)["warnings"] == [] and page.faults == []


def test_a_store_that_is_away_or_never_answers_keeps_no_page_waiting(page: Page, clock: Clock, store: Store) -> None:
    assert clock.at == NOON and store.url
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    path = calendar_for(f"http://127.0.0.1:{port}")
    assert "Could not connect" in once(page, "is not known")["warnings"][0]["told"]

    answering = threading.Event()
    store.before = lambda _: 503 if answering.wait(100) else None
    path.write_text(path.read_text().replace(f"http://127.0.0.1:{port}", store.url))
    found = told(page)  # while the store does not answer
    answering.set()
    assert all(one["told"].endswith("by the calendar") for one in found["windows"])
    once(page, "503 SlowDown")
    assert page.faults == []
