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
    from pipeline.package.plan import PackagePlan
    from pipeline.package.request import PackageRequest


@click.command("package")
@click.argument("file", type=MASTER)
@click.option("--ladder", metavar="ID", help="Preset that says which renditions; else that of H.264 nearest in shape.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="The package's folder; else media/out/<film>/hls."
)
@click.option("--style", default="house", show_default=True, metavar="ID", help="Preset that says how cards look.")
@click.option("--region", "regions", multiple=True, metavar="ID", help="A region, as often as wanted; else for all.")
@click.option("--dry-run", is_flag=True, help="Look at the film, try its shots, and say what would be made.")
@click.option("--verify", is_flag=True, help="Read masters again rather than trust that unchanged files are the same.")
@as_json
def package_command(
    file: Path,
    ladder: str | None,
    out: Path | None,
    style: str,
    regions: tuple[str, ...],
    dry_run: bool,
    verify: bool,
    as_json: bool,
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

    With --region the package is that of a region: with its cards, additions and cuts, its language first, as its preset
    and [[regions]] in film.toml say. It plays the film's own segments wherever it shows the same; only what differs is
    encoded, and at most a segment on either side. Each region has its folder, media/out/<film>/regions/<region>/hls,
    and regions/hls.png shows how they differ.

    `matinee serve-package DIR` plays it here, `matinee publish DIR --to TARGET` puts it where a web server or CDN hands
    it out, beside others, and `matinee check DIR|URL` checks it, also where it is served.

    \b
    Examples:
      matinee package film.mov
      matinee package film.mov --ladder landscape-av1 --out /srv/www/film
      matinee package media/out/film/highlights/h1.edit.json
      matinee package film.mov --region de --region fr
    \b
    With --json (with --region, {"packages": [each region's, …]}):
      {"file": "film.mov", "folder": …, "master": "master.m3u8", "size_bytes": …, "segments": …, "new_segments": …,
       "conforms": true, "renditions": [{"name": "v720-3000", "average_kbps": …, "peak_kbps": …}, …]}
    """
    from pipeline.package.request import PackageRequest
    from pipeline.shell.home import find_home
    from pipeline.shell.store import Store

    request = PackageRequest(
        ladder=ladder, out=out, style=style, regions=regions, trust="bytes" if verify else "identity"
    )
    home = find_home()
    with Store(home.store).in_use(request.out or home.out):
        documents = _dry(file, request) if dry_run else _make(file, request, as_json)
    if as_json:
        document = {"packages": documents} if regions else documents[0]
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))


def _make(file: Path, request: PackageRequest, as_json: bool) -> list[dict[str, Any]]:
    from pipeline.cli.progress import StageDisplay
    from pipeline.package.job import package
    from pipeline.package.outputs import put_variants
    from pipeline.shell.home import find_home
    from pipeline.shell.runs import told_run

    with (
        told_run(find_home().runs, "package", file) as run,
        StageDisplay(spelled(file.name), run.tell) as display,
    ):
        done = list(package(file, request, display.tell))
        picture = put_variants([one.plan for one in done])
    if not as_json:
        for one in done:
            _show(one)
        if picture is not None:
            click.echo(f"How regions differ: {spelled(str(picture))}")
    return [_document(file, one) for one in done]


def _document(file: Path, done: Packaged) -> dict[str, Any]:
    made, variant = done.package, done.plan.variant
    told = {} if variant is None else {"region": variant.region, "variant": str(variant)}
    return {
        "file": str(file),
        **told,
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


def _dry(file: Path, request: PackageRequest) -> list[dict[str, Any]]:
    from pipeline.cli.progress import StageDisplay
    from pipeline.package.plan import plan_package
    from pipeline.package.request import regional_subjects, study_subject

    with StageDisplay(spelled(file.name)) as display:
        subject = study_subject(file, request, display.stage("shots"))
        subjects = regional_subjects(subject, request, display.stage("shots"))
        plans = [plan_package(one, request, display.tell) for one in subjects]
    return [_would(file, plan) for plan in plans]


def _would(file: Path, plan: PackagePlan) -> dict[str, Any]:
    from pipeline.package.steps import plan_steps

    steps = plan_steps(plan)
    if plan.variant is not None:
        click.echo(f"{plan.variant}", err=True)
    for one in (*plan.pictures.renditions, plan.pictures.key_pictures):
        click.echo(f"{one.name}: {one.width_px}×{one.height_px}, at most {one.peak_kbps} kb/s", err=True)
    for note in plan.notes:
        click.echo(f"  {note}", err=True)
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
    region = "" if done.plan.subject.region is None else f" ({done.plan.subject.region.name})"
    table = Table(title=Text(f"{done.plan.title}{region}"), title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("rendition", "picture", "fps", "average kb/s", "peak kb/s"):
        table.add_column(heading, justify="right" if "kb/s" in heading else "left", no_wrap=True)
    for one in made.rates:
        table.add_row(Text(one.name), Text(one.picture), one.rate, str(_kbps(one.average)), str(_kbps(one.peak)))
    console.print(table)
    for note in made.notes:
        console.print(Text(f"· {note}", style="dim"))
    for kept in made.kept:
        console.print(Text(tell_kept(kept), style="yellow"), soft_wrap=True)
    if done.plan.variant is not None:
        console.print(Text(f"{done.plan.variant}."))
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
