"""Compare the flow `cut-clips`, server up, with `matinee cut` on the same film, each in a home of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.child import MATINEE, PREFECT, run_child
from bench.film import Size, write_stretch
from bench.homes import fresh_home, working_in
from bench.report import say, show_load, show_ratio
from flows import serving, settings

GOAL: Final = 1.05
START_LIMIT_S: Final = 180.0
_CHECKOUT: Final = Path(__file__).absolute().parents[1]


def run(film: Path, size: Size) -> None:
    """Print the wall seconds of both from start to end, and their ratio."""
    show_load()
    options: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder, fresh_home() as one, fresh_home() as other:
        if size == "quick":
            film = write_stretch(film, Path(folder) / f"short{film.suffix}", seconds=100)
            options = ("--count", "1", "--platform", "x")
            parameters = ("--param", "count=1", "--param", 'platforms=["x"]')
        direct = run_child((MATINEE, "cut", str(film), *options), MATINEE_HOME=str(one))
        with _server(other) as environment:
            command = (
                PREFECT,
                "deployment",
                "run",
                "cut-clips",
                "--watch",
                "--param",
                f"masters={json.dumps([str(film)])}",
            )
            flow = run_child((*command, *parameters), **environment)
        made = sorted(path.name for path in (other / "out").rglob("clips/*.mp4"))
        expected = sorted(path.name for path in (one / "out").rglob("clips/*.mp4"))
    assert made == expected, f"the flow made {made}, the command {expected}"
    say(f"{len(made)} clips each; CPU of the command with ffmpeg's: {direct.cpu_seconds:.1f} s")
    show_ratio("the flow over matinee cut, wall", flow.wall_seconds, direct.wall_seconds, "s", goal=GOAL)
    show_load()


@contextlib.contextmanager
def _server(home: Path) -> Iterator[dict[str, str]]:
    """Have the project's server and worker up for a home, as `make serve` does; give a client's environment."""
    environment = {**os.environ, "MATINEE_HOME": str(home)}
    process = subprocess.Popen(
        (sys.executable, "-m", "flows.serve"),
        cwd=_CHECKOUT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with working_in(home):
            address = _wait_for_worker(process)
            yield settings.build_environment(address)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wait_for_worker(process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        # The address is recorded once the worker is online.
        address = serving.find_address()
        if address is not None:
            return address
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with exit code {process.returncode}; is another one up?")
        time.sleep(0.5)
    raise RuntimeError(f"the server did not come up within {START_LIMIT_S:.0f} s")
