"""The steps of a plan: each is one call of ffmpeg, one search for a level or a drawing, and none waits for another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.graph import CardDrawing, LevelledSound, PictureEncode
from pipeline.shell.previews import Preview, make_previews
from pipeline.shell.render import OnFraction, Workshop
from pipeline.shell.study import Study


@dataclass(frozen=True)
class PictureStep:
    """Encode every picture of one highlight from one decode."""

    name: str
    workshop: Workshop
    nodes: tuple[PictureEncode, ...]
    cards: tuple[CardDrawing, ...] = ()
    """What the cards in them show, in every size."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what this step makes."""
        return tuple(self.workshop.picture_key(node) for node in self.nodes)


@dataclass(frozen=True)
class SoundStep:
    """Encode one sound of one highlight at its loudness."""

    name: str
    workshop: Workshop
    node: LevelledSound

    @property
    def keys(self) -> tuple[str, ...]:
        """Key of what this step makes."""
        return (self.workshop.sound_key(self.node),)


@dataclass(frozen=True)
class PreviewStep:
    """Draw how the clips of one highlight are framed, from one pass over its films."""

    name: str
    workshop: Workshop
    previews: tuple[Preview, ...]
    studies: Mapping[str, Study]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what this step makes."""
        return tuple(key for preview in self.previews for key in preview.keys)


Step = PictureStep | SoundStep | PreviewStep


def render_step(step: Step, on_fraction: OnFraction | None = None) -> None:
    """Make what a step lacks in the store; nothing where nothing is missing. Raises FfmpegFailed or VerifyFailed."""
    if isinstance(step, PictureStep):
        step.workshop.make_pictures(step.nodes, on_fraction, cards=step.cards)
        return
    if isinstance(step, PreviewStep):
        make_previews(step.previews, step.studies, step.workshop.store)
    else:
        step.workshop.make_sound(step.node)
    if on_fraction is not None:
        on_fraction(1.0, None)
