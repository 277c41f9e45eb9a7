"""Measure the black edges of a picture, letterbox and pillarbox, to the row and column."""

from __future__ import annotations

from typing import Any, Final

from pipeline.facts import PictureFacts
from pipeline.plan.subjects import Bars
from pipeline.shell.pixels.small import luma_of

# In 8 bits of full range: compression leaves a little above black.
_BLACK: Final = 14
_SPREAD: Final = 7.0
_BRIGHT_ENOUGH: Final = 28
# In limited range, 219 steps from 16 on.
_LIMITED: Final = (16, 219 / 255)
_FEWEST_PX: Final = 4
_MOST_SHARE: Final = 0.45
_SAMPLES: Final = 96


def black_edges(frame: Any, picture: PictureFacts) -> Bars | None:
    """Return the black edges of a decoded picture (PyAV's), upright; None where it is too dark to tell."""
    import numpy as np

    luma, bits, is_full = luma_of(frame)
    start, scale = (side * 2 ** (bits - 8) for side in ((0, 1) if is_full else _LIMITED))
    black, bright, spread = start + _BLACK * scale, start + _BRIGHT_ENOUGH * scale, _SPREAD * scale
    step = max(1, min(luma.shape) // _SAMPLES)
    if np.percentile(luma[::step, ::step], 90) < bright:
        return None
    turns = -(picture.rotation_deg // 90)
    luma = np.rot90(luma, turns) if turns else luma
    top, bottom = _run(luma, black, spread), _run(luma[::-1], black, spread)
    columns = luma[top : luma.shape[0] - bottom].T
    left, right = _run(columns, black, spread), _run(columns[::-1], black, spread)
    return Bars(left, top, right, bottom)


def _run(lines: Any, black: float, spread: float) -> int:
    """Return how many lines from the first on are black: nothing bright in them, and nothing to see."""
    most = int(_MOST_SHARE * len(lines))
    done, count = 0, _FEWEST_PX
    while done <= most:
        some = lines[done : done + count]
        lit = (some.max(axis=1) > black) | (some.std(axis=1) > spread)
        if lit.any():
            run = done + int(lit.argmax())
            return run if _FEWEST_PX <= run <= most else 0
        done, count = done + count, min(64, count * 2)
    return 0
