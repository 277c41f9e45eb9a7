"""A drive that hangs when it is told to, mounted where nobody else sees it; see `fuse_drive`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.disks import ALONE

_PROGRAM: Final = (sys.executable, "-I", "-S", str(Path(__file__).with_name("fuse_drive.py")))


@contextmanager
def hanging_drive(point: Path, shown: Path) -> Iterator[Callable[[str], None]]:
    """Have the drive mounted in the namespace that we are in, and give what tells it what to do."""
    command = (*_PROGRAM, str(point), str(shown))
    drive = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert drive.stdin is not None and drive.stdout is not None

    def tell(word: str) -> None:
        drive.stdin.write(f"{word}\n".encode())
        drive.stdin.flush()
        assert drive.stdout.readline().strip() == word.encode()

    try:
        tell("answer")
        yield tell
    finally:
        drive.stdin.close()
        drive.wait(20)


def can_hang() -> bool:
    """Tell whether this machine lets us have file systems of our own."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK) or os.geteuid():
        return False
    command = (*ALONE, *_PROGRAM, "/mnt", "/")
    ran = subprocess.run(command, input=b"answer\n", capture_output=True, check=False, timeout=60)
    return ran.stdout == b"answer\n"


needs_hanging_drive = pytest.mark.skipif(not can_hang(), reason="this machine lets us mount no file system of our own")
