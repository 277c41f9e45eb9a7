"""Read a calendar of drops and what a page says from their files, and what a calendar means."""

from __future__ import annotations

from pathlib import Path

from pipeline.calendar import Calendar, parse_calendar
from pipeline.pages import Page, parse_page
from pipeline.plan.schedule import Schedule, plan_schedule
from pipeline.presets import load_region
from pipeline.tables import text_of


def read_schedule(path: Path) -> tuple[Calendar, Schedule]:
    """Return what a calendar says and means.

    Regions have the countries of their presets where it does not say them. Raises ProjectError where it cannot be read
    or is wrong, PresetError for a region that it does not explain and that there is no preset of.
    """
    calendar = read_calendar(path)
    return calendar, plan_schedule(calendar, path=path, countries=preset_countries(calendar))


def preset_countries(calendar: Calendar) -> dict[str, tuple[str, ...]]:
    """Return the countries of a calendar's regions that it does not say, by their presets. Raises PresetError."""
    # A window without a region is open to everybody.
    regions = (one for one in filter(None, calendar.regions) if one not in calendar.countries)
    return {one: tuple(load_region(one).countries) for one in regions}


def read_calendar(path: Path) -> Calendar:
    """Return what a calendar says. Raises ProjectError where it cannot be read or is wrong."""
    return parse_calendar(text_of(path), path=path)


def read_page(path: Path) -> Page:
    """Return what a file says about a page. Raises ProjectError where it cannot be read or is wrong."""
    return parse_page(text_of(path), path=path)
