"""The films of a home's masters folder."""

from __future__ import annotations

from pathlib import Path

from pipeline.facts import FILM_SUFFIXES


def list_masters(folder: Path) -> tuple[Path, ...]:
    """Return the films in the masters folder, in name order; a missing folder has none."""
    if not folder.is_dir():
        return ()
    found = (
        path for path in folder.iterdir() if path.suffix.lower() in FILM_SUFFIXES and not path.name.startswith(".")
    )
    return tuple(sorted(found))
