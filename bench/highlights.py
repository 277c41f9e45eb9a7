"""Say how much of what an editor's trailer shows our highlights show: against chance, and against the loudest parts.

    python -m bench.highlights FILM TRAILER

Without a trailer it makes an edit of the film at random, which only shows that the matching works.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import click

from bench.edits import publish_edit
from bench.film import FilmMissingError, Size, find_film, study_film
from bench.report import say, show_load, show_machine, show_table
from bench.trailers import Footage, Match, find_matches, used_spans
from pipeline.cut.choice import choose_from, known_film
from pipeline.edit import MasterSpan
from pipeline.errors import PlanError
from pipeline.presets import load_highlights
from pipeline.shell.home import find_home
from pipeline.shell.store import Store
from pipeline.shell.study import Study

PICKS: Final = (1, 2, 3, 5, 8)
LENGTHS_S: Final = (45, 20, 10)
DRAWS: Final = 4000
GOAL: Final = 2.0
_SEED: Final = 20
_LOUD_STEP: Final = Fraction(1, 2)

Frames = tuple[int, int]


def run(film: Path, size: Size, trailer: Path | None = None) -> None:
    """Print which spans the trailer uses, and how much of them our picks, chance and the loudest parts cover."""
    study = study_film(film)
    if trailer is not None:
        footage, matches = find_matches(film, trailer)
        _show_matches(matches, footage)
        _compare(study, used_spans(matches), size)
        show_load()
        return
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        made = Path(folder) / "edit.mp4"
        count = study.analysis.timeline.frame_count
        shown = publish_edit(film, made, frames=count, seed=_SEED, pieces=12 if size == "quick" else 40)
        _, matches = find_matches(film, made)
    recall, precision = agreement([one.film for one in shown], [match.film for match in matches])
    say(f"An edit at random: {recall:.3f} of its frames were found, {precision:.3f} of what was found is right.")
    _compare(study, used_spans(matches), size)
    show_load()


def agreement(shown: Sequence[Frames], found: Sequence[Frames]) -> tuple[float, float]:
    """Return the share of shown frames that were found, and of found frames that are shown."""
    wanted, got = _frames(shown), _frames(found)
    both = len(wanted & got)
    return both / max(1, len(wanted)), both / max(1, len(got))


def covered(picks: Sequence[Frames], used: Sequence[Frames]) -> float:
    """Return the share of used frames that picks show."""
    return agreement(used, picks)[0]


def random_picks(count: int, length: int, frames: int, chance: random.Random) -> list[Frames]:
    """Return so many stretches of a film that do not overlap, every such choice equally likely."""
    free = frames - count * length
    starts = sorted(chance.randint(0, max(0, free)) for _ in range(count))
    return [(start + number * length, start + (number + 1) * length) for number, start in enumerate(starts)]


def loudest_picks(study: Study, count: int, length: int) -> list[Frames]:
    """Return the loudest stretches of a film that do not overlap, the loudest first; none without sound."""
    sound, rate = study.analysis.features.sound, study.analysis.timeline.rate
    if sound is None:
        return []
    frames = study.analysis.timeline.frame_count
    step = max(1, rate.frames_within(_LOUD_STEP))
    seconds = length / float(rate.fps)
    values = sound.loudness.hundredths
    per_second = float(1 / sound.loudness.step)

    def mean(start: int) -> float:
        first = int(start / float(rate.fps) * per_second)
        inside = values[first : first + max(1, int(seconds * per_second))]
        return sum(10 ** (value / 1000) for value in inside) / max(1, len(inside))

    picks: list[Frames] = []
    for start in sorted(range(0, frames - length + 1, step), key=lambda frame: (-mean(frame), frame)):
        if len(picks) < count and all(start + length <= a or b <= start for a, b in picks):
            picks.append((start, start + length))
    return picks


def our_picks(study: Study, count: int, seconds: int) -> list[Frames]:
    """Return the frames of our highlights; fewer where the film has no more."""
    home, rate = find_home(), study.analysis.timeline.rate
    preset = load_highlights().model_copy(update={"count": count, "seconds": Fraction(seconds)})
    try:
        choice = choose_from(study, preset, known_film(home.projects, study).times, Store(home.store)).choice
    except PlanError:
        return []
    spans = [part.span for one in choice.highlights for part in one.edit.parts if isinstance(part, MasterSpan)]
    return [(rate.nearest_frame(span.start), rate.nearest_frame(span.end)) for span in spans]


def _compare(study: Study, used: Sequence[Frames], size: Size) -> None:
    rate, frames = study.analysis.timeline.rate, study.analysis.timeline.frame_count
    if not used:
        say("The trailer shows nothing that is in the film, so there is nothing to cover.")
        return
    seconds = sum(end - start for start, end in used) / float(rate.fps)
    say(f"The trailer uses {seconds:.1f} s of the film in {len(used)} stretches.")
    rows, ratios = [], []
    for length_s in LENGTHS_S if size == "whole" else LENGTHS_S[:1]:
        length = rate.frames_within(Fraction(length_s))
        for count in PICKS:
            if count * length > frames:
                continue
            row = _row(study, used, count, length_s, length)
            ratios.append(row[2] / row[3] if row[3] else 0.0)
            rows.append((*row[:4], row[4], row[5], f"{ratios[-1]:.2f}"))
    headings = ("picks", "s each", "ours", "random", "95 % of draws", "loudest", "ours / random")
    show_table("Share of what the trailer uses that is covered", headings, rows)
    reached, mean = sum(ratio >= GOAL for ratio in ratios), sum(ratios) / max(1, len(ratios))
    say(f"{reached} of {len(ratios)} reach {GOAL:g} × random; the mean ratio is {mean:.2f}.")


def _row(
    study: Study, used: Sequence[Frames], count: int, length_s: int, length: int
) -> tuple[str, int, float, float, str, float]:
    chance = random.Random(_SEED)
    frames = study.analysis.timeline.frame_count
    sums = _sums(used, frames)
    draws = sorted(
        sum(sums[end] - sums[start] for start, end in random_picks(count, length, frames, chance)) / sums[-1]
        for _ in range(DRAWS)
    )
    low, high = draws[int(0.025 * DRAWS)], draws[int(0.975 * DRAWS)]
    ours = our_picks(study, count, length_s)
    made = f"{count}" if len(ours) == count else f"{count} (only {len(ours)} fit)"
    loudest = covered(loudest_picks(study, count, length), used)
    return made, length_s, covered(ours, used), sum(draws) / DRAWS, f"{low:.2f}–{high:.2f}", loudest


def _sums(used: Sequence[Frames], frames: int) -> list[int]:
    """Return how many used frames lie before each frame."""
    shown = _frames(used)
    sums = [0]
    for frame in range(frames):
        sums.append(sums[-1] + (frame in shown))
    return sums


def _show_matches(matches: Sequence[Match], footage: Footage) -> None:
    rate = float(footage.rate.fps)
    rows = [
        (f"{match.trailer[0]}–{match.trailer[1]}", f"{match.film[0]}–{match.film[1]}",
         f"{match.film[0] / rate:.2f}", f"{(match.film[1] - match.film[0]) / rate:.2f}", match.likeness)
        for match in matches
    ]  # fmt: skip
    show_table("What the trailer shows", ("trailer frames", "film frames", "at, s", "for, s", "likeness"), rows)


def _frames(spans: Sequence[Frames]) -> set[int]:
    return {frame for start, end in spans for frame in range(start, end)}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("film", type=click.Path(path_type=Path))
@click.argument("trailer", type=click.Path(path_type=Path), required=False)
def main(film: Path, trailer: Path | None) -> None:
    """Say how much of what TRAILER uses of FILM our highlights show, against chance and the loudest parts."""
    try:
        path, shown = find_film(film), None if trailer is None else find_film(trailer)
    except FilmMissingError as error:
        sys.exit(f"bench: {error}")
    show_machine(path, "whole")
    run(path, "whole", shown)


if __name__ == "__main__":
    main()
