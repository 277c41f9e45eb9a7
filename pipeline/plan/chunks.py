"""Chunks of a reel → the nodes that encode them, one for each rendition, and what cuts them into segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.codecs import Codec
from pipeline.edit import excerpt
from pipeline.graph import CardSheet, ChunkEncode, PictureEncode, RungEncoder, ScaleStep, Take
from pipeline.ladders import Encoding
from pipeline.plan.clips import Films, plan_picture
from pipeline.plan.ladder import PictureLadder, PictureRendition
from pipeline.plan.quality import RungQuality
from pipeline.plan.reels import KEYFRAME_S, KEYFRAMES_PER_SEGMENT, Chunk, Reel
from pipeline.plan.rung_encoders import BUFFER_S, KEY_CRF, encoder_for, key_encoder, takes_for
from pipeline.plan.streams import PictureStream
from pipeline.timebase import FrameRate, Span

# A picture that is made from one at least so much larger on each side loses nothing that its own size could show.
_BLACK_KBIT: Final = 4
_BLACK_BITS_PER_BLOCK: Final = 4
"""Of 16×16 luma samples."""
_SCALE_FROM: Final = Fraction(3, 2)
_SEGMENT_S: Final = int(KEYFRAMES_PER_SEGMENT * KEYFRAME_S)


@dataclass(frozen=True)
class Held:
    """Pictures that are shown until the next one is, as on a strip of slides."""

    rate: FrameRate
    """Of the reel that shows them."""
    begins: tuple[int, ...]
    """The frame of the reel from which on each is shown, and the one at which the last one ends."""

    @property
    def times(self) -> tuple[int, ...]:
        """The same in ticks of the rate's timescale."""
        return tuple(int(self.rate.time_of(frame) * self.rate.timescale) for frame in self.begins)


@dataclass(frozen=True)
class RungChunk:
    """One rendition of a chunk, and how it is cut into segments; in the rendition's own frames."""

    rendition: PictureRendition
    node: ChunkEncode
    first: int
    """Frame of the reel with which it begins."""
    borders: tuple[int, ...]
    """Where its segments begin, and the last one ends, counted from its own first frame."""
    held: Held | None = None
    """How long each of its frames is shown, where nothing moves; None: all of them equally long."""


Qualities = Mapping[str, RungQuality]
"""How good the shots of a reel are, by the rendition's name."""


def plan_chunk(
    reel: Reel,
    chunk: Chunk,
    ladder: PictureLadder,
    encoding: Encoding,
    films: Films,
    *,
    shots: Sequence[int],
    qualities: Qualities | None,
    sheet: CardSheet | None = None,
) -> tuple[RungChunk, ...]:
    """Return what encodes a chunk of a reel, one node for each rendition of a ladder.

    `shots` are the frames of the reel at which its shots begin, 0 among them; `qualities` says how good each is to be,
    None that every rendition spends its average bit rate. Raises PlanError for parts that cannot be shown.
    """
    picture = plan_drawn(reel, (chunk.first, chunk.end), ladder, films, sheet)
    ways = scale_ways(ladder.renditions)
    return tuple(
        RungChunk(
            rendition=rendition,
            node=ChunkEncode(
                picture=picture,
                way=ways[rendition],
                keyframes=_within(chunk.keyframes, chunk, rendition.every),
                encoder=_encoder(rendition, reel, ladder.codec, encoding, qualities),
                takes=()
                if qualities is None
                else takes_for(ladder.codec, _takes(chunk, shots, qualities[rendition.name].crfs, rendition.every)),
            ),
            first=chunk.first // rendition.every,
            borders=_within(chunk.borders, chunk, rendition.every),
        )
        for rendition in ladder.renditions
    )


def plan_key_chunk(picture: PictureEncode, chunk: Chunk, ladder: PictureLadder) -> RungChunk:
    """Return what encodes the dense key pictures of a chunk, from the picture that is drawn for its renditions.

    The last one of a reel may be shown for less time than the others. Raises PlanError for a size past every level.
    """
    rendition = ladder.key_pictures
    frames = -(-picture.frames // rendition.every)
    return RungChunk(
        rendition=rendition,
        node=ChunkEncode(
            picture=picture,
            way=scale_ways((*ladder.renditions, rendition))[rendition],
            keyframes=tuple(range(frames)),
            encoder=key_encoder(
                size=rendition.size,
                rate=ladder.rate.every(rendition.every),
                average_kbps=rendition.average_kbps,
            ),
            takes=(Take(frames, KEY_CRF),),
        ),
        first=chunk.first // rendition.every,
        borders=_within(chunk.borders, chunk, rendition.every),
    )


def scale_ways(renditions: Sequence[PictureRendition]) -> dict[PictureRendition, tuple[ScaleStep, ...]]:
    """Return by which sizes each rendition comes from the largest: always from the smallest that is large enough."""
    ways: dict[PictureRendition, tuple[ScaleStep, ...]] = {}
    for one in sorted(renditions, key=lambda each: (-each.width_px * each.height_px, each.every, each.average_kbps)):
        alike = next((other for other in ways if (other.size, other.every) == (one.size, one.every)), None)
        if alike is not None:
            ways[one] = ways[alike]
            continue
        step = ScaleStep(one.width_px, one.height_px, one.every)
        larger = [other for other in ways if _is_source(other, one)]
        if not ways and one.every == 1:
            ways[one] = ()
        else:
            ways[one] = (*(ways[larger[-1]] if larger else ()), step)
    return ways


def held_kbps(peak_kbps: int) -> int:
    """Return the highest rate with which a segment, with what the buffer lets through at once, is within a peak."""
    return max(1, peak_kbps * _SEGMENT_S // (_SEGMENT_S + BUFFER_S))


def plan_drawn(
    reel: Reel, span: tuple[int, int], ladder: PictureLadder, films: Films, sheet: CardSheet | None
) -> PictureEncode:
    """Return what is drawn for the largest rendition from one frame of a reel to before another."""
    rate = reel.grid.rate
    stream = PictureStream.whole(ladder.largest, rate, keyframe=reel.grid.keyframe)
    piece = excerpt(reel.edit, Span.of_frames(*span, rate))
    return plan_picture(piece, stream, films, sheet=sheet).drawn


def _encoder(
    rendition: PictureRendition, reel: Reel, codec: Codec, encoding: Encoding, qualities: Qualities | None
) -> RungEncoder:
    allowed = held_kbps(rendition.peak_kbps)
    # SVT-AV1 under a highest rate that it comes near loses more than it saves: it is given the rendition's own alone.
    own = None if codec == "av1" or qualities is None else qualities[rendition.name].peak_kbps
    most = allowed if own is None else min(allowed, max(held_kbps(own), _for_black(rendition.size)))
    return encoder_for(
        codec,
        encoding,
        size=rendition.size,
        rate=reel.grid.rate.every(rendition.every),
        keyframe_interval=reel.grid.keyframe // rendition.every,
        maxrate_kbps=most,
        average_kbps=min(rendition.average_kbps, most) if qualities is None else None,
        # Whatever its shots leave it: all reels of a package share its name in CODECS.
        level_kbps=allowed,
    )


def _for_black(size: tuple[int, int]) -> int:
    """Return the rate that leaves room for a key picture of black, which x264 shows grey where it has less.

    Measured with x264 at CRF 24 to 51: black needs 20 kbit of buffer at 1920×1080, 8 at 1280×720, 5 at 640×360.
    """
    width, height = size
    return _BLACK_KBIT + -(-width * height * _BLACK_BITS_PER_BLOCK // (16 * 16 * 1000))


def _is_source(larger: PictureRendition, one: PictureRendition) -> bool:
    """Return whether a rendition has all that another can show."""
    is_large = larger.width_px >= one.width_px * _SCALE_FROM and larger.height_px >= one.height_px * _SCALE_FROM
    return (is_large or larger.size == one.size) and one.every % larger.every == 0


def _within(frames: Sequence[int], chunk: Chunk, every: int) -> tuple[int, ...]:
    """Return frames of a reel as frames of a chunk that has every n-th."""
    return tuple(-(-(frame - chunk.first) // every) for frame in frames)


def _takes(chunk: Chunk, shots: Sequence[int], crfs: Sequence[Fraction], every: int) -> tuple[Take, ...]:
    """Return the qualities of a chunk's frames, runs of one quality made one."""
    ends = (*shots[1:], chunk.end)
    found: list[Take] = []
    for start, end, crf in zip(shots, ends, crfs, strict=True):
        borders = [min(max(frame, chunk.first), chunk.end) for frame in (start, end)]
        first, last = _within(borders, chunk, every)
        if last <= first:
            continue
        if found and found[-1].crf == crf:
            found[-1] = Take(found[-1].frames + last - first, crf)
        else:
            found.append(Take(last - first, crf))
    return tuple(found)
