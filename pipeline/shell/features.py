"""Measure what a film is like from moment to moment: its pictures here, its sound beside them in ffmpeg."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.facts import MediaFacts
from pipeline.plan.features import PICTURE_STEP, FilmFeatures, PictureFeatures, SoundFeatures
from pipeline.plan.shots import Curve
from pipeline.shell.detectors import BLACK_LUMA
from pipeline.shell.pixels import PictureReader
from pipeline.shell.sound import momentary_loudness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def measure_features(
    path: Path, facts: MediaFacts, *, duration: Fraction, on_progress: Callable[[float], None] | None = None
) -> FilmFeatures:
    """Return the features of a film that lasts `duration` seconds. Raises MasterError where nothing can be decoded."""
    left = threading.Event()

    def heed(_: float) -> None:
        if left.is_set():
            raise CancelledError

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sound") as beside:
        sound = beside.submit(momentary_loudness, path, facts, on_progress=heed)
        try:
            picture = _measure_pictures(PictureReader(path, facts, on_progress=on_progress), duration)
        except BaseException:
            left.set()  # ends ffmpeg at its next word instead of waiting for the end of the film's sound
            raise
        loudness = sound.result()
    if loudness is None:
        return FilmFeatures(picture, None)
    silent = Curve(loudness.step, (0,) * len(loudness.hundredths))
    return FilmFeatures(picture, SoundFeatures(loudness, silent, silent, ()))


def _measure_pictures(pictures: PictureReader, duration: Fraction) -> PictureFeatures:
    steps = (duration / PICTURE_STEP).__ceil__()
    rows: dict[int, tuple[float, ...]] = {}
    previous = None
    for picture in pictures:
        step = picture.time // PICTURE_STEP
        if step not in rows:
            values, previous = _measure(picture.bgr, previous)
            rows[step] = values
    last: tuple[float, ...] = (0.0,) * 6
    filled = [last := rows.get(step, last) for step in range(steps)]
    columns = [Curve.of(PICTURE_STEP, tuple(column)) for column in zip(*filled, strict=True)]
    still = Curve(PICTURE_STEP, (0,) * steps)
    brightness, contrast, black, colourfulness, sharpness, change = columns
    return PictureFeatures(brightness, contrast, black, colourfulness, sharpness, still, change, still, ())


def _measure(bgr: NDArray[np.uint8], previous: Any) -> tuple[tuple[float, ...], Any]:
    import cv2

    luma: Any = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    mean, deviation = cv2.meanStdDev(luma)
    edges = cv2.meanStdDev(cv2.Laplacian(luma, cv2.CV_16S))[1][0, 0]
    change = 0.0 if previous is None else cv2.norm(luma, previous, cv2.NORM_L1) / luma.size / float(PICTURE_STEP)
    light = cv2.threshold(luma, BLACK_LUMA, 1, cv2.THRESH_BINARY)[1]
    black = 1 - cv2.countNonZero(light) / luma.size
    return (float(mean[0, 0]), float(deviation[0, 0]), black, 0.0, float(edges * edges), change), luma
