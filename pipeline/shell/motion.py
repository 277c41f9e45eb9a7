"""Tell the camera's movement from the subject's, by two pictures that follow one another closely.

Dense optical flow says where everything goes; the movement that most of it shares (shift, zoom, turn) is the camera's,
found by RANSAC; what differs after that movement is undone is the subject's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Luma = NDArray[np.uint8]

# In pixels of pictures about 160 wide.
_GRID: Final = 8
_FITS: Final = 0.8
# A point whose surroundings are flat tells nothing of where it goes; in steps of luma.
_LEAST_TEXTURE: Final = 6.0
_LEAST_POINTS: Final = 12
_LEAST_SHARED: Final = 0.25
# Two pictures of one shot are alike once all movement is undone; across a cut they are not.
_LEAST_LIKENESS: Final = 0.55
_FLAT: Final = 2.0
_MOST_GAIN: Final = 3.0
_NOISE: Final = 0.4
_LEAST_SIDE: Final = 24
_LEAST_PEAK: Final = 0.06
_LEAST_OVERLAP: Final = 0.4


@dataclass(frozen=True)
class Movement:
    """What moves between two pictures."""

    camera: float
    """Mean way of the picture's points that the camera explains, as a share of the picture's width."""
    subject: float
    """Mean change of luma that is left, in steps of 8 bits."""


class MotionMeter:
    """Compare pairs of pictures."""

    def __init__(self) -> None:
        import cv2

        # The fastest of OpenCV's presets: 0.15 ms for a picture of this size. Its errors are outliers of the fit.
        self._flow: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)

    def compare(self, before: Luma, after: Luma) -> Movement | None:
        """Return what moves from one picture to the next; None where they do not belong to one shot."""
        import cv2

        if before.shape != after.shape:
            return None
        if min(before.shape) < _LEAST_SIDE:
            return Movement(0.0, max(0.0, cv2.norm(before, after, cv2.NORM_L1) / before.size - _NOISE))
        return self._compare(before, after) or self._compare_shifted(before, after)

    def _compare_shifted(self, before: Luma, after: Luma) -> Movement | None:
        """Return the movement of pictures that lie too far apart for optical flow, as in a fast pan."""
        import cv2
        import numpy as np

        window = cv2.createHanningWindow(before.shape[::-1], cv2.CV_32F)
        (x, y), peak = cv2.phaseCorrelate(before.astype(np.float32), after.astype(np.float32), window)
        height, width = before.shape
        right, down = round(x), round(y)
        if peak < _LEAST_PEAK or (width - abs(right)) * (height - abs(down)) < _LEAST_OVERLAP * before.size:
            return None
        ours = before[max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)]
        theirs = after[max(0, down) : height - max(0, -down), max(0, right) : width - max(0, -right)]
        if min(ours.shape) < _LEAST_SIDE:
            return None
        rest = self._compare(np.ascontiguousarray(ours), np.ascontiguousarray(theirs))
        return None if rest is None else Movement(math.hypot(x, y) / width, rest.subject)

    def _compare(self, before: Luma, after: Luma) -> Movement | None:
        import cv2
        import numpy as np

        flow = self._flow.calc(before, after, None)
        height, width = before.shape
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        undone = cv2.remap(after, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR)
        if not _are_alike(before, undone):
            return None
        points, moved = _points(before, flow)
        shared = _shared_movement(points, moved)
        straight = cv2.warpAffine(after, shared, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        whole = np.full_like(before, 255)
        inside = cv2.warpAffine(whole, shared, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
        left = float(cv2.mean(cv2.absdiff(before, _in_light_of(straight, before, inside)), mask=inside)[0])
        corners = np.array([[x * width, y * height, 1] for x in (0.1, 0.5, 0.9) for y in (0.1, 0.5, 0.9)])
        way = np.hypot(*((corners @ shared.T) - corners[:, :2]).T).mean()
        return Movement(float(way) / width, max(0.0, left - _NOISE))


def _in_light_of(luma: Any, other: Any, mask: Any) -> Any:
    """Return a picture with another one's mean and spread: a fade or a flash is no movement."""
    import cv2

    (mean, deviation), (wanted, spread) = (cv2.meanStdDev(picture, mask=mask) for picture in (luma, other))
    if min(deviation[0, 0], spread[0, 0]) < _FLAT:
        return luma
    gain = min(_MOST_GAIN, max(1 / _MOST_GAIN, spread[0, 0] / deviation[0, 0]))
    return cv2.addWeighted(luma, gain, luma, 0, wanted[0, 0] - gain * mean[0, 0])


def _are_alike(one: Any, other: Any) -> bool:
    import cv2

    means, deviations = zip(*(cv2.meanStdDev(luma) for luma in (one, other)), strict=True)
    flat = [float(deviation[0, 0]) < _FLAT for deviation in deviations]
    if any(flat):
        return all(flat) and abs(float(means[0][0, 0] - means[1][0, 0])) < 10 * _FLAT
    return float(cv2.matchTemplate(one, other, cv2.TM_CCOEFF_NORMED)[0, 0]) >= _LEAST_LIKENESS


def _points(luma: Luma, flow: Any) -> tuple[Any, Any]:
    """Return points of the picture that have something to hold on to, and where the flow takes them."""
    import cv2
    import numpy as np

    ups, downs = cv2.dilate(luma, np.ones((5, 5), np.uint8)), cv2.erode(luma, np.ones((5, 5), np.uint8))
    half = _GRID // 2
    rows, columns = np.mgrid[half : luma.shape[0] : _GRID, half : luma.shape[1] : _GRID].reshape(2, -1)
    textured = (ups.astype(np.int16) - downs)[rows, columns] >= _LEAST_TEXTURE
    if np.count_nonzero(textured) >= _LEAST_POINTS:
        rows, columns = rows[textured], columns[textured]
    points = np.stack([columns, rows], axis=1).astype(np.float32)
    return points, points + flow[rows, columns]


def _shared_movement(points: Any, moved: Any) -> Any:
    """Return the shift, zoom and turn that most points share, as a 2 × 3 matrix; none where they share nothing."""
    import cv2
    import numpy as np

    still = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    if np.count_nonzero(np.hypot(*(moved - points).T) < _FITS / 2) > len(points) / 2:
        return still
    found, fits = cv2.estimateAffinePartial2D(
        points, moved, method=cv2.RANSAC, ransacReprojThreshold=_FITS, maxIters=500
    )
    if found is None or fits.mean() < _LEAST_SHARED or not 0.5 < np.hypot(found[0, 0], found[1, 0]) < 2:
        return still
    return found
