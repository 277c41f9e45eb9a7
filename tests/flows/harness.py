"""Prefect's own server for tests, under a home of ours: one for all files that want it and run one after the other."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def run_harness(home: Path) -> Iterator[None]:
    """Run Prefect's test harness, to which all is deployed, until the end of the block."""
    before = dict(os.environ)
    os.environ["MATINEE_HOME"] = str(home)
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        from flows import deployments

        deployments.register_pool()
        deployments.register_deployments()
        yield
    os.environ.clear()
    os.environ.update(before)


class SharedHarness:
    """The harness that is up, if any: its server takes longer to come up than most files' tests take."""

    def __init__(self) -> None:
        self._up: contextlib.ExitStack | None = None

    def ensure_up(self, home: Path) -> None:
        """Bring it up unless it is."""
        if self._up is None:
            with contextlib.ExitStack() as opening:
                opening.enter_context(run_harness(home))
                self._up = opening.pop_all()

    def end(self) -> None:
        """Take it down where it is up."""
        if self._up is not None:
            self._up.close()
        self._up = None
