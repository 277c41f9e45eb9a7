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
from pipeline.shell.pixels.bursts import DecodedPicture, Watching
from pipeline.shell.sampler import describe_pictures, sampled_pictures
from pipeline.shell.sound import measure_sound


class PictureMeter:
    """Measures the pictures of one film: while its shots are found, where these need the same ones, else by itself."""

    def __init__(self, path: Path, facts: MediaFacts) -> None:
        """Raises MasterError where the film cannot be opened."""
        self._path, self._facts = path, facts
        self._sampling = plan_sampling(describe_pictures(path, facts))
        self._collector = PictureCollector(facts.picture)

    def watching(self) -> Watching | None:
        """Return what to show of a film whose shots are found; None where that decodes too little of what is needed."""
        if self._sampling.burst is None or self._sampling.spacing > 0:
            return None
        return Watching(self._sampling, self._look)

    def measure(self, on_progress: Callable[[float], None] | None = None) -> PictureCollector:
        """Look at the pictures of the film that fit its budget, and return what was seen. Raises MasterError."""
        for picture in sampled_pictures(self._path, self._facts, self._sampling, on_progress=on_progress):
            self._look(picture)
        return self.collected

    @property
    def collected(self) -> PictureCollector:
        """What was seen so far."""
        return self._collector

    def _look(self, picture: DecodedPicture) -> None:
        if not picture.frame.is_corrupt:
            self._collector.look(picture.time, picture.frame)


def measure_features(
    path: Path,
    facts: MediaFacts,
    *,
    duration: Fraction,
    seen: PictureCollector | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> FilmFeatures:
    """Return the features of a film that lasts `duration` seconds; `seen` is what was seen of its pictures already.

    What cannot be decoded is left out: a film no picture of which can be decoded has curves of zeros. Raises
    MasterError where it cannot be opened.
    """
    left = threading.Event()

    def heed(done: float) -> None:
        if left.is_set():
            raise CancelledError
        if seen is not None and on_progress is not None:
            on_progress(done)

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sound") as beside:
        sound = beside.submit(measure_sound, path, facts, on_progress=heed)
        try:
            collector = PictureMeter(path, facts).measure(on_progress) if seen is None else seen
            picture = collector.features(duration)
        except BaseException:
            left.set()  # ends listening at its next word instead of waiting for the end of the film's sound
            raise
        return FilmFeatures(picture, sound.result())
