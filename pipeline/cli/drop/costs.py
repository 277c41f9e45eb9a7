"""What `matinee drop plan` says of an audience's costs, from the packages that it is given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.spelling import spelled

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.calendar import Calendar
    from pipeline.plan.audience import Habits, Weights
    from pipeline.plan.schedule import Schedule


def weigh_editions(schedule: Schedule, packages: Sequence[Path]) -> tuple[Weights, ...]:
    """Return what each edition of a schedule weighs; one without a package has that of no region, or the first.

    Raises PlanError for what is no package, and click's UsageError for two packages of one region.
    """
    from pipeline.shell.weights import region_of_package, weigh_package

    folders: dict[str, Path] = {}
    for package in packages:
        region = region_of_package(package) or ""
        if region in folders:
            told = f"{spelled(str(folders[region]))} and {spelled(str(package))} are both of {region or 'no region'}."
            raise click.UsageError(f"{told} Name one package for each region.")
        folders[region] = package
    other = folders.get("", next(iter(folders.values())))
    return tuple(weigh_package(folders.get(region, other), edition) for region, edition in schedule.editions)


def cost_document(schedule: Schedule, calendar: Calendar, weights: Sequence[Weights], *, points: int) -> dict[str, Any]:
    """Return the costs of each of a calendar's audiences as JSON values, and what was supposed for them."""
    from dataclasses import asdict

    from pipeline.plan.audience import Habits, expected_cost, stored_bytes

    length = sum((one.closes - one.opens).total_seconds() for one in schedule.windows) / len(schedule.windows)
    habits: Habits = Habits(points=points, hours=length / 3600)
    # Tickets are part of addresses, and those of windows that end at different times differ: what few of many windows
    # still share then is not counted.
    ends = {window.closes for window in schedule.windows}
    at_edge: Any = "apart" if schedule.access == "signed" and len(ends) > 1 else "shared"
    audiences = []
    for viewers in calendar.audiences:
        told = {way: expected_cost(weights, viewers, habits, sharing=way) for way in (at_edge, "apart")}
        ours, apart = told[at_edge], told["apart"]
        audiences.append(
            {
                "viewers": viewers,
                "bytes_out": round(ours.bytes_out),
                "requests": round(ours.requests),
                "origin_requests": round(ours.origin_requests),
                "origin_bytes": round(ours.origin_bytes),
                "apart": {
                    "origin_requests": round(apart.origin_requests),
                    "origin_bytes": round(apart.origin_bytes),
                },
            }
        )
    stored = {way: stored_bytes(weights, sharing=way) for way in ("shared", "apart")}
    return {"supposed": asdict(habits), "stored_bytes": stored, "audiences": audiences}


def show_costs(console: Console, costs: dict[str, Any]) -> None:
    """Print the costs as a table, with what they suppose."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title="What it takes", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("viewers", "GB to them", "requests", "to the origin", "of it, GB", "apart", "GB"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in costs["audiences"]:
        apart = one["apart"]
        table.add_row(
            f"{one['viewers']:,}", _gigabytes(one["bytes_out"]), f"{one['requests']:,}",
            f"{one['origin_requests']:,}", _gigabytes(one["origin_bytes"]),
            f"{apart['origin_requests']:,}", _gigabytes(apart["origin_bytes"]),
        )  # fmt: skip
    console.print(table)
    stored, supposed = costs["stored_bytes"], costs["supposed"]
    console.print(
        Text(f"At the target: {_gigabytes(stored['shared'])} GB; apart, a copy of all for each edition, "
             f"{_gigabytes(stored['apart'])} GB.")
    )  # fmt: skip
    told = (
        f"Supposed: {supposed['finishing']:.0%} stay to the end; each rendition has {supposed['larger']:g} times the "
        f"viewers of the next smaller; {supposed['points']} points of presence, entries "
        f"{supposed['entries']}; viewers come evenly in {supposed['hours']:g} hours."
    )
    console.print(Text(told, style="dim"))


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:,.3g}" if size < 1e12 else f"{size / 1e9:,.0f}"
