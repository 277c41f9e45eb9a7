"""The steps of a plan: each is one call of ffmpeg, one search for a level or a drawing, and none waits for another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.argv import card_key
from pipeline.cut.clips import PlannedClip
from pipeline.graph import FilmPicture, PictureEncode, StillPicture
from pipeline.shell.clip_steps import PictureStep, SoundStep, encode_step
from pipeline.shell.previews import Preview, make_previews
from pipeline.shell.render import OnFraction, Workshop
from pipeline.shell.study import Study

_SHORT_S: Final = Fraction(10)
_MOST_OF_SHORT: Final = 4
"""Pictures of a short piece that are encoded at once: nine of a card take 1.6 GB, and are soon decoded again."""


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


def plan_steps(clips: Sequence[PlannedClip], workshop: Workshop, studies: Mapping[str, Study]) -> tuple[Step, ...]:
    """Return one step for all pictures that share their parts, then previews and each sound, in highlight order.

    Short pieces that many clips have, such as the end of each with its card, are several steps.
    """
    steps: list[Step] = []
    for highlight in dict.fromkeys(clip.highlight for clip in clips):
        own = [clip for clip in clips if clip.highlight == highlight]
        groups: dict[tuple[object, ...], list[tuple[PictureEncode, PlannedClip]]] = {}
        for clip in own:
            for node in clip.pictures:
                groups.setdefault((node.decoded, node.rate), []).append((node, clip))
        for group in groups.values():
            drawn = {card_key(card): card for _, clip in group for card in clip.cards}
            for nodes in _batches(tuple(dict.fromkeys(node for node, _ in group))):
                shown = dict.fromkeys(
                    part.source for node in nodes for part in node.parts if isinstance(part, StillPicture)
                )
                cards = tuple(drawn[key] for key in shown)
                steps.append(PictureStep(_name(highlight.id, nodes, steps), workshop, nodes, cards))
        previews = tuple(dict.fromkeys(clip.preview for clip in own))
        steps.append(PreviewStep(f"{highlight.id} framing previews", workshop, previews, studies))
        for sound in dict.fromkeys(clip.sound for clip in own if clip.sound is not None):
            goal = f"{float(sound.goal.loudness_lufs):g} LUFS, limited by {float(sound.goal.limiting_db_max):g} dB"
            steps.append(SoundStep(f"{highlight.id} sound {sound.kbps} kb/s at {goal}", workshop, sound))
    return tuple(steps)


def _batches(nodes: tuple[PictureEncode, ...]) -> Iterator[tuple[PictureEncode, ...]]:
    """Yield the pictures of each step: all that share a long decode, of a short one no more than memory bears."""
    is_short = nodes[0].frames <= nodes[0].rate.frames_within(_SHORT_S)
    most = _MOST_OF_SHORT if is_short else len(nodes)
    for first in range(0, len(nodes), most):
        yield nodes[first : first + most]


def _name(highlight: str, nodes: Sequence[PictureEncode], steps: Sequence[Step]) -> str:
    """Return what a step is called, which no other is: progress is told by it."""
    sizes = ", ".join(dict.fromkeys(f"{node.width_px}×{node.height_px}" for node in nodes))
    what = "picture" if any(isinstance(part, FilmPicture) for part in nodes[0].parts) else "cards"
    name = f"{highlight} {what} {sizes}"
    alike = sum(step.name == name or step.name.startswith(f"{name} (") for step in steps)
    return f"{name} ({alike + 1})" if alike else name


def render_step(step: Step, on_fraction: OnFraction | None = None) -> None:
    """Make what a step lacks in the store; nothing where nothing is missing. Raises FfmpegFailed or VerifyFailed."""
    if not isinstance(step, PreviewStep):
        encode_step(step, on_fraction)
        return
    make_previews(step.previews, step.studies, step.workshop.store)
    if on_fraction is not None:
        on_fraction(1.0, None)
