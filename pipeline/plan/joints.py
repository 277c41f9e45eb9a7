"""Where films are parted into pieces for good: at cuts of theirs, the same for whoever shows them.

A clip that begins or ends elsewhere than before, or shows something else for a while, is joined from other pieces there
and from the same ones everywhere else: those are not encoded again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Final

from pipeline.edit import Edit, MasterSpan, Part, merged
from pipeline.plan.shots import Timeline, Transition
from pipeline.timebase import FrameRate, Span, total

LEAST_S: Final = Fraction(4)
"""Of a piece. The process that encodes one begins by reading a second of film, and costs some hundred milliseconds."""

Joints = tuple[tuple[str, tuple[Fraction, ...]], ...]
"""For masters, by digest, the times at which some edit may be parted, in seconds of the film, in order."""


def joints_of(transitions: Sequence[Transition], timeline: Timeline) -> tuple[Fraction, ...]:
    """Return the times at which a film may be parted: the first cut, and each that is far enough from the one before.

    Whatever is shown of the film has no part in that. A cut begins with a keyframe anyway, and windows jump there.
    """
    found: list[Fraction] = []
    for one in transitions:
        if one.kind == "cut":
            time = timeline.time_of(one.start_frame)
            if not found or time - found[-1] >= LEAST_S:
                found.append(time)
    return tuple(found)


def joints_within(edits: Sequence[Edit], films: Mapping[str, Sequence[Fraction]]) -> Joints:
    """Return those of films' joints that lie in what edits show of them, so that few are compared and kept."""
    spans = [part for edit in edits for part in edit.parts if isinstance(part, MasterSpan)]
    found = []
    for master in sorted({part.master for part in spans}):
        own = [part.span for part in spans if part.master == master]
        times = tuple(time for time in films.get(master, ()) if any(span.start < time < span.end for span in own))
        if times:
            found.append((master, times))
    return tuple(found)


def parted_at_joints(piece: Edit, joints: Joints, rate: FrameRate) -> tuple[Edit, ...]:
    """Return what a piece in whole frames at a rate is joined from, each as long as a piece is to be, or all of it.

    It is parted at joints of its films, at the first frame that shows what follows, and where one of its parts follows
    another.
    """
    runs: list[list[Part]] = [[]]
    for part in _parts_between(piece, dict(joints), rate):
        if total(one.duration for one in runs[-1]) >= LEAST_S:
            runs.append([])
        runs[-1].append(part)
    if len(runs) > 1 and total(one.duration for one in runs[-1]) < LEAST_S:
        runs[-2:] = [runs[-2] + runs[-1]]
    return tuple(merged(Edit("piece", tuple(run))) for run in runs) if len(runs) > 1 else (piece,)


def _parts_between(piece: Edit, joints: Mapping[str, Sequence[Fraction]], rate: FrameRate) -> Iterator[Part]:
    for part in merged(piece).parts:
        if not isinstance(part, MasterSpan):
            yield part
            continue
        frames = (rate.time_of(-rate.frames_within(-time)) for time in joints.get(part.master, ()))
        inside = (time for time in frames if part.span.start < time < part.span.end)
        for start, end in pairwise((part.span.start, *inside, part.span.end)):
            yield replace(part, span=Span(start, end))
