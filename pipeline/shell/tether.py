"""Have a process that is started die with the thread that starts it, and have no more memory than it may."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

from pipeline.shell.memory import memory_limit

# argv[1] is the parent's pid: had it died before prctl, no signal would come, so the wrapper checks and leaves.
# argv[2] is how many bytes of its own the process may have. RLIMIT_DATA rather than RLIMIT_AS: address space that is
# only reserved, by threads and allocators, costs nothing. Whoever set a lower limit keeps it.
_EXEC_WRAPPER: Final = """
import ctypes, os, resource, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = min(n for n in (int(sys.argv[2]), soft, hard) if n >= 0)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
# What crashes leaves no picture of its memory in a folder of ours.
resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
if os.getppid() != int(sys.argv[1]):
    sys.exit(125)
os.execv(sys.argv[3], sys.argv[3:])
"""


def tethered(command: Sequence[str]) -> tuple[str, ...]:
    """Return a command that ends with the thread that starts it (PR_SET_PDEATHSIG) and has limited memory, on Linux."""
    return (sys.executable, "-I", "-S", "-c", _EXEC_WRAPPER, str(os.getpid()), str(memory_limit()), *command)
