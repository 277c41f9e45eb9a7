"""Look at single pictures of a film and collect what they say: light, colour, detail, lettering, faces, movement."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, cast

from pipeline.facts import PictureFacts
from pipeline.plan.features import PICTURE_STEP, FaceSample, PictureFeatures
from pipeline.plan.sampling import FACE_STEP, filled, means, step_count, step_of
from pipeline.plan.shots import Curve
from pipeline.shell.faces import FaceFinder
from pipeline.shell.lettering import text_likelihood
from pipeline.shell.motion import MotionMeter, Movement
from pipeline.shell.pixels.small import Shrinker

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

LONG_SIDE_PX: Final = 320
"""Enough for faces and letters that people are meant to see."""
_BLACK_LUMA: Final = 20  # dark enough to be nothing, above the noise of compressed black
# Pictures further apart than this are not compared.
_PAIR_S: Final = Fraction(1, 2)


@dataclass(frozen=True)
class _Look:
    """What one picture says by itself."""

    brightness: float
    contrast: float
    black: float
    colourfulness: float
    sharpness: float


class PictureCollector:
    """Collect what decoded pictures of one film say of it."""

    def __init__(self, picture: PictureFacts) -> None:
        import cv2

        cv2.setNumThreads(1)  # pictures as small as these cost less than waking other threads does
        self._shrink = Shrinker(picture, LONG_SIDE_PX)
        self._faces = FaceFinder()
        self._motion = MotionMeter()
        self._looks: dict[Fraction, _Look] = {}
        self._moves: list[tuple[Fraction, Movement]] = []
        self._texts: list[tuple[Fraction, float]] = []
        self._seen: list[FaceSample] = []
        self._searched: set[int] = set()
        self._previous: tuple[Fraction, Pixels] | None = None

    @property
    def look_count(self) -> int:
        """How many pictures were looked at."""
        return len(self._looks)

    def look(self, time: Fraction, frame: Any) -> None:
        """Look at a decoded picture (PyAV's VideoFrame) that is shown at a time, in seconds since the film's first.

        Pictures may come in any order; of two that follow one another within half a second, the movement is measured.
        """
        import cv2

        if time in self._looks or time < 0:
            return
        bgr = self._shrink(frame)
        luma = cast("Pixels", cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY))
        self._looks[time] = _look(bgr, luma)
        self._compare(time, luma)
        if time // FACE_STEP not in self._searched:
            self._searched.add(time // FACE_STEP)
            self._seen.append(FaceSample(time, self._faces.find(bgr)))
            self._texts.append((time, text_likelihood(luma)))

    def features(self, duration: Fraction) -> PictureFeatures:
        """Return the curves over a film's length; steps in which nothing was seen are as the nearest."""
        count = step_count(duration)

        def curve(rows: list[tuple[Fraction, float]]) -> Curve:
            steps = means((min(step_of(time), count - 1), value) for time, value in rows)
            return Curve.of(PICTURE_STEP, filled(steps, count))

        def looked(name: str) -> Curve:
            return curve([(time, getattr(look, name)) for time, look in sorted(self._looks.items())])

        return PictureFeatures(
            brightness=looked("brightness"),
            contrast=looked("contrast"),
            black=looked("black"),
            colourfulness=looked("colourfulness"),
            sharpness=looked("sharpness"),
            camera_motion=curve([(time, 100 * move.camera) for time, move in self._moves]),
            subject_motion=curve([(time, move.subject) for time, move in self._moves]),
            text=curve(self._texts),
            faces=tuple(sorted(self._seen, key=lambda sample: sample.time)),
            look_count=self.look_count,
        )

    def _compare(self, time: Fraction, luma: Pixels) -> None:
        import cv2

        size = max(2, luma.shape[1] // 2), max(2, luma.shape[0] // 2)
        half = cast("Pixels", cv2.resize(luma, size, interpolation=cv2.INTER_AREA))
        if self._previous is not None:
            before, picture = self._previous
            apart = time - before
            move = self._motion.compare(picture, half) if 0 < apart <= _PAIR_S else None
            if move is not None:
                per_second = Movement(move.camera / float(apart), move.subject / float(apart))
                self._moves.append(((before + time) / 2, per_second))
        self._previous = time, half


def _look(bgr: Any, luma: Any) -> _Look:
    import cv2

    mean, deviation = cv2.meanStdDev(luma)
    edges = cv2.meanStdDev(cv2.Laplacian(luma, cv2.CV_16S))[1][0, 0]
    light = cv2.threshold(luma, _BLACK_LUMA, 1, cv2.THRESH_BINARY)[1]
    return _Look(
        float(mean[0, 0]),
        float(deviation[0, 0]),
        1 - cv2.countNonZero(light) / luma.size,
        _colourfulness(bgr),
        float(edges * edges),
    )


def _colourfulness(bgr: Any) -> float:
    """Return how colourful a picture is by Hasler and Süsstrunk (Measuring colourfulness in natural images, 2003)."""
    import cv2
    import numpy as np

    blue, green, red = cv2.split(cv2.resize(bgr, (80, 45), interpolation=cv2.INTER_AREA).astype(np.float32))
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))
