"""An edit and a stream → the render nodes of a clip. Pure: a plan is a value that can be keyed and compared."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, groupby, pairwise
from typing import Final

from pipeline.argv import card_key
from pipeline.colour import resolved
from pipeline.edit import (
    Card,
    Edit,
    Gap,
    MasterSpan,
    Part,
    Programme,
    SoundFades,
    frame_lengths,
    heard,
    merged,
    sounding,
)
from pipeline.errors import PlanError
from pipeline.facts import MediaFacts, SoundFacts
from pipeline.framing import FramedStretch, Framing, centred
from pipeline.graph import (
    LEAD_IN,
    SAMPLE_RATE_HZ,
    X264,
    BlackPicture,
    Captions,
    CardSheet,
    FilmPicture,
    FilmSound,
    Layout,
    LevelledProgramme,
    LevelledSound,
    Mix,
    PictureEncode,
    PicturePart,
    ProRes,
    Silence,
    SoundGoal,
    StillPicture,
    Stretch,
    View,
)
from pipeline.plan.cards import plan_card
from pipeline.plan.encoder import x264_for
from pipeline.plan.folding import fold_down, surround
from pipeline.plan.framing import frames_of, picture_area, rotated_size, views_of
from pipeline.plan.shots import Timeline
from pipeline.plan.streams import PictureStream, SoundStream
from pipeline.timebase import FrameRate
from pipeline.values import hashed_once

# Seeking lands on a keyframe before the target where the container has an index; elsewhere it estimates, and a wide
# margin makes up for it. None: the container has no time stamps to seek by.
_INDEXED: Final = ("mov", "matroska", "webm", "mxf")
SURROUND_CHANNELS: Final = 6
"""Of a stream whose sound is 5.1; every other is stereo."""
_SEEK_MARGIN_S: Final = Fraction(1)
_SEEK_MARGIN_UNINDEXED_S: Final = Fraction(30)
_UNSEEKABLE: Final = ("h264", "hevc", "m4v", "mpegvideo", "ivf", "obu")


@hashed_once
@dataclass(frozen=True)
class Film:
    """What planning knows of one master."""

    digest: str
    facts: MediaFacts
    timeline: Timeline


Films = Mapping[str, Film]
Voice = tuple[Programme | None, str]
"""What tells one programme of an edit from another: what the edit says of it, and the master that it is of."""
Mixer = Callable[[SoundFacts], Mix]
"""How a film's sound comes to have the channels of a stream."""
Run = tuple[tuple[Part, int], ...]
"""Parts of one programme, or of none, that follow one another, each with its samples."""


def plan_picture(
    edit: Edit,
    stream: PictureStream,
    films: Films,
    *,
    framing: Framing | None = None,
    captions: Captions | None = None,
    sheet: CardSheet | None = None,
    frames: Sequence[int] | None = None,
    encoder: X264 | ProRes | None = None,
) -> PictureEncode:
    """Return the node that encodes an edit's picture for a stream.

    `framing` says what of the film is seen, for the parts of the merged edit; without it, its middle. Its cards, if
    any, are drawn on `sheet`. `frames` are those that each part gets, where that is not what fits into the edit, and
    `encoder` what encodes it, where that is not libx264 as the stream asks. Raises PlanError for parts that cannot be
    shown.
    """
    edit = merged(edit)
    lengths = frames or frame_lengths(edit, stream.frame_rate)
    framed = framing or tuple(_in_the_middle(part, stream, films) for part in edit.parts)
    kept = [(part, length, how) for part, length, how in zip(edit.parts, lengths, framed, strict=True) if length]
    if not kept:
        raise _empty(edit)
    return PictureEncode(
        parts=tuple(_picture_part(part, length, films, sheet) for part, length, _ in kept),
        views=tuple(_views(part, length, how, stream, films) for part, length, how in kept),
        width_px=stream.width_px,
        height_px=stream.height_px,
        rate=stream.frame_rate,
        encoder=encoder or x264_for(stream),
        captions=captions,
        pixels="yuv422p10le" if isinstance(encoder, ProRes) else "yuv420p",
    )


def plan_sound(edit: Edit, stream: SoundStream, films: Films, *, rate: FrameRate, fades: SoundFades) -> LevelledSound:
    """Return the node that encodes an edit's sound for a stream, as long as its picture is at a rate.

    Spans of one master are one programme wherever they stand, unless the edit tells them apart; cards and gaps belong
    to none. `fades` are those of programmes that have no own. A bed is read in one piece where it is one stretch: no
    join is in it, wherever the pictures are cut.
    """
    heard_edit = _heard(edit)
    used = tuple((master, _film(master, films)) for master in heard_edit.masters)
    return _plan_sound(heard_edit, stream, used, rate, fades)


@functools.lru_cache(maxsize=1024)
def _heard(edit: Edit) -> Edit:
    """Return what is heard of an edit, the same for all that differ in what is seen alone."""
    parts = merged(heard(edit)).parts
    return Edit(edit.name, tuple(map(sounding, parts)))


# Most clips of a highlight are heard alike: those of all regions whose cards are as long, on most platforms.
@functools.lru_cache(maxsize=128)  # each keeps its films' timelines
def _plan_sound(
    edit: Edit, stream: SoundStream, used: tuple[tuple[str, Film], ...], rate: FrameRate, fades: SoundFades
) -> LevelledSound:
    films = dict(used)
    sounded = [(part, samples) for part, samples in zip(edit.parts, sample_lengths(edit, rate), strict=True) if samples]
    if not sounded:
        raise _empty(edit)
    goal = SoundGoal(stream.loudness_lufs, stream.true_peak_dbtp, stream.limiting_db_max)
    layout: Layout = "5.1" if stream.channels == SURROUND_CHANNELS else "stereo"
    mixed = surround if layout == "5.1" else fold_down
    runs = tuple(_runs(sounded, films))
    programmes: dict[Voice, LevelledProgramme] = {}
    stretches: dict[Voice, Iterator[Stretch]] = {}
    for voice in dict.fromkeys(voice for voice, _ in runs if voice is not None):
        told = voice[0].fades if voice[0] and voice[0].fades else fades
        own = [run for other, run in runs if other == voice]
        alone = _alone(own, rate)
        programmes[voice] = LevelledProgramme(_stretches(alone, alone, told, films, mixed), stream.kbps, goal)
        stretches[voice] = iter(_stretches(own, alone, told, films, mixed))
    return LevelledSound(
        parts=tuple(next(stretches[voice]) if voice else Silence(_samples(run), layout) for voice, run in runs),
        programmes=tuple(programmes[voice] if voice else None for voice, _ in runs),
        kbps=stream.kbps,
        goal=goal,
    )


def film_picture(film: Film, start: Fraction, frames: int) -> FilmPicture:
    """Return some frames of a film's picture from a time since its first one on."""
    picture = film.facts.picture
    start += picture.start
    width, height = rotated_size(picture)
    return FilmPicture(
        source=film.digest,
        stream_index=picture.index,
        start=start,
        frames=frames,
        rate=picture.rate,
        seek=seek_before(film.facts, start),
        colour=resolved(picture.colour, width_px=width, height_px=height),
        scan="interlaced" if picture.scan == "progressive" and picture.may_be_interlaced else picture.scan,
        width_px=width,
        height_px=height,
        alpha=picture.alpha,
    )


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


def _picture_part(part: Part, frames: int, films: Films, sheet: CardSheet | None) -> PicturePart:
    if isinstance(part, Gap):
        return BlackPicture(frames)
    if isinstance(part, Card):
        assert sheet is not None, "whoever plans cards says what they are drawn on"
        return StillPicture(card_key(plan_card(part, sheet)), frames)
    film = _film(part.master, films)
    _check_end(part, film.timeline)
    return film_picture(film, part.span.start, frames)


def _check_end(part: MasterSpan, timeline: Timeline) -> None:
    """Raise PlanError for a span that asks for a picture after a film's last one."""
    end = timeline.duration
    if part.span.end > end and timeline.rate.frames_within(part.span.end - end):
        asked, last = timeline.rate.nearest_frame(part.span.end), timeline.rate.nearest_frame(end)
        raise PlanError(
            f"the edit plays a master (sha256 {part.master[:12]}…) up to frame {asked}, and that ends at frame {last}.",
            remedy="Shorten the span, or use the master that the edit was made for.",
        )


def _in_the_middle(part: Part, stream: PictureStream, films: Films) -> tuple[FramedStretch, ...]:
    if not isinstance(part, MasterSpan):
        return ()
    film = _film(part.master, films)
    area, frames = picture_area(film.facts.picture), frames_of(part.span, film.timeline)
    return (centred(area, frames, shape=stream.shape, fit=stream.fit),)


def _views(
    part: Part, frames: int, framed: tuple[FramedStretch, ...], stream: PictureStream, films: Films
) -> tuple[View, ...]:
    if not isinstance(part, MasterSpan):
        return ()
    film = _film(part.master, films)
    return views_of(
        framed,
        film.facts.picture,
        film.timeline,
        size=(stream.width_px, stream.height_px),
        rate=stream.frame_rate,
        start=part.span.start,
        frames=frames,
    )


def _runs(parts: Sequence[tuple[Part, int]], films: Films) -> Iterator[tuple[Voice | None, Run]]:
    """Yield parts that are heard together, and the voice that they are; None for silence."""

    def voice(heard: tuple[Part, int]) -> Voice | None:
        part, _ = heard
        if not isinstance(part, MasterSpan) or _film(part.master, films).facts.main_sound is None:
            return None
        return part.programme, part.master

    for one, run in groupby(parts, key=voice):
        yield one, tuple(run)


def _alone(runs: Sequence[Run], rate: FrameRate) -> tuple[Run, ...]:
    """Return the runs as long as they are in an edit of their own: a programme's level depends on nothing else."""
    lengths = iter(sample_lengths(Edit("alone", tuple(part for run in runs for part, _ in run)), rate))
    alone = tuple(tuple((part, next(lengths)) for part, _ in run) for run in runs)
    return alone if all(samples for run in alone for _, samples in run) else tuple(runs)


def _stretches(
    runs: Sequence[Run], alone: Sequence[Run], fades: SoundFades, films: Films, mixed: Mixer
) -> tuple[Stretch, ...]:
    """Return the runs of one programme as stretches; it rises with the first and falls with the last."""
    longest = sum(map(_samples, alone)) // 2
    fade_in, fade_out = (min(round(seconds * SAMPLE_RATE_HZ), longest) for seconds in (fades.in_s, fades.out_s))
    stretches = []
    for number, (placed, natural) in enumerate(zip(runs, alone, strict=True)):
        run, end = _settled(placed, natural), _samples(natural)
        lead_ins = (LEAD_IN, *(0 for _ in run[1:]))
        pieces = (_film_sound(*one, lead_in, films, mixed) for one, lead_in in zip(run, lead_ins, strict=True))
        rise, fall = fade_in if number == 0 else 0, fade_out if number == len(runs) - 1 else 0
        stretches.append(Stretch(tuple(pieces), min(rise, end), min(fall, end), end))
    return tuple(stretches)


def _settled(placed: Run, natural: Run) -> Run:
    """Return a run with the joins that it has alone, where its place rounds them otherwise by no more than a sample."""
    shifts = [one - other for one, other in zip(*(_ends(run) for run in (placed, natural)), strict=True)]
    if max(map(abs, shifts)) > 1:
        return placed
    last, samples = natural[-1]
    return (*natural[:-1], (last, samples + shifts[-1]))


def _ends(run: Run) -> tuple[int, ...]:
    return tuple(accumulate(samples for _, samples in run))


def _samples(run: Run) -> int:
    return sum(samples for _, samples in run)


def _film_sound(part: Part, samples: int, lead_in: int, films: Films, mixed: Mixer) -> FilmSound:
    assert isinstance(part, MasterSpan), "nothing else sounds"
    film = _film(part.master, films)
    sound = film.facts.main_sound
    assert sound is not None, "a film without sound is silence"
    start = film.facts.picture.start + part.span.start - Fraction(lead_in, SAMPLE_RATE_HZ)
    return FilmSound(film.digest, sound.index, mixed(sound), start, samples + lead_in, seek_before(film.facts, start))


def _film(master: str, films: Films) -> Film:
    try:
        return films[master]
    except KeyError:
        raise PlanError(
            f"the edit uses a master (sha256 {master[:12]}…) that was not found.",
            remedy="Put the film beside the edit file or into the masters folder.",
        ) from None


def seek_before(facts: MediaFacts, start: Fraction) -> Fraction | None:
    """Return from where a film is read whose picture at a time of its container is wanted; None for its beginning."""
    margin = _seek_margin_s(facts.container)
    if margin is None:
        return None
    seek = start - margin
    return seek if seek > facts.picture.start + _SEEK_MARGIN_S else None


@functools.lru_cache(maxsize=64)
def _seek_margin_s(container: str) -> Fraction | None:
    names = container.split(",")
    if any(name in _UNSEEKABLE for name in names):
        return None
    return _SEEK_MARGIN_S if any(name in _INDEXED for name in names) else _SEEK_MARGIN_UNINDEXED_S
