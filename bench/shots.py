"""Compare finding shots with others' commands and a bare decode, in time taken and, by labels, in how right it is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from bench.contestants import ADAPTIVE, CONTESTANTS, DECODE, EXACT, FAST, ContestantMissingError, Listing
from bench.film import Size, write_stretch
from bench.labels import Mark, find_labels, read_labels
from bench.report import say, show_load, show_machine, show_ratio, show_table
from bench.scoring import judge
from bench.verdicts import show_errors, show_verdicts
from pipeline.shell.probe import open_media, probe

QUICK_SECONDS: Final = 30
FAST_GOAL: Final = 0.25
"""CPU of the fast path over that of `scenedetect detect-adaptive`."""
EXACT_GOAL: Final = 1.15
"""CPU of the exact path over that of a bare decode."""
_QUICK: Final = (FAST, EXACT, ADAPTIVE, DECODE)


def run(film: Path, size: Size, labels: Path | None = None) -> None:
    """Print what each contestant took, our ratios, and precision and recall where the film has labels."""
    path = labels or find_labels(film)
    known = read_labels(path) if path else ()
    if size == "whole":
        compare(film, known, CONTESTANTS)
        return
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        compare(write_stretch(film, Path(folder) / f"stretch{film.suffix}", seconds=QUICK_SECONDS), known, _QUICK)


def compare(
    film: Path, labels: Sequence[Mark], names: Iterable[str], *, told: Iterable[str] = ()
) -> dict[str, Listing]:
    """Measure contestants one after another and print tables; of those in `told`, every error."""
    listings = {name: listing for name in names if (listing := _measure(name, film)) is not None}
    frames = count_frames(film)
    rows = [
        (name, listing.cpu_seconds, listing.wall_seconds, f"{frames / listing.wall_seconds:.0f}")
        for name, listing in listings.items()
    ]
    show_table(f"Finding shots, {frames} frames", ("who", "CPU s", "wall s", "frames/s"), rows)
    _show_ratios(listings)
    labels = [label for label in labels if label.start_frame < frames]
    if labels:
        found = {name: listing.marks for name, listing in listings.items() if listing.marks is not None}
        show_verdicts({name: judge(marks, labels) for name, marks in found.items()})
        for name in told:
            if name in found:
                show_errors(name, found[name], labels, film.with_suffix(".disturbances.csv"))
    else:
        say("The film has no labels, so nothing is said of how right the lists are.")
    show_load()
    return listings


def count_frames(film: Path) -> int:
    """Return how many frames a film holds, from its packets."""
    with open_media(film) as container:
        packets = container.demux(container.streams[probe(film).picture.index])
        return sum(bool(packet.size) and not packet.is_discard for packet in packets)


def _measure(name: str, film: Path) -> Listing | None:
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        try:
            return CONTESTANTS[name](film, Path(folder))
        except ContestantMissingError as error:
            say(f"{name} is left out: {error}.")
            return None


def _show_ratios(listings: Mapping[str, Listing]) -> None:
    for name in (FAST, EXACT):
        for other in (ADAPTIVE, DECODE):
            if name in listings and other in listings:
                _show_ratio(name, other, listings[name].cpu_seconds, listings[other].cpu_seconds)


def _show_ratio(name: str, other: str, ours: float, theirs: float) -> None:
    goal = {(FAST, ADAPTIVE): FAST_GOAL, (EXACT, DECODE): EXACT_GOAL}.get((name, other))
    if goal is None:
        say(f"{name} over {other}: {ours:.2f} / {theirs:.2f} CPU s = {ours / theirs:.3f}")
    else:
        show_ratio(f"{name} over {other}", ours, theirs, "CPU s", goal=goal)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.argument("film", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--labels", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Else those beside it.")
@click.option("--only", multiple=True, type=click.Choice(tuple(CONTESTANTS)), help="A contestant; may be repeated.")
@click.option("--show-errors", "errors", is_flag=True, help="Print each miss and false alarm, with frame numbers.")
def main(film: Path, labels: Path | None, only: tuple[str, ...], errors: bool) -> None:
    """Compare who finds shots on any film, by labels where there are some."""
    film = film.absolute()
    path = labels or find_labels(film)
    names = only or tuple(CONTESTANTS)
    show_machine(film, "whole")
    compare(film, read_labels(path) if path else (), names, told=names if errors else ())


if __name__ == "__main__":
    main()
