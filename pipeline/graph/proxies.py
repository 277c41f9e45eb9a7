"""The node of a proxy: all of a film, small and quick to seek in, for people who look through it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.graph.pictures import X264, FilmPicture
from pipeline.graph.sounds import SoundEncode


@dataclass(frozen=True)
class ProxyEncode:
    """All pictures of a film, each at its own time, and its sound as it is."""

    film: FilmPicture
    timescale: int | None
    """For a variable frame rate alone: ticks per second in which its pictures' times are whole numbers."""
    width_px: int
    height_px: int
    encoder: X264
    sound: SoundEncode | None
    """None where the film has none."""
