"""The files that play a film in a browser, as they lie in `pipeline/players`: our scripts, and hls.js as released."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import PipelineError

PLAYERS: Final = Path(__file__).absolute().parents[1] / "players"


@dataclass(frozen=True)
class Release:
    """hls.js as it lies here."""

    version: str
    sha256: str


def check_release() -> Release:
    """Return which hls.js this is; raises PipelineError where the file is not the one that was released."""
    told = json.loads((PLAYERS / "hls.json").read_text(encoding="utf-8"))
    found = hashlib.sha256((PLAYERS / told["file"]).read_bytes()).hexdigest()
    if found != told["sha256"]:
        raise PipelineError(
            f"{PLAYERS / told['file']} is not hls.js {told['version']} as released: its sha256 is {found}.",
            remedy="Install Matinee again.",
        )
    return Release(told["version"], found)
