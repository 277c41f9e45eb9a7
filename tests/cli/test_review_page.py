"""`matinee review` as typed: it says where to look, lets in who opens that, and ends cleanly."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped_and_a_bookmark_goes_on_to_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: signal.Signals
) -> None:
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path))
    (tmp_path / "masters").mkdir()
    (tmp_path / "masters" / "kite.mp4").write_bytes(b"film")
    code = "from pipeline.cli import main; main()"
    command = [sys.executable, "-u", "-c", code, "review", "--no-browser"]
    cookies = httpx.Cookies()
    for _ in range(2):
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as run:
            assert run.stdout is not None
            assert run.stdout.readline() == f"1 film in {tmp_path}\n"
            address = re.search(r"(http://127\.0\.0\.1:\d+/)login\?token=\S{43}", run.stdout.readline())
            assert address is not None
            with httpx.Client(trust_env=False, timeout=20, cookies=cookies) as client:
                assert client.get(address[1]).status_code == (200 if cookies else 401)
                assert client.get(address[0]).status_code == 200
                assert "kite" in client.get(address[1]).text
                cookies = client.cookies
            run.send_signal(stop)
            out, err = run.communicate(timeout=20)
        assert err == "" and run.returncode == (0 if stop == signal.SIGINT else -stop)
        assert ("Stopped." in out) == (stop == signal.SIGINT)


def test_addresses_and_names_that_cannot_be_are_told(workplace: Any) -> None:
    for words, told in (
        (("--host", "203.0.113.9"), "203.0.113.9 cannot be used"),
        (("--host", "nosuch.invalid"), "nosuch.invalid cannot be used"),
        (("--allow-host", "a b"), "a b is no name of a host"),
        (("--host", ""), "is no name of a host"),
    ):
        ran = workplace.matinee("review", "--no-browser", *words)
        assert ran.code == 2 and told in ran.err and "Traceback" not in ran.err, ran.err
    assert not (workplace.home / ".review").exists()


def test_a_key_that_others_may_read_is_not_used(workplace: Any) -> None:
    (workplace.home / ".review").mkdir()
    (workplace.home / ".review" / "key").write_text("k" * 43)
    (workplace.home / ".review" / "key").chmod(0o644)
    ran = workplace.matinee("review", "--no-browser")
    assert ran.code == 2 and "Others may read" in ran.err and "Remove it" in ran.err


def test_its_help_teaches(workplace: Any) -> None:
    ran = workplace.matinee("review", "--help")
    assert ran.code == 0 and "matinee review --port 8800" in ran.out and "--allow-host" in ran.out
