"""Look at single pictures of a film and collect what they say: light, colour, detail, lettering, faces, movement."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, cast

from pipeline.facts import PictureFacts
from pipeline.plan.closeness import CloseLook
from pipeline.plan.features import PICTURE_STEP, FaceSample, PictureFeatures
from pipeline.plan.sampling import FACE_STEP, filled, means, step_count, step_of
from pipeline.plan.shots import Curve
from pipeline.shell.faces import FaceFinder
from pipeline.shell.lettering import text_likelihood
from pipeline.shell.motion import MotionMeter, Movement
from pipeline.shell.pixels.small import Shrinker
from pipeline.timebase import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

LONG_SIDE_PX: Final = 320
"""Enough for faces and letters that people are meant to see."""
_BLACK_LUMA: Final = 20  # dark enough to be nothing, above the noise of compressed black
# Movement is measured between pictures about PICTURE_STEP apart, however many lie between them: what a second's changes
# add up to depends on how far apart they are compared.
_NEAREST_PAIR_S: Final = Fraction(1, 5)
_FARTHEST_PAIR_S: Final = Fraction(1, 2)


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

    def __init__(self, picture: PictureFacts, *, face_step: Fraction = FACE_STEP) -> None:
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
        self._face_step = face_step
        self._latest: deque[tuple[Fraction, Pixels]] = deque()

    @property
    def look_count(self) -> int:
        """How many pictures were looked at."""
        return len(self._looks)

    def look(self, time: Fraction, frame: Any) -> None:
        """Look at a decoded picture (PyAV's VideoFrame) that is shown at a time, in seconds since the film's first.

        Pictures may come in any order; the movement is measured between those that come a little before one another.
        """
        import cv2

        if time in self._looks or time < 0:
            return
        bgr = self._shrink(frame)
        luma = cast("Pixels", cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY))
        self._looks[time] = _look(bgr, luma)
        self._compare(time, luma)
        if time // self._face_step not in self._searched:
            self._searched.add(time // self._face_step)
            self._seen.append(FaceSample(time, self._faces.find(bgr)))
            self._texts.append((time, text_likelihood(luma)))

    def features(self, duration: Fraction) -> PictureFeatures:
        """Return the curves over a film's length; steps in which nothing was seen are as the nearest."""
        count = step_count(duration)
        curves = {
            name: Curve.of(PICTURE_STEP, filled(means((min(step, count - 1), value) for step, value in rows), count))
            for name, rows in self._rows().items()
        }
        return PictureFeatures(**curves, faces=self._faces_seen(), look_count=self.look_count)

    def close_look(self, span: Span) -> CloseLook:
        """Return what the pictures of a span say, by themselves."""
        first, last = step_of(span.start), step_of(span.end)
        seen = {
            name: means((step, value) for step, value in rows if first <= step <= last)
            for name, rows in self._rows(span).items()
        }
        faces = tuple(sample for sample in self._faces_seen() if span.start <= sample.time < span.end)
        return CloseLook.of(span, seen, faces)

    def _rows(self, span: Span | None = None) -> dict[str, list[tuple[int, float]]]:
        """Return (step, value) of each curve's measurements, of those within a span where one is given."""
        looks = sorted(self._looks.items())
        times: dict[str, Iterable[tuple[Fraction, float]]] = {
            field.name: [(time, getattr(look, field.name)) for time, look in looks] for field in fields(_Look)
        }
        times["camera_motion"] = [(time, 100 * move.camera) for time, move in self._moves]
        times["subject_motion"] = [(time, move.subject) for time, move in self._moves]
        times["text"] = self._texts
        return {
            name: [(step_of(time), value) for time, value in rows if span is None or span.start <= time < span.end]
            for name, rows in times.items()
        }

    def _faces_seen(self) -> tuple[FaceSample, ...]:
        return tuple(sorted(self._seen, key=lambda sample: sample.time))

    def _compare(self, time: Fraction, luma: Pixels) -> None:
        import cv2

        size = max(2, luma.shape[1] // 2), max(2, luma.shape[0] // 2)
        half = cast("Pixels", cv2.resize(luma, size, interpolation=cv2.INTER_AREA))
        latest = self._latest
        while len(latest) > 1 and time - latest[1][0] >= _NEAREST_PAIR_S:
            latest.popleft()
        if latest and not 0 < time - latest[-1][0] <= _FARTHEST_PAIR_S:
            latest.clear()
        if latest:
            before, picture = latest[0]
            apart = time - before
            move = self._motion.compare(picture, half) if _NEAREST_PAIR_S <= apart <= _FARTHEST_PAIR_S else None
            if move is not None:
                per_second = Movement(move.camera / float(apart), move.subject / float(apart))
                self._moves.append(((before + time) / 2, per_second))
        latest.append((time, half))


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
