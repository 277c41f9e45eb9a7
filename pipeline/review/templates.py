"""The HTML of the editors' page: templates in pages/, in which all that people wrote is escaped."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.counting import counted
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from jinja2 import Environment

PAGES: Final = Path(__file__).with_name("pages")


def render(name: str, **values: Any) -> str:
    """Return a page."""
    return _environment().get_template(name).render(**values)


def clock_text(seconds: Fraction | float | None) -> str:
    """Return a length as people write it: 0:45, 12:03, 1:58:20."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def size_text(count: int | None) -> str:
    """Return a size in bytes as people write it."""
    if count is None:
        return "–"
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def day_text(at: str) -> str:
    """Return a time of the ledger as this machine's clock has it."""
    try:
        return f"{datetime.fromisoformat(at).astimezone():%d %b %Y, %H:%M}"
    except ValueError:
        return spelled(at)


def lines_of(text: str) -> list[str]:
    """Return the lines of what somebody wrote, each without what would steer what is around it."""
    return [spelled(line) for line in text.splitlines()]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "spelled": spelled, "clock": clock_text, "size": size_text, "day": day_text, "lines": lines_of,
    }  # fmt: skip
    environment.globals["counted"] = counted
    return environment
