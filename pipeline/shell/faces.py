"""Find faces in pictures: YuNet, which ships with Matinee, run by OpenCV."""

from __future__ import annotations

import logging
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.plan.features import FaceBox

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODEL: Final = Path(__file__).with_name("models") / "face_detection_yunet_2023mar.onnx"
# A false face is worse than none. In pictures 320 wide, backs of heads and hands reach 0.66, foliage less; whole faces,
# drawn ones too, have 0.7 to 0.95.
_LEAST_CONFIDENCE: Final = 0.7
_OVERLAP: Final = 0.3
_MOST: Final = 50
_LEAST_SIDE: Final = 32

_log = logging.getLogger(__name__)


class FaceFinder:
    """Find faces in upright BGR pictures 256 to 640 long; without a detector, find none and say so once."""

    def find(self, bgr: NDArray[np.uint8]) -> tuple[FaceBox, ...]:
        """Return the faces that a picture shows, largest first."""
        height, width = bgr.shape[:2]
        if self._detector is None or min(height, width) < _LEAST_SIDE:
            return ()
        self._detector.setInputSize((width, height))
        _, rows = self._detector.detect(bgr)
        boxes = (_box(row, width, height) for row in (() if rows is None else rows.tolist()))
        return tuple(sorted(boxes, key=lambda box: (-box.width * box.height, box.x, box.y)))

    @cached_property
    def _detector(self) -> Any:
        import cv2

        log: Any = cv2.utils.logging
        level = log.getLogLevel()
        try:
            log.setLogLevel(log.LOG_LEVEL_ERROR)  # not its warning that OpenCV 5 chooses a backend by itself
            return cv2.FaceDetectorYN.create(str(MODEL), "", (320, 320), _LEAST_CONFIDENCE, _OVERLAP, _MOST)
        except (AttributeError, cv2.error):
            _log.warning("This OpenCV finds no faces: it has no FaceDetectorYN, or %s is missing.", MODEL.name)
            return None
        finally:
            log.setLogLevel(level)


def _box(row: list[float], width: int, height: int) -> FaceBox:
    """Return a detector's row (x, y, width, height, five points, confidence) as shares of the picture, within it."""
    left, top = max(0.0, row[0] / width), max(0.0, row[1] / height)
    right, bottom = min(1.0, (row[0] + row[2]) / width), min(1.0, (row[1] + row[3]) / height)
    return FaceBox(*(round(value, 4) for value in (left, top, max(0.0, right - left), max(0.0, bottom - top), row[-1])))
