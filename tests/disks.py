"""Disks of a few hundred kilobytes or read-only for one command, mounted where nobody else sees them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

MATINEE = (sys.executable, "-c", "import sys; from pipeline.cli import main; sys.argv[0] = 'matinee'; main()")
# A namespace of one's own: what is mounted there goes with it. Who is not root gets to be so in it.
ALONE = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--map-root-user", "--mount")


@dataclass(frozen=True)
class Answer:
    """What a command left with, and its last words."""

    code: int
    told: str

    @property
    def last(self) -> str:
        """The line that says what is wrong."""
        return self.told.strip().splitlines()[-1] if self.told.strip() else ""


def can_mount() -> bool:
    """Tell whether this machine lets us have disks of our own; containers often do not."""
    return subprocess.run((*ALONE, "true"), capture_output=True, check=False).returncode == 0


def run_on_full(folder: Path, kib: int, words: Sequence[object]) -> tuple[Answer, Answer]:
    """Run a command with so little room in a folder beside what is in it, and again with plenty."""
    kept = folder.with_name(f"{folder.name}-kept")
    # Whole pages, each file once, whatever its names; folders weigh nothing there.
    files = {path.lstat().st_ino: path.lstat().st_size for path in folder.rglob("*") if path.is_file()}
    size = sum(-(-one // 4096) * 4 for one in files.values()) + kib
    where, away = shlex.quote(str(folder)), shlex.quote(str(kept))
    mount = f"cp -a {where} {away} && mount -t tmpfs -o size={size}k tmpfs {where} && cp -a {away}/. {where}/"
    return _run_twice(mount, f"mount -o remount,size=1g {where}", words)


def run_on_read_only(folder: Path, words: Sequence[object]) -> tuple[Answer, Answer]:
    """Run a command with a folder that cannot be written to, and again when it can."""
    where = shlex.quote(str(folder))
    mount = f"mount --bind {where} {where} && mount -o remount,ro,bind {where}"
    return _run_twice(mount, f"umount {where}", words)


def _run_twice(mount: str, mend: str, words: Sequence[object]) -> tuple[Answer, Answer]:
    command = shlex.join((*MATINEE, *map(str, words)))
    script = f"{mount} || exit 90; {command} >&2; echo $?; echo NEXT >&2; {mend}; {command} >&2; echo $?"
    ran: Any = subprocess.run(
        (*ALONE, "sh", "-c", script),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        cwd=Path(__file__).parents[1],
    )
    assert ran.returncode != 90, ran.stderr
    first, second = ran.stderr.split("NEXT\n")
    codes = [int(line) for line in ran.stdout.split()]
    return Answer(codes[0], first), Answer(codes[1], second)


needs_disks = pytest.mark.skipif(not can_mount(), reason="this machine lets us mount no disk of our own")
