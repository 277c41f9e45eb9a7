"""Become the command that follows, after asking the kernel to kill it when whoever started it dies.

Run as a script (`python -I -S tether.py COMMAND…`), so that nothing heavy is imported before the exec. Linux only;
elsewhere the command runs untethered and an orderly stop is the only one.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def exec_tethered(command: list[str]) -> None:
    """Replace this process by `command`; the tether survives exec, but not a fork."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() == 1:
        # Started by init: the starter was gone before the line above, so no signal will ever come.
        sys.exit(125)
    os.execvp(command[0], command)  # noqa: S606 (no shell is the point)


if __name__ == "__main__":
    exec_tethered(sys.argv[1:])
