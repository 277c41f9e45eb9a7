"""A QR code for an address: how many modules it has, how large each is, and when it could not be scanned."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

from pipeline.geometry import Box

QUIET_MODULES: Final = 4
"""Light modules around a code, as ISO/IEC 18004 asks."""
# Below three pixels H.264 at a low bit rate blurs the modules into each other, and what is shown at two thirds of its
# size needs four and a half: both measured, see tests/cut/test_cards.py.
_LEAST_PX: Final = 3
_LEAST_SHARE: Final = 180


@dataclass(frozen=True)
class Code:
    """A QR code in a picture."""

    rows: tuple[str, ...]
    """Its modules, 1 for dark, without the quiet zone."""
    module_px: int
    box: Box
    """With the quiet zone, from which nothing else may take."""
    level: str
    """Error correction: L, M, Q or H."""


def least_module_px(width_px: int, height_px: int) -> int:
    """Return how large a module must be in a picture of a size, so that a phone reads it off a screen."""
    return max(_LEAST_PX, -(-min(width_px, height_px) // _LEAST_SHARE))


def plan_code(link: str, *, wished_px: int, most_px: int, least_module_px: int) -> Code | None:
    """Return the code for an address, about as large as wished; None where even the smallest modules need more room.

    Error correction is M (15 %), raised where that costs no modules: a screen has no dirt, and larger modules help
    more. L, which has fewer modules, only where M would not fit.
    """
    for wanted in ("m", "l"):
        rows, level = _made(link, wanted)
        modules = len(rows) + 2 * QUIET_MODULES
        module = max(least_module_px, min(wished_px, most_px) // modules)
        if (side := module * modules) <= most_px:
            return Code(rows, module, Box(-(side // 2), 0, side, side), level)
    return None


@functools.lru_cache(maxsize=64)
def _made(link: str, level: str) -> tuple[tuple[str, ...], str]:
    import segno

    made = segno.make_qr(link, error=level, mode="byte", boost_error=True)
    return tuple("".join(str(int(dark)) for dark in row) for row in made.matrix), str(made.error)
