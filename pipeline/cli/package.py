"""`matinee package`: HLS packages of films and edits, with progress while they are made and a table at the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import MASTER, as_json
from pipeline.counting import counted
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from pipeline.package.job import Packaged
    from pipeline.package.request import PackageRequest


@click.command("package")
@click.argument("file", type=MASTER)
@click.option("--ladder", metavar="ID", help="Preset that says which renditions; else that of H.264 nearest in shape.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="The package's folder; else media/out/<film>/hls."
)
@click.option("--style", default="house", show_default=True, metavar="ID", help="Preset that says how cards look.")
@click.option("--dry-run", is_flag=True, help="Look at the film, try its shots, and say what would be made.")
@click.option("--verify", is_flag=True, help="Read masters again rather than trust that unchanged files are the same.")
@as_json
def package_command(
    file: Path, ladder: str | None, out: Path | None, style: str, dry_run: bool, verify: bool, as_json: bool
) -> None:
    """Package a film or an edit for streaming (HLS): one folder, which a web server or CDN hands out to players.

    FILE is a master or an edit (NAME.edit.json). The package has the picture in several sizes and bit rates, among
    which players choose by their network, the sound in every language of the master, its captions as subtitles, key
    pictures for fast forward (one in a second, called i360-46 or so, and those of each size), and a master playlist,
    which is what players open. All of it is checked (conformance.json). Segments are named by their content: what is
    packaged again is used again, and one film's segments serve every edit that plays it. A run that was stopped goes
    on where it was.

    A ladder says which sizes and bit rates there are, and in which codec: `matinee presets` lists them. H.264 plays
    everywhere; those called -hevc and -av1 are for newer players. Those called -fixed have the same bit rate whatever
    is shown; in others easy shots take less.

    `matinee serve-package DIR` plays it here, `matinee publish DIR --to TARGET` puts it where a web server or CDN hands
    it out, beside others, and `matinee check DIR|URL` checks it, also where it is served.

    \b
    Examples:
      matinee package film.mov
      matinee package film.mov --ladder landscape-av1 --out /srv/www/film
      matinee package media/out/film/highlights/h1.edit.json
    \b
    With --json:
      {"file": "film.mov", "folder": …, "master": "master.m3u8", "size_bytes": …, "segments": …, "new_segments": …,
       "conforms": true, "renditions": [{"name": "v720-3000", "average_kbps": …, "peak_kbps": …}, …]}
    """
    from pipeline.package.request import PackageRequest
    from pipeline.shell.home import find_home
    from pipeline.shell.store import Store

    request = PackageRequest(ladder=ladder, out=out, style=style, trust="bytes" if verify else "identity")
    with Store(find_home().store).in_use():
        document = _dry(file, request) if dry_run else _make(file, request, as_json)
    if as_json:
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))


def _make(file: Path, request: PackageRequest, as_json: bool) -> dict[str, Any]:
    from pipeline.cli.progress import StageDisplay
    from pipeline.package.job import package

    with StageDisplay(spelled(file.name)) as display:
        done = package(file, request, display.tell)
    if not as_json:
        _show(done)
    made = done.package
    return {
        "file": str(file),
        "folder": str(made.folder),
        "master": made.master.name,
        "size_bytes": made.size_bytes,
        "segments": made.segments,
        "new_segments": made.new_segments,
        "conforms": made.conformance["conforms"],
        "renditions": [
            {"name": one.name, "average_kbps": _kbps(one.average), "peak_kbps": _kbps(one.peak)} for one in made.rates
        ],
    }


def _dry(file: Path, request: PackageRequest) -> dict[str, Any]:
    from pipeline.cli.progress import StageDisplay
    from pipeline.package.plan import plan_package
    from pipeline.package.request import study_subject
    from pipeline.package.steps import plan_steps

    with StageDisplay(spelled(file.name)) as display:
        plan = plan_package(study_subject(file, request, display.stage("shots")), request, display.tell)
    steps = plan_steps(plan)
    for one in (*plan.pictures.renditions, plan.pictures.key_pictures):
        click.echo(f"{one.name}: {one.width_px}×{one.height_px}, at most {one.peak_kbps} kb/s", err=True)
    for step in steps:
        click.echo(f"would make {step.name}", err=True)
    if not steps:
        click.echo("Nothing to encode: everything is there already.", err=True)
    return {"file": str(file), "folder": str(plan.folder), "would_make": [step.name for step in steps]}


def _show(done: Packaged) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pipeline.shell.publish import tell_kept

    made, console = done.package, Console(highlight=False)
    table = Table(title=Text(done.plan.title), title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("rendition", "picture", "fps", "average kb/s", "peak kb/s"):
        table.add_column(heading, justify="right" if "kb/s" in heading else "left", no_wrap=True)
    for one in made.rates:
        table.add_row(Text(one.name), Text(one.picture), one.rate, str(_kbps(one.average)), str(_kbps(one.peak)))
    console.print(table)
    for note in made.notes:
        console.print(Text(f"· {note}", style="dim"))
    for kept in made.kept:
        console.print(Text(tell_kept(kept), style="yellow"), soft_wrap=True)
    console.print(
        f"{counted(made.segments, 'segment')}, {made.new_segments} of them new; {made.size_bytes / 1e6:.1f} MB."
    )
    # What fails of a finished package is what should be kept; what must be is kept.
    counts = made.conformance["counts"]
    rules, warned = counts["pass"], counts["fail"]
    folder = spelled(str(made.folder))
    # Text, since a path may hold what rich takes for markup; and in one line, so that it can be copied.
    told = f"Conforms: {rules} rules kept, {counted(warned, 'warning')} (matinee check {folder} says which)."
    console.print(Text(told), soft_wrap=True)
    console.print(Text(f"Package: {spelled(str(made.master))}", style="bold"), soft_wrap=True)
    console.print(Text(f"To watch it: matinee serve-package {folder}"), soft_wrap=True)
    console.print(Text(f"To publish it: matinee publish {folder} --to TARGET"), soft_wrap=True)


def _kbps(bits: int) -> int:
    return round(bits / 1000)
