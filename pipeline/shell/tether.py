"""Have a process that is started die with the thread that starts it, whatever happens to us."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

# argv[1] is the parent's pid: had it died before prctl, no signal would come, so the wrapper checks and leaves.
_EXEC_WRAPPER: Final = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
if os.getppid() != int(sys.argv[1]):
    sys.exit(125)
os.execv(sys.argv[2], sys.argv[2:])
"""


def tethered(command: Sequence[str]) -> tuple[str, ...]:
    """Return a command that ends with the thread that starts it (PR_SET_PDEATHSIG, on Linux)."""
    return (sys.executable, "-I", "-S", "-c", _EXEC_WRAPPER, str(os.getpid()), *command)
