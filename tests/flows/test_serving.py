from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flows import serving, settings

HOLDER = """
import sys, time
from flows import serving
with serving.hold_server_lock() as free:
    print(free, flush=True)
    serving.record_address("http://127.0.0.1:4999/api")
    print("recorded", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path))
    return tmp_path


def test_the_address_is_known_while_its_server_lives_and_not_after_it_was_killed(home: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(settings.ROOT)}
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True, env=environment) as holder:
        assert holder.stdout is not None
        assert [holder.stdout.readline(), holder.stdout.readline()] == ["True\n", "recorded\n"]
        assert serving.find_address() == "http://127.0.0.1:4999/api"
        with serving.hold_server_lock() as free:
            assert not free
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert (home / ".prefect" / "serving.json").exists()
    assert serving.find_address() is None
    with serving.hold_server_lock() as free:
        assert free


def test_a_server_that_starts_is_serving_but_has_no_address_yet() -> None:
    assert not serving.is_serving()
    with serving.hold_server_lock() as free:
        assert free
        assert serving.is_serving()
        assert serving.find_address() is None
    assert not serving.is_serving()


def test_clients_are_seen_until_they_are_done() -> None:
    with serving.hold_client_lock(), serving.hold_client_lock():
        assert serving.has_clients()
    assert not serving.has_clients()


def test_looking_for_a_server_in_a_new_checkout_writes_nothing(home: Path) -> None:
    assert serving.find_address() is None
    assert list(home.iterdir()) == []
