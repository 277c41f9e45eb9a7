"""Where all that a person has lies: one folder, `media/` of the checkout unless MATINEE_HOME names another."""

from __future__ import annotations

import os
from pathlib import Path


def find_root() -> Path:
    """Return the folder that MATINEE_HOME names, else `media/` beside the package, else `media/` here."""
    named = os.environ.get("MATINEE_HOME")
    if named:
        return Path(named).expanduser().absolute()
    beside = Path(__file__).absolute().parents[1] / "media"
    return beside if beside.is_dir() else Path.cwd() / "media"
