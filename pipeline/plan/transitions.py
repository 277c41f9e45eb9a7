"""Decide where one shot gives way to the next in successive pictures, and whether by a cut, a dissolve or a fade."""

from __future__ import annotations

import numpy as np

from pipeline.plan.cuts import find_cuts
from pipeline.plan.dissolves import find_dissolves
from pipeline.plan.fades import find_fades
from pipeline.plan.flashes import without_flashes
from pipeline.plan.shots import Transition
from pipeline.plan.stretch import Stretch
from pipeline.timebase import FrameRate


def find_transitions(stretch: Stretch, rate: FrameRate) -> tuple[Transition, ...]:
    """Return the transitions of a stretch in order, none overlapping another."""
    stretch = without_flashes(stretch, rate)
    fades = find_fades(stretch, rate)
    cuts = [cut for cut in find_cuts(stretch, rate) if not any(_touches(cut, fade) for fade in fades)]
    barred = np.zeros(len(stretch), np.bool_)
    for found in (*fades, *cuts):
        start, end = found.start_frame - stretch.start_frame, found.end_frame - stretch.start_frame
        barred[start : max(end, start + 1)] = True
    found = (*fades, *cuts, *find_dissolves(stretch, barred))
    return tuple(sorted(found, key=lambda transition: (transition.start_frame, transition.end_frame)))


def _touches(one: Transition, other: Transition) -> bool:
    return one.start_frame <= other.end_frame and other.start_frame <= one.end_frame
