"""Compare finding shots with others' commands and a bare decode, in time taken and, by labels, in how right it is."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path
from typing import Final, TypeVar

import click

from bench.contestants import ADAPTIVE, CONTESTANTS, DECODE, EXACT, FAST, ContestantMissingError, Listing
from bench.film import Size, write_stretch
from bench.labels import Mark, find_labels, read_labels
from bench.report import say, show_load, show_machine, show_ratio, show_table
from bench.scoring import Verdict, judge
from bench.verdicts import show_errors, show_verdicts
from pipeline.shell.probe import open_media, probe

QUICK_SECONDS: Final = 30
FAST_GOAL: Final = 0.25
"""CPU of the fast path over that of `scenedetect detect-adaptive`."""
EXACT_GOAL: Final = 1.15
"""CPU of the exact path over that of a bare decode."""
T = TypeVar("T", Listing, Verdict)
_QUICK: Final = (FAST, EXACT, ADAPTIVE, DECODE)


@dataclass(frozen=True)
class Comparison:
    """What contestants took for films, and verdicts on them where there are labels."""

    frames: int
    listings: Mapping[str, Listing]
    verdicts: Mapping[str, Verdict]

    def __add__(self, other: Comparison) -> Comparison:
        """Return a comparison by two films as by one."""
        both = _added(self.listings, other.listings), _added(self.verdicts, other.verdicts)
        return Comparison(self.frames + other.frames, *both)

    def show(self, title: str) -> None:
        """Print tables and our ratios."""
        rows = [
            (name, listing.cpu_seconds, listing.wall_seconds, f"{self.frames / listing.wall_seconds:.0f}")
            for name, listing in self.listings.items()
        ]
        show_table(f"{title}: finding shots, {self.frames} frames", ("who", "CPU s", "wall s", "frames/s"), rows)
        _show_ratios(self.listings)
        if self.verdicts:
            show_verdicts(self.verdicts)
        else:
            say("There are no labels, so nothing is said of how right the lists are.")
        show_load()


def run(film: Path, size: Size, labels: Path | None = None) -> None:
    """Print what each contestant took, our ratios, and precision and recall where the film has labels."""
    path = labels or find_labels(film)
    known = read_labels(path) if path else ()
    if size == "whole":
        compare(film, known, tuple(CONTESTANTS)).show(film.name)
        return
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        stretch = write_stretch(film, Path(folder) / f"stretch{film.suffix}", seconds=QUICK_SECONDS)
        compare(stretch, known, _QUICK).show(f"{QUICK_SECONDS} s of {film.name}")


def compare(film: Path, labels: Sequence[Mark], names: Sequence[str]) -> Comparison:
    """Measure contestants one after another, and judge them by the labels that lie within the film."""
    listings = {name: listing for name in names if (listing := _measure(name, film)) is not None}
    frames = count_frames(film)
    labels = [label for label in labels if label.start_frame < frames]
    judged = {name: listing.marks for name, listing in listings.items() if labels and listing.marks is not None}
    return Comparison(frames, listings, {name: judge(marks, labels) for name, marks in judged.items()})


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
@click.argument("films", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--labels", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Else those beside a film."
)
@click.option("--only", multiple=True, type=click.Choice(tuple(CONTESTANTS)), help="A contestant; may be repeated.")
@click.option("--show-errors", "errors", is_flag=True, help="Print each miss and false alarm, with frame numbers.")
def main(films: tuple[Path, ...], labels: Path | None, only: tuple[str, ...], errors: bool) -> None:
    """Compare who finds shots in films, by labels where there are some; of several films, also all together."""
    if labels and len(films) > 1:
        raise click.UsageError("--labels belong to one film.")
    compared = []
    for film in (film.absolute() for film in films):
        path = labels or find_labels(film)
        known = read_labels(path) if path else ()
        show_machine(film, "whole")
        compared.append(compare(film, known, only or tuple(CONTESTANTS)))
        compared[-1].show(film.name)
        if errors and known:
            _show_errors(compared[-1].listings, known, film)
    if len(films) > 1:
        reduce(add, compared).show(f"{len(films)} films")


def _show_errors(listings: Mapping[str, Listing], labels: Sequence[Mark], film: Path) -> None:
    for name, listing in listings.items():
        if listing.marks is not None:
            show_errors(name, listing.marks, labels, film.with_suffix(".disturbances.csv"))


def _added(some: Mapping[str, T], others: Mapping[str, T]) -> dict[str, T]:
    # Who did not take part in all has no sum that could be compared.
    return {name: some[name] + others[name] for name in some if name in others}


if __name__ == "__main__":
    main()
