"""Which frames of a shot are encoded to learn how it compresses, at which sizes and qualities, and which are scored."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Final

from pipeline.codecs import Codec
from pipeline.graph import CardSheet, ChunkEncode, PictureEncode, RungEncoder, ScaleStep, Take
from pipeline.ladders import Encoding
from pipeline.plan.chunks import plan_drawn, scale_ways
from pipeline.plan.clips import Films
from pipeline.plan.crf_scales import CRF_SCALES
from pipeline.plan.ladder import PictureLadder, PictureRendition
from pipeline.plan.quality import Probe, ShotProbes
from pipeline.plan.reels import Grid, Reel
from pipeline.plan.rung_encoders import encoder_for

# Chosen on every sixth shot of Big Buck Bunny; see bench/README.md. What is left to guess of a shot's VMAF lies between
# its frames: those of shots up to 14 s are all encoded (two intervals of a shot of five said 2.4 too little), of longer
# ones every second keyframe interval. Shorter stretches score too high: what follows a keyframe is better than others.
_WHOLE_INTERVALS: Final = 7
# Each stretch is decoded by itself, which takes memory until the end: a film of one shot has no more than these.
_MOST_SPANS: Final = 12
# All sizes follow from two; the smallest, where VMAF falls fastest, is tried near the CRF that it mostly gets.
_OTHER_SCALE: Final = 0.75
# One frame's score costs as much as encoding it in a third of all renditions.
_SCORED_MIN: Final = 24
_SCORED_SHARE: Final = 32
_LEAST_STEP: Final = 3
# With fewer between two keyframes, what one lends the pictures after it is taken for that of too many.
_SCORED_IN_INTERVAL: Final = 8
_ALL_SCORED: Final = 12
_TRIED_REFERENCES: Final[Mapping[Codec, int | None]] = {"h264": 1, "hevc": 1, "av1": None}


@dataclass(frozen=True)
class Trial:
    """One encode of a shot's sample, and which of its frames are scored."""

    node: ChunkEncode
    step: int
    """Every so many frames one is scored, the first among them."""

    @property
    def crf(self) -> Fraction:
        """Its quality."""
        return self.node.takes[0].crf


@dataclass(frozen=True)
class ShotTrials:
    """The trials of one shot, all on the same frames of it."""

    frames: int
    """Of the shot, of which not all are encoded."""
    trials: tuple[Trial, ...]

    @property
    def pixels(self) -> int:
        """How many a picture has as it is drawn and in each trial, in all."""
        drawn = self.trials[0].node.picture
        return drawn.width_px * drawn.height_px + sum(math.prod(one.node.size) for one in self.trials)


@dataclass(frozen=True)
class _Sample:
    """The frames of a shot that are encoded, and how."""

    picture: PictureEncode
    keyframes: tuple[int, ...]
    grid: Grid
    ways: Mapping[PictureRendition, tuple[ScaleStep, ...]]
    codec: Codec
    encoding: Encoding


@dataclass(frozen=True)
class Tried:
    """What a trial came to."""

    scores: Mapping[int, float]
    """VMAF of frames of the sample."""
    key_bits: float
    """Of a picture that stands alone, on average."""
    other_bits: float
    """Of the others."""


def plan_trials(
    reel: Reel,
    shot: tuple[int, int],
    ladder: PictureLadder,
    encoding: Encoding,
    films: Films,
    *,
    keyframes: Sequence[int],
    sheet: CardSheet | None = None,
) -> ShotTrials:
    """Return what is tried on a shot, which goes from one frame of a reel to before another.

    `keyframes` are those of the reel: what follows one looks better than what comes later, by 2 or 3 VMAF in a small
    picture, so that a trial has them where the shot will have them. Frames before one that comes soon are left out: it
    would be the second of two, which the encoder takes for no better than the pictures between.
    """
    apart = reel.grid.apart
    soon = (frame for frame in keyframes if shot[0] <= frame < shot[0] + apart and frame + apart <= shot[1])
    spans = choose_spans(next(soon, shot[0]), shot[1], reel.grid)
    drawn = [plan_drawn(reel, span, ladder, films, sheet) for span in spans]
    picture = replace(
        drawn[0],
        parts=tuple(part for one in drawn for part in one.parts),
        views=tuple(views for one in drawn for views in one.views),
    )
    starts = accumulate((end - first for first, end in spans), initial=0)
    inside = {
        frame - first + start
        for start, (first, end) in zip(starts, spans, strict=False)
        for frame in (first, *keyframes)
        if first <= frame < end
    }
    sample = _Sample(picture, tuple(sorted(inside)), reel.grid, scale_ways(ladder.renditions), ladder.codec, encoding)
    trials = (_trial(one, crf, sample) for one, crf in choose_trials(ladder.renditions, ladder.codec))
    return ShotTrials(shot[1] - shot[0], tuple(trials))


def choose_spans(first: int, end: int, grid: Grid) -> tuple[tuple[int, int], ...]:
    """Return which frames of a shot stand for all of it: half of them where it is long, fewer where it is very long.

    Those of a long shot are spread evenly, and go from one keyframe of the reel's grid to the next.
    """
    length, span = end - first, grid.keyframe
    if length <= _WHOLE_INTERVALS * span:
        return ((first, end),)
    inside = range(-(-first // span) * span, end - span + 1, span)
    chosen = inside[len(inside) % 2 :: 2]
    count = min(_MOST_SPANS, len(chosen))
    spread = (chosen[(2 * number + 1) * len(chosen) // (2 * count)] for number in range(count))
    return tuple((start, start + span) for start in spread)


def choose_trials(
    renditions: Sequence[PictureRendition], codec: Codec = "h264"
) -> tuple[tuple[PictureRendition, Fraction], ...]:
    """Return in which two sizes a shot is tried, or in which one, and how well."""
    sizes = {(one.size, one.every): one for one in renditions}
    smallest, *others = sorted(sizes.values(), key=lambda one: (one.width_px * one.height_px, one.every))
    largest, aim = max(one.width_px * one.height_px for one in renditions), math.log(_OTHER_SCALE)
    nearest = sorted(others, key=lambda one: abs(math.log(one.width_px * one.height_px / largest) / 2 - aim))
    crfs = CRF_SCALES[codec]
    return ((smallest, crfs.smallest_tried), (nearest[0] if nearest else smallest, crfs.other_tried))


def probes_of(shot: ShotTrials, tried: Sequence[Tried]) -> ShotProbes:
    """Return what a shot's trials say of it.

    Frames between two that are scored are taken to lie between them. Nothing moves before the first, so that VMAF holds
    it for a still: it counts as good as the next one at least, since it stands alone.
    """
    probes = []
    for trial, one in zip(shot.trials, tried, strict=True):
        node = trial.node
        probes.append(
            Probe(
                scale=math.sqrt(Fraction(node.size[0] * node.size[1], node.picture.width_px * node.picture.height_px)),
                crf=trial.crf,
                vmaf=_mean(one.scores, node.frames),
                key_bits=one.key_bits,
                other_bits=one.other_bits,
            )
        )
    return ShotProbes(shot.frames, tuple(probes))


def _mean(scores: Mapping[int, float], frames: int) -> float:
    """Return the mean over all frames, on straight lines between the scored ones, the last one's after it."""
    places = sorted(scores)
    values = [scores[place] for place in places]
    values[0] = max(values[:2])
    between = sum(
        (end - start) * before + (end - start - 1) / 2 * (after - before)
        for (start, end), (before, after) in zip(pairwise(places), pairwise(values), strict=True)
    )
    return (between + (frames - places[-1]) * values[-1]) / frames


def _trial(rendition: PictureRendition, crf: Fraction, sample: _Sample) -> Trial:
    every, interval = rendition.every, max(1, sample.grid.keyframe // rendition.every)
    frames = -(-sample.picture.frames // every)
    node = ChunkEncode(
        picture=sample.picture,
        way=sample.ways[rendition],
        keyframes=tuple(sorted({-(-frame // every) for frame in sample.keyframes})),
        encoder=_encoder(rendition, sample, interval),
        takes=(Take(frames, crf),),
    )
    return Trial(node, _step(frames, interval))


def _encoder(rendition: PictureRendition, sample: _Sample, interval: int) -> RungEncoder:
    """Return the ladder's encoder with nothing that holds its rate down, and one reference: that tells the same."""
    return encoder_for(
        sample.codec,
        sample.encoding.model_copy(update={"references": _TRIED_REFERENCES[sample.codec]}),
        size=rendition.size,
        rate=sample.grid.rate.every(rendition.every),
        keyframe_interval=interval,
        maxrate_kbps=None,
        average_kbps=None,
    )


def _step(frames: int, span: int) -> int:
    """Return every how many frames one is scored: a divisor of a span, so that none is scored beside another span's."""
    if frames <= _ALL_SCORED:
        return 1
    wanted = max(_LEAST_STEP, frames // (_SCORED_MIN + frames // _SCORED_SHARE))
    return next(step for step in range(min(wanted, max(1, span // _SCORED_IN_INTERVAL)), 0, -1) if span % step == 0)
