"""`python -m bench [NAME ...]`: run benchmarks by name, all of them in their quick form where none is named."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Final

import click

from bench.film import FilmMissingError, find_film
from bench.report import show_machine

# Name → module and what it answers; also the order in which they run.
BENCHMARKS: Final = {
    "x264": "Which x264 settings suit a picture that platforms encode again? (VMAF, size, CPU)",
    "clips": "What do clips cost over bare ffmpeg commands for their pictures, and against MoviePy? (CPU, VMAF, RSS)",
    "framing": "Which faces do our windows keep whole and clear of buttons, against the centre crop? (share of faces)",
    "shots": "What does finding shots cost against PySceneDetect and a bare decode, and how good is it? (CPU, F1)",
    "features": "What do the features of pictures and sound cost, in CPU and memory, and against a bare decode? (CPU)",
    "highlights": "How much of what a film's trailer uses do our highlights show, against chance? (share of frames)",
    "hls": "What does rate control by shot save over fixed bit rates, how near its target is it, and at what cost?",
    "packaging": "What does a package cost over bare x264 encodes of its rungs, and against Shaka Streamer? (CPU)",
    "regions": "What do clips and packages of ten regions cost over the seconds that they do not share? (CPU)",
    "sidebyside": "How much faster are two chunks of a package at once than one, or one with two threads? (wall)",
    "drop": "Is what `drop plan` says of an audience what a real cache counts? (bytes, requests)",
    "block": "How fast is a block chosen among hundreds of films, and put together from packaged ones? (CPU, wall)",
    "review": "How long does an editor wait on the page, for a library and a film of two hours? (Chromium; ms, bytes)",
    "watch": "Is any arrival lost, doubled or half-read while its watch is killed; what does it cost idle? (counts)",
    "fuzz": "Does any mutated film crash or hang Matinee, take its memory, or lead it to other files? (counts)",
    "chaos": "What is lost, half-written, hung, left or done twice where anything is killed, any time? (counts, CPU)",
    "scale": "What does planning cost for thousands of films, and how much do two workers make of one? (wall, RSS)",
    "memory": "How much memory do our own processes take for a two-hour master? (peak RSS)",
    "warm": "How long does a run with nothing to do take, and help? (wall)",
    "flow": "How much longer than `matinee cut` does the same job take as a flow? (wall)",
}


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog="\b\n" + "\n".join(f"  {name:10} {question}" for name, question in BENCHMARKS.items()),
)
@click.argument("names", nargs=-1, type=click.Choice(tuple(BENCHMARKS)), metavar="[NAME ...]")
@click.option("--film", type=click.Path(path_type=Path), help="A film; else Big Buck Bunny, else the demo film.")
@click.option("--labels", type=click.Path(path_type=Path, exists=True), help="The film's true shots, for `shots`.")
@click.option(
    "--trailer", type=click.Path(path_type=Path), help="The film's trailer, for highlights; else one at random."
)
@click.option("--ladder", help="The ladder that `hls` measures; else that of H.264 for 16:9.")
@click.option("--first", type=click.IntRange(0, 8), help="The first of the shots of `hls --quick`; else 4.")
@click.option("--kills", type=click.IntRange(1), help="How many `chaos` does; else 200, quick 12.")
@click.option("--seed", type=int, help="Which kills they are.")
@click.option("--kill", "only", type=click.IntRange(1), help="Repeat one of them, by its number.")
@click.option("--job", type=click.Choice(("cut", "package", "block", "drop", "publish")), help="The job that it kills.")
@click.option(
    "--served", "victims", flag_value="served", help="Only what `make serve` starts is killed: flows, servers."
)
@click.option("--quick", "size", flag_value="quick", help="A few seconds of film: shows that it works, not a figure.")
@click.option("--whole", "size", flag_value="whole", help="The figures of the README, also where no name is given.")
def main(
    names: tuple[str, ...],
    film: Path | None,
    labels: Path | None,
    trailer: Path | None,
    ladder: str | None,
    first: int | None,
    kills: int | None,
    seed: int | None,
    only: int | None,
    job: str | None,
    victims: str | None,
    size: str | None,
) -> None:
    """Measure, and print tables and ratios with the numbers they come from."""
    size = size or ("whole" if names else "quick")
    try:
        path = find_film(film)
        shown = None if trailer is None else find_film(trailer)
    except FilmMissingError as error:
        sys.exit(f"bench: {error}")
    show_machine(path, size)
    for name in names or BENCHMARKS:
        module = importlib.import_module(f"bench.{name}")
        match name:
            case "shots":
                module.run(path, size, labels=labels)
            case "highlights":
                module.run(path, size, shown)
            case "hls":
                module.run(path, size, **_given(ladder=ladder, first=first))
            case "chaos":
                module.run(path, size, **_given(kills=kills, seed=seed, only=only, job=job, victims=victims))
            case _:
                module.run(path, size)


def _given(**named: object) -> dict[str, object]:
    """Return the options that somebody gave."""
    return {name: value for name, value in named.items() if value is not None}


if __name__ == "__main__":
    main()
