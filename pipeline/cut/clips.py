"""What each clip of a highlight is: its framing, captions, cards, picture and sound, and what its buttons cover."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.argv import card_key
from pipeline.cut.captioning import CaptionedClip, Captioner
from pipeline.cut.cutting import Cutting, framing_of, seen_in
from pipeline.cut.framing import ClipFraming, frame_edit
from pipeline.cut.layout import seen_on
from pipeline.cut.ownframing import OwnFramings
from pipeline.cut.service import Service
from pipeline.edit import Edit, SoundFades, with_links
from pipeline.framing import Framing
from pipeline.graph import Captions, CardDrawing, CardSheet, LevelledSound, PictureEncode
from pipeline.plan.campaigns import Campaign
from pipeline.plan.clips import Films, plan_sound
from pipeline.plan.drawing import ClipDrawing, ShownCaption
from pipeline.plan.highlights import Highlight
from pipeline.plan.layout import ButtonZone, Canvas, button_zones, shape_of
from pipeline.plan.onscreen import OnScreen
from pipeline.plan.overlaps import Overlap, find_overlaps
from pipeline.plan.parting import Frames
from pipeline.plan.piece_pictures import plan_piece
from pipeline.plan.pieces import Pieces
from pipeline.plan.reframing import Wish
from pipeline.plan.streams import Assignment, PictureStream
from pipeline.presets import HighlightsPreset, PlatformPreset, StylePreset
from pipeline.shell.card_desk import CardDesk, Links
from pipeline.shell.previews import Preview
from pipeline.shell.store import Artifact, Store
from pipeline.shell.study import Study
from pipeline.timebase import FrameRate, clock


@dataclass(frozen=True)
class PlannedClip:
    """One clip: a highlight as a platform wants it."""

    highlight: Highlight
    platform: PlatformPreset
    pictures: tuple[PictureEncode, ...]
    """What its picture is joined from."""
    pieces: Pieces
    """What these show, but for where they are parted for its own cards, and what those of other regions show."""
    sound: LevelledSound | None
    framing: ClipFraming
    preview: Preview
    """How the framing is shown to people."""
    canvas: Canvas
    """What it is laid out on."""
    zones: tuple[ButtonZone, ...]
    """What its platform's buttons cover of the canvas."""
    captions: Artifact | None = None
    """Its captions as a file for upload."""
    overlaps: tuple[Overlap, ...] = ()
    """What of the film lies under its platform's buttons, the weightiest first."""
    cards: tuple[CardDrawing, ...] = ()
    """What the cards in the picture show."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Where the codes on them lead, by the links that the highlight has."""
    shown: tuple[ShownCaption, ...] = ()
    """The captions that are drawn over its picture."""
    written: frozenset[Edit] = frozenset()
    """Those of its pieces over which some are drawn, and which are its own."""

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.highlight.id}-{self.platform.id}"

    @property
    def picture(self) -> PictureEncode:
        """The first of its pictures: size, rate and encoder are those of all."""
        return self.pictures[0]

    @property
    def frames(self) -> int:
        """How many pictures it shows."""
        return sum(picture.frames for picture in self.pictures)

    def drawing(self, films: Films) -> ClipDrawing:
        """Return what its frames are drawn from in a browser."""
        cards = {card_key(card): card for card in self.cards}
        return ClipDrawing(self.pictures, self.canvas, self.zones, self.shown, cards, films)

    @property
    def bytes_max(self) -> int | None:
        """The platform's largest file."""
        limit = self.platform.file.file_size_mb
        return None if limit is None or limit.max is None else int(limit.max * 1_000_000)


@dataclass(frozen=True)
class Refused:
    """A clip that is not made, though others are."""

    clip: PlannedClip
    why: str
    """As the end of a sentence."""

    @property
    def name(self) -> str:
        """What its files would be called."""
        return self.clip.name


@dataclass(frozen=True)
class Studio:
    """What every clip of a film is made with."""

    films: Films
    studies: Mapping[str, Study]
    preset: HighlightsPreset
    style: StylePreset
    store: Store
    captioner: Captioner
    own: OwnFramings
    desk: CardDesk | None
    campaign: Campaign | None = None
    """What the codes on cards say of where viewers come from, but for clip and platform; None: nothing."""


@dataclass(frozen=True)
class HighlightClips:
    """The clips of one highlight, those of them that are not made, and what the user should know."""

    made: tuple[PlannedClip, ...]
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]


def plan_clips(
    cutting: Cutting, service: Service, studio: Studio, on_fraction: Callable[[float], None]
) -> HighlightClips:
    """Return a highlight's clip for every platform of a service; looks at what it shows where the store lacks that.

    Raises MasterError, ProjectError for a framing file that is wrong, PlanError for a caption or card that cannot be
    drawn.
    """
    framings, notes = _framings(cutting, service, studio, on_fraction)
    planned, refused, told = [], [], dict[str, list[str]]()
    for assignment in service.streams.assignments:
        clip, of_captions = _clip(cutting, assignment, framings[assignment.platform], service, studio)
        for note in of_captions:
            told.setdefault(note, []).append(clip.platform.name)
        if why := _why_refused(clip):
            refused.append(Refused(clip, why))
        else:
            planned.append(clip)
    notes = (*notes, *_told_with_clips(told, cutting.highlight, service))
    return HighlightClips(tuple(planned), tuple(refused), notes)


def _told_with_clips(told: Mapping[str, Sequence[str]], highlight: Highlight, service: Service) -> Iterator[str]:
    """Yield what is told of captions and cards, with the clips that it is told of: times count from their beginning."""
    for note, platforms in told.items():
        some = f" for {', '.join(platforms)}" if len(platforms) < len(service.platforms) else ""
        yield f"{highlight.id}{some}: {note}"


def _framings(
    cutting: Cutting, service: Service, studio: Studio, on_fraction: Callable[[float], None]
) -> tuple[dict[str, tuple[ClipFraming, ...]], tuple[str, ...]]:
    """Return how a highlight's reels are framed for each platform, as a person's file says, else as found; and notes.

    A person's file is about the first reel.
    """
    wishes = {one.id: _wish(one, service.laid[one.id], studio.style) for one in service.platforms}
    found = [
        frame_edit(reel, studio.studies, list(wishes.values()), studio.store, on_fraction=on_fraction)
        for reel in cutting.reels
    ]
    framings, notes = {}, []
    for platform, wish in wishes.items():
        name = f"{cutting.highlight.id}-{platform}"
        own, told = studio.own.find(name, cutting.reel, wish.shape)
        of_reels = [framed[wish] for framed in found]
        framings[platform] = (studio.own.moved(name, own or of_reels[0], cutting.reel), *of_reels[1:])
        notes += [told] if told else []
    return framings, tuple(notes)


def _wish(platform: PlatformPreset, canvas: Canvas, style: StylePreset) -> Wish:
    size = (canvas.width_px, canvas.height_px)
    return Wish(shape_of(platform), platform.picture.fit, style.framing, canvas.zones, size)


def _clip(
    cutting: Cutting, assignment: Assignment, framings: Sequence[ClipFraming], service: Service, studio: Studio
) -> tuple[PlannedClip, tuple[str, ...]]:
    """Return one clip, and what the user should know of its captions."""
    stream = assignment.picture
    edit = cutting.at_rate(stream)
    platform = next(one for one in service.platforms if one.id == assignment.platform)
    canvas = service.laid[platform.id]
    looked = [
        seen_on(canvas, reel, framing.framing, studio.studies, studio.store)
        for reel, framing in zip(cutting.reels, framings, strict=True)
    ]
    seen = seen_in(edit, [(reel, on_screen) for reel, (on_screen, _) in zip(cutting.reels, looked, strict=True)])
    captioned = studio.captioner.caption(edit, stream.frame_rate, canvas, seen)
    of_cards = _cards(edit, stream, canvas, _campaign(cutting.highlight, platform, studio), studio.desk)
    zones = button_zones((platform,), width_px=canvas.width_px, height_px=canvas.height_px)
    links = of_cards.links.told
    pieces = cutting.pieces(stream, links)
    shown = tuple(_shown(pieces.of[0], captioned, stream.frame_rate))
    framed = [(reel, framing.framing) for reel, framing in zip(cutting.reels, framings, strict=True)]
    main, *others = framings
    keys = [key for other in others for key in other.keys] + [artifact.key for _, artifact in looked]
    keys += [one.captions.script for one in shown if one.captions is not None]
    clip = PlannedClip(
        highlight=cutting.highlight,
        platform=platform,
        pictures=tuple(
            picture for piece in shown for picture in _pictures(piece, len(shown) > 1, stream, framed, of_cards, studio)
        ),
        pieces=pieces,
        written=frozenset(one.edit for one in shown if one.captions is not None),
        sound=_sound(edit, assignment, studio),
        framing=replace(main, keys=(*main.keys, *keys, *captioned.keys)),
        captions=captioned.srt,
        preview=Preview(cutting.reel, main.framing, canvas),
        canvas=canvas,
        zones=zones,
        overlaps=_overlaps(captioned, seen, zones, canvas, studio),
        cards=of_cards.drawings,
        links=of_cards.links.told,
        shown=captioned.shown,
    )
    return clip, (*captioned.notes, *of_cards.links.notes)


@dataclass(frozen=True)
class _Cards:
    """The cards of one clip."""

    sheet: CardSheet | None
    """What they are drawn on; None where there are none."""
    drawings: tuple[CardDrawing, ...]
    links: Links
    own: frozenset[str] = frozenset()
    """Keys of those that no other clip shows, since they say its campaign."""


def _campaign(highlight: Highlight, platform: PlatformPreset, studio: Studio) -> Campaign | None:
    base = studio.campaign
    return None if base is None else base.at(clip=highlight.id, platform=platform.id)


def _cards(
    edit: Edit, stream: PictureStream, canvas: Canvas, campaign: Campaign | None, desk: CardDesk | None
) -> _Cards:
    if desk is None:
        return _Cards(None, (), Links({}))
    sheet = desk.sheet(stream, canvas)
    links = desk.links(edit, sheet, campaign)
    drawings = desk.drawings(with_links(edit, links.told), sheet)
    # One whose address bears no campaign is apart as well: the film beside it is shared with clips whose address does.
    linked = () if campaign is None else (card for card in drawings if card.link is not None)
    return _Cards(sheet, drawings, links, frozenset(map(card_key, linked)))


@dataclass(frozen=True)
class _Shown:
    """A piece of a clip's picture, and what is drawn over it."""

    edit: Edit
    captions: Captions | None
    captioned: tuple[Frames, ...]
    """The frames of the piece in which that is drawn."""


def _shown(pieces: Sequence[Edit], captioned: CaptionedClip, rate: FrameRate) -> Iterator[_Shown]:
    written, first = captioned.written, 0
    for piece in pieces:
        frames = (first, first + rate.nearest_frame(piece.duration))
        if written is None:
            yield _Shown(piece, None, ())
        else:
            yield _Shown(piece, written.within(frames), written.frames_within(frames))
        first = frames[1]


def _pictures(
    piece: _Shown,
    is_one_of_several: bool,
    stream: PictureStream,
    framed: Sequence[tuple[Edit, Framing]],
    cards: _Cards,
    studio: Studio,
) -> tuple[PictureEncode, ...]:
    """Return what encodes one piece of a clip's picture: what only this clip shows of it by itself."""
    return plan_piece(
        piece.edit,
        stream,
        studio.films,
        pieces="several" if is_one_of_several else "one",
        framing=framing_of(piece.edit, framed, studio.studies),
        captions=piece.captions,
        captioned=piece.captioned,
        sheet=cards.sheet,
        own=cards.own,
    )


def _sound(edit: Edit, assignment: Assignment, studio: Studio) -> LevelledSound | None:
    if assignment.sound is None:
        return None
    preset = studio.preset.sound
    fades = edit.fades or SoundFades(preset.fade_in_s, preset.fade_out_s)
    return plan_sound(edit, assignment.sound, studio.films, rate=assignment.picture.frame_rate, fades=fades)


def _overlaps(
    captioned: CaptionedClip, seen: Sequence[OnScreen], zones: Sequence[ButtonZone], canvas: Canvas, studio: Studio
) -> tuple[Overlap, ...]:
    size = (canvas.width_px, canvas.height_px)
    return find_overlaps(captioned.boxes, seen, zones, size=size, style=studio.style.layout)


def _why_refused(clip: PlannedClip) -> str:
    """Return why a clip is not made: what lies under its platform's buttons and must not; nothing where all is well."""
    errors = [one for one in clip.overlaps if one.severity == "error"]
    if not errors:
        return ""
    worst = errors[0]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return (
        f"{worst.what} is under {clip.platform.name}'s buttons at {clock(worst.at)} "
        f"({round(100 * worst.share)} % of it){more}"
    )
