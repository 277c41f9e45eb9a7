"""The jobs of a watch as runs of deployments: how these end is what came of the film, and the next watch finds them."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.watching.jobs import Job, Outcome
from pipeline.watching.orders import Order
from tests.whole_films import write_films

pytestmark = pytest.mark.usefixtures("harness")


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_films(tmp_path_factory.mktemp("whole"))


def end(tag: str, state: Any) -> None:
    """Do as a worker does with the run that has a tag."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags

    with get_client(sync_client=True) as client:
        by_tag = FlowRunFilter(tags=FlowRunFilterTags(any_=[tag]))
        deadline = time.monotonic() + 60
        while not (runs := client.read_flow_runs(flow_run_filter=by_tag)):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        for run in runs:
            if run.state is not None and not run.state.is_final():
                client.set_flow_run_state(run.id, state, force=True)


def run(job: Job, state: Any, order: Order) -> Outcome:
    from flows.watch_folder import DeploymentRunner

    tag = f"watch {order.key[:12]} {job.digest[:16]} {order.flows[0]}"
    ending = threading.Thread(target=end, args=(tag, state))
    ending.start()
    outcome = DeploymentRunner(poll_s=0.2).run(job, lambda _: None)
    ending.join()
    return outcome


def test_how_a_run_ends_is_what_came_of_the_film(films: dict[str, Path], tmp_path: Path) -> None:
    from prefect.states import Cancelled, Completed, Crashed, Failed

    bad = tmp_path / "bad.mov"
    bad.write_text("no film")
    cases = (
        ("1" * 64, films["front.mp4"], Completed(message="6 clips."), "done", "6 clips."),
        ("2" * 64, films["front.mp4"], Failed(message="too short"), "failed", "too short"),
        ("3" * 64, bad, Failed(message="1 of 1 film failed"), "refused", "it is not a film that can be read"),
        ("4" * 64, films["front.mp4"], Crashed(message="the worker died"), "again", "the worker died"),
        ("5" * 64, films["front.mp4"], Cancelled(message="by hand"), "failed", "by hand"),
    )
    order = Order(platforms=("tiktok",))
    for number, (digest, path, state, kind, told) in enumerate(cases):
        outcome = run(Job(number, path, digest, order.text, 1), state, order)
        assert outcome.kind == kind and outcome.told.startswith(told), outcome


def test_a_run_that_an_earlier_watch_began_is_waited_for(films: dict[str, Path]) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
    from prefect.states import Completed

    from flows.watch_folder import DeploymentRunner

    order = Order(flows=("package-hls",), regions=("de",), style="plain")
    job = Job(1, films["front.mp4"], "6" * 64, order.text, 1)
    first = DeploymentRunner(poll_s=0.2)
    came: list[Outcome] = []

    def begin() -> threading.Thread:
        thread = threading.Thread(target=lambda: came.append(first.run(job, lambda _: None)))
        thread.start()
        return thread

    waiting = begin()
    tag = f"watch {order.key[:12]} {job.digest[:16]} package-hls"
    by_tag = FlowRunFilter(tags=FlowRunFilterTags(any_=[tag]))
    with get_client(sync_client=True) as client:
        while not client.read_flow_runs(flow_run_filter=by_tag):
            time.sleep(0.1)
        first.give_up(job)
        waiting.join(30)
        waiting = begin()
        waiting.join(0.6)
        assert waiting.is_alive(), "it was given up once"
        first.stop()
        waiting.join()
        assert [outcome.kind for outcome in came] == ["stopped", "stopped"]
        assert run(job, Completed(message="packaged"), order) == Outcome("done", "packaged")
        (made,) = client.read_flow_runs(flow_run_filter=by_tag)
    assert made.parameters == {"films": [str(films["front.mp4"])], "style": "plain", "regions": ["de"]}
