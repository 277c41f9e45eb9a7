"""Say how well films are framed: faces kept and clear of buttons, movement, agreement with people; ours and centred.

python -m bench.framing [FILM...] [--annotations FILE.csv] [--faces-at PIXELS] [--faces-every SECONDS] [--quick]
"""

from __future__ import annotations

import functools
import operator
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from bench.annotations import AnnotationsError, MarkedWindow, find_annotations, read_annotations, shape_of
from bench.crops import Output, Tally, agreement, edges_of, is_whole, motion_of, tally, way_of, windows_at
from bench.film import BIG_BUCK_BUNNY, MEDIA, FilmMissingError, Size, find_film, study_film
from bench.framed import FramingPass, frame_clips, show_pass, split_film, wishes_for
from bench.framing_verdicts import (
    Judged,
    Miss,
    Overlap,
    show_clips,
    show_judged,
    show_misses,
    show_overlaps,
    show_walks,
)
from bench.report import show_load, show_machine
from bench.walks import COURSES, SPEEDS, follow_walk
from bench.yardstick import Closeness, Moment, look_closely, trusted_moments
from pipeline.framing import FramedStretch, centred
from pipeline.plan.framing import picture_area
from pipeline.plan.reframing import Wish, shots_within
from pipeline.presets import load_style
from pipeline.shell.study import Study
from pipeline.timebase import Span

_USUAL: Final = Closeness()
_PEOPLE: Final = (
    "intel-asl-sister.mkv",
    "intel-one-by-one-person.mp4",
    "ax-internal_emulator_transformer_output_270_rotated.mp4",
)

Clips = Sequence[Sequence[FramedStretch]]
Marked = Sequence[tuple[Path, tuple[MarkedWindow, ...]]]


def run(film: Path, size: Size) -> None:
    """Judge a film, and with Big Buck Bunny the other films beside it that show people."""
    judge_films(_with_people(film, size), size)


def judge_films(
    films: Sequence[Path], size: Size, annotations: Sequence[Path] = (), *, closeness: Closeness = _USUAL
) -> list[Judged]:
    """Print tables and verdicts, and return what they say, by film and shape.

    Where no annotations are named, those that come with the benchmarks are read. Raises AnnotationsError.
    """
    marked = [[(path, read_annotations(path)) for path in annotations or find_annotations(film)] for film in films]
    judged: list[Judged] = []
    for film, windows in zip(films, marked, strict=True):
        judged += _judge(film, size, windows, closeness)
    show_judged(judged)
    _walk(films[0])
    show_load()
    return judged


def _with_people(film: Path, size: Size) -> list[Path]:
    others = [MEDIA / name for name in _PEOPLE] if film == BIG_BUCK_BUNNY and size == "whole" else []
    return [film, *(path for path in others if path.is_file())]


def _judge(film: Path, size: Size, marked: Marked, closeness: Closeness) -> list[Judged]:
    study = study_film(film)
    timeline, spans = study.shots.timeline, split_film(study.shots.timeline)
    if size == "quick":
        spans = spans[1:2] or spans
    wishes = wishes_for(study)
    done = frame_clips(study, spans, wishes.values())
    show_pass(study, done)
    shots = [shot for span in spans for shot in shots_within(span, study.shots.transitions, timeline)]
    sights = look_closely(film, study.facts, timeline, spans, closeness)
    moments = trusted_moments(sights, shots, timeline)
    judged = [_judge_shape(aspect, wish, done.stretches[wish], moments, study) for aspect, wish in wishes.items()]
    show_clips(film, spans, judged)
    if marked:
        show_overlaps(_overlaps(marked, done, study, spans))
    return judged


def _judge_shape(aspect: str, wish: Wish, clips: Clips, moments: Sequence[Moment], study: Study) -> Judged:
    area, centre = picture_area(study.facts.picture), _centre(wish, study)
    window = area.largest(wish.shape)
    sides = float(window.width_px / area.width_px), float(window.height_px / area.height_px)
    output = Output(sides, wish.size, wish.zones)
    tallies = []
    for stretches in clips:
        own = [one for one in moments if stretches[0].frames[0] <= one.frame < stretches[-1].frames[1]]
        each = (
            tally(one.faces, windows_at(stretches, one.frame, area), windows_at(centre, one.frame, area), output)
            for one in own
        )
        tallies.append(functools.reduce(operator.add, each, Tally()))
    stretches = [stretch for own in clips for stretch in own]
    return Judged(
        film=study.path.name,
        aspect=aspect,
        fps=float(study.facts.picture.rate.fps),
        clips=tuple(tallies),
        ways=Counter(way_of(stretch, area) for stretch in stretches),
        motion=motion_of(stretches, area),
        misses=tuple(_misses(aspect, stretches, moments, study)),
    )


def _misses(aspect: str, stretches: Sequence[FramedStretch], moments: Sequence[Moment], study: Study) -> Iterator[Miss]:
    for one in moments:
        windows = windows_at(stretches, one.frame, picture_area(study.facts.picture))
        why = next((s.why for s in stretches if s.frames[0] <= one.frame < s.frames[1]), "")
        for face in map(edges_of, one.faces):
            if not is_whole(face, windows):
                yield Miss(study.path.name, aspect, one.frame, face, tuple(window for window, _ in windows), why)


def _walk(film: Path) -> None:
    """Show how faces are followed that walk through pictures of a film's size and rate."""
    study = study_film(film)
    wishes = wishes_for(study)
    walks = {
        (course, speed, aspect): follow_walk(course, speed, study.facts.picture, wish)
        for course in COURSES
        for speed in SPEEDS
        for aspect, wish in wishes.items()
    }
    if walks:
        show_walks(walks)


def _overlaps(
    marked: Marked, done: FramingPass, study: Study, spans: Sequence[Span]
) -> dict[tuple[str, str], list[Overlap]]:
    """Return by file and annotator how far windows agree with marked ones, in the pictures that were looked at."""
    area = picture_area(study.facts.picture)
    overlaps: defaultdict[tuple[str, str], list[Overlap]] = defaultdict(list)
    for path, windows in marked:
        shape = shape_of(windows)
        wish = next((one for one in done.stretches if one.shape == shape), None)
        if wish is None:
            wish = Wish(shape, "crop", load_style().framing)
            done = frame_clips(study, spans, [wish])
        ours, centre = [stretch for own in done.stretches[wish] for stretch in own], _centre(wish, study)
        for one in windows:
            if shown := windows_at(ours, one.frame, area):
                edges = one.edges(float(area.width_px), float(area.height_px))
                centred_there = windows_at(centre, one.frame, area)
                overlaps[path.name, one.annotator].append((agreement(shown, edges), agreement(centred_there, edges)))
    return overlaps


def _centre(wish: Wish, study: Study) -> tuple[FramedStretch, ...]:
    """Return the crop from the middle of the whole picture, black edges or not, as other tools make it."""
    frames = (0, study.shots.timeline.frame_count)
    return (centred(picture_area(study.facts.picture), frames, shape=wish.shape, fit="crop"),)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("films", nargs=-1, type=click.Path(path_type=Path), metavar="[FILM ...]")
@click.option(
    "--annotations",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Windows that people marked on the one film, as CSV; as often as wanted.",
)
@click.option(
    "--faces-at",
    "faces_px",
    type=click.IntRange(160, 4096),
    metavar="PIXELS",
    default=_USUAL.long_side_px,
    show_default=True,
    help="Longer side of the pictures in which the faces are looked for that we are judged by.",
)
@click.option(
    "--faces-every",
    "step_s",
    type=click.FloatRange(0.01, 10),
    metavar="SECONDS",
    default=_USUAL.step_s,
    show_default=True,
    help="Time between these pictures.",
)
@click.option("--show-errors", is_flag=True, help="Print each trusted face that is not whole.")
@click.option("--quick", "size", flag_value="quick", default="whole", help="One stretch of each film: not a figure.")
def main(
    films: tuple[Path, ...], annotations: tuple[Path, ...], faces_px: int, step_s: float, show_errors: bool, size: Size
) -> None:
    """Judge how each FILM is framed, else Big Buck Bunny and the films beside it, against the centre crop."""
    if annotations and len(films) != 1:
        sys.exit("bench: annotations are of one film; name that one.")
    try:
        paths = [find_film(film) for film in films] or _with_people(find_film(None), size)
        show_machine(paths[0], size)
        judged = judge_films(paths, size, annotations, closeness=Closeness(faces_px, step_s))
    except (FilmMissingError, AnnotationsError) as error:
        sys.exit(f"bench: {error}")
    if show_errors:
        show_misses([miss for one in judged for miss in one.misses])


if __name__ == "__main__":
    main()
