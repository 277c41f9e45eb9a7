"""`matinee highlights`: which moments of a film are worth showing, and why; nothing is rendered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import MASTER, as_json
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from pipeline.cut.choice import Chosen
    from pipeline.plan.highlights import Highlight
    from pipeline.plan.shots import Timeline
    from pipeline.presets import HighlightsPreset
    from pipeline.shell.study import Study


@click.command("highlights")
@click.argument("file", type=MASTER)
@click.option("--preset", default="moments", show_default=True, metavar="ID", help="What to choose: matinee presets.")
@click.option(
    "--style",
    default="house",
    show_default=True,
    metavar="ID",
    help="The clips' style: its cards take their time from the film.",
)
@click.option("--count", type=click.IntRange(1, 100), metavar="N", help="How many; else what the preset says.")
@click.option("--reject", metavar="ID", help="Reject one, such as h2; then choose again. Kept in the film's film.toml.")
@click.option("--note", default="", metavar="TEXT", help="Why it is rejected.")
@click.option(
    "--verify", is_flag=True, help="Read the film again rather than trust that an unchanged file is the same."
)
@as_json
def highlights_command(
    file: Path,
    preset: str,
    style: str,
    count: int | None,
    reject: str | None,
    note: str,
    verify: bool,
    as_json: bool,
) -> None:
    """Choose the highlights of a film as an editor would, and say why; nothing is rendered.

    A highlight opens on a hook, rises to a peak and ends on a rest. It never shows what film.toml forbids, and of the
    last act only what the preset's spoiler budget allows. It begins and ends outside transitions and words, begins on a
    shot and ends with a shot, a phrase or on a beat; where one of these gives way, the reasons say so. A rejected
    highlight stays away, the next best takes its place and its name, and the others stay as they are.

    \b
    Examples:
      matinee highlights film.mov
      matinee highlights film.mov --preset montage --count 1 --json
      matinee highlights film.mov --reject h2 --note "too dark"

    \b
    With --json, frames count from 0, ranges are half-open:
      {"file": …, "sha256": …, "preset": "moments", "scorer": "editor 1",
       "frame_rate": "24/1", "frame_count": 14315, "notes": […], "left_out": [[10115, 14315]],
       "highlights": [
         {"id": "h1", "score": 0.61, "seconds": "45", "reasons": ["opens on a face", …],
          "parts": [{"kind": "span", "master": …, "frames": [5431, 6511], "timecode": […], "seconds": […]}],
          "bed": [],                       sound under a montage, as parts
          "scores": {"hook": 0.7, "shape": 0.6, "interest": 0.6, "faces": 0, "movement": 0.5, "rest": 1},
          "faults": {"text": 0, "black": 0, "static": 0, "stubs": 0, "likeness": 0},
          "hook": {"frames": […], …}, "peak": {…}, "fades": {"in_s": "1/20", "out_s": "1/2"}}]}
    """
    from pipeline.cli.progress import StageDisplay
    from pipeline.cut.choice import choose_from, dress_of, known_film
    from pipeline.cut.request import study_film
    from pipeline.edit import is_edit_file
    from pipeline.errors import InputError
    from pipeline.presets import load_highlights, load_style
    from pipeline.shell.home import find_home
    from pipeline.shell.scorers import check_scorer
    from pipeline.shell.store import Store

    if note and reject is None:
        raise click.UsageError("--note says why a highlight is rejected; name that with --reject.")
    if is_edit_file(file):
        raise InputError(f"{file}: an edit is chosen already.", remedy="Name the film, or cut the edit: matinee cut.")
    wanted, worn = load_highlights(preset), load_style(style)
    check_scorer(wanted.scorer)
    if count is not None:
        wanted = wanted.model_copy(update={"count": count})
    home = find_home()
    store = Store(home.store)
    with store.in_use(), StageDisplay(spelled(file.name)) as display:
        study = study_film(file, trust="bytes" if verify else "identity", on_fraction=display.stage("film"))
        tell = display.stage("highlights")
        known = known_film(home.projects, study)
        dress = dress_of(known.film, study, wanted, worn)
        chosen = choose_from(study, wanted, known.times, store, dress=dress, on_fraction=tell)
        if reject is not None:
            _reject(study, wanted, chosen, reject, note)
            chosen = choose_from(study, wanted, known_film(home.projects, study).times, store, dress=dress)
    if as_json:
        click.echo(json.dumps(_document(study, wanted, chosen), indent=1, ensure_ascii=False))
        return
    _show(study, chosen)


def _reject(study: Study, preset: HighlightsPreset, chosen: Chosen, name: str, note: str) -> None:
    from pipeline.cut.choice import Rejection, reject
    from pipeline.errors import InputError
    from pipeline.shell.home import find_home

    found = next((one for one in chosen.choice.highlights if one.id == name), None)
    if found is None:
        known = ", ".join(one.id for one in chosen.choice.highlights)
        raise InputError(f"there is no highlight {name!r} to reject; there are {known}.")
    spans = tuple(part.span for part in found.edit.parts if hasattr(part, "span"))
    rejection = Rejection(name, preset.kind, spans, note)
    path = reject(find_home().projects, study.path, study.digest, rejection, rate=study.analysis.timeline.rate)
    click.echo(f"{name} is rejected, as {path} says from now on; {rejection.way_back} to have it back.", err=True)


def _document(study: Study, preset: HighlightsPreset, chosen: Chosen) -> dict[str, Any]:
    from pipeline.plan.listing import frames_shown, highlight_document

    timeline, choice = study.analysis.timeline, chosen.choice
    return {
        "file": str(study.path.absolute()),
        "sha256": study.digest,
        "preset": preset.id,
        "scorer": chosen.scorer,
        "frame_rate": str(timeline.rate),
        "frame_count": timeline.frame_count,
        "notes": list(choice.notes),
        "left_out": [frames_shown(span, timeline) for span in choice.left_out],
        "highlights": [highlight_document(one, {study.digest: timeline}) for one in choice.highlights],
    }


def _show(study: Study, chosen: Chosen) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    title = Text(f"{spelled(study.path.name)}, scored by {chosen.scorer}")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("", "from", "to", "s", "score", "why"):
        table.add_column(heading, justify="right" if heading in ("s", "score") else "left", no_wrap=heading != "why")
    for highlight in chosen.choice.highlights:
        seconds = f"{float(highlight.edit.duration):.2f}"
        first, last = _ends(highlight, study.analysis.timeline)
        table.add_row(highlight.id, first, last, seconds, f"{highlight.score:.2f}", Text("; ".join(highlight.reasons)))
    console.print(table)
    for note in chosen.choice.notes:
        console.print(Text(f"· {note}", style="dim"))


def _ends(highlight: Highlight, timeline: Timeline) -> tuple[str, str]:
    from pipeline.edit import MasterSpan
    from pipeline.timebase import timecode

    spans = [part.span for part in highlight.edit.parts if isinstance(part, MasterSpan)]
    rate = timeline.rate
    return timecode(rate.nearest_frame(spans[0].start), rate), timecode(rate.nearest_frame(spans[-1].end), rate)
