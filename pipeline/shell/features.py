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
        self._watching: Watching | None = None

    @property
    def has_seen_all(self) -> bool:
        """Whether finding shots has shown all that is needed."""
        return self._watching is not None and self._watching.is_complete

    def watching(self) -> Watching | None:
        """Return what to show of a film whose shots are found; None where that decodes too little of what is needed."""
        if self._sampling.burst is None or self._sampling.spacing > 0:
            return None
        self._watching = Watching(self._sampling, self._look)
        return self._watching

    def measure(self, on_progress: Callable[[float], None] | None = None) -> PictureCollector:
        """Return what was seen of the film, after looking at what was not shown already. Raises MasterError."""
        if self.has_seen_all:
            return self._collector
        self._collector = PictureCollector(self._facts.picture)  # what was shown of a film up to some fault is not all
        for picture in sampled_pictures(self._path, self._facts, self._sampling, on_progress=on_progress):
            self._look(picture)
        return self._collector

    def _look(self, picture: DecodedPicture) -> None:
        if not picture.frame.is_corrupt:
            self._collector.look(picture.time, picture.frame)


def measure_features(
    path: Path,
    facts: MediaFacts,
    *,
    duration: Fraction,
    meter: PictureMeter | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> FilmFeatures:
    """Return the features of a film that lasts `duration` seconds; a `meter` may have seen its pictures already.

    What cannot be decoded is left out: a film no picture of which can be decoded has curves of zeros. Raises
    MasterError where it cannot be opened.
    """
    meter = meter or PictureMeter(path, facts)
    has_seen_all, left = meter.has_seen_all, threading.Event()

    def heed(done: float) -> None:
        if left.is_set():
            raise CancelledError
        if has_seen_all and on_progress is not None:
            on_progress(done)

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sound") as beside:
        sound = beside.submit(measure_sound, path, facts, on_progress=heed)
        try:
            picture = meter.measure(on_progress).features(duration)
        except BaseException:
            left.set()  # ends listening at its next word instead of waiting for the end of the film's sound
            raise
        return FilmFeatures(picture, sound.result())
