"""Frame clips of a film as `matinee cut` does, and say what that took: what `framing` judges and `clips` times."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from bench.report import show_floor, show_table
from pipeline.framing import FramedStretch
from pipeline.plan.framing import frames_of
from pipeline.plan.layout import canvases, shape_of
from pipeline.plan.reframing import Wish, frame_span
from pipeline.plan.shots import Timeline
from pipeline.presets import load_platforms, load_style
from pipeline.shell.study import Study
from pipeline.shell.subjects import look_at
from pipeline.timebase import Span

GOAL: Final = 150.0
"""Pictures of a film of 1280×720 for each CPU second: looked at, and framed for every shape."""
CLIP_SECONDS: Final = 45


@dataclass(frozen=True)
class FramingPass:
    """How some clips of a film are framed, and what finding that took."""

    stretches: Mapping[Wish, tuple[tuple[FramedStretch, ...], ...]]
    """For each wish, those of each clip."""
    pictures: int
    look_cpu_s: float
    plan_cpu_s: float
    wall_s: float


def wishes_for(study: Study) -> dict[str, Wish]:
    """Return what platforms wish of a film, by shape, with the buttons of all that have it; not for its own shape."""
    platforms, style = load_platforms(()), load_style()
    laid = canvases(platforms, style.layout.zones)
    wishes = {}
    for one in platforms:
        canvas, shape = laid[one.id], shape_of(one)
        if shape != Fraction(*study.facts.picture.display_size):
            size = canvas.width_px, canvas.height_px
            wishes[one.picture.aspect] = Wish(shape, one.picture.fit, style.framing, canvas.zones, size)
    return wishes


def frame_clips(study: Study, spans: Sequence[Span], wishes: Iterable[Wish]) -> FramingPass:
    """Look at some spans, each a clip of its own, and frame them. Raises MasterError."""
    timeline = study.shots.timeline
    began, began_cpu = time.perf_counter(), time.process_time()
    seen = look_at(study.path, study.facts, spans)
    looked_cpu = time.process_time()
    stretches = {
        wish: tuple(
            frame_span(
                one,
                [one],
                picture=study.facts.picture,
                timeline=timeline,
                transitions=study.shots.transitions,
                wish=wish,
            )
            for one in seen
        )
        for wish in wishes
    }
    planned_cpu, ended = time.process_time(), time.perf_counter()
    pictures = sum(end - first for first, end in (frames_of(span, timeline) for span in spans))
    return FramingPass(stretches, pictures, looked_cpu - began_cpu, planned_cpu - looked_cpu, ended - began)


def split_film(timeline: Timeline, seconds: int = CLIP_SECONDS) -> tuple[Span, ...]:
    """Return a film's pictures as clips of equal length, about so many seconds each; one where it is shorter."""
    count = max(1, round(timeline.duration / seconds))
    borders = [timeline.frame_count * number // count for number in range(count + 1)]
    return tuple(Span(timeline.time_of(first), timeline.time_of(end)) for first, end in pairwise(borders))


def show_pass(study: Study, done: FramingPass) -> None:
    """Print what a framing pass took, and for a film of 1280×720 whether that is within the goal."""
    width, height = study.facts.picture.display_size
    cpu_s = done.look_cpu_s + done.plan_cpu_s
    shapes = f"{len(done.stretches)} shapes"
    show_table(
        f"Framing pass: {study.path.name}, {width}×{height}, {shapes}",
        ("pictures", "looking, CPU s", "planning, CPU s", "pictures per CPU s", "wall s", "per wall s"),
        [
            (
                done.pictures,
                done.look_cpu_s,
                done.plan_cpu_s,
                done.pictures / cpu_s,
                done.wall_s,
                done.pictures / done.wall_s,
            )
        ],
    )
    if (width, height) == (1280, 720):
        show_floor(f"framing pass, {shapes}", done.pictures / cpu_s, "pictures per CPU s", goal=GOAL)
