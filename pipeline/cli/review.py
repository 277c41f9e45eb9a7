"""`matinee approve` and `matinee reject`: verdicts of people on clips and packages, kept in the ledger."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import EXISTING
from pipeline.errors import InputError
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from pipeline.shell.ledger import Verdict


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.argument("clips", nargs=-1, required=True, type=EXISTING, metavar="CLIP|PACKAGE..."),
        click.option("--platform", metavar="ID", help="The platform it is for; else what clips.json says."),
        click.option("--region", default="", metavar="ID", help="The region it is for; else a package's own, or all."),
        click.option("--who", metavar="NAME", help="Who decides; else the user of this machine."),
        click.option("--note", default="", metavar="TEXT", help="Why."),
    ):
        command = option(command)
    return command


@click.command("approve")
@_options
def approve_command(clips: tuple[Path, ...], platform: str | None, region: str, who: str | None, note: str) -> None:
    """Approve clips or packages: what was approved is the very file, so what is made anew needs a new verdict.

    A package is its folder, or the master.m3u8 in it, which names all that plays by its content; it is approved for the
    region that it was made for. `matinee publish --require-approval` publishes nothing else.

    \b
    Examples:
      matinee approve media/out/film/clips/h1-tiktok.mp4 --who Ana --note "the kite, yes"
      matinee approve media/out/film/hls --who Ana
    """
    _record("approved", clips, platform, region, who, note)


@click.command("reject")
@_options
@click.option("--highlight", is_flag=True, help="Reject what the clips show as well, so that another takes its place.")
def reject_command(
    clips: tuple[Path, ...], platform: str | None, region: str, who: str | None, note: str, highlight: bool
) -> None:
    """Reject clips or packages; a later verdict on the same file counts instead.

    A rejected package is not published (`matinee publish`); one that is open stays so until it is unpublished.

    That a clip is rejected says nothing of its highlight: perhaps only the framing is wrong. With --highlight the
    stretch of the film is rejected, too, in the film's film.toml: it stays away from now on, and at the next run the
    next best takes its place and its name, while all other highlights stay as they are.

    \b
    Examples:
      matinee reject media/out/film/clips/h1-tiktok.mp4 --note "her head is cut off"
      matinee reject media/out/film/clips/h2-*.mp4 --highlight --note "too dark"
      matinee reject media/out/film/hls --note "the subtitles are late"
    """
    from pipeline.review.verdicts import is_package

    package = next((clip for clip in clips if highlight and is_package(clip)), None)
    if package is not None:
        raise InputError(f"{package}: a package shows no highlight.", remedy="Leave --highlight out, or name clips.")
    _record("rejected", clips, platform, region, who, note)
    if highlight:
        _reject_highlights(clips, note)


def _record(
    verdict: Verdict, clips: tuple[Path, ...], platform: str | None, region: str, who: str | None, note: str
) -> None:
    from pipeline.review.verdicts import is_package, judge_clip, judge_package, record
    from pipeline.shell.home import find_home
    from pipeline.shell.ledger import Ledger

    # All of them first: several get their verdict together or not at all.
    judged = [
        (judge_package if is_package(clip) else judge_clip)(clip, platform=platform, region=region) for clip in clips
    ]
    entries = record(Ledger(find_home().ledger), judged, verdict, who=who or getpass.getuser(), note=note)
    for one, entry in zip(judged, entries, strict=True):
        where = f" in {spelled(one.region)}" if one.region else ""
        click.echo(f"{spelled(one.name)}: {entry.verdict} for {one.platform}{where} by {entry.who}")


def _reject_highlights(clips: tuple[Path, ...], note: str) -> None:
    from pipeline.review.verdicts import highlight_of, reject_highlight
    from pipeline.shell.home import find_home

    told = set()
    for clip in clips:
        document, highlight = highlight_of(clip)
        name = (document["folder"], highlight["id"])
        if name in told:
            continue
        told.add(name)
        done = reject_highlight(find_home(), document, highlight, note)
        click.echo(f"{highlight['id']}: rejected, as {done.file} says; another takes its place at the next run.")
        click.echo(f"To have it back, {done.rejection.way_back}.")
