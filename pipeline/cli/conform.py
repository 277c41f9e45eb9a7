"""`matinee conform`: would platforms take a file, and who says so?"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import MASTER, as_json
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from pipeline.cli.verdicts import Verdict
    from pipeline.plan.checks import Outcome
    from pipeline.plan.measurements import Measurements


@click.command("conform")
@click.argument("file", type=MASTER)
@click.option("--platform", "platforms", multiple=True, metavar="ID", help="A platform, as often as wanted; else all.")
@click.option("--strict", is_flag=True, help="Take warnings for failures.")
@as_json
def conform_command(file: Path, platforms: tuple[str, ...], strict: bool, as_json: bool) -> None:
    """Check any file against what platforms ask of one: boxes, picture, sound, loudness, length, size.

    Each finding has what was measured, the limit, and who says so. Nothing is written.

    \b
      FAIL  past a limit of the platform's preset, or refused by one of its documents
      warn  taken, but not what a document or our practice recommends
      ?     not checked, and why
      ok    as it should be

    The exit code is 0 where every platform that is named takes the file, else 2. Where none is named, all are asked,
    and it is 0 where one of them takes it. `matinee presets` lists them.

    \b
    Examples:
      matinee conform media/out/film/clips/h1-tiktok.mp4 --platform tiktok
      matinee conform from-the-agency.mov                   which platforms would take it?
      matinee conform clip.mp4 --platform x --platform linkedin --json
    \b
    With --json:
      {"file": "clip.mp4", "accepted_by": ["x"], "measured": {"size_bytes": 1840221, …},
       "platforms": [{"id": "x", "name": "X", "accepted": true, "findings": [
         {"what": "edit list", "outcome": "pass", "limit": "allowed", "measured": "none", "advice": null,
          "source": {"title": …, "certainty": …, "read_on": …, "url": …, "note": …}}, …]}, …]}
      outcome is fail, warn, unchecked or pass; of what is unchecked, measured says why.
    """
    from pipeline.cli.progress import StageDisplay
    from pipeline.cli.verdicts import Verdict, show_verdicts
    from pipeline.plan.conformity import check_conformity
    from pipeline.presets import load_platforms
    from pipeline.shell.apart import measure

    presets = load_platforms(platforms)
    with StageDisplay(spelled(file.name)) as display:
        measured = measure(file, display.stage("loudness"))
    refused: tuple[Outcome, ...] = ("fail", "warn") if strict else ("fail",)
    verdicts = tuple(Verdict(preset, check_conformity(measured, preset), refused) for preset in presets)
    if as_json:
        click.echo(json.dumps(_document(file, measured, verdicts), indent=1, ensure_ascii=False))
    else:
        show_verdicts(file, verdicts)
    taken = [verdict.is_accepted for verdict in verdicts]
    raise click.exceptions.Exit(0 if (all(taken) if platforms else any(taken)) else 2)


def _document(file: Path, measured: Measurements, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "file": str(file),
        "accepted_by": [verdict.preset.id for verdict in verdicts if verdict.is_accepted],
        "measured": _plain(measured),
        "platforms": [
            {
                "id": verdict.preset.id,
                "name": verdict.preset.name,
                "accepted": verdict.is_accepted,
                "findings": [
                    {**vars(finding), "source": finding.source.model_dump(mode="json")} for finding in verdict.findings
                ],
            }
            for verdict in verdicts
        ],
    }


def _plain(value: Any) -> Any:
    """Return a measured value as JSON has it: exact numbers as text, a reason for what was not measured."""
    from pipeline.plan.measurements import Unmeasured
    from pipeline.timebase import FrameRate

    if isinstance(value, Unmeasured):
        return {"not_checked": value.reason}
    if isinstance(value, Fraction | FrameRate):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None  # silence has no loudness
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if dataclasses.is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    return value
