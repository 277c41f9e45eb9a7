"""Where films are parted into pieces for good: at cuts of theirs, the same for whoever shows them.

A clip that begins or ends elsewhere than before, or shows something else for a while, is joined from other pieces there
and from the same ones everywhere else: those are not encoded again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Final

from pipeline.edit import Edit, MasterSpan, Part, merged
from pipeline.plan.shots import Timeline, Transition
from pipeline.timebase import FrameRate, Span
from pipeline.values import hashed_once

LEAST_S: Final = Fraction(4)
"""Of a piece. The process that encodes one begins by reading a second of film, and costs some hundred milliseconds."""


@hashed_once
@dataclass(frozen=True)
class Joints:
    """Where films may be parted."""

    of: tuple[tuple[str, tuple[Fraction, ...]], ...] = ()
    """For masters, by digest, the times at which some edit may be, in seconds of the film, in order."""


NO_JOINTS: Final = Joints()


def joints_of(transitions: Sequence[Transition], timeline: Timeline) -> tuple[int, ...]:
    """Return the frames at which a film may be parted: the first cut, and each that is far enough from the one before.

    Whatever is shown of the film has no part in that. A cut begins with a keyframe anyway, and windows jump there.
    """
    cuts = [one.start_frame for one in transitions if one.kind == "cut"]
    found: list[int] = []
    place = 0
    while place < len(cuts):
        found.append(cuts[place])
        place = max(place + 1, bisect_left(cuts, timeline.picture_after(cuts[place], LEAST_S), place))
    return tuple(found)


def joints_within(edits: Sequence[Edit], films: Mapping[str, tuple[Sequence[int], Timeline]]) -> Joints:
    """Return those of films' joints that lie in what edits show of them, so that few are compared and kept.

    `films` has, by digest, the frames at which a film may be parted, and when each is shown.
    """
    shown: dict[str, set[Span]] = {}
    for part in (part for edit in edits for part in edit.parts if isinstance(part, MasterSpan)):
        shown.setdefault(part.master, set()).add(part.span)
    found = []
    for master, spans in sorted(shown.items()):
        if master not in films:
            continue
        frames, timeline = films[master]
        time_of = timeline.time_of
        ends = (
            (bisect_right(frames, one.start, key=time_of), bisect_left(frames, one.end, key=time_of)) for one in spans
        )
        if within := sorted({frame for first, end in ends for frame in frames[first:end]}):
            found.append((master, tuple(map(time_of, within))))
    return Joints(tuple(found))


def parted_at_joints(
    pieces: Iterable[Edit], joints: Joints, rate: FrameRate, *, least: Fraction = Fraction(0)
) -> dict[Edit, tuple[Edit, ...]]:
    """Return what pieces in whole frames at a rate are joined from, each as long as a piece is to be, or all of it.

    They are parted at joints of their films, at the first frame of the rate that is not before one, and where one of
    their parts follows another. None is shorter than `least` seconds either, the shortest group of pictures allowed.
    """
    # In frames of a rate, what is as long as can be between two joints may have one less.
    shortest = max(rate.nearest_frame(least), rate.frames_within(LEAST_S) - 1)
    starts = {master: tuple(-rate.frames_within(-time) for time in times) for master, times in joints.of}
    return {piece: _parted(piece, starts, rate, shortest) for piece in pieces}


def _parted(piece: Edit, starts: Mapping[str, Sequence[int]], rate: FrameRate, least: int) -> tuple[Edit, ...]:
    runs: list[list[Part]] = [[]]
    frames = [0]
    for part, count in _between(piece, starts, rate):
        if frames[-1] >= least:
            runs.append([])
            frames.append(0)
        runs[-1].append(part)
        frames[-1] += count
    if len(runs) > 1 and frames[-1] < least:
        runs[-2:] = [runs[-2] + runs[-1]]
    return tuple(merged(Edit("piece", tuple(run))) for run in runs) if len(runs) > 1 else (piece,)


def _between(piece: Edit, starts: Mapping[str, Sequence[int]], rate: FrameRate) -> Iterator[tuple[Part, int]]:
    """Yield what a piece shows from one place where it may be parted to the next, and for how many frames."""
    for part in merged(piece).parts:
        own = starts.get(part.master, ()) if isinstance(part, MasterSpan) else ()
        if not isinstance(part, MasterSpan) or not own:
            yield part, rate.nearest_frame(part.duration)
            continue
        first, end = rate.nearest_frame(part.span.start), rate.nearest_frame(part.span.end)
        inside = own[bisect_right(own, first) : bisect_left(own, end)]
        for one, other in pairwise((first, *inside, end)):
            yield replace(part, span=Span.of_frames(one, other, rate)), other - one
