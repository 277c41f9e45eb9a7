"""The flow `package-hls`: from films and edits to HLS packages, one task for each chunk and each sound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows import logs, package_tasks, report, tasks
from flows.cut_clips import RUNNER
from flows.markup import escape_markup, show_name
from flows.masters import choose_masters
from flows.settings import ROOT
from flows.spreading import make_steps
from pipeline.errors import PipelineError
from pipeline.shell.home import find_home
from pipeline.shell.runs import RunNote, told_run
from pipeline.shell.stage_shares import EVERYTHING
from pipeline.shell.store import Store

if TYPE_CHECKING:
    from pipeline.package import Package, PackagePlan, PackageRequest, Step


@flow(name="package-hls", task_runner=RUNNER)
def package_hls(
    films: list[str] | None = None,
    ladder: str | None = None,
    style: str = "house",
    out: str | None = None,
    dry_run: bool = False,
    regions: list[str] | None = None,
) -> State[Any]:
    """Package films or edits for streaming; what was encoded before from the same things is reused.

    Args:
        films: Paths of films or edit files; nothing means every film in media/masters.
        ladder: The name of the ladder preset; nothing means the one that fits each film's shape.
        style: The name of the style preset that says how an edit's cards look.
        out: The folder in which each film gets one of its own; nothing means media/out.
        dry_run: Only look at the films and say what would be made.
        regions: Names of region presets, each of which gets a package; nothing means one for all.
    """
    report.hide_traceback_of_told_failure()
    with tasks.stop_ffmpeg_on_cancel():
        try:
            chosen = choose_masters(films, folder=find_home().masters, base=ROOT)
            request = package_tasks.make_request(ladder=ladder, style=style, out=out, regions=regions)
        except PipelineError as error:
            return Failed(message=escape_markup(str(error)))
        progress = report.RunProgress(len(chosen), key="package-hls")
        outcomes = tuple(one for film in chosen for one in _package(film, request, progress, dry_run=dry_run))
        return _conclude(outcomes)


@dataclass(frozen=True)
class Outcome:
    """How it went with one film, or with it in a region: its package or what is wrong; neither where none was to be."""

    film: Path
    package: Package | None = None
    error: PipelineError | None = None


def _package(
    film: Path, request: PackageRequest, progress: report.RunProgress, *, dry_run: bool
) -> tuple[Outcome, ...]:
    """Do everything for one film; an unusable film is told and does not stop the others."""
    logger, name = get_run_logger(), show_name(film)
    try:
        # Held until everything is under its name: what is stored meanwhile belongs to no output yet.
        home = find_home()
        with (
            logs.about(film=name),
            Store(home.store).in_use(request.outputs or home.out),
            told_run(home.runs, "package", film) as run,
        ):
            logger.info("%s: looking for its shots …", name)
            subjects = package_tasks.study.submit(name, film, request, run.stage("shots")).result()
            plans = [package_tasks.plan.submit(name, one, request).result() for one in subjects]
            steps = [package_tasks.list_steps(plan) for plan in plans]
            if dry_run:
                for step in (one for of_plan in steps for one in of_plan):
                    logger.info("would make %s", escape_markup(step.name))
                return (Outcome(film),)
            parts = list(zip(plans, steps, strict=True))
            outcomes = tuple(_make(film, *part, progress, run, at / len(parts)) for at, part in enumerate(parts))
            package_tasks.put_variants(plans)
            return outcomes
    except PipelineError as error:
        logger.error("%s: %s", name, escape_markup(str(error)))
        return (Outcome(film, error=error),)
    finally:
        progress.finish_film()


def _make(
    film: Path,
    plan: PackagePlan,
    steps: tuple[Step, ...],
    progress: report.RunProgress,
    run: RunNote,
    begin: float,
) -> Outcome:
    """Make what one package lacks, and put it together; `begin` is the share of the film that is done before."""
    logger, name = get_run_logger(), show_name(film)
    logger.info("%s: %d renditions, %d steps to make", name, len(plan.pictures.renditions), len(steps))
    if plan.variant is not None:
        logger.info("%s: %s", name, escape_markup(str(plan.variant)))
    missing = package_tasks.list_missing(steps)

    def tell(done: int) -> None:
        progress.tell(done=done, steps=len(steps), begin=begin)
        run.tell(f"{plan.folder}{EVERYTHING}", done / len(steps))

    make_steps(
        steps,
        lambda step: package_tasks.make.submit(escape_markup(step.name), step),
        tell,
    )
    package = package_tasks.finish.submit(name, plan, missing).result()
    report.publish_package(film, package)
    return Outcome(film, package=package)


def _conclude(outcomes: tuple[Outcome, ...]) -> State[Any]:
    count = len({outcome.film for outcome in outcomes})
    films = "1 film" if count == 1 else f"{count} films"
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if failed:
        reasons = "; ".join(f"{show_name(outcome.film)}: {escape_markup(str(outcome.error))}" for outcome in failed)
        return Failed(message=f"{len(failed)} of {films} failed: {reasons}")
    packages = [outcome.package for outcome in outcomes if outcome.package is not None]
    if not packages:
        return Completed(message=f"Looked at {films}; nothing was made, as asked.")
    new = sum(package.new_segments for package in packages)
    told = f"{new} of {sum(package.segments for package in packages)} segments new" if new else "everything was reused"
    return Completed(message=f"{films} packaged: {told}.")
