"""Do the whole job for one file, as `matinee cut` does: the flow does the same with a task for each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipeline.cut.outputs import FilmResult, finish
from pipeline.cut.plan import FilmPlan, plan_film
from pipeline.cut.request import CutRequest, analyse
from pipeline.cut.steps import Step, render_step
from pipeline.shell.clip_steps import PictureStep
from pipeline.shell.jobs import count_jobs, do_at_once
from pipeline.shell.making import OnStage


@dataclass(frozen=True)
class Cut:
    """What became of one file."""

    plan: FilmPlan
    result: FilmResult
    analysed: bool
    """Whether the film had to be analysed; an unchanged one is known."""


def cut(path: Path, request: CutRequest, on_stage: OnStage) -> tuple[Cut, ...]:
    """Analyse, plan, render and finish one master or edit file, for all or for each region. Raises what those raise."""
    subject = analyse(path, request, lambda fraction: on_stage("shots", fraction, None))
    plans = plan_film(subject, request, on_stage)
    render_all(plans, on_stage)
    return tuple(Cut(plan, finish(plan), any(study.is_new for study in subject.studies)) for plan in plans)


def render_all(plans: Sequence[FilmPlan], on_stage: OnStage) -> None:
    """Make every step of plans, as many at a time as the machine bears; the first failure stops the others."""
    steps = [step for plan in plans for step in plan.steps]
    for step in steps:
        on_stage(step.name, 0.0, None)
    jobs = [partial(render_step, step, partial(on_stage, step.name)) for step in steps]
    do_at_once(jobs, most=count_encodes(steps), name="render")


def count_encodes(steps: Sequence[Step]) -> int:
    """Return how many steps run at once, so that each core has one picture to encode while most is to be done."""
    pictures = (step.nodes for step in steps if isinstance(step, PictureStep))
    longest = max(pictures, key=lambda nodes: sum(node.frames for node in nodes), default=())
    return count_jobs(encodes=max(1, len(longest)))
