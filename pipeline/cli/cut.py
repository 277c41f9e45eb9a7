"""`matinee cut`: the main job on files, with progress while it runs and a table at the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import tell_error
from pipeline.cli.arguments import MASTER, as_json
from pipeline.spelling import spelled
from pipeline.timebase import clock

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.cut import FilmPlan, FilmResult, Subject
    from pipeline.cut.job import Cut


_MOST_OVERLAPS = 3


@click.command("cut")
@click.argument("files", nargs=-1, required=True, type=MASTER, metavar="FILE...")
@click.option("--platform", "platforms", multiple=True, metavar="ID", help="A platform, as often as wanted; else all.")
@click.option(
    "--highlights", default="moments", show_default=True, metavar="ID", help="Preset that says what to choose."
)
@click.option("--style", default="house", show_default=True, metavar="ID", help="Preset that says how clips look.")
@click.option(
    "--captions", metavar="FILE|LANG|none", help="A file of captions, a language such as es, or none; else what suits."
)
@click.option("--region", "regions", multiple=True, metavar="ID", help="A region, as often as wanted; else for all.")
@click.option("--event", metavar="NAME", help="For what they are, such as malaga-26; else what film.toml says.")
@click.option("--count", type=int, metavar="N", help="How many highlights; else what the preset says.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where outputs go; else media/out.")
@click.option("--dry-run", is_flag=True, help="Only say what would be made.")
@click.option("--verify", is_flag=True, help="Read masters again rather than trust that unchanged files are the same.")
@as_json
def cut_command(
    files: tuple[Path, ...],
    platforms: tuple[str, ...],
    highlights: str,
    style: str,
    captions: str | None,
    regions: tuple[str, ...],
    event: str | None,
    count: int | None,
    out: Path | None,
    dry_run: bool,
    verify: bool,
    as_json: bool,
) -> None:
    """Cut highlights of films into clips that platforms accept.

    FILE is a master (.mov, .mp4, .mkv, .mxf, …), an edit (NAME.edit.json) of masters, or what an editing program wrote
    of one (.otio, .fcpxml). Each film is analysed once; its
    clips, captions, posters, framing, contact sheet and editors' files are put under media/out/<film>/. What is already
    there and has not changed is used again. A film that cannot be used is told, and the others go on.

    To frame a clip otherwise, look at media/out/<film>/framing/CLIP.jpg, change CLIP.framing.json beside it, and run
    the same command again. Captions are those that film.toml names, else those beside the film (film.srt, film.es.vtt),
    else the film's own. `matinee presets` lists platforms, highlights and styles.

    With --region there are clips for each region, under media/out/<film>/regions/<region>: with its cards, additions,
    language and link, as its preset and [[regions]] in film.toml say. All regions show the same stretch of the film,
    chosen to fit beside the longest of their additions, and a shorter one is followed by more of it; what they share is
    encoded once. regions/framing says how all of them are framed, regions/clips.png shows how they differ.

    The QR code on an end card says where viewers come from: ?c=film.clip.platform.region.event after its address, which
    `matinee drop report` counts by. What all clips show is encoded once, the card for each; campaign = false in
    film.toml leaves that out.

    The exit code is 2 where a film cannot be used, or where a clip is not made because of what would lie under its
    platform's buttons; the others are made.

    \b
    Examples:
      matinee cut film.mov
      matinee cut film.mov --platform tiktok --platform youtube-shorts --count 1
      matinee cut films/*.mov --highlights montage --out /media/festival
      matinee cut film.mov --captions es --dry-run
      matinee cut media/out/film/highlights/h1.edit.json
      matinee cut back.fcpxml
      matinee cut film.mov --region de --region fr --region jp
      matinee cut film.mov --event malaga-26
    \b
    With --json:
      {"films": [{"file": "film.mov", "folder": …, "clips": [
         {"highlight": "h1", "platform": "tiktok", "file": "clips/h1-tiktok.mp4", "made": "rendered", …}, …], …}]}
      each film as in its clips.json; with --dry-run what would be made; "error" where it cannot be used.
    """
    from pipeline.cut import CutRequest
    from pipeline.shell.caption_sources import refuse_one_file_for_several

    request = CutRequest(
        platforms=platforms or None,
        highlights=highlights,
        style=style,
        captions=captions,
        regions=regions,
        event=event,
        count=count,
        out=out,
        trust="bytes" if verify else "identity",
    )
    refuse_one_file_for_several(captions, films=len(files))
    documents, worst = [], 0
    for path in files:
        try:
            found = _plan_one(path, request) if dry_run else _cut_one(path, request, as_json)
            documents += found
            worst = worst or (2 if any(document.get("refused") for document in found) else 0)
        except Exception as error:  # noqa: BLE001 - told here, so that the other films go on
            code = tell_error(error)
            worst = 1 if code == 1 else worst or code
            documents.append({"file": str(path), "error": str(error)})
    if as_json:
        click.echo(json.dumps({"films": documents}, indent=1, ensure_ascii=False))
    raise click.exceptions.Exit(worst)


def _cut_one(path: Path, request: Any, as_json: bool) -> list[dict[str, Any]]:
    from pipeline.cli.progress import StageDisplay
    from pipeline.cut import manifest
    from pipeline.cut.job import cut
    from pipeline.cut.outputs import put_variants
    from pipeline.shell.home import find_home
    from pipeline.shell.runs import told_run
    from pipeline.shell.store import Store

    home = find_home()
    with (
        Store(home.store).in_use(request.out or home.out),
        told_run(home.runs, "cut", path) as run,
        StageDisplay(spelled(path.name), run.tell) as display,
    ):
        done = cut(path, request, display.tell)
        picture = put_variants([one.plan for one in done])
    if not as_json:
        for one in done:
            _show_clips(one)
        if picture is not None:
            click.echo(f"How regions differ: {spelled(str(picture))}")
    return [{"file": str(path), "folder": str(one.result.folder), **manifest.read(one.result.manifest)} for one in done]


def _plan_one(path: Path, request: Any) -> list[dict[str, Any]]:
    from pipeline.cli.progress import StageDisplay
    from pipeline.cut import analyse, plan_film
    from pipeline.shell.home import find_home
    from pipeline.shell.store import Store

    with Store(find_home().store).in_use(), StageDisplay(spelled(path.name)) as display:
        subject: Subject = analyse(path, request, display.stage("shots"))
        plans = plan_film(subject, request, display.tell)
    return [_would(path, plan) for plan in plans]


def _would(path: Path, plan: FilmPlan) -> dict[str, Any]:
    if plan.region is not None:
        click.echo(f"{plan.region.name} ({plan.region.id})", err=True)
    for highlight in plan.highlights:
        click.echo(f"{highlight.id}: {float(highlight.edit.duration):.2f} s, {'; '.join(highlight.reasons)}", err=True)
    for note in (*plan.notes, *plan.reasons, *(f"{name}: {variant}." for name, variant in plan.variants)):
        click.echo(f"  {note}", err=True)
    for refused in plan.refused:
        click.echo(f"{refused.name} would not be made: {refused.why}.", err=True)
    for step in plan.steps:
        click.echo(f"would make {step.name}", err=True)
    if not plan.steps:
        click.echo("Nothing to make: everything is there already.", err=True)
    clips = [{"highlight": clip.highlight.id, "platform": clip.platform.id} for clip in plan.clips]
    return {
        "file": str(path),
        "folder": str(plan.folder),
        "region": None if plan.region is None else plan.region.id,
        "would_make": [step.name for step in plan.steps],
        "clips": clips,
        "refused": [{"clip": one.name, "why": one.why} for one in plan.refused],
    }


def _show_clips(done: Cut) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pipeline.shell.publish import tell_kept

    result, console = done.result, Console(highlight=False)
    table = Table(title=Text(result.name), title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("clip", "picture", "fps", "s", "LUFS", "MB", ""):
        table.add_column(heading, justify="right" if heading in ("s", "LUFS", "MB") else "left", no_wrap=True)
    for clip in result.clips:
        table.add_row(
            Text(clip.path.stem),
            f"{clip.width_px}×{clip.height_px}",
            _short_rate(clip.rate),
            f"{float(clip.seconds):.2f}",
            Text(clip.loudness_text, style="yellow" if clip.quieter_lu else ""),
            f"{clip.size_bytes / 1e6:.1f}",
            clip.made,
        )
    console.print(table)
    for note in dict.fromkeys(clip.note for clip in result.clips if clip.quieter_lu):
        names = ", ".join(clip.path.stem for clip in result.clips if clip.quieter_lu and clip.note == note)
        console.print(Text(f"Quieter than asked for: {names}: {note}.", style="yellow"))
    for highlight in done.plan.highlights:
        console.print(Text(f"{highlight.id}: {'; '.join(highlight.reasons)}"))
    for name, variant in done.plan.variants:
        console.print(Text(f"{name}: {variant}."))
    for note in result.notes:
        console.print(Text(f"· {note}", style="dim"))
    for kept in result.kept:
        console.print(Text(tell_kept(kept), style="yellow"), soft_wrap=True)
    _show_overlaps(done.plan, result, console)
    if result.clips and all(clip.made == "reused" for clip in result.clips):
        console.print("Nothing was rendered: everything was reused.")
    console.print(Text(f"Clips: {result.folder / 'clips'}", style="bold"))
    console.print(Text(f"Pictures: {result.contact_sheet}, {result.contact_sheet.with_name('scores.png')}"))


def _show_overlaps(plan: FilmPlan, result: FilmResult, console: Console) -> None:
    """Show which clips were refused, and of each other clip what of the film buttons cover most, with its picture."""
    from rich.text import Text

    from pipeline.cut.ownframing import framing_path

    for refused in result.refused:
        framing = framing_path(plan.framing_folder, refused.name)
        console.print(Text(f"{refused.name} was not made: {refused.why}. To move its window: {framing}", style="red"))
    for clip in sorted(result.clips, key=lambda clip: -sum(one.weight for one in clip.overlaps)):
        told = [f"{one.what} at {clock(one.at)} ({round(100 * one.share)} %)" for one in clip.overlaps[:_MOST_OVERLAPS]]
        more = f" and {len(clip.overlaps) - len(told)} more" if len(clip.overlaps) > len(told) else ""
        if told:
            told_all = f"{clip.path.stem}: under the buttons {'is' if len(clip.overlaps) == 1 else 'are'} "
            console.print(Text(f"{told_all}{', '.join(told)}{more}: {clip.overlaps_picture}", style="yellow"))


def _short_rate(rate: str) -> str:
    numerator, _, denominator = rate.partition("/")
    return f"{int(numerator) / int(denominator or 1):.3f}".rstrip("0").rstrip(".")
