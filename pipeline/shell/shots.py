"""Find the shots of a master: read its pictures once, and let the rules say where one shot gives way to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.facts import MediaFacts
from pipeline.plan.shots import ShotList, shots_between
from pipeline.plan.transitions import find_transitions
from pipeline.shell.detectors import gather_evidence
from pipeline.shell.pixels import PictureReader
from pipeline.shell.thumbnails import Thumbnail, ThumbnailCollector


@dataclass(frozen=True)
class FoundShots:
    """The shots of a master, and a small picture of each."""

    shots: ShotList
    thumbnails: tuple[Thumbnail, ...]
    """One for each shot, in order."""


def find_shots(path: Path, facts: MediaFacts, *, on_progress: Callable[[float], None] | None = None) -> FoundShots:
    """Read a master's pictures and return its shots. Raises MasterError where no picture of it can be decoded.

    A film that ends early is read as far as it goes: `shots.decoding` says how far that was.
    """
    thumbnails = ThumbnailCollector()
    pictures = PictureReader(path, facts, on_progress=on_progress)
    evidence = gather_evidence(pictures, facts.picture.rate, thumbnails=thumbnails)
    timeline = pictures.timeline
    transitions = find_transitions(evidence, timeline.rate)
    found = ShotList(timeline, transitions, shots_between(transitions, timeline.frame_count), pictures.decoding)
    return FoundShots(found, thumbnails.of_shots(found.shots))
