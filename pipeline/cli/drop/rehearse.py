"""`matinee drop rehearse`: all of a drop but its audience, and what caches should be filled with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import EXISTING, as_json
from pipeline.cli.drop.tend import address_option
from pipeline.counting import counted
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.shell.drops import Drop
    from pipeline.shell.rehearsal import Rehearsed


@click.command("rehearse")
@click.argument("calendar", type=EXISTING)
@address_option
@click.option(
    "--warm",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the addresses that a CDN should have before the audience comes, one a line, as players ask for them.",
)
@as_json
@click.pass_context
def rehearse_command(ctx: click.Context, calendar: Path, address: str | None, warm: Path | None, as_json: bool) -> None:
    """Rehearse a drop: publish all of its editions where nobody finds them, fetch them as players do, remove them.

    Everything goes up once, into a folder at the target whose name cannot be guessed, is fetched from the calendar's
    address (entry, playlists, segments), held against its sha256 and the headers that players and caches need, and is
    taken away again; of a premiere, live playlists as well. Told besides: what is still to be uploaded for the drop
    itself, what editions share, and how many addresses there are to warm. Segments can be warmed as soon as they are
    staged, the rest once it is open.

    The exit code is 1 where the server answers otherwise than it should.

    \b
    Examples:
      matinee drop rehearse red-kite.calendar.toml
      matinee drop rehearse red-kite.calendar.toml --warm warm.txt     then: xargs -n 1 curl -so /dev/null < warm.txt
    \b
    With --json:
      {"film": "the-red-kite", "target": …, "warm": 96,
       "editions": [{"edition": "the-red-kite-de", "region": "de", "files": 96, "size_bytes": …, "upload_files": 40,
                     "upload_bytes": …, "shared_bytes": …, "fetched": 94, "faults": […]}, …]}
      warm: addresses. fetched: what playlists lead to; posters and thumbnails are not among it.
    """
    from pipeline.cli.progress import StageDisplay
    from pipeline.shell.drops import open_drop
    from pipeline.shell.rehearsal import rehearse

    drop = open_drop(calendar)
    if warm is not None and warm.exists():
        raise click.BadParameter(f"{spelled(str(warm))} is there already.", param_hint="--warm")
    with StageDisplay(drop.schedule.film) as display:
        done = rehearse(drop, display.tell, address)
    names = dict.fromkeys(name for one in done for name in one.warm)
    if warm is not None:
        _write(warm, "".join(f"{drop.schedule.address}{name}\n" for name in names))
    if as_json:
        click.echo(json.dumps(_document(drop, done, len(names)), indent=1))
    else:
        _show(drop, done, len(names))
    if any(one.faults for one in done):
        ctx.exit(1)


def _write(path: Path, text: str) -> None:
    from pipeline.errors import PublishError

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise PublishError(f"{spelled(str(path))} cannot be written ({error.strerror}).") from error


def _document(drop: Drop, done: Sequence[Rehearsed], warm: int) -> dict[str, Any]:
    told = ("edition", "files", "size_bytes", "upload_files", "upload_bytes", "shared_bytes", "fetched")
    return {
        "film": drop.schedule.film,
        "target": drop.target.where,
        "warm": warm,
        "editions": [
            {name: getattr(one, name) for name in told} | {"region": one.region or None, "faults": list(one.faults)}
            for one in done
        ],
    }


def _show(drop: Drop, done: Sequence[Rehearsed], warm: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("edition", "files", "MB", "to upload, MB", "shared, MB", "fetched", ""):
        table.add_column(heading, justify="left" if heading in ("edition", "") else "right")
    for one in done:
        sizes = (f"{size / 1e6:.1f}" for size in (one.size_bytes, one.upload_bytes, one.shared_bytes))
        told = Text("as it should be", "green") if not one.faults else Text("wrong", "bold red")
        table.add_row(one.edition, str(one.files), *sizes, str(one.fetched), told)
    console.print(table)
    for one in done:
        for fault in one.faults:
            console.print(Text(f"· {one.edition}: {fault}", "red"), soft_wrap=True)
    upload = sum(one.upload_bytes for one in done)
    where = spelled(drop.target.where)
    console.print(Text(f"To upload to {where}: {upload / 1e6:.1f} MB. To warm: {counted(warm, 'request')}."))
    if any(one.faults for one in done):
        console.print(Text("matinee hosting and matinee drop edge say how a server should answer.", "bold red"))
