"""Measure what a film is like from moment to moment: sampled pictures here, its sound beside them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

from pipeline.facts import MediaFacts
from pipeline.plan.features import FilmFeatures
from pipeline.plan.sampling import plan_sampling
from pipeline.shell.looks import PictureCollector
from pipeline.shell.sampler import describe_pictures, sampled_pictures
from pipeline.shell.sound import measure_sound


def measure_features(
    path: Path, facts: MediaFacts, *, duration: Fraction, on_progress: Callable[[float], None] | None = None
) -> FilmFeatures:
    """Return the features of a film that lasts `duration` seconds. Raises MasterError where it cannot be opened.

    What cannot be decoded is left out; a film of which no picture can be has curves of zeros.
    """
    left = threading.Event()

    def heed(_: float) -> None:
        if left.is_set():
            raise CancelledError

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sound") as beside:
        sound = beside.submit(measure_sound, path, facts, on_progress=heed)
        try:
            picture = measure_pictures(path, facts, duration=duration, on_progress=on_progress).features(duration)
        except BaseException:
            left.set()  # ends ffmpeg at its next word instead of waiting for the end of the film's sound
            raise
        return FilmFeatures(picture, sound.result())


def measure_pictures(
    path: Path, facts: MediaFacts, *, duration: Fraction, on_progress: Callable[[float], None] | None = None
) -> PictureCollector:
    """Look at the pictures of a film that fit its budget, and return what was seen. Raises MasterError."""
    sampling = plan_sampling(describe_pictures(path, facts, duration=duration))
    collector = PictureCollector(facts.picture)
    for picture in sampled_pictures(path, facts, sampling, on_progress=on_progress):
        collector.look(picture.time, picture.frame)
    return collector
