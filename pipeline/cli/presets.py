"""`matinee presets`: what can be asked for, with every limit and where it was found."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import click

from pipeline.cli.arguments import as_json

if TYPE_CHECKING:
    from pipeline.presets import BlockPreset, HighlightsPreset, LadderPreset, PlatformPreset, RegionPreset, StylePreset
    from pipeline.styles import CardStyle


@click.group("presets", invoke_without_command=True)
@as_json
@click.pass_context
def presets_command(ctx: click.Context, as_json: bool) -> None:
    """List platforms, highlight presets, styles, ladders, regions and blocks; `matinee presets show ID` has all of one.

    Presets are TOML files in presets/platforms, presets/highlights, presets/styles, presets/ladders, presets/regions
    and presets/blocks; a folder named in MATINEE_PRESETS, else the folder presets of the home, has the same folders and
    adds to them, and its files win. `matinee review` has forms for them.
    """
    if ctx.invoked_subcommand is not None:
        return
    from pipeline.presets import list_presets

    files = list_presets()
    if as_json:
        loaded = {f"{file.kind}/{file.id}": _load(file).model_dump(mode="json") for file in files}
        click.echo(json.dumps(loaded, indent=1))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    for kind, (headings, row_of) in _TABLES.items():
        table = Table(title=kind, title_justify="left", box=box.SIMPLE_HEAD)
        for heading in ("id", *headings):
            # What is to be typed is never cut short.
            table.add_column(heading, no_wrap=heading == "id" or kind == "platforms")
        for file in files:
            if file.kind == kind:
                table.add_row(file.id, *row_of(_load(file)))
        console.print(table)
    console.print("matinee presets show ID has every limit with its source; matinee presets check checks all files.")


@presets_command.command("show")
@click.argument("id")
def show_command(id: str) -> None:  # noqa: A002 - the argument's name is shown to the user
    """Show one preset: every field, its value, where that was found, and what the field means."""
    from rich.console import Console
    from rich.table import Table

    from pipeline.errors import PresetError
    from pipeline.presets import describe, list_presets

    matching = [file for file in list_presets() if file.id == id]
    if not matching:
        known = ", ".join(file.id for file in list_presets())
        raise PresetError(f"there is no preset {id!r}; known: {known}.", field="id", value=id, allowed=known)
    for file in matching:
        preset = _load(file)
        title = f"{preset.name}: {file.id} ({file.path})"
        table = Table(title=title, caption=preset.note, title_justify="left", caption_justify="left")
        for heading in ("field", "value", "source", "meaning"):
            table.add_column(heading, overflow="fold")
        for row in describe(preset):
            table.add_row(row.field, row.value, row.source, row.meaning)
        Console(highlight=False, markup=False).print(table)


@presets_command.command("check")
def check_command() -> None:
    """Check every preset file and tell everything that is wrong with any of them."""
    from pipeline.presets import check_presets, list_presets

    problems = check_presets()
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        raise click.exceptions.Exit(2)
    click.echo(f"{len(list_presets())} presets are as they should be.")


def _load(file: Any) -> Any:
    from pipeline.presets import load_preset

    return load_preset(file)


def _platform_row(preset: PlatformPreset) -> tuple[str, ...]:
    picture, sound, file = preset.picture, preset.sound, preset.file
    rates = [None if rate is None else rate.fps for rate in (picture.frame_rate.min, picture.frame_rate.max)]
    return (
        f"{picture.width_px.prefer}×{picture.height_px.prefer}",
        _range(*rates),
        _range(file.duration_s.min, file.duration_s.max),
        "any" if file.file_size_mb is None else f"≤{file.file_size_mb.max}",
        _range(sound.audio_kbps.min, sound.audio_kbps.max),
        f"{float(sound.loudness_lufs.target):g}",
    )


def _highlights_row(preset: HighlightsPreset) -> tuple[str, ...]:
    return preset.name, preset.kind, str(preset.count), preset.length_text.removesuffix(" s")


def _style_row(preset: StylePreset) -> tuple[str, ...]:
    return preset.name, preset.captions.show, _cards(preset.cards), preset.layout.zones


def _ladder_row(preset: LadderPreset) -> tuple[str, ...]:
    top = preset.rungs[-1]
    highest = f"{top.width_px}×{top.height_px}, {top.average_kbps} kb/s"
    return preset.name, preset.aspect, preset.rate_control, str(len(preset.rungs)), highest


def _region_row(preset: RegionPreset) -> tuple[str, ...]:
    languages = (preset.audio_language or "as the film", preset.subtitle_language or "as the film")
    return preset.name, " ".join(preset.countries), *languages, _cards(preset.cards)


def _block_row(preset: BlockPreset) -> tuple[str, ...]:
    file = preset.venue_file
    times = (f"{float(seconds):.3g}" for seconds in (preset.loudness_lufs.target, preset.slate_s, preset.gap_s))
    made = f"{file.width_px}×{file.height_px}, {file.fps.fps} fps, {file.codec}"
    return preset.name, *times, preset.style, made


def _cards(cards: Sequence[CardStyle]) -> str:
    return ", ".join(card.kind for card in cards) or "none"


_TABLES: Final[Mapping[str, tuple[tuple[str, ...], Callable[[Any], tuple[str, ...]]]]] = {
    "platforms": (("size", "fps", "seconds", "MB", "kb/s", "LUFS"), _platform_row),
    "highlights": (("name", "kind", "count", "seconds"), _highlights_row),
    "styles": (("name", "captions", "cards", "layout"), _style_row),
    "ladders": (("name", "shape", "bit rates", "rungs", "highest"), _ladder_row),
    "blocks": (("name", "LUFS", "slate s", "gap s", "style", "file"), _block_row),
    "regions": (("name", "countries", "sound", "subtitles", "cards"), _region_row),
}
"""What is told of each kind of preset beside its id, and how."""


def _range(low: Fraction | int | None, high: Fraction | int | None) -> str:
    ends = ["" if end is None else f"{float(end):.5g}" for end in (low, high)]
    if low is None or high is None:
        return f"≥{ends[0]}" if low is not None else f"≤{ends[1]}" if high is not None else "any"
    return ends[0] if low == high else f"{ends[0]}–{ends[1]}"
