"""To which frames an in or out point snaps: where shots begin and end, where words do, where sounds begin."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from pipeline.plan.features import Onset
from pipeline.plan.shots import FilmAnalysis
from pipeline.plan.timelines import Word
from pipeline.timebase import FrameRate

SnapKind = Literal["shot", "word", "beat"]
KINDS: Final[tuple[SnapKind, ...]] = get_args(SnapKind)
"""Of several at one distance, the first counts."""
_CLEAR_BEAT: Final = 0.3
"""Strength from which an onset is heard as a beat."""


@dataclass(frozen=True)
class Snap:
    """A frame that an in or out point may snap to."""

    frame: int
    kind: SnapKind
    distance: int
    """Frames from where the point is: later where positive."""


@dataclass(frozen=True)
class SnapPoints:
    """Every frame that in and out points snap to, by kind, in order; of frames at the film's natural rate."""

    ins: Mapping[SnapKind, tuple[int, ...]]
    outs: Mapping[SnapKind, tuple[int, ...]]


def find_snap_points(analysis: FilmAnalysis, words: Sequence[Word] = ()) -> SnapPoints:
    """Return what in and out points of a film snap to.

    A word's start is for in points, its end for out points; beats are onsets that are heard clearly, for both. Nobody
    measures a tempo.
    """
    timeline, sound = analysis.timeline, analysis.features.sound
    rate = timeline.rate
    spans = [timeline.span_of(shot) for shot in analysis.shots]
    onsets: Sequence[Onset] = () if sound is None else sound.onsets
    beats = _frames((rate.nearest_frame(one.time) for one in onsets if one.strength >= _CLEAR_BEAT), rate, analysis)
    return SnapPoints(
        ins={
            "shot": _frames((rate.nearest_frame(span.start) for span in spans), rate, analysis),
            "word": _frames((rate.frame_at(word.start) for word in words), rate, analysis),
            "beat": beats,
        },
        outs={
            "shot": _frames((rate.nearest_frame(span.end) for span in spans), rate, analysis),
            "word": _frames((rate.frame_at(word.end) + 1 for word in words), rate, analysis),
            "beat": beats,
        },
    )


def snaps_near(
    points: SnapPoints, frame: int, edge: Literal["in", "out"], *, within: int, kinds: Sequence[SnapKind] = KINDS
) -> tuple[Snap, ...]:
    """Return the frames of some kinds that a point is no farther from than `within` frames, the nearest first."""
    found = []
    for kind in kinds:
        frames = (points.ins if edge == "in" else points.outs)[kind]
        near = frames[bisect_left(frames, frame - within) : bisect_right(frames, frame + within)]
        found += [Snap(one, kind, one - frame) for one in near]
    return tuple(sorted(found, key=lambda snap: (abs(snap.distance), KINDS.index(snap.kind), snap.frame)))


def _frames(found: Iterable[int], rate: FrameRate, analysis: FilmAnalysis) -> tuple[int, ...]:
    last = rate.frames_within(analysis.timeline.duration)
    return tuple(sorted({min(max(0, frame), last) for frame in found}))
