"""`matinee explain` and `matinee gc`: what made a file, and what is no longer needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import EXISTING, as_json
from pipeline.counting import counted

if TYPE_CHECKING:
    from pipeline.shell.home import Home
    from pipeline.shell.spare_fonts import SpareFonts
    from pipeline.shell.store import Garbage, Store


@click.command("explain")
@click.argument("path", type=EXISTING)
@as_json
def explain_command(path: Path, as_json: bool) -> None:
    """Say what made a file, from what and with which tools, and why it was or was not made again.

    \b
    Example:
      matinee explain media/out/film/clips/h1-tiktok.mp4
    """
    from pipeline.shell.explain import explain

    explanation = explain(path.absolute())
    if as_json:
        click.echo(json.dumps(explanation, indent=1, ensure_ascii=False))
        return
    for line in _told(explanation):
        click.echo(line)


@click.command("gc")
@click.option("--yes", is_flag=True, help="Remove without asking.")
@click.option("--dry-run", is_flag=True, help="Only say how much could go.")
def gc_command(yes: bool, dry_run: bool) -> None:
    """Remove stored work that no output refers to, and fonts that no captions need, after saying how much.

    Outputs, masters and people's own files are never touched. Removed work is made again when it is needed. While a run
    is using the store nothing is removed, and a run that begins meanwhile waits until it is.
    """
    from pipeline.shell.home import find_home
    from pipeline.shell.spare_fonts import remove_fonts
    from pipeline.shell.store import Store

    home = find_home()
    store = Store(home.store)
    with store.alone():
        garbage, fonts = _find_unused(store, home)
        if not garbage.keys and not fonts.paths:
            click.echo(f"Nothing to remove: all of {home.store} is in use.")
            return
        click.echo(f"Not needed by any output: {_weight(garbage, fonts)}.")
    if dry_run:
        return
    # The store is not held meanwhile: runs would wait for an answer that may come after lunch.
    if not yes and not click.confirm("Remove them?"):
        click.echo("Nothing was removed.")
        return
    with store.alone():
        garbage, fonts = _find_unused(store, home)
        remove_fonts(fonts)
        store.remove(garbage)
    click.echo(f"Removed {_weight(garbage, fonts)}.")


def _find_unused(store: Store, home: Home) -> tuple[Garbage, SpareFonts]:
    """Return what no output refers to. The store is held, so that no run is in the middle."""
    from pipeline.cut import manifest as clips
    from pipeline.package import manifest as packages
    from pipeline.screening import changes as blocks
    from pipeline.shell.ledger import Ledger
    from pipeline.shell.spare_fonts import find_spare_fonts
    from pipeline.venue import manifest as venues

    manifests = Ledger(home.ledger).manifests()
    of_clips = (key for path in manifests for key in clips.keys_in(clips.read(path)))
    of_packages = (key for path in manifests for key in packages.keys_in(packages.read(path)))
    of_venues = (key for path in manifests for key in venues.keys_in(venues.read(path)))
    of_blocks = (key for path in manifests for key in blocks.keys_in(path))
    used = frozenset((*of_clips, *of_packages, *of_venues, *of_blocks))
    return store.find_garbage(used), find_spare_fonts(home.fonts, used)


def _weight(garbage: Garbage, fonts: SpareFonts) -> str:
    files = f"{counted(len(garbage.keys), 'stored file')}, {garbage.size_bytes / 1e6:.1f} MB"
    return f"{files}; {counted(fonts.count, 'font')}, {fonts.size_bytes / 1e6:.1f} MB"


def _told(explanation: dict[str, Any]) -> list[str]:
    lines = [f"{explanation['path']}", f"  {explanation['what']}", f"  {explanation['why']}"]
    lines += [f"  changed: {change}" for change in explanation.get("changes", [])]
    for made in explanation.get("made_from", []):
        lines += [
            "",
            f"  {made['made_by']} {made['key'][:12]}…, {made['size'] / 1e6:.2f} MB, sha256 {made['sha256'][:16]}…",
        ]
        lines += [
            f"    {name}: {made[name]}" for name in ("cpu_seconds", "toolchain", "gain_db", "loudness") if name in made
        ]
        lines += [f"    from: {source}" for source in made["from"]]
        if made.get("command"):
            lines += [f"    command: {made['command']}"]
    return lines
