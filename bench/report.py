"""What a benchmark prints: the machine and its load, tables, and ratios beside the numbers that they come from."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Wide enough for every table, so that a log holds what a terminal shows.
_console = Console(width=140, highlight=False)


def show_machine(film: Path, size: str) -> None:
    """Say what was measured and where; a loaded machine makes wall times useless and CPU times a little longer."""
    say(f"{film.name}, {size}; {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    show_load()


def show_load() -> None:
    """Say how many processes wanted a core in the last minute."""
    say(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def say(text: str) -> None:
    """Print a line."""
    print(text, flush=True)


def show_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under headings: numbers to the right, what is first to the left."""
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    _console.print(table)


def show_ratio(what: str, measured: float, against: float, unit: str, *, goal: float) -> None:
    """Print a ratio with its two numbers, and whether it is within the goal."""
    verdict = "reached" if measured <= goal * against else "MISSED"
    say(f"{what}: {measured:.2f} / {against:.2f} {unit} = {measured / against:.3f} (goal: at most {goal:g}, {verdict})")


def show_figure(what: str, measured: float, unit: str, *, goal: float, digits: int = 2) -> None:
    """Print a measured value and whether it is within the goal."""
    verdict = "reached" if measured <= goal else "MISSED"
    say(f"{what}: {measured:.{digits}f} {unit} (goal: at most {goal:g}, {verdict})")


def show_floor(what: str, measured: float, unit: str, *, goal: float) -> None:
    """Print a measured value and whether it reaches the goal."""
    verdict = "reached" if measured >= goal else "MISSED"
    say(f"{what}: {measured:.2f} {unit} (goal: at least {goal:g}, {verdict})")


def _shown(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:.2f}"
    return str(cell)
