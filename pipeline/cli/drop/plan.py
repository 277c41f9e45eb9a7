"""`matinee drop plan`: what a calendar means, as a table, as a picture and as JSON."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import EXISTING, as_json
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.calendar import Calendar
    from pipeline.plan.schedule import Schedule, Window


@click.command("plan")
@click.argument("calendar", type=EXISTING)
@click.option("--at", metavar="TIME", help="The instant that is looked at, such as '2026-12-04 20:00'; else now.")
@click.option(
    "--picture", type=click.Path(path_type=Path), metavar="FILE", help="Draw it, too: a name that ends in .png or .svg."
)
@click.option(
    "--package",
    "packages",
    type=EXISTING,
    multiple=True,
    metavar="DIR",
    help="A package of the film; one for each region that has its own. Without any, no costs are told.",
)
@click.option(
    "--points", type=click.IntRange(1, 1000), default=20, show_default=True, help="Points of presence of the CDN."
)
@as_json
def plan_command(
    calendar: Path, at: str | None, picture: Path | None, packages: tuple[Path, ...], points: int, as_json: bool
) -> None:
    """Say what opens when: each region's windows in local time and UTC, and how they stand.

    Besides: when a machine has to be awake to upload, open and close (where hold = "matinee"), and what to look at
    twice: clocks that are changed meanwhile, openings at night, windows shorter than the film. With packages: how long
    premieres keep it awake, what each of the calendar's audiences will take, gigabytes to viewers, requests that reach
    the origin, and storage, and what the same would be if editions did not share what is the same. Nothing is opened
    or uploaded.

    TIME is by the calendar's zone unless it has an offset: 2026-12-04T20:00:00+01:00, or Z for UTC.

    \b
    Examples:
      matinee drop plan red-kite.calendar.toml
      matinee drop plan red-kite.calendar.toml --at "2026-12-04 20:00" --picture red-kite.png
    \b
    With --json:
      {"film": "the-red-kite", "at": …, "hold": "matinee", "access": "open", "next_change": …,
       "windows": [{"edition": "the-red-kite-de", "region": "de", "zone": "Europe/Berlin", "state": "coming",
                    "opens": …, "closes": …, "opens_local": …, "closes_local": …, "exclusive_until": …,
                    "premiere": false, "upload_from": …, "late": false}, …],
       "countries": {"de": ["AT", "DE"]}, "awake": [[…, …], …], "remarks": […],
       "costs": {"supposed": {…}, "stored_bytes": {"shared": …, "apart": …},
                 "audiences": [{"viewers": 100, "bytes_out": …, "requests": …, "origin_requests": …,
                                "origin_bytes": …, "apart": {…}}, …]}}
      costs are null without a package. late: it should be open, and was not opened from here; told for now only,
      and null where nothing was published at the target from here.
    """
    from pipeline.cli.drop.costs import cost_document, weigh_editions
    from pipeline.plan.drops import outlook
    from pipeline.shell.calendars import read_schedule
    from pipeline.shell.drops import known_open
    from pipeline.shell.home import find_home
    from pipeline.shell.known_calendars import remember_calendar
    from pipeline.shell.ledger import Ledger

    read, schedule = read_schedule(calendar)
    if at is None:
        remember_calendar(calendar, Ledger(find_home().ledger))
    instant = _instant(at, read)
    # The ledger tells of now and of no other time.
    is_open = known_open(calendar, read, schedule) if at is None else None
    weights = weigh_editions(schedule, packages) if packages else ()
    films = tuple(Fraction(one.seconds) for one in weights)
    document = _document(schedule, instant, films)
    standing = outlook(schedule.windows, instant, is_open=is_open)
    document["next_change"] = _utc(standing.next_change)
    for row, window in zip(document["windows"], schedule.windows, strict=True):
        row["late"] = None if is_open is None else window in standing.late
    document["costs"] = cost_document(schedule, read, weights, points=points) if weights else None
    if picture is not None:
        _draw(schedule, instant, max(films, default=None), picture)
    if as_json:
        click.echo(json.dumps(document, indent=1))
    else:
        _show(schedule, instant, document)


def _instant(at: str | None, calendar: Calendar) -> datetime:
    from pipeline.clocks import find_zone, instant_of, parse_local

    if at is None:
        return datetime.now(UTC)
    try:
        local = parse_local(at)
        zone = None if local.tzinfo is not None or calendar.zone is None else find_zone(calendar.zone)
        return instant_of(local, zone)
    except ValueError as error:
        raise click.BadParameter(f"{spelled(at)} should be {error}.", param_hint="--at") from None


def _document(schedule: Schedule, at: datetime, films: tuple[Fraction, ...]) -> dict[str, Any]:
    from pipeline.plan.drops import awake_stretches, remarks

    return {
        "film": schedule.film,
        "address": schedule.address,
        "at": _utc(at),
        "hold": schedule.hold,
        "access": schedule.access,
        "windows": [_window(window, at) for window in schedule.windows],
        "countries": {region: list(named) for region, named in schedule.countries if region},
        "awake": [[_utc(start), _utc(end)] for start, end in awake_stretches(schedule, max(films, default=None))],
        "remarks": list(remarks(schedule, min(films, default=None))),
    }


def _window(window: Window, at: datetime) -> dict[str, Any]:
    from pipeline.clocks import told_local
    from pipeline.plan.drops import state_at

    return {
        "edition": window.edition,
        "region": window.region or None,
        "zone": window.zone,
        "state": state_at(window, at),
        "opens": _utc(window.opens),
        "closes": _utc(window.closes),
        "opens_local": told_local(window.opens, window.clocks),
        "closes_local": told_local(window.closes, window.clocks),
        "exclusive_until": _utc(window.exclusive_until),
        "premiere": window.premiere,
        "upload_from": _utc(window.upload_from),
    }


def _draw(schedule: Schedule, at: datetime, film: Fraction | None, picture: Path) -> None:
    from pipeline.argv import recipe_key
    from pipeline.shell.home import find_home
    from pipeline.shell.ledger import Ledger
    from pipeline.shell.publish import publish_to_edit, tell_kept
    from pipeline.shell.store import Store
    from pipeline.shell.timetable import draw_timetable

    suffix = picture.suffix.lower()
    if suffix not in (".png", ".svg"):
        raise click.BadParameter(f"{spelled(str(picture))} should end in .png or .svg.", param_hint="--picture")
    content = draw_timetable(schedule, at, kind="png" if suffix == ".png" else "svg", film=film)

    def produce(path: Path) -> dict[str, Any]:
        path.write_bytes(content)
        return {"made_by": "timetable", "inputs": []}

    home = find_home()
    store = Store(home.store)
    with store.in_use():
        key = recipe_key("timetable", suffix, (repr(schedule), at.isoformat(), hashlib.sha256(content).hexdigest()))
        kept = publish_to_edit(store.make(key, suffix, produce)[0], picture.absolute(), Ledger(home.ledger))
    if kept is not None:
        click.echo(tell_kept(kept), err=True)


def _show(schedule: Schedule, at: datetime, document: dict[str, Any]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pipeline.plan.drops import state_at
    from pipeline.plan.schedule import told_region

    console = Console(highlight=False)
    years = "–".join(sorted({f"{instant:%Y}" for window in schedule.windows for instant in _ends(window)}))
    table = Table(title=Text(f"{schedule.film}, {years}"), title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("region", "local time", "UTC", ""):
        table.add_column(heading, no_wrap=True)
    styles = {"open": "bold green", "coming": "", "closed": "dim"}
    for window, row in zip(schedule.windows, document["windows"], strict=True):
        state = state_at(window, at)
        told = "late, and should be open" if row["late"] else state
        local = "\n".join(f"{one.astimezone(window.clocks):%a %d %b %H:%M %Z}" for one in _ends(window))
        utc = "\n".join(f"{one:%d %b %H:%M}" for one in _ends(window))
        alone = window.exclusive_until
        until = "" if alone is None else f"\nalone to {alone.astimezone(window.clocks):%a %H:%M}"
        with_premiere = ", premiere" if window.premiere else ""
        hours = (window.closes - window.opens).total_seconds() / 3600
        table.add_row(
            Text(told_region(window.region)),
            local,
            utc,
            Text(f"{told}, {hours:g} h{with_premiere}{until}", "bold red" if row["late"] else styles[state]),
        )
    console.print(table)
    _show_rest(console, schedule, at, document)


def _show_rest(console: Console, schedule: Schedule, at: datetime, document: dict[str, Any]) -> None:
    from rich.text import Text

    from pipeline.cli.drop.costs import show_costs
    from pipeline.plan.drops import outlook

    change = outlook(schedule.windows, at).next_change
    following = f"next change {change:%a %d %b %Y %H:%M} UTC" if change else "nothing opens or closes any more"
    console.print(Text(f"At {at:%a %d %b %Y %H:%M:%S} UTC; {following}."))
    shows = any(window.premiere for window in schedule.windows)
    own = "to upload, open, show premieres and close" if shows else "to upload, open and close"
    why = "to upload; nginx opens and closes" if schedule.hold == "edge" else own
    console.print(Text(f"A machine has to be awake {why}, in UTC:"))
    for start, end in (map(datetime.fromisoformat, stretch) for stretch in document["awake"]):
        console.print(Text(f"  {start:%a %d %b %Y %H:%M} – {end:%a %d %b %H:%M}"))
    for remark in document["remarks"]:
        console.print(Text(f"· {remark}", style="yellow"), soft_wrap=True)
    if document["costs"] is not None:
        show_costs(console, document["costs"])


def _ends(window: Window) -> tuple[datetime, datetime]:
    return window.opens, window.closes


def _utc(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant:%Y-%m-%dT%H:%M:%SZ}"
