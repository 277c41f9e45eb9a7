"""`matinee shots` and `matinee probe`: what a film is, without making anything of it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import click

from pipeline.cli.arguments import MASTER, as_json


@click.command("shots")
@click.argument("file", type=MASTER)
@click.option(
    "--verify", is_flag=True, help="Read the film again rather than trust that an unchanged file is the same."
)
@as_json
def shots_command(file: Path, verify: bool, as_json: bool) -> None:
    """Find the shots of a film: cuts, dissolves and fades, in frames counted from 0; ranges are half-open.

    \b
    With --json:
      {"frame_rate": "24/1", "frame_count": 14315,
       "shots": [{"start_frame": 0, "end_frame": 286}, …],
       "transitions": [{"kind": "cut", "start_frame": 286, "end_frame": 286}, …]}
    """
    from pipeline.cli.progress import StageDisplay
    from pipeline.plan.shots import shots_document
    from pipeline.shell.home import find_home
    from pipeline.shell.ledger import Ledger
    from pipeline.shell.store import Store
    from pipeline.shell.study import study_master

    home = find_home()
    store = Store(home.store)
    with store.in_use(), StageDisplay(file.name) as display:
        study = study_master(
            file,
            store=store,
            ledger=Ledger(home.ledger),
            trust="bytes" if verify else "identity",
            on_fraction=lambda fraction: display.tell("shots", fraction, None),
        )
    if as_json:
        click.echo(json.dumps(shots_document(study.analysis)))
        return
    _show_shots(study.analysis)


@click.command("probe")
@click.argument("file", type=MASTER)
@as_json
def probe_command(file: Path, as_json: bool) -> None:
    """Say what a film file is: container, picture, sound, subtitles."""
    from pipeline.shell.probe import probe

    facts = probe(file)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(facts), default=_as_text))
        return
    picture = facts.picture
    width, height = picture.display_size
    click.echo(f"{file}: {facts.container}, {facts.size_bytes / 1e6:.1f} MB, {float(facts.duration):.2f} s")
    shown = f", shown as {width}×{height}" if (width, height) != (picture.width_px, picture.height_px) else ""
    click.echo(
        f"picture: {picture.codec} {picture.width_px}×{picture.height_px}{shown}, {picture.rate} frames per second"
    )
    colour = picture.colour
    named = ", ".join(name for name in (colour.primaries, colour.transfer, colour.matrix) if name) or "not named"
    span = {True: "full range", False: "limited range", None: "range not named"}[colour.full_range]
    click.echo(
        f"         {picture.pixel_format}, {picture.bit_depth} bit, {picture.field_order}, colour {named}, {span}"
    )
    for sound in facts.sounds:
        mark = " (used)" if sound == facts.main_sound else ""
        language = f", {sound.language}" if sound.language else ""
        click.echo(f"sound:   {sound.codec} {sound.layout}, {sound.sample_rate_hz} Hz{language}{mark}")
    if not facts.sounds:
        click.echo("sound:   none")
    for text in facts.subtitles:
        click.echo(f"text:    {text.codec}{f', {text.language}' if text.language else ''}")


def _show_shots(analysis: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    from pipeline.timebase import timecode

    timeline = analysis.timeline
    table = Table(title=f"{len(analysis.shots)} shots, {timeline.frame_count} frames at {timeline.rate}")
    for heading in ("shot", "from", "to", "frames", "motion", "light", "loudness"):
        table.add_column(heading, justify="right")
    for number, (shot, scores) in enumerate(zip(analysis.shots, analysis.scores, strict=True), start=1):
        loudness = "" if scores.loudness_lufs is None else f"{scores.loudness_lufs:.1f}"
        ends = (timecode(frame, timeline.rate) for frame in (shot.start_frame, shot.end_frame))
        measures = (f"{scores.motion:.1f}", f"{scores.brightness:.0f}", loudness)
        table.add_row(str(number), *ends, str(shot.frame_count), *measures)
    Console(highlight=False).print(table)
    kinds = [transition.kind for transition in analysis.transitions]
    click.echo(
        ", ".join(f"{kinds.count(kind)} {kind}{'' if kinds.count(kind) == 1 else 's'}" for kind in dict.fromkeys(kinds))
    )


def _as_text(value: Any) -> str:
    return str(value)
