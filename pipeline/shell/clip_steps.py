"""Steps that encode pictures and sounds into the store: each is one call of ffmpeg or one search for a level."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.graph import CardDrawing, LevelledSound, PictureEncode
from pipeline.shell.render import OnFraction, Workshop


@dataclass(frozen=True)
class PictureStep:
    """Encode pictures that share their parts from one decode."""

    name: str
    workshop: Workshop
    nodes: tuple[PictureEncode, ...]
    cards: tuple[CardDrawing, ...] = ()
    """What the cards in them show."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what this step makes."""
        return tuple(self.workshop.picture_key(node) for node in self.nodes)


@dataclass(frozen=True)
class SoundStep:
    """Encode one sound at its loudness."""

    name: str
    workshop: Workshop
    node: LevelledSound

    @property
    def keys(self) -> tuple[str, ...]:
        """Key of what this step makes."""
        return (self.workshop.sound_key(self.node),)


def encode_step(step: PictureStep | SoundStep, on_fraction: OnFraction | None = None) -> None:
    """Make what a step lacks in the store; nothing where nothing is missing. Raises FfmpegFailed or VerifyFailed."""
    if isinstance(step, PictureStep):
        step.workshop.make_pictures(step.nodes, on_fraction, cards=step.cards)
        return
    step.workshop.make_sound(step.node)
    if on_fraction is not None:
        on_fraction(1.0, None)
