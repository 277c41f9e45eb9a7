"""Analyse a master: its pictures in one pass here, its sound beside it in ffmpeg, and both put together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.facts import MediaFacts
from pipeline.plan.scores import film_analysis
from pipeline.plan.shots import FilmAnalysis
from pipeline.shell.detectors import gather_evidence
from pipeline.shell.pixels import PictureReader
from pipeline.shell.sound import momentary_loudness
from pipeline.shell.thumbnails import Thumbnail, ThumbnailCollector


@dataclass(frozen=True)
class AnalysedFilm:
    """What one pass over a master gives: values, and a small picture of each shot."""

    analysis: FilmAnalysis
    thumbnails: tuple[Thumbnail, ...]
    """One for each shot, in order."""


def analyse_film(path: Path, facts: MediaFacts, *, on_progress: Callable[[float], None] | None = None) -> AnalysedFilm:
    """Read a whole master once. Raises MasterError where no picture of it can be decoded.

    A film that ends early is analysed as far as it goes: `analysis.decoding` says how far that was.
    """
    thumbnails = ThumbnailCollector()
    left = threading.Event()

    def heed(_: float) -> None:
        if left.is_set():
            raise CancelledError

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sound") as beside:
        sound = beside.submit(momentary_loudness, path, facts, on_progress=heed)
        try:
            pictures = PictureReader(path, facts, on_progress=on_progress)
            evidence = gather_evidence(pictures, facts.picture.rate, thumbnails=thumbnails)
        except BaseException:
            left.set()  # ends ffmpeg at its next word instead of waiting for the end of the film's sound
            raise
        loudness = sound.result()
    analysis = film_analysis(evidence, pictures.timeline, pictures.decoding, loudness=loudness)
    return AnalysedFilm(analysis, thumbnails.of_shots(analysis))
