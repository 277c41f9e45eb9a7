"""One Prefect task for each chunk and sound of packages and venue files; the library is imported when a task starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from flows.markup import escape_markup
from flows.progress import ProgressLines
from flows.settings import ROOT
from flows.slots import occupy_slot
from flows.tasks import RETRIED, about_step

if TYPE_CHECKING:
    from pipeline.package import Package, PackagePlan, PackageRequest, PackageSubject, Step
    from pipeline.shell.blocks import ChosenBlock
    from pipeline.shell.making import OnStage
    from pipeline.venue import Step as VenueStep


def make_request(
    *, ladder: str | None, style: str, out: str | None, regions: list[str] | None = None
) -> PackageRequest:
    """Return what is asked for as the library's value. Raises PresetError for what it does not know."""
    from pipeline import package

    outputs = None if out is None else ROOT / Path(out).expanduser()
    return package.PackageRequest(ladder=ladder, style=style, outputs=outputs, regions=tuple(regions or ()))


@task(task_run_name="choose the films of {name}", **RETRIED)
def choose(name: str, block: Path, tell: OnStage) -> ChosenBlock:
    """Choose the films of a block and their order, and say why; what was measured of films before is known."""
    from pipeline.shell.blocks import choose_block

    with occupy_slot():
        chosen = choose_block(block, tell=tell)
    logger = get_run_logger()
    for place, film in enumerate(chosen.selection.films, start=1):
        why = escape_markup(f"{film.candidate.film.title}: {film.why}; {film.why_here}")
        logger.info("%s: %d. %s", name, place, why)
    for one in chosen.selection.left_out:
        logger.info("%s: not in it: %s", name, escape_markup(f"{one.candidate.film.title}: {one.why}"))
    for other in chosen.unusable:
        logger.info("%s: not in it: %s", name, escape_markup(f"{other.path.name}: {other.why}"))
    if chosen.selection.proof:
        logger.info("%s: %s", name, escape_markup(chosen.selection.proof))
    return chosen


@task(task_run_name="study {name}", **RETRIED)
def study(
    name: str, film: Path, request: PackageRequest, on_share: Callable[[float], None]
) -> tuple[PackageSubject, ...]:
    """Find the shots of one film, or of an edit's films, and of those that regions add; what was found is known."""
    from pipeline import package

    with occupy_slot():
        lines = ProgressLines(f"{name}: shots", get_run_logger().info)

        def tell(share: float) -> None:
            lines(share)
            on_share(share)

        return package.regional_subjects(package.study_subject(film, request, tell), request)


@task(task_run_name="plan {name}", **RETRIED)
def plan(name: str, subject: PackageSubject, request: PackageRequest) -> PackagePlan:
    """Lay out a package; where rate control is by shot, that takes probes, which are kept."""
    from pipeline import package

    lines = ProgressLines(f"{name}: quality", get_run_logger().info)
    with occupy_slot():
        return package.plan_package(subject, request, lambda _stage, share, _speed: lines(share))


def list_steps(plan: PackagePlan) -> tuple[Step, ...]:
    """Return the steps that make something the store lacks."""
    from pipeline import package

    return package.plan_steps(plan)


def list_missing(steps: tuple[Step, ...]) -> frozenset[str]:
    """Return the keys of what steps are to make."""
    from pipeline import package

    return package.missing_keys(steps)


@task(task_run_name="make {name}", **RETRIED)
def make(name: str, step: Step) -> None:
    """Make what one step of a package lacks in the store."""
    from pipeline import package

    with about_step(name, step.keys), occupy_slot(package.steps_at_once(step)):
        package.make_step(step, ProgressLines(name, get_run_logger().info))


@task(task_run_name="make {name}", **RETRIED)
def make_for_venue(name: str, step: VenueStep) -> None:
    """Make a piece of a venue file's picture, or its sound, in the store."""
    from pipeline import venue

    with about_step(name, step.keys), occupy_slot(venue.steps_at_once(step)):
        venue.make_step(step, ProgressLines(name, get_run_logger().info))


@task(task_run_name="finish {name}", cache_policy=NO_CACHE)
def finish(name: str, plan: PackagePlan, missing: frozenset[str]) -> Package:
    """Put the package together in its folder, and check it; a rule that must be kept and is not ends the run."""
    from pipeline import package

    made = package.finish(plan, missing)
    get_run_logger().info("%s: the package is in %s", name, escape_markup(str(made.folder)))
    return made


def put_variants(plans: Sequence[PackagePlan]) -> None:
    """Put the picture of how the packages of regions differ beside these, where there are any."""
    from pipeline import package

    package.put_variants(plans)
