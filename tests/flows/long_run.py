"""A flow that keeps one ffmpeg busy for minutes, in a task of its own as `cut-clips` does."""

from __future__ import annotations

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger
from prefect.task_runners import ThreadPoolTaskRunner

from flows.tasks import stop_ffmpeg_on_cancel
from pipeline.shell.ffmpeg import run_ffmpeg


@task(cache_policy=NO_CACHE)
def encode(marker: str, seconds: int) -> None:
    """Encode in real time; the marker makes this very process findable."""
    source = f"testsrc=size=64x64:rate=5:duration={seconds}"
    run_ffmpeg(("-re", "-f", "lavfi", "-i", source, "-metadata", f"title={marker}", "-f", "null", "-"))


@flow(name="long-run", task_runner=ThreadPoolTaskRunner(max_workers=2))
def long_run(marker: str, seconds: int = 300) -> None:
    """Run one encode of that many seconds."""
    get_run_logger().info("encoding %s", marker)
    with stop_ffmpeg_on_cancel():
        encode.submit(marker, seconds).result()
