"""Read a calendar of drops and what a page says from their files, and what a calendar means."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from pipeline.calendar import Calendar, calendar_error, parse_calendar
from pipeline.pages import Page, parse_page
from pipeline.plan.schedule import Schedule, plan_schedule
from pipeline.presets import load_region
from pipeline.tables import MOST_BYTES, Problem

_TOO_LARGE: Final = f"the file is larger than {MOST_BYTES // 1024} KiB"


def read_schedule(path: Path) -> tuple[Calendar, Schedule]:
    """Return what a calendar says and means.

    Regions have the countries of their presets where it does not say them. Raises ProjectError where it cannot be read
    or is wrong, PresetError for a region that it does not explain and that there is no preset of.
    """
    calendar = read_calendar(path)
    # A window without a region is open to everybody.
    presets = (load_region(one) for one in filter(None, calendar.regions) if one not in calendar.countries)
    return calendar, plan_schedule(calendar, path=path, countries={one.id: one.countries for one in presets})


def read_calendar(path: Path) -> Calendar:
    """Return what a calendar says. Raises ProjectError where it cannot be read or is wrong."""
    return parse_calendar(_read_text(path), path=path)


def read_page(path: Path) -> Page:
    """Return what a file says about a page. Raises ProjectError where it cannot be read or is wrong."""
    return parse_page(_read_text(path), path=path)


def _read_text(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for ever
            raise calendar_error([Problem(str(path), "", "", "this is not a file but a directory or a device")])
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise calendar_error([Problem(str(path), "", "", _TOO_LARGE)])
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problem = Problem(str(path), "", "", f"the file is not UTF-8 text (at line {line})")
        raise calendar_error([problem]) from None
    except (OSError, ValueError) as error:  # a name with a NUL in it
        reason = getattr(error, "strerror", None) or error
        raise calendar_error([Problem(str(path), "", "", f"the file cannot be read: {reason}")]) from None
