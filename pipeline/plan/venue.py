"""A block → what its venue file is made of: pictures piece by piece, a film or a run of cards each, sound and chapters.

A film has the same frames wherever it stands, so that it is encoded once for all blocks, and what stands around it is
not encoded again when another takes its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import accumulate, groupby
from typing import Final, Literal

from pipeline.boxes import MOST_CHAPTERS, shortened_title
from pipeline.edit import Edit, Gap, MasterSpan, Part, SoundFades, frame_lengths, heard, merged
from pipeline.errors import PlanError
from pipeline.graph import CardSheet, Chapter, LevelledSound, PictureEncode, ProRes, SoundCoding
from pipeline.plan.clips import Films, plan_picture, plan_sound
from pipeline.plan.parting import chunked
from pipeline.plan.streams import PictureStream, SoundStream
from pipeline.spelling import spelled
from pipeline.timebase import FrameRate, Span, total

VenueCodec = Literal["h264", "prores"]
"""H.264 with AAC-LC in MP4, or ProRes 422 HQ with PCM of 24 bits in MOV."""
_SIDES_PX: Final = (64, 4096)
_RATES_FPS: Final = (12, 120)
_CHUNK_S: Final = Fraction(60)
"""Films are encoded in pieces of about so long, several at once; each costs a second or two that are decoded again."""
_GROUP_S: Final = Fraction(2)
_B_FRAMES: Final = 2
_SAMPLE_RATE_HZ: Final = 48000
_STEREO: Final = 2
_UNFADED: Final = SoundFades(Fraction(0), Fraction(0))


@dataclass(frozen=True)
class VenueFormat:
    """What a venue's player takes, and how loud its room wants films."""

    width_px: int = 1920
    height_px: int = 1080
    rate: FrameRate = field(default_factory=lambda: FrameRate(Fraction(25)))
    codec: VenueCodec = "h264"
    loudness_lufs: Fraction = Fraction(-23)
    """What every film is brought to; -23 is EBU R 128's."""
    true_peak_dbtp: Fraction = Fraction(-1)
    limiting_db_max: Fraction = Fraction(6)
    """How much a limiter may take off the highest peak."""
    kbps: int = 320
    """Of the sound in AAC."""

    def __post_init__(self) -> None:
        """Raise PlanError for what no file can be."""
        for name, value, least, most in (
            ("width_px", self.width_px, *_SIDES_PX),
            ("height_px", self.height_px, *_SIDES_PX),
            ("rate", self.rate.fps, *_RATES_FPS),
            ("loudness_lufs", self.loudness_lufs, -40, -5),
            ("true_peak_dbtp", self.true_peak_dbtp, -20, 0),
            ("limiting_db_max", self.limiting_db_max, 0, 20),
            ("kbps", self.kbps, 32, 512),
        ):
            if not least <= value <= most:
                raise PlanError(f"A venue file's {name} is {value}, and {least} to {most} are allowed.", field=name)
        for name, value in (("width_px", self.width_px), ("height_px", self.height_px)):
            if value % 2:
                raise PlanError(f"A venue file's {name} is {value}, and even numbers are allowed.", field=name)
        if self.codec not in ("h264", "prores"):
            raise PlanError(f"A venue file's codec is {spelled(self.codec)!r}; h264 and prores are allowed.")

    @property
    def suffix(self) -> str:
        """What its files' names end in."""
        return ".mp4" if self.codec == "h264" else ".mov"

    @property
    def picture(self) -> PictureStream:
        """What its pictures are encoded as: films whole, on black."""
        return PictureStream.whole(
            (self.width_px, self.height_px),
            self.rate,
            keyframe=max(1, self.rate.nearest_frame(_GROUP_S)),
            b_frames=_B_FRAMES,
        )

    @property
    def sound(self) -> SoundStream:
        """What its sound is encoded as."""
        return SoundStream(
            kbps=self.kbps,
            loudness_lufs=self.loudness_lufs,
            true_peak_dbtp=self.true_peak_dbtp,
            sample_rate_hz=_SAMPLE_RATE_HZ,
            channels=_STEREO,
            limiting_db_max=self.limiting_db_max,
        )


@dataclass(frozen=True)
class VenuePiece:
    """A film, or cards and black that follow one another, in a venue file."""

    title: str | None
    """The film's; None: cards and black."""
    span: Span
    """When it plays, in seconds of the file; on frames."""
    pictures: tuple[PictureEncode, ...]
    """What encodes it, one after another."""


@dataclass(frozen=True)
class VenueParts:
    """What a venue file is joined from."""

    pieces: tuple[VenuePiece, ...]
    sound: LevelledSound
    chapters: tuple[Chapter, ...]
    """The first at 0; names in one line."""

    @property
    def films(self) -> tuple[VenuePiece, ...]:
        """The pieces that are films, in order."""
        return tuple(piece for piece in self.pieces if piece.title is not None)

    @property
    def pictures(self) -> tuple[PictureEncode, ...]:
        """Everything that its picture is joined from, in order."""
        return tuple(node for piece in self.pieces for node in piece.pictures)

    @property
    def frames(self) -> int:
        """How many pictures it shows."""
        return sum(node.frames for node in self.pictures)


def plan_venue(
    edit: Edit, form: VenueFormat, films: Films, titles: Mapping[str, str], *, sheet: CardSheet | None
) -> VenueParts:
    """Return what the venue file of an edit is joined from; it has floor(duration × rate) frames.

    `titles` are those of films whose programme has no name, by their digests. Cards are drawn on `sheet`. Raises
    PlanError for an edit that plays no film or cannot be shown, and for a size or rate that no player takes.
    """
    edit = merged(edit)
    if not any(isinstance(part, MasterSpan) for part in edit.parts):
        raise PlanError(f"{spelled(edit.name)!r} plays no film.", remedy="Give it one.")
    lengths = venue_lengths(edit, form.rate)
    pieces = tuple(_pieces(edit, lengths, form, films, titles, sheet))
    chapters = tuple(_chapters(edit.name, pieces))
    if len(chapters) > MOST_CHAPTERS:
        raise PlanError(
            f"{spelled(edit.name)!r} has {len(chapters)} chapters, and a file lists at most {MOST_CHAPTERS}.",
            remedy="Make two blocks of it.",
        )
    fades = edit.fades or _UNFADED
    sound = plan_sound(_on_frames(edit, lengths, form.rate), form.sound, films, rate=form.rate, fades=fades)
    coding: SoundCoding = "pcm" if form.codec == "prores" else "aac"
    return VenueParts(pieces, replace(sound, coding=coding), chapters)


def film_title(part: MasterSpan, titles: Mapping[str, str]) -> str:
    """Return what players are told that a film is called, in one line: its programme's name, else its own title."""
    return _named(part.programme.name if part.programme is not None else titles.get(part.master, ""))


def venue_lengths(edit: Edit, rate: FrameRate) -> tuple[int, ...]:
    """Return how many frames each part of a merged edit gets, in all as many as fit into it.

    A film has those that are nearest to its length, wherever it stands. What that is more or less than fits, the last
    cards and gaps make up for: of a still picture nobody sees it. Where there are not enough of them, every join is on
    the frame nearest to its time instead.
    """
    lengths = [
        rate.nearest_frame(part.duration) if isinstance(part, MasterSpan) else max(1, rate.nearest_frame(part.duration))
        for part in edit.parts
    ]
    spare = rate.frames_within(edit.duration) - sum(lengths)
    for number in reversed([number for number, part in enumerate(edit.parts) if not isinstance(part, MasterSpan)]):
        change = max(spare, 1 - lengths[number])
        lengths[number] += change
        spare -= change
    return frame_lengths(edit, rate) if spare else tuple(lengths)


def _pieces(
    edit: Edit,
    lengths: Sequence[int],
    form: VenueFormat,
    films: Films,
    titles: Mapping[str, str],
    sheet: CardSheet | None,
) -> Iterator[VenuePiece]:
    begins = tuple(accumulate(lengths, initial=0))
    numbers = [number for number, length in enumerate(lengths) if length]
    for _, run in groupby(numbers, key=lambda number: number if isinstance(edit.parts[number], MasterSpan) else None):
        first, *others = alike = tuple(run)
        # What the parts are called and how they sound is no matter of their pictures.
        parts = tuple(edit.parts[number] for number in alike)
        node = plan_picture(
            Edit("piece", parts),
            form.picture,
            films,
            sheet=sheet,
            frames=[lengths[number] for number in alike],
            encoder=ProRes() if form.codec == "prores" else None,
        )
        times = [form.rate.time_of(frame) for frame in (begins[first], begins[(others or alike)[-1] + 1])]
        title = film_title(parts[0], titles) if isinstance(parts[0], MasterSpan) else None
        yield VenuePiece(title, Span(*times), _chunks(parts[0], node, films))


def _named(title: str) -> str:
    """Return a title as players can show it."""
    return shortened_title(spelled(" ".join(title.split()))) or "Untitled"


def _chunks(part: Part, node: PictureEncode, films: Films) -> tuple[PictureEncode, ...]:
    """Return what encodes a piece: of a film that is long, several that can be encoded at once.

    Where no second is whole frames, a chunk could round the times of a film's pictures otherwise than the whole does,
    which is encoded in one then.
    """
    if not isinstance(part, MasterSpan):
        return (node,)
    if node.rate.fps.denominator > 1 and films[part.master].facts.picture.rate != node.rate:
        return (node,)
    return chunked(node, node.rate.nearest_frame(_CHUNK_S), films)


def _chapters(name: str, pieces: Sequence[VenuePiece]) -> Iterator[Chapter]:
    if pieces[0].title is None:
        yield Chapter(Fraction(0), _named(name))
    yield from (Chapter(piece.span.start, piece.title) for piece in pieces if piece.title is not None)


def _on_frames(edit: Edit, lengths: Sequence[int], rate: FrameRate) -> Edit:
    """Return what is heard of an edit, each part as long as its frames."""
    parts = tuple(
        _lasting(part, rate.time_of(length)) for part, length in zip(edit.parts, lengths, strict=True) if length
    )
    if not edit.bed:
        return Edit(edit.name, parts, fades=edit.fades)
    *others, last = heard(edit).parts
    rest = total(part.duration for part in parts) - total(one.duration for one in others)
    if rest <= 0:
        raise PlanError(f"The sound of {spelled(edit.name)!r} ends in less than a frame.", remedy="Shorten the bed.")
    return Edit(edit.name, (*others, _lasting(last, rest)), fades=edit.fades)


def _lasting(part: Part, seconds: Fraction) -> Part:
    # A card is silent, however long it is.
    if isinstance(part, MasterSpan):
        return MasterSpan(part.master, Span(part.span.start, part.span.start + seconds), programme=part.programme)
    return Gap(seconds)
