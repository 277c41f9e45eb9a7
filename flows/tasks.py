"""One Prefect task for each analysis and each encode; the work itself is the library's, imported when a task starts."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.logging import get_run_logger
from prefect.tasks import Task

from flows import logs
from flows.markup import escape_markup
from flows.progress import ProgressLines
from flows.settings import ROOT
from flows.slots import occupy_slot
from pipeline.errors import Transient

if TYPE_CHECKING:
    from pipeline.cut import CutRequest, FilmPlan, FilmResult, Step, Subject


RETRIES = 2
RETRY_DELAYS_S = [5.0, 30.0]


def may_retry(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Return whether the error that ended a task may go away by itself."""
    return isinstance(state.data, Transient)


RETRIED: Final[dict[str, Any]] = {
    # Prefect would key a path by its text; the store keys it by the file's bytes.
    "cache_policy": NO_CACHE,
    "retries": RETRIES,
    "retry_delay_seconds": RETRY_DELAYS_S,
    "retry_condition_fn": may_retry,
}
"""How a task is set whose failure may go away by itself."""


def make_request(
    *,
    platforms: list[str] | None,
    highlights: str,
    style: str,
    captions: str | None,
    count: int | None,
    out: str | None,
    regions: list[str] | None = None,
    event: str | None = None,
) -> CutRequest:
    """Return what is asked for as the library's value. Raises PresetError or PlanError for what it does not know."""
    from pipeline import cut

    return cut.CutRequest(
        platforms=None if platforms is None else tuple(platforms),
        highlights=highlights,
        style=style,
        captions=_from_root(captions),
        count=count,
        out=None if out is None else ROOT / Path(out).expanduser(),
        regions=tuple(regions or ()),
        event=event,
    )


def check_captions(captions: str | None, *, films: int) -> None:
    """Raise PlanError where what is asked for of captions suits no run of so many films."""
    from pipeline.shell.caption_sources import refuse_one_file_for_several

    refuse_one_file_for_several(captions, films=films)


def _from_root(captions: str | None) -> str | None:
    """Return what is asked for of captions, the path of a file as seen from the checkout. Raises PlanError."""
    from pipeline.shell.caption_sources import captions_wanted

    wish = captions_wanted(captions)
    return captions if wish.file is None else str(ROOT / wish.file.expanduser())


@task(task_run_name="analyse {name}", **RETRIED)
def analyse(name: str, master: Path, request: CutRequest, on_share: Callable[[float], None]) -> Subject:
    """Find the shots of one film and what each of them is like; one that was analysed before is known."""
    from pipeline import cut

    lines = ProgressLines(f"{name}: shots", get_run_logger().info)
    with occupy_slot():
        return cut.analyse(master, request, lambda share: _tell_both(lines, on_share, share))


def _tell_both(lines: ProgressLines, on_share: Callable[[float], None], share: float) -> None:
    lines(share)
    on_share(share)


def plan(subject: Subject, request: CutRequest) -> tuple[FilmPlan, ...]:
    """Choose the highlights of one film and what to encode for them, for all or for each region."""
    from pipeline import cut

    return cut.plan_film(subject, request)


@task(task_run_name="render {name}", **RETRIED)
def render(name: str, step: Step) -> None:
    """Make what one step of a plan lacks in the store."""
    from pipeline import cut

    with about_step(name, step.keys), occupy_slot():
        cut.render_step(step, ProgressLines(name, get_run_logger().info))


@contextlib.contextmanager
def about_step(name: str, keys: Sequence[str]) -> Iterator[None]:
    """Say by which key what is made next can be asked for, in the run's own log and in each line of JSON."""
    key = keys[0] if keys else ""
    with logs.about(key=key):
        get_run_logger().info("%s: key %s and %d more", name, key[:12], max(0, len(keys) - 1))
        yield


@task(task_run_name="finish {name}", cache_policy=NO_CACHE)
def finish(name: str, plan: FilmPlan) -> FilmResult:
    """Put the clips and what goes with them under names for people."""
    from pipeline import cut

    result = cut.finish(plan)
    get_run_logger().info("%s: %d clips are in %s", name, len(result.clips), escape_markup(str(result.folder)))
    return result


def put_variants(plans: tuple[FilmPlan, ...]) -> None:
    """Put the picture of how the clips of regions differ beside these, where there are any."""
    from pipeline import cut

    cut.put_variants(plans)


@contextlib.contextmanager
def stop_ffmpeg_on_cancel() -> Iterator[None]:
    """Kill ffmpeg when the run is cancelled, which reaches the main thread only while tasks wait in threads."""
    try:
        yield
    except Exception:
        raise
    except BaseException:
        threading.Thread(target=_stop_ffmpeg_for_good, name="stop-ffmpeg", daemon=True).start()
        raise


def _stop_ffmpeg_for_good() -> None:
    from pipeline.shell.ffmpeg import stop_all

    # Until the process ends: a task that is between two encodes starts the next.
    while True:
        stop_all()
        time.sleep(0.1)
