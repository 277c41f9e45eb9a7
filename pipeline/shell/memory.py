"""How much memory a process may have that decodes or encodes films of strangers: a share of the machine's.

What asks for more is ended by the system, and we say so; without a limit, whichever process is largest would be.
"""

from __future__ import annotations

import os
from typing import Final

from pipeline.errors import InputError
from pipeline.shell.machine import memory_bytes

_GIB: Final = 1 << 30
_SHARE: Final = 3 / 4
_LEAST: Final = 8 * _GIB
"""Encoding 4K of 10 bits takes 2.4 GiB as H.264, 3.0 as HEVC and 4.7 as AV1; a machine that has less swaps then."""
_VARIABLE: Final = "MATINEE_MEMORY_GB"


def memory_limit() -> int:
    """Return the bytes that one process may have: MATINEE_MEMORY_GB where set, else three quarters of the machine's.

    The machine is the container where that is given less. Raises InputError for a variable that is no such number.
    """
    named = os.environ.get(_VARIABLE)
    if named:
        try:
            gigabytes = float(named)
        except ValueError:
            gigabytes = 0
        if not 0.5 <= gigabytes <= 1 << 20:
            raise InputError(
                f"{_VARIABLE} is {named!r}; it is a number of gigabytes from 0.5 on.",
                remedy="Unset it: three quarters of the machine's memory are allowed then.",
            )
        return int(gigabytes * _GIB)
    return max(_LEAST, int(_SHARE * memory_bytes()))


def told_limit(limit: int) -> str:
    """Return what to do where a process needed more."""
    most = f"{limit / _GIB:.3g} GiB"
    return f"One process may have {most} of memory; {_VARIABLE}, in gigabytes, allows more."
