"""`matinee drop status`: how the editions of a calendar stand, by the clock and by what is at the target."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import EXISTING, as_json
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from pipeline.shell.drop_status import DropStatus


@click.command("status")
@click.argument("calendar", type=EXISTING)
@as_json
@click.pass_context
def status_command(ctx: click.Context, calendar: Path, as_json: bool) -> None:
    """Tell how each window stands now: coming, staged, premiere, open, late or closed, and what is due.

    premiere: it is open with live playlists, and a run of this machine shows it. late: by the clock it is open, and
    its entry is not at the target, or nobody shows its premiere. overdue: an edition is open that no window has
    open. The target is asked for the entries that should be there, and the ledger for the rest. Nothing is changed.

    The exit code is 1 where something is late or overdue: `matinee drop tend` does what is due.

    \b
    Examples:
      matinee drop status red-kite.calendar.toml
    \b
    With --json:
      {"film": "the-red-kite", "target": …, "at": …, "next_change": …, "overdue": ["the-red-kite-fr"],
       "windows": [{"edition": "the-red-kite-de", "region": "de", "opens": …, "closes": …, "state": "late"}, …],
       "due": [{"action": "open", "edition": "the-red-kite-de", "since": …}, …]}
    """
    from pipeline.shell.drop_status import read_status
    from pipeline.shell.drops import open_drop

    status = read_status(open_drop(calendar), datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(_document(status), indent=1))
    else:
        _show(status)
    if status.overdue or any(status.of(window) == "late" for window in status.drop.schedule.windows):
        ctx.exit(1)


def _document(status: DropStatus) -> dict[str, Any]:
    return {
        "film": status.drop.schedule.film,
        "target": status.drop.target.where,
        "at": _utc(status.at),
        "next_change": None if status.next_change is None else _utc(status.next_change),
        "overdue": list(status.overdue),
        "windows": [
            {
                "edition": one.edition,
                "region": one.region or None,
                "opens": _utc(one.opens),
                "closes": _utc(one.closes),
                "state": status.of(one),
            }
            for one in status.drop.schedule.windows
        ],
        "due": [{"action": one.action, "edition": one.edition, "since": _utc(one.due)} for one in status.due],
    }


def _show(status: DropStatus) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("edition", "opens", "closes", ""):
        table.add_column(heading, no_wrap=heading != "edition", overflow="fold")
    styles = {"open": "bold green", "premiere": "bold green", "late": "bold red", "closed": "dim"}
    for window in status.drop.schedule.windows:
        ends = (f"{one.astimezone(window.clocks):%a %d %b %H:%M %Z}" for one in (window.opens, window.closes))
        state = status.of(window)
        table.add_row(window.edition, *ends, Text(state, styles.get(state, "")))
    console.print(table)
    for edition in status.overdue:
        console.print(Text(f"· {edition} is open at {spelled(status.drop.target.where)} and should not be.", "red"))
    for one in status.due:
        console.print(Text(f"due since {one.due:%a %d %b %H:%M:%S} UTC: {one.action} {one.edition}"))
    change = status.next_change
    following = f"next change {change:%a %d %b %Y %H:%M} UTC" if change else "nothing opens or closes any more"
    console.print(Text(f"At {status.at:%a %d %b %Y %H:%M:%S} UTC; {following}."))


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
