"""Text for log lines, states and run names, which Prefect's command line prints as markup: brackets made harmless."""

from __future__ import annotations

from pathlib import Path


def escape_markup(text: str) -> str:
    """Return the text with every bracket made harmless.

    A tag needs its name right after the bracket; a word joiner between them is invisible here and on Prefect's page,
    where a backslash would show.
    """
    return text.replace("[", "[\u2060")


def show_name(path: Path) -> str:
    """Return a file's name on one line, control characters and undecodable bytes spelt out."""
    spelt = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in path.name)
    return escape_markup(spelt)
