"""Run Matinee's commands on a mutated film as a person does, and tell what they did that they may not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.child import MATINEE

TRACER: Final = shutil.which("strace")
_LIMIT_S: Final = 300.0
_CALLS: Final = "open,openat,creat,connect,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,symlink,symlinkat"
_OPENED: Final = re.compile(r'\b(?:open|openat|creat)\((?:AT_FDCWD, )?"((?:[^"\\]|\\.)*)"(.*)= (-?\d+)')
_CHANGED: Final = re.compile(r'\b(?:unlink|rename|mkdir|symlink)\w*\((?:AT_FDCWD, )?"((?:[^"\\]|\\.)*)".*= 0')
_CALLED: Final = re.compile(r"connect\(.*sa_family=AF_INET6?,.*")
_WRITES: Final = ("O_WRONLY", "O_RDWR", "O_CREAT")
_PRESET: Final = """name = "Half seconds"
kind = "moment"
count = 1
seconds = 0.5
[avoid]
black = false
end_credits = false
[spoilers]
last_act_fraction = 0
[sound]
fade_in_s = 0
fade_out_s = 0
"""
COMMANDS: Final = (
    ("probe", "--json"),
    ("shots", "--json"),
    ("cut", "--platform", "tiktok", "--highlights", "half", "--count", "1", "--json"),
)


def command_findings(film: Path, home: Path) -> Iterator[tuple[str, str]]:
    """Yield what went wrong when commands were run on a film: its kind, and words about it."""
    presets = home / "presets"
    (presets / "highlights").mkdir(parents=True, exist_ok=True)
    (presets / "highlights" / "half.toml").write_text(_PRESET)
    environment = {**os.environ, "MATINEE_PRESETS": str(presets), "PYTHONDONTWRITEBYTECODE": "1"}
    for name, *words in COMMANDS:
        log = home / "calls"
        traced = (TRACER, "-f", "--seccomp-bpf", "-e", f"trace={_CALLS}", "-s", "4096", "-o", str(log))
        argv = (*(traced if TRACER else ()), MATINEE, name, str(film), *words)
        try:
            ran = subprocess.run(argv, env=environment, capture_output=True, timeout=_LIMIT_S, check=False)
        except subprocess.TimeoutExpired:
            yield "hang", f"matinee {name} for {_LIMIT_S:.0f} s"
            continue
        told = ran.stderr.decode("utf-8", "replace")
        if ran.returncode not in (0, 2) or "Traceback" in told or "fault of ours:" in told:
            yield "crash", f"matinee {name} left with {ran.returncode}: {told[-2000:]}"
        if TRACER:
            yield from _calls_that_may_not_be(log, film, home)


def _calls_that_may_not_be(log: Path, film: Path, home: Path) -> Iterator[tuple[str, str]]:
    # Python tries out a folder for temporary files by writing one.
    writable = (str(home), os.devnull, "/dev/shm", tempfile.gettempdir())  # noqa: S108 - what others write is looked at
    folders = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[2]), str(Path.home()))
    system = ("/usr", "/lib", "/lib64", "/etc", "/proc", "/sys", "/dev")
    # The film with what stands beside it under its name, and temporary files of ours.
    named = (str(film.with_suffix("")), f"{tempfile.gettempdir()}/matinee-")
    for line in log.read_text(errors="replace").splitlines():
        if _CALLED.search(line):
            yield "network", line
        elif opened := _OPENED.search(line):
            path, how, result = opened.groups()
            is_writing = any(flag in how for flag in _WRITES)
            may = _is_in(path, writable) if is_writing else _is_in(path, (str(home), *folders, *system))
            is_opened = int(result) >= 0 and path.startswith("/") and "O_DIRECTORY" not in how
            if is_opened and not may and not path.startswith(named):
                yield "file", line
        elif (changed := _CHANGED.search(line)) and changed[1].startswith("/") and not _is_in(changed[1], writable):
            yield "file", line


def _is_in(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)
