"""Making what a venue file lacks: each step is a piece of its picture or all of its sound; none waits for another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from pipeline.argv import card_key
from pipeline.cut.plan import OnStage
from pipeline.cut.steps import PictureStep, SoundStep, render_step
from pipeline.graph import StillPicture
from pipeline.shell.jobs import count_jobs, do_at_once
from pipeline.shell.render import OnFraction
from pipeline.timebase import clock
from pipeline.venue.plan import VenuePlan

Step = PictureStep | SoundStep


def plan_venue_steps(plan: VenuePlan) -> tuple[Step, ...]:
    """Return the steps that make something the store lacks, each once: pieces in order, then the sound."""
    steps: dict[tuple[str, ...], Step] = {}
    wanted: tuple[Step, ...] = (*_picture_steps(plan), SoundStep("sound", plan.workshop, plan.parts.sound))
    for step in wanted:
        steps.setdefault(step.keys, step)
    return tuple(step for keys, step in steps.items() if any(plan.workshop.store.find(key) is None for key in keys))


def missing_keys(steps: Sequence[Step]) -> frozenset[str]:
    """Return the keys of what steps are to make."""
    return frozenset(key for step in steps for key in step.keys if step.workshop.store.find(key) is None)


def make_step(step: Step, on_fraction: OnFraction | None = None) -> None:
    """Make what a step lacks in the store. Raises FfmpegFailed or VerifyFailed."""
    render_step(step, on_fraction)


def make_all(steps: Sequence[Step], on_stage: OnStage) -> None:
    """Make every step, as many at a time as the machine has room for; the first failure stops the others."""
    jobs = [partial(make_step, step, partial(on_stage, step.name)) for step in steps]
    do_at_once(jobs, most=min(map(steps_at_once, steps), default=1), name="venue")


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
