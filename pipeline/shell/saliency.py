"""Say where in a picture the eye goes: what is sharp, what differs in colour, what moves otherwise than the camera.

No model: film directs the eye by focus, light, colour and movement, and these can be measured in a millisecond.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]
    Map = NDArray[np.float32]

_SIZE: Final = (64, 36)
_FLOW_LONG_PX: Final = 160
_MIDDLE: Final = 0.3
_SHARE: Final = {"movement": 0.45, "colour": 0.3, "focus": 0.25}
# In pixels of pictures 160 wide: what moves less against the camera is noise of the flow.
_LEAST_MOVEMENT: Final = 0.6


class EyeCatcher:
    """Look at the pictures of one stretch of film in order; movement is measured against the one before."""

    def __init__(self) -> None:
        import cv2

        cv2.setNumThreads(1)  # pictures as small as these cost less than waking other threads does
        self._flow: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._before: Any = None

    def look(self, bgr: Picture, *, columns: int, rows: int) -> tuple[list[float], list[float]]:
        """Return how what draws the eye is spread over the columns and the rows of a small upright picture."""
        import cv2
        import numpy as np

        seen = self._map(bgr)
        seen = np.maximum(0, seen - seen.mean()) * _composed()
        across = cv2.resize(seen.sum(axis=0, keepdims=True), (columns, 1), interpolation=cv2.INTER_LINEAR)
        down = cv2.resize(seen.sum(axis=1, keepdims=True), (1, rows), interpolation=cv2.INTER_LINEAR)
        return [float(value) for value in across.ravel()], [float(value) for value in down.ravel()]

    def _map(self, bgr: Picture) -> Map:
        """Return what draws the eye at each place, 0 to 1."""
        import cv2

        luma = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
        maps = {"colour": _colour(bgr), "focus": _focus(luma)}
        scale = _FLOW_LONG_PX / max(luma.shape)
        small: Any = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        moved = self._movement(small)
        self._before = small
        if moved is not None:
            maps["movement"] = moved
        weight = sum(_SHARE[name] for name in maps)
        return sum(_SHARE[name] / weight * seen for name, seen in maps.items())  # type: ignore[return-value]

    def _movement(self, luma: Any) -> Map | None:
        """Return how far each place moves against what most of the picture does; None where nothing does."""
        import cv2
        import numpy as np

        before = self._before
        if before is None or before.shape != luma.shape or min(luma.shape) < 24:
            return None
        flow = self._flow.calc(before, luma, None)[::4, ::4]
        rows, columns = np.mgrid[0 : flow.shape[0], 0 : flow.shape[1]].reshape(2, -1).astype(np.float32)
        # The camera's movement is a plane in the flow (shift, zoom, turn), fitted again without what departs from it.
        ground = np.column_stack([np.ones_like(rows), columns, rows])
        flat = flow.reshape(-1, 2)
        kept = np.ones(len(flat), bool)
        for _ in range(2):
            plane, *_ = np.linalg.lstsq(ground[kept], flat[kept], rcond=None)
            left = np.hypot(*(flat - ground @ plane).T)
            kept = left <= np.median(left) * 2 + 1e-3
        moved = left.reshape(flow.shape[:2]).astype(np.float32)
        if np.percentile(moved, 98) < _LEAST_MOVEMENT:
            return None
        return _even(cv2.resize(np.maximum(0, moved - _LEAST_MOVEMENT / 2), _SIZE, interpolation=cv2.INTER_AREA))


@functools.cache
def _composed() -> Map:
    """Return how likely each place is to hold what is meant: pictures are composed towards their middle."""
    import numpy as np

    down, across = (np.exp(-(((np.arange(n) + 0.5) / n - 0.5) ** 2) / (2 * _MIDDLE**2)) for n in reversed(_SIZE))
    return cast("Map", np.outer(down, across).astype(np.float32))


def _colour(bgr: Picture) -> Map:
    """Return how far each place is from the picture's mean colour (Achanta and others, Frequency-tuned, 2009)."""
    import cv2
    import numpy as np

    lab = cv2.cvtColor(cv2.resize(bgr, _SIZE, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2LAB).astype(np.float32)
    return _even(np.linalg.norm(cv2.GaussianBlur(lab, (0, 0), 1) - lab.mean(axis=(0, 1)), axis=2))


def _focus(luma: Any) -> Map:
    """Return how much detail each place has: in film, what is in focus is what is meant."""
    import cv2
    import numpy as np

    detail = np.abs(cv2.Laplacian(luma, cv2.CV_16S, ksize=3)).astype(np.float32)
    return _even(cv2.GaussianBlur(cv2.resize(detail, _SIZE, interpolation=cv2.INTER_AREA), (0, 0), 1.5))


def _even(seen: Any) -> Map:
    """Return a map stretched to 0 to 1, its highest hundredth cut off."""
    import numpy as np

    low, high = np.percentile(seen, (5, 99))
    return cast("Map", np.clip((seen - low) / max(float(high - low), 1e-6), 0, 1).astype(np.float32))
