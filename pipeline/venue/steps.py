"""Making what a venue file lacks: each step is a piece of its picture or all of its sound; none waits for another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.argv import card_key
from pipeline.graph import StillPicture
from pipeline.shell.clip_steps import PictureStep, SoundStep, encode_step
from pipeline.shell.jobs import count_jobs
from pipeline.shell.making import OnStage, make_at_once, unmade
from pipeline.shell.render import OnFraction
from pipeline.timebase import clock
from pipeline.venue.plan import VenuePlan

Step = PictureStep | SoundStep


def plan_venue_steps(plan: VenuePlan) -> tuple[Step, ...]:
    """Return the steps that make something the store lacks, each once: pieces in order, then the sound."""
    return unmade((*_picture_steps(plan), SoundStep("sound", plan.workshop, plan.parts.sound)))


def make_step(step: Step, on_fraction: OnFraction | None = None) -> None:
    """Make what a step lacks in the store. Raises FfmpegFailed or VerifyFailed."""
    encode_step(step, on_fraction)


def make_all(steps: Sequence[Step], on_stage: OnStage) -> None:
    """Make every step, as many at a time as the machine has room for; the first failure stops the others."""
    make_at_once(steps, make_step, steps_at_once, on_stage, name="venue")


def steps_at_once(step: Step) -> int:
    """Return how many steps like one the machine has cores and memory for."""
    nodes = step.nodes if isinstance(step, PictureStep) else ()
    return count_jobs(pixels=sum(node.width_px * node.height_px for node in nodes))


def _picture_steps(plan: VenuePlan) -> Iterator[PictureStep]:
    """Yield a step for everything that the picture is joined from, made or not; no two have one name."""
    drawn = {card_key(card): card for card in plan.cards}
    names: Counter[str] = Counter()
    for piece in plan.parts.pieces:
        at = 0
        for node in piece.pictures:
            begin, end = (clock(piece.span.start + node.rate.time_of(frame)) for frame in (at, at + node.frames))
            at += node.frames
            name = f"{piece.title or 'cards'} {begin}–{end}"
            names[name] += 1
            shown = dict.fromkeys(part.source for part in node.parts if isinstance(part, StillPicture))
            cards = tuple(drawn[key] for key in shown)
            again = f" ({names[name]})" if names[name] > 1 else ""
            yield PictureStep(f"{name}{again}", plan.workshop, (node,), cards)
