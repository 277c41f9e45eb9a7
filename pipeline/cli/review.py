"""`matinee approve` and `matinee reject`: verdicts of people on clips, kept in the ledger."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import EXISTING
from pipeline.errors import InputError

if TYPE_CHECKING:
    from pipeline.shell.ledger import Verdict


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.argument("clips", nargs=-1, required=True, type=EXISTING, metavar="CLIP..."),
        click.option("--platform", metavar="ID", help="The platform it is for; else what clips.json says."),
        click.option("--region", default="", metavar="ID", help="The region it is for; else all."),
        click.option("--who", metavar="NAME", help="Who decides; else the user of this machine."),
        click.option("--note", default="", metavar="TEXT", help="Why."),
    ):
        command = option(command)
    return command


@click.command("approve")
@_options
def approve_command(clips: tuple[Path, ...], platform: str | None, region: str, who: str | None, note: str) -> None:
    """Approve clips: what was approved is the very file, so a clip that is made anew needs a new verdict.

    \b
    Example:
      matinee approve media/out/film/clips/h1-tiktok.mp4 --who Ana --note "the kite, yes"
    """
    _record("approved", clips, platform, region, who, note)


@click.command("reject")
@_options
@click.option("--highlight", is_flag=True, help="Reject what the clips show as well, so that another takes its place.")
def reject_command(
    clips: tuple[Path, ...], platform: str | None, region: str, who: str | None, note: str, highlight: bool
) -> None:
    """Reject clips; a later verdict on the same file counts instead.

    That a clip is rejected says nothing of its highlight: perhaps only the framing is wrong. With --highlight the
    stretch of the film is rejected, too, in the film's film.toml: it stays away from now on, and at the next run the
    next best takes its place and its name, while all other highlights stay as they are.

    \b
    Examples:
      matinee reject media/out/film/clips/h1-tiktok.mp4 --note "her head is cut off"
      matinee reject media/out/film/clips/h2-*.mp4 --highlight --note "too dark"
    """
    _record("rejected", clips, platform, region, who, note)
    if highlight:
        _reject_highlights(clips, note)


def _record(
    verdict: Verdict, clips: tuple[Path, ...], platform: str | None, region: str, who: str | None, note: str
) -> None:
    from pipeline.shell.digests import sha256_of
    from pipeline.shell.home import find_home
    from pipeline.shell.ledger import Ledger

    if platform is not None:
        from pipeline.presets import load_platform

        load_platform(platform)
    ledger = Ledger(find_home().ledger)
    named = [(clip, platform or _platform_of(clip)) for clip in clips]
    for clip, target in named:
        entry = ledger.record_verdict(
            digest=sha256_of(clip),
            platform=target,
            region=region,
            verdict=verdict,
            who=who or getpass.getuser(),
            note=note,
        )
        click.echo(f"{clip.name}: {entry.verdict} for {target}{f' in {region}' if region else ''} by {entry.who}")


def _reject_highlights(clips: tuple[Path, ...], note: str) -> None:
    from pipeline.cut.choice import Rejection, reject
    from pipeline.presets import load_highlights
    from pipeline.shell.home import find_home
    from pipeline.timebase import FrameRate, Span

    told = set()
    for clip in clips:
        document, highlight = _highlight_of(clip)
        name = (document["folder"], highlight["id"])
        if name in told:
            continue
        told.add(name)
        master = document["masters"][0]
        ends = [one["seconds"] for one in highlight["parts"] if one["kind"] == "span"]
        spans = tuple(Span(Fraction(start), Fraction(end)) for start, end in ends)
        rejection = Rejection(highlight["id"], load_highlights(document["preset"]).kind, spans, note)
        path = reject(
            find_home().projects,
            Path(master["file"]),
            master["sha256"],
            rejection,
            rate=FrameRate.parse(master["frame_rate"]),
        )
        click.echo(f"{highlight['id']}: rejected, as {path} says; another takes its place at the next run.")
        click.echo(f"To have it back, {rejection.way_back}.")


def _highlight_of(clip: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return clips.json above a clip and what it says of the clip's highlight. Raises InputError where it does not."""
    folder = clip.absolute().parent.parent
    try:
        document = json.loads((folder / "clips.json").read_bytes())
        name = next(one["highlight"] for one in document["clips"] if Path(one["file"]).name == clip.name)
        found = next(one for one in document["highlights"] if one["id"] == name)
        if "scores" not in found:
            raise InputError(f"{clip}: this was cut from an edit by hand; change the edit instead.")
        return {**document, "folder": str(folder)}, found
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        raise InputError(
            f"{clip}: no clips.json above it says which stretch of the film it shows.",
            remedy="Name a clip under media/out/<film>/clips, or use matinee highlights FILE --reject ID.",
        ) from None


def _platform_of(clip: Path) -> str:
    """Return the platform that clips.json gives a clip. Raises InputError where that says nothing of it."""
    if not clip.is_file():
        raise InputError(f"{clip}: there is no such file.", remedy="Name a clip under media/out/<film>/clips.")
    try:
        document = json.loads((clip.absolute().parent.parent / "clips.json").read_bytes())
        return next(str(one["platform"]) for one in document["clips"] if Path(one["file"]).name == clip.name)
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        raise InputError(
            f"{clip}: no clips.json above it names this clip, so its platform is not known.",
            remedy="Name the platform with --platform.",
        ) from None
