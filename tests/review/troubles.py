"""Disks that fail and machines that stop while a home is written to."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal
from unittest import mock

Kind = Literal["once", "full", "killed"]
_FOLDERS: Final = ("projects", "out", ".review")
_WRITES: Final = ("fsync", "rename", "replace", "unlink")


class KilledError(BaseException):
    """The machine stopped: nothing is done any more, and nothing is tidied up."""


@contextlib.contextmanager
def trouble(home: Path, after: int, kind: Kind) -> Iterator[list[str]]:
    """Have what is written to people's files of a home fail after so many writes: once, from then on, or for good.

    Gives what failed.
    """
    left, failed, lock = after, list[str](), threading.Lock()

    def failing(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def run(what: Any, *others: Any, **named: Any) -> Any:
            nonlocal left
            path = str(Path(f"/proc/self/fd/{what}").readlink()) if isinstance(what, int) else os.fspath(what)
            if any(path.startswith(f"{home / folder}/") for folder in _FOLDERS):
                with lock:
                    left -= 1
                    fails = left < 0 and (kind != "once" or not failed)
                    if fails:
                        failed.append(f"{name} {path}")
                if fails and kind == "killed":
                    raise KilledError
                if fails:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
            return real(what, *others, **named)

        return run

    with contextlib.ExitStack() as stack:
        for name in _WRITES:
            stack.enter_context(mock.patch.object(os, name, failing(name, getattr(os, name))))
        yield failed
