"""`matinee block`: which films a block shows, in which order, and why; its HLS package and what a venue reads."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from pipeline.cli.arguments import EXISTING, as_json
from pipeline.counting import counted
from pipeline.spelling import spelled
from pipeline.timebase import clock

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.plan.running_order import Item
    from pipeline.screening import Screening
    from pipeline.screening.request import Output
    from pipeline.shell.blocks import ChosenBlock
    from pipeline.shell.study import Trust

_MOST_LEFT_OUT: Final = 12
_UNITS: Final = {
    "LU": "decibels of loudness, as people hear it; a change of 3 is noticed, one of 10 is twice as loud",
    "points": "how much is lost against the best, the fewer the better; one is a second away from the wished length",
}
"""What a café need not know."""


@click.command("block")
@click.argument("file", type=EXISTING, metavar="BLOCK.toml")
@click.option(
    "--keep",
    metavar="NAME.toml",
    help="Write a copy of the block file in which this order is given; also with --dry-run.",
)
@click.option("--all", "show_all", is_flag=True, help="Say of every film why it is not in, not only of the first ones.")
@click.option("--dry-run", is_flag=True, help="Only choose: measure the films, say which and why, and make nothing.")
@click.option(
    "--only",
    "outputs",
    multiple=True,
    type=click.Choice(("hls", "venue", "sheets")),
    help="Make this alone, as often as wanted; else all.",
)
@click.option("--ladder", metavar="ID", help="Preset that says which renditions; else for each film that of its shape.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="The block's folder; else media/out/blocks/<title>."
)
@click.option("--verify", is_flag=True, help="Read films again rather than trust that unchanged files are the same.")
@as_json
def block_command(
    file: Path,
    keep: str | None,
    show_all: bool,
    dry_run: bool,
    outputs: tuple[Output, ...],
    ladder: str | None,
    out: Path | None,
    verify: bool,
    as_json: bool,
) -> None:
    """Choose the films of a block and their order, say why, and make what a stream and a venue need of it.

    BLOCK.toml says which films there are (files, folders, patterns), how long the block is to be, and what its films
    are to be like together: one by each director, an age, subtitles, countries, how much loudness and mood may jump
    from one to the next. docs/block-toml.md has all that it may say. Titles, directors, countries and ratings are those
    of each film.toml; loudness and mood are measured, once for each film.

    Rules are kept whatever happens. Of the programmes that keep them the best comes nearest to the target length, with
    small jumps and many countries; two more are told with what they lose. The same files and rules give the same
    programme, on any machine. With order = "given" nothing is chosen: all that the given order breaks is told.

    Made are, in media/out/blocks/<title>: hls/, a package for `matinee publish` and `serve-package`, which plays the
    films' own segments, so that only cards and silence are encoded for it, and what of the films was never packaged;
    run-sheet.pdf and .html to print, with times, lengths, ratings and posters; block.ics where the file says `starts`;
    block.m3u8, the films in order for a player; block.otio for an editing program; and block.json. A film that begins
    or ends hard is faded, and its sound encoded once more. Where the block was made before, it is told what changed.

    The exit code is 2 where no programme keeps the rules; then the answer is by how much, and which rule by itself
    would have to give way.

    \b
    Examples:
      matinee block small-hours.toml --dry-run
      matinee block small-hours.toml
      matinee block small-hours.toml --dry-run --keep small-hours-given.toml
      matinee block small-hours.toml --only sheets --out print
    \b
    The least that a block file says:
      title = "Small Hours"
      [[films]]
      file = "submissions"
    \b
    With --json, seconds are exact:
      {"file": …, "title": …, "preset": "gallery", "seconds": "27001/30", "proof": …, "notes": […],
       "films": [{"place": 1, "title": …, "file": …, "sha256": …, "seconds": …, "why": …, "why_here": …,
                  "directors": […], "countries": […], "age": 12, "loudness_lu": [start, end], "mood": [start, end]}, …],
       "left_out": [{"title": …, "file": …, "why": …}, …],
       "runners_up": [{"films": [sha256, …], "titles": […], "seconds": …, "worse_by": 12.5, "why": …}, …],
       "running_order": [{"kind": "slate", "title": …, "start": …, "end": …, "sha256": …, "cue": …}, …],
       "folder": …, "changes": …, "sheets": [name, …],
       "checks": [{"what": …, "outcome": "pass"|"warn", "limit": …, "measured": …}, …],
       "venue": {"file": …, "frames": …, "size_bytes": …, "made": "rendered"|"joined"|"reused"},
       "hls": {"folder": …, "master": …, "segments": …, "new_segments": …, "size_bytes": …, "conforms": true}}
    """
    from pipeline.cli.progress import StageDisplay
    from pipeline.screening import ScreeningRequest, screen
    from pipeline.screening.request import OUTPUTS
    from pipeline.shell.blocks import choose_block
    from pipeline.shell.home import find_home
    from pipeline.shell.runs import told_run
    from pipeline.shell.store import Store

    trust: Trust = "bytes" if verify else "identity"
    request = ScreeningRequest(outputs=outputs or OUTPUTS, ladder=ladder, out=out, trust=trust)
    made: Screening | None = None
    home = find_home()
    with (
        Store(home.store).in_use(out or home.out),
        told_run(home.runs, "block", file) as run,
        StageDisplay(spelled(file.name), run.tell) as display,
    ):
        if dry_run:
            chosen = choose_block(file, trust=trust, tell=display.tell)
        else:
            made = screen(file, request, display.tell)
            chosen = made.chosen
    if as_json:
        document = _document(chosen) | ({} if made is None else _made(made))
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))
    else:
        _show(chosen, None if show_all else _MOST_LEFT_OUT)
        if made is None:
            click.echo("Nothing was made.", err=True)
        else:
            _show_made(made)
    if keep is not None:
        _keep(chosen, keep)


def _keep(chosen: ChosenBlock, name: str) -> None:
    from pipeline.shell.block_copies import keep_order
    from pipeline.shell.publish import tell_kept

    kept = keep_order(chosen, name)
    if kept is not None:
        click.echo(tell_kept(kept), err=True)
    click.echo(f"Kept in {spelled(name)}, where the order is given.", err=True)


def _made(made: Screening) -> dict[str, Any]:
    package, sheets = made.package, made.sheets
    return {
        "folder": str(made.folder),
        "changes": made.changes,
        "notes": list(made.notes),
        "checks": [one.document() for one in made.checks],
        "running_order": [_item(item) for item in made.order.items],
        "sheets": [] if sheets is None else [path.name for path in sheets.paths],
        "venue": None
        if made.venue is None
        else {
            "file": str(made.venue.path),
            "frames": made.venue.frames,
            "size_bytes": made.venue.size_bytes,
            "made": made.venue.made,
        },
        "hls": None
        if package is None
        else {
            "folder": str(package.folder),
            "master": package.master.name,
            "segments": package.segments,
            "new_segments": package.new_segments,
            "size_bytes": package.size_bytes,
            "conforms": package.conformance["conforms"],
        },
    }


def _show_made(made: Screening) -> None:
    for note in made.notes:
        if note not in made.chosen.notes:
            click.echo(f"· {note}")
    if made.changes is not None:
        click.echo(f"Since it was made before: {spelled(made.changes)}.")
    if made.package is not None:
        package = made.package
        click.echo(
            f"HLS: {counted(package.segments, 'segment')}, {package.new_segments} of them new, "
            f"{package.size_bytes / 1e6:.0f} MB: {spelled(str(package.master))}"
        )
    if made.venue is not None:
        venue = made.venue
        size = f"{venue.width_px}×{venue.height_px}, {venue.rate} fps, {venue.size_bytes / 1e6:.0f} MB"
        click.echo(f"For the venue: {size}, {venue.made}: {spelled(str(venue.path))}")
    _show_checks(made)
    for path in made.sheets.paths if made.sheets is not None else ():
        click.echo(spelled(str(path)))


def _show_checks(made: Screening) -> None:
    if not made.checks:
        return
    from pipeline.plan.block_verdicts import warnings

    for told in warnings(made.checks):
        click.echo(f"· {spelled(told)}")
    passed = sum(one.outcome == "pass" for one in made.checks)
    others = ", the others are told above" if passed < len(made.checks) else ""
    click.echo(f"Checked: {passed} of {len(made.checks)} passed{others}.")


def _document(chosen: ChosenBlock) -> dict[str, Any]:
    selection = chosen.selection
    return {
        "file": str(chosen.path),
        "title": chosen.block.title,
        "preset": chosen.preset.id,
        "seconds": str(chosen.order.duration),
        "proof": selection.proof,
        "points": _points(selection.cost.total),
        "notes": list(chosen.notes),
        "films": [
            {
                "place": place,
                "title": one.candidate.film.title,
                "file": one.candidate.film.path,
                "sha256": one.candidate.film.digest,
                "seconds": str(one.candidate.duration),
                "why": one.why,
                "why_here": one.why_here,
                "directors": list(one.candidate.film.directors),
                "countries": list(one.candidate.film.countries),
                "age": one.candidate.age,
                "loudness_lu": [_points(end.loudness_lu) for end in (one.candidate.start, one.candidate.end)],
                "mood": [_points(end.mood) for end in (one.candidate.start, one.candidate.end)],
            }
            for place, one in enumerate(selection.films, start=1)
        ],
        "left_out": [
            *(
                {"title": one.candidate.film.title, "file": one.candidate.film.path, "why": one.why}
                for one in selection.left_out
            ),
            *({"title": one.path.stem, "file": str(one.path), "why": one.why} for one in chosen.unusable),
        ],
        "runners_up": [
            {
                "films": [film.film.digest for film in other.films],
                "titles": [film.film.title for film in other.films],
                "seconds": str(other.length),
                "worse_by": _points(other.worse_by),
                "why": other.why,
            }
            for other in selection.runners_up
        ],
        "running_order": [_item(item) for item in chosen.order.items],
    }


def _item(item: Item) -> dict[str, Any]:
    from pipeline.plan.sheet_cues import told_cue
    from pipeline.plan.sheet_words import sheet_words

    return {
        "kind": item.kind,
        "title": item.title,
        "start": str(item.span.start),
        "end": str(item.span.end),
        "sha256": item.film.digest if item.film is not None else None,
        "cue": told_cue(item.cue, sheet_words("en")),
    }


def _points(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 2)


def _show(chosen: ChosenBlock, most: int | None) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    title = f"{spelled(chosen.block.title)}, {clock(chosen.order.duration)} ({chosen.preset.name})"
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("", "at", "title", "length", "why", "why here"):
        table.add_column(heading, justify="right" if heading in ("", "at", "length") else "left", overflow="fold")
    starts = (item.span.start for item in chosen.order.films)
    for place, (one, start) in enumerate(zip(chosen.selection.films, starts, strict=True), start=1):
        cells = (
            str(place),
            clock(start),
            one.candidate.film.title,
            clock(one.candidate.duration),
            one.why,
            one.why_here,
        )
        table.add_row(*(Text(spelled(cell)) for cell in cells))
    console.print(table)
    told = [one.why_here for one in chosen.selection.films]
    told += [f"{float(other.worse_by):.1f} points" for other in chosen.selection.runners_up if other.worse_by]
    told += [one.why for one in chosen.selection.left_out]
    for unit, meaning in _UNITS.items():
        if any(f" {unit}" in words for words in told):
            console.print(Text(f"{unit}: {meaning}.", style="dim"), soft_wrap=True)
    for note in chosen.notes:
        console.print(Text(f"· {note}", style="dim"), soft_wrap=True)
    _show_others(chosen, console)
    _show_left_out(chosen, console, most)


def _show_others(chosen: ChosenBlock, console: Console) -> None:
    from rich.text import Text

    if chosen.selection.proof:
        console.print(Text(chosen.selection.proof))
    for number, other in enumerate(chosen.selection.runners_up, start=1):
        titles = " – ".join(spelled(film.film.title) for film in other.films)
        worse = f"{float(other.worse_by):.1f} points worse" if other.worse_by else "no worse"
        told = f"Runner-up {number}, {clock(other.length)}, {worse} ({other.why}): {titles}"
        console.print(Text(told), soft_wrap=True)


def _show_left_out(chosen: ChosenBlock, console: Console, most: int | None) -> None:
    from rich.text import Text

    left_out = [(one.path.name, one.why) for one in chosen.unusable]
    left_out += [(one.candidate.film.title, one.why) for one in chosen.selection.left_out]
    for name, why in left_out[:most]:
        console.print(Text(f"Not in it: {spelled(name)}: {spelled(why)}.", style="dim"), soft_wrap=True)
    if most is not None and len(left_out) > most:
        more = counted(len(left_out) - most, "more film")
        console.print(Text(f"… and {more}; --all tells of each.", style="dim"))
