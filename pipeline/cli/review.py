"""`matinee approve` and `matinee reject`: verdicts of people on clips and packages, kept in the ledger."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
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
    package = next((clip for clip in clips if highlight and _is_package(clip)), None)
    if package is not None:
        raise InputError(f"{package}: a package shows no highlight.", remedy="Leave --highlight out, or name clips.")
    _record("rejected", clips, platform, region, who, note)
    if highlight:
        _reject_highlights(clips, note)


def _record(
    verdict: Verdict, clips: tuple[Path, ...], platform: str | None, region: str, who: str | None, note: str
) -> None:
    from pipeline.shell.home import find_home
    from pipeline.shell.ledger import Ledger

    ledger = Ledger(find_home().ledger)
    judged = [
        _package(clip, platform, region) if _is_package(clip) else _clip(clip, platform, region) for clip in clips
    ]
    for one in judged:
        entry = ledger.record_verdict(
            digest=one.digest,
            platform=one.platform,
            region=one.region,
            verdict=verdict,
            who=who or getpass.getuser(),
            note=note,
        )
        where = f" in {spelled(one.region)}" if one.region else ""
        click.echo(f"{spelled(one.name)}: {entry.verdict} for {one.platform}{where} by {entry.who}")


@dataclass(frozen=True)
class _Judged:
    """What a verdict is on."""

    name: str
    digest: str
    platform: str
    region: str


def _clip(clip: Path, platform: str | None, region: str) -> _Judged:
    from pipeline.presets import load_platform
    from pipeline.shell.digests import sha256_of

    if platform is not None:
        load_platform(platform)
    if not clip.is_file():
        raise InputError(f"{clip}: there is no such file.", remedy="Name a clip under media/out/<film>/clips.")
    target = platform or _platform_of(clip)
    return _Judged(clip.name, sha256_of(clip), target, region)


def _package(package: Path, platform: str | None, region: str) -> _Judged:
    from pipeline.shell.digests import sha256_of
    from pipeline.shell.package_verdicts import PLATFORM
    from pipeline.shell.package_walk import MASTER, find_package, read_manifest, region_of

    if platform not in (None, PLATFORM):
        raise InputError(f"{package}: a package is for no platform.", remedy="Leave --platform out.")
    folder = find_package(package)
    return _Judged(str(package), sha256_of(folder / MASTER), PLATFORM, region or region_of(read_manifest(folder)))


def _is_package(path: Path) -> bool:
    return path.is_dir() or path.suffix == ".m3u8"


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
        # Of a region's, what was chosen of the film: its clips show its additions as well.
        parts = highlight.get("chosen", highlight["parts"])
        ends = [one["seconds"] for one in parts if one["kind"] == "span"]
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
    try:
        document = json.loads((clip.absolute().parent.parent / "clips.json").read_bytes())
        return next(str(one["platform"]) for one in document["clips"] if Path(one["file"]).name == clip.name)
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        raise InputError(
            f"{clip}: no clips.json above it names this clip, so its platform is not known.",
            remedy="Name the platform with --platform.",
        ) from None
