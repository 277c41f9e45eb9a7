"""Checking an HLS package, and keeping what was found beside it."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Final

from pipeline.errors import PublishError
from pipeline.plan.hls.conformance import Conformance, document_of, judge
from pipeline.shell.hls_reading import read_package

FILE_NAME: Final = "conformance.json"
_JUDGES: Final = ("plan/hls", "boxes", "playlists")
_READERS: Final = ("shell/hls_reading.py", "shell/hls_sources.py")


def check_package(
    location: str | Path, tell: Callable[[float], None] = lambda _: None, *, master: bytes | None = None
) -> Conformance:
    """Read a package from a folder or URL and ask every rule; `tell` is told the share that is done.

    `master` is the master playlist of a folder that has none yet, or another. Raises PlanError where there is no
    playlist, and for packages of MPEG-TS.
    """
    return judge(read_package(str(location), tell, master=master))


def describe_judges() -> str:
    """Return the digest of the source of all rules, and of what reads for them: what was judged before may not hold."""
    ours = resources.files("pipeline")
    sources = [one for folder in _JUDGES for one in ours.joinpath(folder).iterdir() if one.name.endswith(".py")]
    sources += [ours.joinpath(name) for name in _READERS]
    digests = sorted(hashlib.sha256(one.read_bytes()).hexdigest() for one in sources)
    return hashlib.sha256("".join(digests).encode("ascii")).hexdigest()


def write_conformance(conformance: Conformance, folder: Path) -> Path:
    """Write the document beside a package, whole or not at all, and return its path. Raises PublishError."""
    target = folder / FILE_NAME
    text = json.dumps(document_of(conformance), indent=1, ensure_ascii=False) + "\n"
    temporary: str | None = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=folder, prefix=".conformance.", delete=False, encoding="utf-8"
        ) as file:
            temporary = file.name
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise PublishError(f"{target} cannot be written: {error.strerror or error}.") from error
    return target
