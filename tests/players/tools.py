"""What the players' tests need of the machine, and what is said where it is not there."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
# Debian keeps servers where a user's PATH does not look.
_SEARCHED = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))


def find_tool(*names: str, package: str) -> Path:
    """Return the program of the first name that is here; CI has to have it, elsewhere the test is skipped."""
    found = next((path for name in names if (path := shutil.which(name, path=_SEARCHED))), None)
    if found is None:
        _go_without(f"{names[0]} is not on this machine. On Debian and Ubuntu: apt install {package}")
    return Path(found)


def find_file(*patterns: str, package: str) -> Path:
    """Return the first file that a pattern below / finds, which no PATH leads to; as `find_tool` where none is here."""
    found = [path for pattern in patterns for path in sorted(Path("/").glob(pattern))]
    if not found:
        _go_without(f"{Path(patterns[0]).name} is not on this machine. On Debian and Ubuntu: apt install {package}")
    return found[0]


def install_modules() -> Path:
    """Return the folder of the players from npm, installed as package-lock.json says unless that was done before."""
    npm = find_tool("npm", package="npm")
    with (HERE / ".npmrc").open("rb") as lock:
        # Tests run in several processes, and each would install them.
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed, wanted = MODULES / ".package-lock.json", HERE / "package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
            command = [npm, "ci", "--no-progress"]
            run = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=240, check=False)
            if run.returncode:
                _go_without(f"The players could not be installed from npm's registry: {run.stderr.strip()[-400:]}")
            installed.touch()
    return MODULES


def _go_without(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
