"""Reels of cards and black alone, in which nothing moves: a picture a second, each held until the next is shown.

To encode such a card at its film's rate takes hundreds of pictures for each rendition; these are some ten, all of which
stand alone, and a player shows the same (ISO/IEC 14496-12, 8.8.7: every sample has a duration of its own). In all else
their streams are those of films, so that films and cards share init segments where their encoders are set alike.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, groupby
from typing import Final

from pipeline.codecs import Codec
from pipeline.edit import Edit, frame_lengths, merged
from pipeline.graph import CardSheet, ChunkEncode, PictureEncode, RungEncoder, ScaleStep, Take
from pipeline.ladders import Encoding
from pipeline.plan.chunks import Held, Qualities, RungChunk, held_kbps, scale_ways
from pipeline.plan.clips import Films, plan_picture
from pipeline.plan.crf_scales import CRF_SCALES
from pipeline.plan.ladder import PictureLadder, PictureRendition
from pipeline.plan.quality import Bound, RungQuality
from pipeline.plan.reels import Chunk, Reel
from pipeline.plan.rung_encoders import KEY_CRF, encoder_for, key_encoder, takes_for
from pipeline.plan.streams import PictureStream
from pipeline.timebase import FrameRate

_X264_CRF: Final = 18
"""At which nobody sees what letters on a plain ground lose; some 50 kB for a picture of 1920×1080."""


def still_qualities(shots: Sequence[int], ladder: PictureLadder) -> Qualities:
    """Return how good the shots of a still reel are in every rendition where their pictures are shown one by one."""
    crfs = (_crf(ladder.codec),) * len(shots)
    bounds: tuple[Bound, ...] = tuple("finest" for _ in shots)
    return {
        one.name: RungQuality(float(one.vmaf or 0), crfs, bounds, one.average_kbps, one.peak_kbps)
        for one in ladder.renditions
    }


def plan_still_chunk(
    reel: Reel, chunk: Chunk, ladder: PictureLadder, encoding: Encoding, films: Films, *, sheet: CardSheet | None
) -> tuple[RungChunk, ...]:
    """Return what encodes a chunk of what a reel holds, one node for each rendition of a ladder and its key pictures.

    All have pictures at the same times: where a card begins, at every segment and at every dense key picture. Raises
    PlanError for cards that cannot be shown.
    """
    begins = _begins(reel, chunk)
    picture = _drawn(reel, begins, ladder, films, sheet)
    ways = scale_ways((*ladder.renditions, ladder.key_pictures))
    return tuple(
        RungChunk(
            rendition=rendition,
            node=_node(picture, rendition, ways[rendition], reel, ladder, encoding),
            first=0,
            borders=(*map(begins.index, chunk.borders[:-1]), len(begins)),
            held=Held(reel.grid.rate, (*begins, chunk.end)),
        )
        for rendition in (*ladder.renditions, ladder.key_pictures)
    )


def _begins(reel: Reel, chunk: Chunk) -> tuple[int, ...]:
    """Return the frames of the reel from which on the pictures of a chunk are shown."""
    parts, dense = _part_begins(reel.edit, reel.grid.rate), range(0, reel.frames, reel.grid.dense)
    return tuple(sorted({frame for frame in (*parts, *dense, *chunk.borders) if chunk.first <= frame < chunk.end}))


def _part_begins(edit: Edit, rate: FrameRate) -> tuple[int, ...]:
    return tuple(accumulate(frame_lengths(merged(edit), rate), initial=0))[:-1]


def _drawn(
    reel: Reel, begins: tuple[int, ...], ladder: PictureLadder, films: Films, sheet: CardSheet | None
) -> PictureEncode:
    """Return one picture for each time at which one begins, for the largest rendition."""
    parts = merged(reel.edit).parts
    starts = _part_begins(reel.edit, reel.grid.rate)
    shown = [parts[bisect_right(starts, frame) - 1] for frame in begins]
    runs = tuple((part, len(list(run))) for part, run in groupby(shown))
    edit = replace(reel.edit, parts=tuple(part for part, _ in runs))
    stream = PictureStream.whole(ladder.largest, reel.grid.rate, keyframe=reel.grid.keyframe)
    return plan_picture(edit, stream, films, sheet=sheet, frames=[count for _, count in runs]).drawn


def _node(
    picture: PictureEncode,
    rendition: PictureRendition,
    way: tuple[ScaleStep, ...],
    reel: Reel,
    ladder: PictureLadder,
    encoding: Encoding,
) -> ChunkEncode:
    is_key = rendition == ladder.key_pictures
    codec: Codec = "h264" if is_key else ladder.codec
    crf = KEY_CRF if is_key else _crf(codec)
    return ChunkEncode(
        picture=picture,
        way=tuple(replace(step, every=1) for step in way),
        keyframes=tuple(range(picture.frames)),
        encoder=_encoder(rendition, reel, ladder, encoding),
        takes=takes_for(codec, (Take(picture.frames, crf),)),
        told_rate=_rate(rendition, reel),
    )


def _crf(codec: Codec) -> Fraction:
    return Fraction(round(CRF_SCALES[codec].own(_X264_CRF)))


def _rate(rendition: PictureRendition, reel: Reel) -> FrameRate:
    """Return the rate at which a rendition plays films."""
    return reel.grid.rate.every(rendition.every)


def _encoder(rendition: PictureRendition, reel: Reel, ladder: PictureLadder, encoding: Encoding) -> RungEncoder:
    """Return a film's encoder at one quality, which may spend on each picture what films may spend in a second."""
    rate = _rate(rendition, reel)
    if rendition == ladder.key_pictures:
        return key_encoder(size=rendition.size, rate=rate, average_kbps=rendition.average_kbps)
    allowed = held_kbps(rendition.peak_kbps)
    encoder = encoder_for(
        ladder.codec,
        encoding,
        size=rendition.size,
        rate=rate,
        keyframe_interval=reel.grid.keyframe // rendition.every,
        maxrate_kbps=allowed,
        average_kbps=None,
        level_kbps=allowed,
    )
    return replace(encoder, maxrate_kbps=allowed * round(rate.fps))
