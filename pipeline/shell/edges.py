"""Measure the black edges of a picture, letterbox and pillarbox, to the row and column."""

from __future__ import annotations

from typing import Any, Final

from pipeline.facts import PictureFacts
from pipeline.plan.subjects import Bars

# Of 8-bit luma in limited range: black is 16, and compression leaves a little above it.
_BLACK: Final = 28
_SPREAD: Final = 6.0
_BRIGHT_ENOUGH: Final = 40
_FEWEST_PX: Final = 4
_MOST_SHARE: Final = 0.45


def black_edges(frame: Any, picture: PictureFacts) -> Bars | None:
    """Return the black edges of a decoded picture (PyAV's), upright; None where it is too dark to tell."""
    import numpy as np

    luma = _luma(frame)
    turns = -(picture.rotation_deg // 90)
    luma = np.rot90(luma, turns) if turns else luma
    if np.percentile(luma[::4, ::4], 90) < _BRIGHT_ENOUGH:
        return None
    top, bottom = _runs(luma.max(axis=1), luma.std(axis=1))
    if top + bottom >= luma.shape[0]:
        return None
    inside = luma[top : luma.shape[0] - bottom]
    left, right = _runs(inside.max(axis=0), inside.std(axis=0))
    return Bars(left, top, right, bottom)


def _luma(frame: Any) -> Any:
    """Return the 8-bit luma of a picture as it is stored, in limited range."""
    import numpy as np

    if frame.format.name in ("yuv420p", "yuv422p", "yuv444p", "nv12"):
        plane = frame.planes[0]
        return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
    return frame.reformat(format="gray", dst_color_range=1).to_ndarray()


def _runs(most: Any, spread: Any) -> tuple[int, int]:
    """Return how many lines at the start and at the end are black: nothing bright in them, and nothing to see."""
    import numpy as np

    lit = np.flatnonzero((most > _BLACK) | (spread > _SPREAD))
    if not len(lit):
        return len(most), 0
    edges = int(lit[0]), len(most) - 1 - int(lit[-1])
    return tuple(edge if _FEWEST_PX <= edge <= _MOST_SHARE * len(most) else 0 for edge in edges)  # type: ignore[return-value]
