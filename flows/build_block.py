"""The flow `build-block`: from block files to packages and run sheets, one task for each chunk and each sound."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows import logs, package_tasks, report, tasks
from flows.cut_clips import RUNNER
from flows.markup import escape_markup, show_name
from flows.progress import ProgressLines
from flows.settings import ROOT
from flows.spreading import make_steps
from pipeline.errors import PipelineError
from pipeline.plan.block_verdicts import warnings
from pipeline.shell.home import find_home
from pipeline.shell.runs import RunNote, told_run
from pipeline.shell.stage_shares import EVERYTHING
from pipeline.shell.store import Store

if TYPE_CHECKING:
    from pipeline.package import Step
    from pipeline.screening import Screening
    from pipeline.shell.blocks import ChosenBlock
    from pipeline.shell.making import OnStage
    from pipeline.shell.study import Trust
    from pipeline.venue import Step as VenueStep


_CHOSEN: Final = 0.05
_PACKAGED: Final = 0.5
_ENCODED: Final = 0.95
"""Shares of a block's work that are done when its films are chosen, its package encoded, and its venue file, too."""


@flow(name="build-block", task_runner=RUNNER)
def build_block(blocks: list[str], ladder: str | None = None, dry_run: bool = False) -> State[Any]:
    """Choose the films of blocks and make their packages and run sheets; what was encoded before is reused.

    Args:
        blocks: Paths of block files.
        ladder: The name of the ladder preset; nothing means for each film the one of its shape.
        dry_run: Only choose, and say which films and why.
    """
    report.hide_traceback_of_told_failure()
    with tasks.stop_ffmpeg_on_cancel():
        progress = report.RunProgress(max(1, len(blocks)), key="build-block")
        told = [_build(ROOT / Path(block).expanduser(), ladder, progress, dry_run=dry_run) for block in blocks]
    failed = [f"{show_name(Path(block))}: {one}" for block, one in zip(blocks, told, strict=True) if one is not None]
    if failed:
        return Failed(message=f"{len(failed)} of {len(blocks)} failed: {'; '.join(failed)}")
    return Completed(message=f"{len(blocks)} looked at." if dry_run else f"{len(blocks)} made.")


def _build(block: Path, ladder: str | None, progress: report.RunProgress, *, dry_run: bool) -> str | None:
    """Make one block and return None, or say what is wrong with it, which does not stop others."""
    from pipeline.screening import ScreeningRequest, screen

    logger, name = get_run_logger(), show_name(block)
    lines: dict[str, ProgressLines] = {}

    def tell(stage: str, share: float, _speed: float | None) -> None:
        lines.setdefault(stage, ProgressLines(f"{name}: {escape_markup(stage)}", logger.info))(share)

    def choose(path: Path, _trust: Trust, on_stage: OnStage) -> ChosenBlock:
        chosen = package_tasks.choose.submit(name, path, on_stage).result()
        progress.tell(done=1, steps=1, end=_CHOSEN)
        return chosen

    try:
        # Held until everything is under its name: what is stored meanwhile belongs to no output yet.
        home = find_home()
        with logs.about(film=name), Store(home.store).in_use(home.out), told_run(home.runs, "block", block) as run:
            if dry_run:
                choose(block, "identity", tell)
                return None
            made = screen(
                block,
                ScreeningRequest(ladder=ladder),
                partial(_tell_both, tell, run),
                choose=choose,
                make=partial(_make, progress, run),
                make_venue=partial(_make_for_venue, progress, run),
            )
    except PipelineError as error:
        logger.error("%s: %s", name, escape_markup(str(error)))
        return escape_markup(str(error))
    finally:
        progress.finish_film()
    _tell_made(block, made)
    return None


def _tell_made(block: Path, made: Screening) -> None:
    logger, name = get_run_logger(), show_name(block)
    for note in (*made.notes, *warnings(made.checks)):
        logger.info("%s: %s", name, escape_markup(note))
    if made.changes is not None:
        logger.info("%s: %s", name, escape_markup(made.changes))
    if made.package is not None:
        report.publish_package(block, made.package)
    logger.info("%s: everything is in %s", name, escape_markup(str(made.folder)))


def _tell_both(tell: OnStage, run: RunNote, stage: str, share: float, speed: float | None) -> None:
    tell(stage, share, speed)
    run.tell(stage, share)


def _make(progress: report.RunProgress, run: RunNote, steps: Sequence[Step], _on_stage: OnStage) -> None:
    """Make the steps of a package, each as a task that is tried again where that helps."""
    make_steps(
        steps,
        lambda step: package_tasks.make.submit(escape_markup(step.name), step),
        partial(_tell_made_of, "package", len(steps), progress, run, (_CHOSEN, _PACKAGED)),
    )


def _make_for_venue(progress: report.RunProgress, run: RunNote, steps: Sequence[VenueStep], _on_stage: OnStage) -> None:
    """Make the steps of a venue file likewise."""
    make_steps(
        steps,
        lambda step: package_tasks.make_for_venue.submit(escape_markup(f"for the venue: {step.name}"), step),
        partial(_tell_made_of, "venue", len(steps), progress, run, (_PACKAGED, _ENCODED)),
    )


def _tell_made_of(
    kind: str, steps: int, progress: report.RunProgress, run: RunNote, part: tuple[float, float], done: int
) -> None:
    """Tell that so many steps of a kind are made, which lie between two shares of the block's work."""
    progress.tell(done=done, steps=steps, begin=part[0], end=part[1])
    run.tell(f"{kind}{EVERYTHING}", done / steps)
