"""Checking an HLS package, and telling by what it was judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from pipeline.plan.hls.conformance import Conformance, judge
from pipeline.shell.hls_reading import read_package
from pipeline.shell.sources import source_digest

FILE_NAME: Final = "conformance.json"
"""Of what was found in a package, beside it."""
_JUDGES: Final = ("plan/hls", "boxes", "playlists")
_THEIRS: Final = (
    "shell/hls_reading.py", "shell/hls_sources.py",
    "plan/levels.py", "plan/measurements.py", "counting.py", "timebase.py", "values.py",
)  # fmt: skip
"""What reads for them, and what they reckon and speak by."""


def check_package(location: str | Path, tell: Callable[[float], None] = lambda _: None) -> Conformance:
    """Read a package from a folder or URL and ask every rule; `tell` is told the share that is done.

    Raises PlanError where there is no playlist, and for packages of MPEG-TS.
    """
    return judge(read_package(str(location), tell))


def describe_judges() -> str:
    """Return the digest of the source of all rules and of what they stand on: what was judged before may not hold."""
    return source_digest(*_JUDGES, *_THEIRS)
