"""`matinee serve-package` as typed: it says where to look, ends cleanly, and tells what it cannot play."""

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
def test_it_serves_until_it_is_stopped(tmp_path: Path, stop: signal.Signals) -> None:
    (tmp_path / "master.m3u8").write_text("#EXTM3U\n")
    code = "from pipeline.cli import main; main()"
    command = [sys.executable, "-u", "-c", code, "serve-package", str(tmp_path), "--no-browser"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None and run.stderr is not None
        assert run.stdout.readline().startswith("1 package in")
        address = re.search(r"http://127\.0\.0\.1:\d+/", run.stdout.readline())
        assert address is not None
        with httpx.Client(trust_env=False, timeout=20) as client:
            assert "Matinee" in client.get(address[0]).text
        run.send_signal(stop)
        out, err = run.communicate(timeout=20)
    assert err == ""
    # The signal that a person sends is an end like any other; the other one tells whoever waits that it was sent.
    assert run.returncode == (0 if stop == signal.SIGINT else -stop)
    assert ("Stopped." in out) == (stop == signal.SIGINT)


@pytest.mark.parametrize("name", ["nosuch", "empty"])
def test_a_folder_without_a_package_exits_with_2(workplace: Any, name: str) -> None:
    (workplace.home / "empty").mkdir()
    ran = workplace.matinee("serve-package", workplace.home / name, "--no-browser")
    assert ran.code == 2 and name in ran.err and "master.m3u8" in ran.err and "Traceback" not in ran.err


def test_its_help_teaches(workplace: Any) -> None:
    ran = workplace.matinee("serve-package", "--help")
    assert ran.code == 0 and "matinee serve-package media/out" in ran.out and "--port" in ran.out
