"""Prefect's own server for tests, under a home of ours."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def run_harness(home: Path) -> Iterator[None]:
    """Run Prefect's test harness until the end of the block."""
    before = dict(os.environ)
    os.environ["MATINEE_HOME"] = str(home)
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        yield
    os.environ.clear()
    os.environ.update(before)
