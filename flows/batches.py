"""The flow `make-batch`, which a worker of any machine runs: the steps of one batch, each as a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.futures import as_completed
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows import logs, tasks
from flows.cut_clips import RUNNER
from flows.markup import escape_markup
from flows.progress import ProgressLines
from flows.report import hide_traceback_of_told_failure
from flows.slots import occupy_slot
from pipeline.errors import PipelineError
from pipeline.shell.home import find_home
from pipeline.shell.store import Store

if TYPE_CHECKING:
    from pipeline.spreading import Spreadable


@flow(name="make-batch", task_runner=RUNNER)
def make_batch(batch: str, film: str = "") -> State[Any]:
    """Make the steps of a batch that another run planned; what is made already is not made again.

    Args:
        batch: The key of the batch in the store that the machines share.
        film: What of, for the lines of log.
    """
    from pipeline.spreading import open_batch

    hide_traceback_of_told_failure()
    try:
        # What is stored meanwhile belongs to no output of this machine: nothing may take it away before others have it.
        with tasks.stop_ffmpeg_on_cancel(), logs.about(film=film), Store(find_home().store).in_use():
            steps = open_batch(batch, home=find_home()).steps
            for made in as_completed([make.submit(escape_markup(step.name), step) for step in steps]):
                made.result()
    except PipelineError as error:
        get_run_logger().error("%s", escape_markup(str(error)))
        return Failed(message=escape_markup(str(error)))
    return Completed(message=f"{len(steps)} steps made.")


@task(task_run_name="make {name}", **tasks.RETRIED)
def make(name: str, step: Spreadable) -> None:
    """Make what one step lacks in the store."""
    from pipeline.spreading import make_step

    with tasks.about_step(name, step.keys), occupy_slot():
        make_step(step, ProgressLines(name, get_run_logger().info))
