"""Our transitions as a detector of PySceneDetect, so that whoever uses that library can use them in its place."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from scenedetect import FrameTimecode
from scenedetect.detector import SceneDetector

from pipeline.plan.shots import Transition
from pipeline.plan.transitions import TransitionFinder
from pipeline.shell.pixels.small import Miniaturist
from pipeline.timebase import FrameRate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class TransitionDetector(SceneDetector):
    """Find cuts, dissolves, fades and wipes; a scene begins where each of them ends.

        scenes = scenedetect.detect("film.mp4", TransitionDetector())

    `transitions` tells their kinds and ranges once the film has been read. Give it to a SceneManager whose frames are
    not skipped: it judges each picture beside its neighbours. It judges as `matinee shots --exact` does, but what
    PySceneDetect hands it is BGR, and made small unless the manager's `auto_downscale` is off: a gradual transition
    may begin or end a few frames elsewhere, and one that is hardly one may be missed or added.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._finder: TransitionFinder | None = None
        self._miniature = Miniaturist()
        self._start: FrameTimecode | None = None
        self.transitions: tuple[Transition, ...] = ()

    def process_frame(self, timecode: FrameTimecode, frame_img: NDArray[np.uint8]) -> list[FrameTimecode]:
        """Take the next picture, in BGR. What it finds is told by `post_process`, when the last has been taken."""
        if self._finder is None:
            self._finder = TransitionFinder(_rate(timecode), timecode.frame_num)
            self._start = timecode
        self._finder.add(*self._miniature.of_bgr(frame_img))
        return []

    def post_process(self, timecode: FrameTimecode) -> list[FrameTimecode]:  # noqa: ARG002 - the interface's
        """Return the first frame of each new scene."""
        if self._finder is None or self._start is None:
            return []
        self.transitions = self._finder.finish()
        start = self._start
        return [start + (found.end_frame - start.frame_num) for found in self.transitions]


def _rate(timecode: FrameTimecode) -> FrameRate:
    return FrameRate.nearest_standard(Fraction(timecode.frame_rate or 1))
