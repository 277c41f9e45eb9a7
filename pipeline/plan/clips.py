"""An edit and a stream → the render nodes of a clip. Pure: a plan is a value that can be keyed and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from pipeline.argv import card_key
from pipeline.colour import resolved
from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, SoundFades, frame_lengths, heard, merged
from pipeline.errors import PlanError
from pipeline.facts import MediaFacts
from pipeline.framing import FramedStretch, Framing, centred
from pipeline.graph import (
    AAC_FRAME,
    SAMPLE_RATE_HZ,
    BlackPicture,
    Captions,
    FilmPicture,
    FilmSound,
    LevelledSound,
    PictureEncode,
    PicturePart,
    Silence,
    SoundMix,
    SoundPart,
    StillPicture,
    View,
)
from pipeline.plan.cards import plan_card
from pipeline.plan.encoder import x264_for
from pipeline.plan.framing import frames_of, picture_area, rotated_size, views_of
from pipeline.plan.shots import Timeline
from pipeline.plan.streams import PictureStream, SoundStream
from pipeline.timebase import FrameRate

LEAD_IN: Final = 4 * AAC_FRAME
"""Samples encoded before the in point, so that the encoder has settled when the clip begins."""
# Seeking lands on a keyframe before the target where the container has an index; elsewhere it estimates, and a wide
# margin makes up for it. None: the container has no time stamps to seek by.
_INDEXED: Final = ("mov", "matroska", "webm", "mxf")
_SEEK_MARGIN_S: Final = Fraction(1)
_SEEK_MARGIN_UNINDEXED_S: Final = Fraction(30)
_UNSEEKABLE: Final = ("h264", "hevc", "m4v", "mpegvideo", "ivf", "obu")


@dataclass(frozen=True)
class Film:
    """What planning knows of one master."""

    digest: str
    facts: MediaFacts
    timeline: Timeline


Films = Mapping[str, Film]


def plan_picture(
    edit: Edit,
    stream: PictureStream,
    films: Films,
    *,
    framing: Framing | None = None,
    captions: Captions | None = None,
    card_tools: str = "",
) -> PictureEncode:
    """Return the node that encodes an edit's picture for a stream.

    `framing` says what of the film is seen, for the parts of the merged edit; without it, its middle. `card_tools`
    says what draws its cards, if any. Raises PlanError for parts that cannot be shown.
    """
    edit = merged(edit)
    lengths = frame_lengths(edit, stream.frame_rate)
    framed = framing or tuple(_in_the_middle(part, stream, films) for part in edit.parts)
    kept = [(part, frames, how) for part, frames, how in zip(edit.parts, lengths, framed, strict=True) if frames]
    if not kept:
        raise _empty(edit)
    return PictureEncode(
        parts=tuple(_picture_part(part, frames, stream, films, card_tools) for part, frames, _ in kept),
        views=tuple(_views(part, frames, how, stream, films) for part, frames, how in kept),
        width_px=stream.width_px,
        height_px=stream.height_px,
        rate=stream.frame_rate,
        encoder=x264_for(stream),
        captions=captions,
    )


def plan_sound(edit: Edit, stream: SoundStream, films: Films, *, rate: FrameRate, fades: SoundFades) -> LevelledSound:
    """Return the node that encodes an edit's sound for a stream, as long as its picture is at a rate.

    A bed is read in one piece where it is one stretch: no join is in it, wherever the pictures are cut.
    """
    edit = merged(heard(edit))
    samples = sample_lengths(edit, rate)
    total = sum(samples)
    fade_in, fade_out = (min(round(seconds * SAMPLE_RATE_HZ), total // 2) for seconds in (fades.in_s, fades.out_s))
    parts: list[SoundPart] = []
    for part, length in zip(edit.parts, samples, strict=True):
        if length:
            parts.append(_sound_part(part, length, films, lead_in=0 if parts else LEAD_IN))
    if not parts:
        raise _empty(edit)
    mix = SoundMix(tuple(parts), LEAD_IN, fade_in, fade_out)
    return LevelledSound(mix, stream.kbps, stream.loudness_lufs, stream.true_peak_dbtp)


def sample_lengths(edit: Edit, rate: FrameRate) -> tuple[int, ...]:
    """Return how many samples each part gets: joins at the sample nearest to their frame, the end after the last."""
    frames = frame_lengths(edit, rate)
    ends, count = [0], 0
    for length in frames:
        count += length
        ends.append(round(rate.time_of(count) * SAMPLE_RATE_HZ))
    ends[-1] = (rate.time_of(count) * SAMPLE_RATE_HZ).__ceil__()
    return tuple(end - start for start, end in pairwise(ends))


def _empty(edit: Edit) -> PlanError:
    return PlanError(f"the edit {edit.name!r} is shorter than one frame.", remedy="Give it something to show.")


def _picture_part(part: Part, frames: int, stream: PictureStream, films: Films, card_tools: str) -> PicturePart:
    if isinstance(part, Gap):
        return BlackPicture(frames)
    if isinstance(part, Card):
        drawing = plan_card(part, width_px=stream.width_px, height_px=stream.height_px, tools=card_tools)
        return StillPicture(card_key(drawing), frames)
    film = _film(part, films)
    picture = film.facts.picture
    start = picture.start + part.span.start
    width, height = rotated_size(picture)
    return FilmPicture(
        source=film.digest,
        stream_index=picture.index,
        start=start,
        frames=frames,
        rate=picture.rate,
        seek=_seek(film.facts, start),
        colour=resolved(picture.colour, stored_height_px=min(height, picture.height_px)),
        scan=picture.scan,
        width_px=width,
        height_px=height,
    )


def _in_the_middle(part: Part, stream: PictureStream, films: Films) -> tuple[FramedStretch, ...]:
    if not isinstance(part, MasterSpan):
        return ()
    film = _film(part, films)
    area, frames = picture_area(film.facts.picture), frames_of(part.span, film.timeline)
    return (centred(area, frames, shape=Fraction(stream.width_px, stream.height_px), fit=stream.fit),)


def _views(
    part: Part, frames: int, framed: tuple[FramedStretch, ...], stream: PictureStream, films: Films
) -> tuple[View, ...]:
    if not isinstance(part, MasterSpan):
        return ()
    film = _film(part, films)
    return views_of(
        framed,
        film.facts.picture,
        film.timeline,
        size=(stream.width_px, stream.height_px),
        rate=stream.frame_rate,
        start=part.span.start,
        frames=frames,
    )


def _sound_part(part: Part, samples: int, films: Films, *, lead_in: int) -> SoundPart:
    if isinstance(part, MasterSpan):
        film = _film(part, films)
        sound = film.facts.main_sound
        if sound is not None:
            start = film.facts.picture.start + part.span.start - Fraction(lead_in, SAMPLE_RATE_HZ)
            return FilmSound(film.digest, sound.index, start, samples + lead_in, _seek(film.facts, start))
    return Silence(samples + lead_in)


def _film(part: MasterSpan, films: Films) -> Film:
    try:
        return films[part.master]
    except KeyError:
        raise PlanError(
            f"the edit uses a master (sha256 {part.master[:12]}…) that was not found.",
            remedy="Put the film beside the edit file or into the masters folder.",
        ) from None


def _seek(facts: MediaFacts, start: Fraction) -> Fraction | None:
    names = facts.container.split(",")
    if any(name in _UNSEEKABLE for name in names):
        return None
    indexed = any(name in _INDEXED for name in names)
    seek = start - (_SEEK_MARGIN_S if indexed else _SEEK_MARGIN_UNINDEXED_S)
    return seek if seek > facts.picture.start + _SEEK_MARGIN_S else None
