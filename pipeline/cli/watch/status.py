"""`matinee watch status`: a table of what waits, runs, is done or refused, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from pipeline.cli.arguments import as_json
from pipeline.counting import counted
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from pipeline.watching.status import FilmStatus, FolderStatus

_MOST_DONE: Final = 10
_STYLES: Final = {"running": "bold", "refused": "red", "failed": "bold red", "done": "green", "waiting": "yellow"}


@click.command("status")
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--all", "show_all", is_flag=True, help=f"All that is done, not only the {_MOST_DONE} latest.")
@as_json
@click.pass_context
def status_command(ctx: click.Context, folder: Path | None, show_all: bool, as_json: bool) -> None:
    """Tell how the films of watched folders stand, and what to do about those that stand still.

    running: it is being made, with how much of it is done. checking: it is being looked into. waiting: it has not
    arrived yet, and why. queued: it has arrived, and others come first, or it is tried again. refused: it cannot be
    used. failed: it can, but making it went wrong each time. done: all is made. Films of the same content are told
    once. Without DIR, all folders that were ever watched are told.

    The exit code is 1 where something is refused or failed, or a folder is not watched just now.

    \b
    Examples:
      matinee watch status
      matinee watch status inbox --all
    \b
    With --json:
      {"folders": [{"folder": "/srv/films/inbox", "watched": true, "swept": …, "still_s": 2.0, "events": true,
         "troubles": [], "counts": {"running": 1, "done": 12, …},
         "films": [{"file": "kite.mov", "state": "refused", "why": …, "remedy": …, "since": …, "share": 0.0,
                    "copies": []}, …]}]}
      times in UTC; share from 0 to 1 while it is running; films of all states, in the order above.
    """
    from pipeline.shell.home import find_home
    from pipeline.watching.status import read_status

    folders = read_status(find_home(), folder)
    if as_json:
        click.echo(json.dumps({"folders": [_document(one) for one in folders]}, indent=1))
    else:
        for one in folders:
            _show(one, _MOST_DONE if not show_all else len(one.films))
    is_wrong = any(film.standing in ("refused", "failed") for one in folders for film in one.films)
    if is_wrong or not all(one.is_watched for one in folders):
        ctx.exit(1)


def _document(status: FolderStatus) -> dict[str, Any]:
    return {
        "folder": str(status.watch.root),
        "watched": status.is_watched,
        "swept": status.watch.swept or None,
        "still_s": status.pace.still_s,
        "events": not status.watch.events,
        "troubles": list(status.watch.troubles),
        "counts": _counts(status.films),
        "films": [
            {
                "file": film.file,
                "state": film.standing,
                "why": film.why,
                "remedy": film.remedy,
                "since": film.since,
                "share": film.share,
                "copies": list(film.copies),
            }
            for film in status.films
        ],
    }


def _counts(films: Sequence[FilmStatus]) -> dict[str, int]:
    from pipeline.watching.status import ORDER

    counts = {standing: sum(film.standing == standing for film in films) for standing in ORDER}
    return {standing: count for standing, count in counts.items() if count}


def _show(status: FolderStatus, most_done: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(title=Text(spelled(str(status.watch.root))), title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("film", overflow="fold", ratio=2)
    table.add_column("", no_wrap=True)
    table.add_column("since", no_wrap=True)
    table.add_column("why, and what to do", overflow="fold", ratio=3)
    done = 0
    for film in status.films:
        done += film.standing == "done"
        if film.standing != "done" or done <= most_done:
            standing = f"{film.standing} {film.share:.0%}" if film.standing == "running" else film.standing
            state = Text(standing, _STYLES.get(film.standing, ""))
            table.add_row(Text(spelled(film.file)), state, _local(film.since), Text(_told(film)))
    if status.films:
        console.print(table)
    for line in _lines(status, done - most_done):
        console.print(Text(line), soft_wrap=True)


def _lines(status: FolderStatus, unshown: int) -> Iterator[str]:
    watch = status.watch
    if unshown > 0:
        yield f"{unshown} more done (--all shows them)."
    counts = ", ".join(f"{count} {standing}" for standing, count in _counts(status.films).items())
    yield f"{spelled(str(watch.root))}: {counts or 'no film has come yet'}."
    for trouble in watch.troubles:
        yield f"· {trouble}"
    if not status.is_watched:
        yield f"Nobody watches it just now. matinee watch {spelled(str(watch.root))} goes on."
        return
    swept = f"last looked over {_local(watch.swept)}, {counted(watch.looked_at, 'film')}" if watch.swept else "new"
    events = f"; no events: {watch.events}" if watch.events else ""
    yield f"Watched by process {watch.pid}, {swept}{events}. Films have to be still for {status.pace.still_s:.0f} s."


def _told(film: FilmStatus) -> str:
    parts = [_sentence(film.why), _sentence(film.remedy)]
    if film.standing == "failed":
        parts.append("Then: matinee watch retry DIR.")
    if film.copies:
        shown = ", ".join(map(spelled, film.copies[:3]))
        more = f" and {len(film.copies) - 3} more" if len(film.copies) > 3 else ""
        parts.append(f"The same as {shown}{more}.")
    return " ".join(filter(None, parts))


def _sentence(text: str) -> str:
    if not text:
        return ""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _local(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone():%a %d %b %H:%M:%S}"
