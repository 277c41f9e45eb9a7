"""`matinee shots` and `matinee probe`: what a film is, without making anything of it."""

from __future__ import annotations

import dataclasses
import json
from bisect import bisect_left
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import MASTER, as_json
from pipeline.counting import counted
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from pipeline.facts import MediaFacts
    from pipeline.plan.shots import Found, Transition
    from pipeline.shell.shots import Thoroughness
    from pipeline.shell.study import ShotStudy, Trust


@click.command("shots")
@click.argument("file", type=MASTER)
@click.option(
    "--exact",
    "thoroughness",
    flag_value="exact",
    default="fast",
    help="Decode every picture, not only those between keyframes that differ or whose packets are suspicious: slower, "
    "and it misses no short cutaway or jump cut that their sizes do not betray.",
)
@click.option(
    "--verify", is_flag=True, help="Read the film again rather than trust that an unchanged file is the same."
)
@as_json
def shots_command(file: Path, thoroughness: Thoroughness, verify: bool, as_json: bool) -> None:
    """Find the shots of a film: cuts, dissolves, fades and wipes, in frames counted from 0; ranges are half-open.

    For an edit (NAME.edit.json) they are the edit's own, in its frames: its joins are cuts, a card or gap is a shot.

    \b
    With --json:
      {"frame_rate": "24/1", "frame_count": 14315,
       "shots": [{"start_frame": 0, "end_frame": 286}, …],
       "transitions": [{"kind": "cut", "start_frame": 286, "end_frame": 286}, …]}
    """
    from pipeline.cli.progress import StageDisplay
    from pipeline.edit import is_edit_file
    from pipeline.plan.shots import shots_document
    from pipeline.shell.apart import study_shots
    from pipeline.shell.home import find_home
    from pipeline.shell.ledger import Ledger
    from pipeline.shell.store import Store

    found: Found
    home = find_home()
    store, ledger = Store(home.store), Ledger(home.ledger)
    with store.in_use(), StageDisplay(spelled(file.name)) as display:
        trust: Trust = "bytes" if verify else "identity"

        tell = display.stage("shots")

        def look(master: Path) -> ShotStudy:
            return study_shots(
                master, store=store, ledger=ledger, trust=trust, thoroughness=thoroughness, on_fraction=tell
            )

        if is_edit_file(file):
            from pipeline.plan.edit_shots import find_edit_shots
            from pipeline.shell.whereabouts import find_edit_masters

            edit, masters = find_edit_masters(file)
            studies = [look(master) for master in masters]
            found = find_edit_shots(edit.edit, edit.rate, {study.digest: study.shots for study in studies})
        else:
            found = look(file).shots
    if as_json:
        click.echo(json.dumps(shots_document(found)))
        return
    _show_shots(found)


@click.command("probe")
@click.argument("file", type=MASTER)
@as_json
def probe_command(file: Path, as_json: bool) -> None:
    """Say what a film file is: container, picture, sound, subtitles. For an edit: its length and its films."""
    from pipeline.edit import is_edit_file
    from pipeline.shell.apart import probe_master

    if is_edit_file(file):
        _probe_edit(file, as_json)
        return
    facts = probe_master(file)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(facts), default=_as_text))
        return
    _show_facts(file, facts)


def _probe_edit(path: Path, as_json: bool) -> None:
    from pipeline.shell.apart import probe_master
    from pipeline.shell.home import find_home
    from pipeline.shell.ledger import Ledger
    from pipeline.shell.projects import read_edit
    from pipeline.shell.whereabouts import find_master

    home, file = find_home(), read_edit(path).file
    edit = file.edit
    found = {digest: find_master(path, file, digest, home, Ledger(home.ledger)) for digest in edit.masters}
    facts = {digest: probe_master(master) for digest, master in found.items()}
    if as_json:
        masters = [
            {"file": str(found[digest].absolute()), "sha256": digest, **dataclasses.asdict(known)}
            for digest, known in facts.items()
        ]
        document = {
            "name": edit.name,
            "duration": edit.duration,
            "frame_rate": file.rate,
            "frame_count": file.rate.frames_within(edit.duration),
            "parts": len(edit.parts),
            "masters": masters,
        }
        click.echo(json.dumps(document, default=_as_text))
        return
    frames, parts = file.rate.frames_within(edit.duration), counted(len(edit.parts), "part")
    click.echo(f"{spelled(str(path))}: an edit of {parts}, {float(edit.duration):.2f} s, {counted(frames, 'frame')}")
    for digest, known in facts.items():
        _show_facts(found[digest], known)


def _show_facts(file: Path, facts: MediaFacts) -> None:
    picture = facts.picture
    width, height = picture.display_size
    click.echo(
        f"{spelled(str(file))}: {facts.container}, {facts.size_bytes / 1e6:.1f} MB, {float(facts.duration):.2f} s"
    )
    shown = f", shown as {width}×{height}" if (width, height) != (picture.width_px, picture.height_px) else ""
    click.echo(
        f"picture: {picture.codec} {picture.width_px}×{picture.height_px}{shown}, {picture.rate} frames per second"
    )
    colour = picture.colour
    named = ", ".join(name for name in (colour.primaries, colour.transfer, colour.matrix) if name) or "not named"
    span = {True: "full range", False: "limited range", None: "range not named"}[colour.full_range]
    click.echo(f"         {picture.pixel_format}, {picture.bit_depth} bit, {picture.scan}, colour {named}, {span}")
    for sound in facts.sounds:
        mark = " (used)" if sound == facts.main_sound else ""
        language = f", {sound.language}" if sound.language else ""
        click.echo(f"sound:   {sound.codec} {sound.layout}, {sound.sample_rate_hz} Hz{language}{mark}")
    if not facts.sounds:
        click.echo("sound:   none")
    for text in facts.subtitles:
        click.echo(f"text:    {text.codec}{f', {text.language}' if text.language else ''}")


def _show_shots(found: Found) -> None:
    from rich.console import Console
    from rich.table import Table

    from pipeline.timebase import timecode

    timeline = found.timeline
    shots, frames = counted(len(found.shots), "shot"), counted(timeline.frame_count, "frame")
    table = Table(title=f"{shots}, {frames} at {timeline.rate}")
    for heading in ("shot", "from", "to", "frames"):
        table.add_column(heading, justify="right")
    table.add_column("then")
    first, *then = _between_shots(found)
    if first:
        table.add_row("", "", "", "", first)
    for number, (shot, following) in enumerate(zip(found.shots, then, strict=True), start=1):
        ends = (timecode(frame, timeline.rate) for frame in (shot.start_frame, shot.end_frame))
        table.add_row(str(number), *ends, str(shot.frame_count), following)
    Console(highlight=False).print(table)
    kinds = [transition.kind for transition in found.transitions]
    click.echo(", ".join(counted(kinds.count(kind), kind) for kind in dict.fromkeys(kinds)) or "no transitions")


def _between_shots(found: Found) -> tuple[str, ...]:
    """Return in words how the first shot is come to, and how each shot is left; empty where there is no transition."""
    starts = [shot.start_frame for shot in found.shots]
    told: list[list[str]] = [[] for _ in range(len(starts) + 1)]
    for transition in found.transitions:
        told[bisect_left(starts, transition.end_frame)].append(_in_words(transition))
    return tuple(", ".join(words) for words in told)


def _in_words(transition: Transition) -> str:
    length = transition.end_frame - transition.start_frame
    return f"{transition.kind}, {counted(length, 'frame')}" if length else transition.kind


def _as_text(value: Any) -> str:
    return str(value)
