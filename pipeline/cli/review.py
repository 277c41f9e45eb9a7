"""`matinee approve` and `matinee reject`: verdicts of people on clips, kept in the ledger."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
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
    """Approve clips: what was approved is the very file, so a clip that is made anew needs a new verdict."""
    _record("approved", clips, platform, region, who, note)


@click.command("reject")
@_options
def reject_command(clips: tuple[Path, ...], platform: str | None, region: str, who: str | None, note: str) -> None:
    """Reject clips; a later verdict on the same file counts instead."""
    _record("rejected", clips, platform, region, who, note)


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
