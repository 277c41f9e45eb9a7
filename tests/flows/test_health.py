"""The health address says what is well and what is not, to whoever asks on this machine."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows import health
from flows.health import Finding, serve_health
from pipeline.errors import InputError, StoreError


def _ask(address: str) -> tuple[int, Any]:
    answer = httpx.get(address, trust_env=False, timeout=30)
    return answer.status_code, answer.json()


def test_it_says_of_store_disk_ffmpeg_and_server_how_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path))
    monkeypatch.delenv("MATINEE_SHARED_STORE", raising=False)
    with serve_health(health.list_checks("http://127.0.0.1:9/api")) as address:
        assert address.startswith("http://127.0.0.1:") and address.endswith("/health")
        status, told = _ask(address)
        assert httpx.get(address.replace("/health", "/"), trust_env=False).status_code == 404
    assert status == 503 and told["status"] == "failing"
    assert told["store"]["ok"] and told["disk"]["free_bytes"] > 0 and "ffmpeg" in told["ffmpeg"]["is"]
    assert told["server"] == {"ok": False, "url": "http://127.0.0.1:9/api"}


def test_a_shared_store_that_is_not_mounted_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path))
    monkeypatch.setenv("MATINEE_SHARED_STORE", str(tmp_path / "nosuch"))
    with serve_health({"store": health.list_checks("")["store"]}) as address:
        status, told = _ask(address)
        assert status == 503 and "mounted" in told["store"]["why"]
        (tmp_path / "nosuch").mkdir()
        monkeypatch.setattr(health, "_REMEMBERED_S", 0.0)
        assert _ask(address) == (200, {"status": "ok", "store": {"ok": True, "path": str(tmp_path / "store"),
                                                                 "shared": str(tmp_path / "nosuch")}})  # fmt: skip


def test_whatever_goes_wrong_while_it_looks_is_an_answer() -> None:
    asked: list[str] = []

    def refuse() -> Finding:
        asked.append("store")
        raise StoreError("The store is gone.", remedy="Mount it.")

    def stumble() -> Finding:
        raise ZeroDivisionError("once")

    with serve_health({"store": refuse, "watch": stumble}) as address:
        assert _ask(address)[1] == {
            "status": "failing",
            "store": {"ok": False, "why": "The store is gone. Mount it."},
            "watch": {"ok": False, "why": "ZeroDivisionError: once"},
        }
        _ask(address)
    assert asked == ["store"]


def test_it_listens_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("MATINEE_HEALTH", f"127.0.0.1:{other.getsockname()[1]}")
        with pytest.raises(InputError, match="cannot be at"), serve_health({}):
            pass
    with serve_health({}) as address:
        assert _ask(address) == (200, {"status": "ok"})
    for wrong in ("4210", "here:there", ":1"):
        monkeypatch.setenv("MATINEE_HEALTH", wrong)
        with pytest.raises(InputError, match="HOST:PORT"), serve_health({}):
            pass
