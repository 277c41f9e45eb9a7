"""`matinee drop report`: what came of a drop, by edition and by campaign, from the logs of servers and CDNs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import EXISTING, as_json
from pipeline.counting import counted
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from pipeline.plan.turnout import Programme, Tally
    from pipeline.shell.log_files import Counted


@click.command("report")
@click.argument("logs", type=EXISTING, nargs=-1, required=True, metavar="LOG...")
@click.option(
    "--calendar", "calendars", type=EXISTING, multiple=True, metavar="FILE", help="The drop's calendar, for regions."
)
@click.option(
    "--package",
    "packages",
    type=EXISTING,
    multiple=True,
    metavar="DIR",
    help="Packages of the film, without which nobody knows who saw its end.",
)
@as_json
def report_command(
    logs: tuple[Path, ...], calendars: tuple[Path, ...], packages: tuple[Path, ...], as_json: bool
) -> None:
    """Count who came: starts, completions and most viewers at once, by edition and by campaign.

    LOG is a log of nginx (combined, or as `matinee drop edge` has it), CloudFront (standard), Cloudflare (Logpush, JSON
    lines) or Fastly (JSON lines), compressed or not; - is standard input. Behind a CDN the CDN's logs count: nginx sees
    only what the CDN does not have. Lines that say nothing are counted and told.

    Which edition was served follows from the viewer's country, where the log has it and --calendar is given. Fastly's
    own format has it in words: log client.geo.country_code as geo_country_code.

    A start is an entry that is fetched; the same viewer starts again after half an hour of silence. Viewers are told
    apart by address and agent, of which no trace is kept. A campaign is what ?c=… says at the film's address or page.

    \b
    Examples:
      matinee drop report /var/log/nginx/films.log* --calendar red-kite.calendar.toml --package media/out/red-kite/hls
      zcat logs/*.gz | matinee drop report - --json
    \b
    With --json:
      {"lines": …, "total": {"starts": …, "completions": …, "viewers": …, "peak": …, "peak_at": …},
       "editions": {"the-red-kite-de": {"region": "de", "starts": …, …}, …}, "campaigns": {"red-kite.h1.tiktok": {…}},
       "refused": {"410": …}, "troubles": [{"log": …, "reason": …, "lines": …, "first": …}]}
      completions are null without a package.
    """
    from pipeline.cli.progress import StageDisplay
    from pipeline.shell.log_files import count_logs

    programme = _programme(calendars, packages)
    with StageDisplay("logs") as display:
        found = count_logs(logs, programme, display.stage("reading"))
    document = _document(found, programme)
    if as_json:
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))
    else:
        _show(document)


def _programme(calendars: Sequence[Path], packages: Sequence[Path]) -> Programme:
    from pipeline.plan.turnout import Programme
    from pipeline.shell.calendars import read_schedule
    from pipeline.shell.weights import weigh_package

    countries: dict[str, dict[str, str]] = {}
    regions: dict[str, str] = {}
    for calendar in calendars:
        _, schedule = read_schedule(calendar)
        known = dict(schedule.countries)
        of_film = countries.setdefault(schedule.film, {})
        for region, edition in schedule.editions:
            regions[edition] = region
            of_film |= dict.fromkeys(known.get(region, ()), edition) if region else {"": edition}
    weights = [weigh_package(package, "") for package in packages]
    last = {one.tracks[0].pieces[-1].name.rpartition("/")[2] for each in weights for one in each.variants}
    return Programme(countries, regions, frozenset(last))


def _document(found: Counted, programme: Programme) -> dict[str, Any]:
    def told(tally: Tally) -> dict[str, Any]:
        at = None if tally.peak_at is None else f"{datetime.fromtimestamp(tally.peak_at, UTC):%Y-%m-%dT%H:%M:%SZ}"
        completions = tally.completions if programme.last_segments else None
        return asdict(tally) | {"completions": completions, "peak_at": at}

    turnout = found.turnout
    return {
        "lines": found.lines,
        "total": told(turnout.total()),
        "editions": {
            name: {"region": programme.regions.get(name) or None, **told(tally)}
            for name, tally in turnout.editions().items()
        },
        "campaigns": {code: told(tally) for code, tally in turnout.campaigns().items()},
        "refused": {str(status): turnout.refused[status] for status in sorted(turnout.refused)},
        "troubles": [asdict(trouble) for trouble in found.troubles],
    }


def _show(document: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    rows = {**document["editions"], "all": document["total"]}
    _show_table(console, "edition", rows)
    if document["campaigns"]:
        _show_table(console, "campaign", document["campaigns"])
    meant = {"403": "without a good ticket", "404": "not open", "410": "after it closed", "451": "from elsewhere"}
    for status, count in document["refused"].items():
        console.print(Text(f"Refused {meant[status]}: {count:,}."))
    if document["total"]["completions"] is None:
        console.print(Text("Who saw the end is not known without --package.", "dim"))
    console.print(Text(f"{counted(document['lines'], 'line')} read."))
    for trouble in document["troubles"]:
        where = f"{spelled(trouble['log'])}, line {trouble['first']}"
        more = f", and {trouble['lines'] - 1:,} more" if trouble["lines"] > 1 else ""
        console.print(Text(f"· {where}{more}: {trouble['reason']}", "yellow"), soft_wrap=True)


def _show_table(console: Any, heading: str, rows: dict[str, dict[str, Any]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(heading, overflow="fold")
    for name in ("starts", "completed", "viewers", "peak", "at (UTC)"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, row in rows.items():
        seen = row["completions"]
        at = "" if row["peak_at"] is None else row["peak_at"][5:16].replace("T", " ")
        completed = "" if seen is None else f"{seen:,}"
        cells = (f"{row['starts']:,}", completed, f"{row['viewers']:,}", f"{row['peak']:,}", at)
        table.add_row(Text(spelled(name)), *cells)
    console.print(table)
