"""Gather what each frame says about shots: PySceneDetect's cut detector and plain measures, on reduced pictures.

Nothing is decided here; `plan.transitions` reads the evidence.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from pipeline.plan.transitions import SIGNATURE_SIZE, FrameEvidence
from pipeline.shell.pixels import SmallPicture
from pipeline.shell.thumbnails import ThumbnailCollector
from pipeline.timebase import FrameRate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLACK_LUMA: Final = 20
"""Pixels up to here count as black: dark enough to be nothing, above the noise of compressed black."""


def gather_evidence(
    pictures: Iterable[SmallPicture], rate: FrameRate, *, thumbnails: ThumbnailCollector
) -> FrameEvidence:
    """Look at every picture once and return what was measured; thumbnails are collected on the way."""
    measures = _Measures()
    cuts = _CutDetector(rate)
    for picture in pictures:
        motion = measures.take(picture.bgr)
        cuts.take(picture)
        thumbnails.look(picture, motion=motion)
    return measures.evidence(cut_frames=tuple(cuts.frames))


class _Measures:
    """Plain measures of each frame in compact arrays: 164 bytes a frame."""

    def __init__(self) -> None:
        self._brightness = array("f")
        self._contrast = array("f")
        self._motion = array("f")
        self._sharpness = array("f")
        self._black = array("f")
        self._signatures = bytearray()
        self._previous: NDArray[np.uint8] | None = None

    def take(self, bgr: NDArray[np.uint8]) -> float:
        """Measure the next frame and return its motion."""
        import cv2

        luma: Any = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
        mean, deviation = cv2.meanStdDev(luma)
        edges = cv2.meanStdDev(cv2.Laplacian(luma, cv2.CV_16S))[1][0, 0]
        motion = 0.0 if self._previous is None else cv2.norm(luma, self._previous, cv2.NORM_L1) / luma.size
        light = cv2.threshold(luma, BLACK_LUMA, 1, cv2.THRESH_BINARY)[1]
        self._brightness.append(mean[0, 0])
        self._contrast.append(deviation[0, 0])
        self._motion.append(motion)
        self._sharpness.append(edges * edges)
        self._black.append(1 - cv2.countNonZero(light) / luma.size)
        self._signatures += cv2.resize(luma, SIGNATURE_SIZE, interpolation=cv2.INTER_AREA).tobytes()
        self._previous = luma
        return motion

    def evidence(self, *, cut_frames: tuple[int, ...]) -> FrameEvidence:
        return FrameEvidence(
            self._brightness,
            self._contrast,
            self._motion,
            self._sharpness,
            self._black,
            bytes(self._signatures),
            cut_frames,
        )


class _CutDetector:
    """PySceneDetect's adaptive detector, fed frame by frame.

    Its thresholds are its own defaults. Its minimum length of a scene is off: whether a short shot is one is decided
    with all evidence at hand. It looks at half the size: a cut changes everything, and this halves the detector's cost.
    """

    def __init__(self, rate: FrameRate) -> None:
        from scenedetect import AdaptiveDetector, FrameTimecode

        self._detector = AdaptiveDetector(min_scene_len=1)
        self._timecode = FrameTimecode
        self._fps = rate.fps
        self.frames: list[int] = []

    def take(self, picture: SmallPicture) -> None:
        import cv2

        half = (picture.bgr.shape[1] // 2, picture.bgr.shape[0] // 2)
        smaller = cv2.resize(picture.bgr, half, interpolation=cv2.INTER_AREA)
        found = self._detector.process_frame(self._timecode(picture.frame, fps=self._fps), smaller)
        self.frames.extend(cut.frame_num for cut in found)
