"""The flow `cut-clips`: from masters to platform clips, one task for each analysis and each encode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows import logs, report, tasks
from flows.markup import escape_markup, show_name
from flows.masters import choose_masters
from flows.review import Candidate, await_verdicts, list_candidates
from flows.settings import ROOT, count_heavy_jobs
from flows.spreading import make_steps
from pipeline.errors import InputError, PipelineError
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.runs import RunNote, told_run
from pipeline.shell.stage_shares import EVERYTHING
from pipeline.shell.store import Store

if TYPE_CHECKING:
    from pipeline.cut import CutRequest, FilmPlan, FilmResult


# Cast: the runner is generic in a way that the decorator's own annotation does not allow for.
RUNNER = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=count_heavy_jobs()))
"""Runs as many tasks at once as the machine bears."""


@flow(name="cut-clips", task_runner=RUNNER)
def cut_clips(
    masters: list[str] | None = None,
    platforms: list[str] | None = None,
    highlights: str = "moments",
    style: str = "house",
    captions: str | None = None,
    count: int | None = None,
    dry_run: bool = False,
    review: Literal["none", "wait"] = "none",
    out: str | None = None,
    regions: list[str] | None = None,
    event: str | None = None,
) -> State[Any]:
    """Cut clips for platforms out of films; what was made before from the same things is reused.

    Args:
        masters: Paths of the films; nothing means every film in media/masters.
        platforms: Names of platform presets; nothing means all of them.
        highlights: The name of the highlight preset that says what to look for.
        style: The name of the style preset that says how the clips look.
        captions: A file of captions, a language such as es, or none; nothing means whichever suit the film.
        count: How many highlights each film gets; nothing means as many as the preset says.
        dry_run: Only look at the films and say what would be made.
        review: "wait" ends the run only when `matinee approve` or `reject` has been said of every clip.
        out: The folder for the outputs; nothing means media/out.
        regions: Names of region presets, each of which gets clips of its own; nothing means clips for all.
        event: For what the clips are, such as malaga-26, which their QR codes say; nothing means what film.toml says.
    """
    report.hide_traceback_of_told_failure()
    with tasks.stop_ffmpeg_on_cancel():
        try:
            films = choose_masters(masters, folder=find_home().masters, base=ROOT)
            tasks.check_captions(captions, films=len(films))
            request = tasks.make_request(
                platforms=platforms,
                highlights=highlights,
                style=style,
                captions=captions,
                count=count,
                out=out,
                regions=regions,
                event=event,
            )
        except PipelineError as error:
            return Failed(message=escape_markup(str(error)))
        progress = report.RunProgress(len(films), key="cut-clips")
        outcomes = tuple(one for film in films for one in _cut_film(film, request, progress, dry_run=dry_run))
        if review == "wait":
            outcomes = tuple(_review(outcome) for outcome in outcomes)
        return _conclude(outcomes)


@dataclass(frozen=True)
class Outcome:
    """How it went with one film, or with it in one region: clips, or what would be made, or what is wrong with it."""

    master: Path
    result: FilmResult | None = None
    planned: FilmPlan | None = None
    error: PipelineError | None = None
    ready: tuple[Candidate, ...] | None = None
    """Clips that people approved; None where nobody was asked."""


def _cut_film(master: Path, request: CutRequest, progress: report.RunProgress, *, dry_run: bool) -> tuple[Outcome, ...]:
    """Do everything for one film; an unusable film is told and does not stop the others."""
    logger, name = get_run_logger(), show_name(master)
    try:
        # Held until everything is under its name: what is stored meanwhile belongs to no output yet.
        home = find_home()
        with (
            logs.about(film=name),
            Store(home.store).in_use(request.out or home.out),
            told_run(home.runs, "cut", master) as run,
        ):
            logger.info("%s: looking at every shot …", name)
            subject = tasks.analyse.submit(name, master, request, run.stage("shots")).result()
            plans = tasks.plan(subject, request)
            if dry_run:
                for plan in plans:
                    report.publish_plan(master, plan)
                return tuple(Outcome(master, planned=plan) for plan in plans)
            steps = [step for plan in plans for step in plan.steps]
            logger.info("%s: %d clips, %d encodes to make", name, sum(len(plan.clips) for plan in plans), len(steps))
            make_steps(
                steps,
                lambda step: tasks.render.submit(escape_markup(step.name), step),
                partial(_tell, progress, run, len(steps)),
            )
            outcomes = tuple(_finish(master, plan) for plan in plans)
            tasks.put_variants(plans)
            return outcomes
    except PipelineError as error:
        logger.error("%s: %s", name, escape_markup(str(error)))
        return (Outcome(master, error=error),)
    finally:
        progress.finish_film()


def _tell(progress: report.RunProgress, run: RunNote, steps: int, done: int) -> None:
    progress.tell(done=done, steps=steps)
    run.tell(f"clips{EVERYTHING}", done / steps)


def _finish(master: Path, plan: FilmPlan) -> Outcome:
    """Put the clips of a plan, all of whose steps were made, under their names, and show them."""
    logger, name = get_run_logger(), show_name(master)
    result = tasks.finish.submit(name, plan).result()
    report.publish_film(master, result)
    for highlight, variant in plan.variants:
        logger.info("%s: %s: %s", name, escape_markup(highlight), escape_markup(str(variant)))
    for refused in result.refused:
        logger.warning("%s: %s", name, escape_markup(f"{refused.name} was not made: {refused.why}."))
    return Outcome(master, result=result)


def _review(outcome: Outcome) -> Outcome:
    """Wait for a verdict on every clip of a film, and write the verdicts beside the clips."""
    if outcome.result is None:
        return outcome
    candidates = list_candidates(outcome.result)
    verdicts = await_verdicts(candidates, Ledger(find_home().ledger), on_change=report.tell_open)
    report.publish_verdicts(outcome.master, outcome.result, verdicts)
    missing = [candidate.name for candidate in candidates if candidate not in verdicts]
    if missing:
        error = InputError(f"No verdict was given in time on {', '.join(missing)}.", remedy="Run it again to go on.")
        return replace(outcome, error=error)
    approved = tuple(one for one in candidates if verdicts[one].verdict == "approved")
    return replace(outcome, ready=approved)


def _conclude(outcomes: tuple[Outcome, ...]) -> State[Any]:
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if failed:
        reasons = "; ".join(f"{show_name(outcome.master)}: {escape_markup(str(outcome.error))}" for outcome in failed)
        return Failed(message=f"{len(failed)} of {_count_films(outcomes)} failed: {reasons}")
    clips = [clip for outcome in outcomes if outcome.result is not None for clip in outcome.result.clips]
    rendered = sum(clip.made == "rendered" for clip in clips)
    if any(outcome.planned is not None for outcome in outcomes):
        return Completed(message=f"Looked at {_count_films(outcomes)}; nothing was made, as asked.")
    told = f"{rendered} rendered, {len(clips) - rendered} reused" if rendered else "everything was reused"
    refused = sum(len(outcome.result.refused) for outcome in outcomes if outcome.result is not None)
    told += f", {refused} refused: the page and the log say why" if refused else ""
    told += _tell_ready(outcomes)
    return Completed(message=f"{len(clips)} clips of {_count_films(outcomes)}: {told}.")


def _tell_ready(outcomes: tuple[Outcome, ...]) -> str:
    """Return how many clips people approved, which alone go on; nothing where nobody was asked."""
    asked = [outcome for outcome in outcomes if outcome.ready is not None]
    if not asked:
        return ""
    ready = sum(len(outcome.ready or ()) for outcome in asked)
    clips = sum(len(outcome.result.clips) for outcome in asked if outcome.result is not None)
    return f"; {ready} of {clips} approved and ready to publish"


def _count_films(outcomes: tuple[Outcome, ...]) -> str:
    count = len({outcome.master for outcome in outcomes})
    return "1 film" if count == 1 else f"{count} films"
