"""What a package is to be made of, as values: its sections, chunks of pictures, sounds and subtitles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from pipeline.edit import MasterSpan, with_links
from pipeline.errors import PlanError
from pipeline.film import Film as FilmFile
from pipeline.film import resolve_times
from pipeline.graph import CardDrawing, CardSheet
from pipeline.languages import UNDETERMINED, language_name, same_language
from pipeline.package.qualities import FoundQualities, find_qualities
from pipeline.package.request import PackageRequest, PackageSubject, check_segments, whole_film
from pipeline.package.subtitles import find_subtitles
from pipeline.plan.campaigns import PACKAGES, Campaign, campaign_note
from pipeline.plan.cards import plan_sheet
from pipeline.plan.chunks import RungChunk, plan_chunk, plan_key_chunk
from pipeline.plan.clips import Film, Films
from pipeline.plan.edit_shots import find_edit_shots
from pipeline.plan.ladder import PictureLadder, choose_ladder, plan_ladder
from pipeline.plan.layout import Canvas
from pipeline.plan.reels import Chunk, Grid, Reel, Section, Sequel, Sharing, plan_sections
from pipeline.plan.soundtracks import (
    SoundSection,
    Soundtrack,
    Voice,
    plan_sound_sections,
    plan_soundtracks,
    plan_voices,
    with_main,
)
from pipeline.plan.stills import plan_still_chunk, still_qualities
from pipeline.plan.subtitles import Subtitles
from pipeline.plan.variants import Variant, variant_of_sections
from pipeline.presets import LadderPreset, load_ladder, load_ladders, load_style
from pipeline.regions import Wishes
from pipeline.shell.card_desk import CardDesk, card_desk
from pipeline.shell.chunks import picture_segment_keys, recall_keys, sound_segment_keys
from pipeline.shell.home import Home, find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.making import OnStage
from pipeline.shell.projects import FILM_FILE, film_for, film_told, find_project, open_project, safe_name
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy
from pipeline.shell.toolchain import describe_encoder, describe_toolchain
from pipeline.spelling import spelled


@dataclass(frozen=True)
class PlannedReel:
    """A reel, and what encodes those of its chunks that the package plays, each with its dense key pictures."""

    reel: Reel
    chunks: tuple[tuple[Chunk, tuple[RungChunk, ...]], ...]
    cards: tuple[CardDrawing, ...]
    """What the cards in it show."""
    kept_keys: tuple[str, ...]
    """Keys of what its shots' qualities and its segments' names are known by, which must not be removed."""


@dataclass(frozen=True)
class PackagePlan:
    """Everything that a package is made of."""

    subject: PackageSubject
    title: str
    film_title: str
    """The film's own, whatever it is called in a region."""
    folder: Path
    ladder: LadderPreset
    pictures: PictureLadder
    sections: tuple[Section, ...]
    reels: Mapping[Reel, PlannedReel]
    sounds: tuple[tuple[Soundtrack, tuple[SoundSection, ...]], ...]
    subtitles: tuple[Subtitles, ...]
    poster_at: Fraction | None
    """When the picture that stands for the film is shown in the package, in seconds, where somebody named it."""
    kept_keys: tuple[str, ...]
    """Keys of what it was planned from, which must not be removed."""
    workshop: Workshop
    notes: tuple[str, ...]
    shown_subtitles: Subtitles | None = None
    """Those that players show unasked."""

    @property
    def frames(self) -> int:
        """How many pictures the fastest rendition shows."""
        return sum(section.frames for section in self.sections)

    @property
    def variant(self) -> Variant | None:
        """How it differs from the film, where it is a region's."""
        if self.subject.region is None:
            return None
        return variant_of_sections(self.subject.region.id, self.sections, whole_film(self.subject.main))

    @property
    def duration(self) -> Fraction:
        """How long it plays, in seconds."""
        return self.pictures.rate.time_of(self.frames)

    def picture_keys(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Return the keys of the segments of a rendition, section by section."""
        return tuple(tuple(self._section_keys(section, name)) for section in self.sections)

    def sound_keys(self, sections: tuple[SoundSection, ...]) -> tuple[tuple[str, ...], ...]:
        """Return the keys of the segments of a soundtrack, section by section."""
        return tuple(sound_segment_keys(self.workshop.sound_key(one.node), one.packets) for one in sections)

    def _section_keys(self, section: Section, name: str) -> Iterator[str]:
        planned = self.reels[section.reel]
        for chunk, rungs in planned.chunks:
            rung = next(one for one in rungs if one.rendition.name == name)
            keys = picture_segment_keys(self.workshop, rung)
            for number, key in zip(chunk.segments, keys, strict=True):
                if section.first <= number < section.end:
                    yield key


def plan_package(subject: PackageSubject, request: PackageRequest, on_stage: OnStage) -> PackagePlan:
    """Lay out a package; makes no output.

    It writes a new film's project folder, and keeps in the store what it finds out about shots' quality. Raises
    PlanError for an edit that cannot be shown, PresetError, ProjectError for a bad film.toml.
    """
    try:
        return _plan(_with_campaign(_read_order(subject, request)), on_stage)
    except PlanError as error:
        raise PlanError(f"{subject.path}: {error.message}", remedy=error.remedy, **error.data) from error


def plan_cards(subject: PackageSubject, request: PackageRequest, sequel: Sequel, on_stage: OnStage) -> PackagePlan:
    """Lay out cards that stand beside films, in the renditions of the subject's main one; links stay as they are.

    Raises what `plan_package` raises.
    """
    return _plan(_read_order(subject, request), on_stage, sequel)


@dataclass(frozen=True)
class _Order:
    """What is asked of which films, and all that it names, read."""

    subject: PackageSubject
    request: PackageRequest
    home: Home
    project: Path
    """The folder of people's own files about the main film."""
    toml: FilmFile
    ladder: LadderPreset
    pictures: PictureLadder
    desk: CardDesk | None
    workshop: Workshop

    @property
    def films(self) -> Films:
        """The masters as planning knows them, by their digests."""
        return {study.digest: Film(study.digest, study.facts, study.shots.timeline) for study in self.subject.studies}

    @property
    def grid(self) -> Grid:
        """Where all renditions are cut."""
        return self.pictures.grid

    @property
    def sheet(self) -> CardSheet | None:
        """What cards are drawn on; None where there are none."""
        if self.desk is None:
            return None
        canvas = Canvas(*self.pictures.largest, ())
        logo = None if self.desk.kit.logo is None else self.desk.kit.logo.picture
        look, language = self.desk.style.card_look, self.desk.language
        return plan_sheet(look, canvas, logo=logo, language=language, tools=self.desk.tools)

    @property
    def folder(self) -> Path:
        """Where the package goes."""
        if self.request.out is not None:
            return self.request.out.absolute()
        folder = (self.request.outputs or self.home.out).absolute() / self.project.name
        if not self.subject.is_film:
            folder = folder / "edits" / safe_name(self.subject.edit.name)
        if self.subject.region is not None:
            folder = folder / "regions" / self.subject.region.id
        return folder / "hls"

    @property
    def wishes(self) -> Wishes:
        """What the region wants, for whom it plays; nothing where it plays for all."""
        return Wishes() if self.subject.region is None else self.subject.region.wishes


def _read_order(subject: PackageSubject, request: PackageRequest) -> _Order:
    home, main = find_home(), subject.main
    project = open_project(home.projects, main.digest, main.path)
    toml = film_for(project, main.path, main.digest)
    size = main.facts.picture.display_size
    ladder = load_ladder(request.ladder) if request.ladder else choose_ladder(load_ladders(), size)
    loudness = request.loudness_lufs
    if loudness is None and subject.region is not None:
        loudness = subject.region.wishes.loudness_lufs
    if loudness is not None:
        sound = ladder.sound.model_copy(update={"loudness_lufs": loudness})
        ladder = ladder.model_copy(update={"sound": sound})
    store = Store(home.store)
    told = subject.told or toml
    desk = card_desk(load_style(request.style), told, [subject.edit], store=store, fonts=home.fonts)
    workshop = Workshop(
        store,
        describe_toolchain(Ledger(home.ledger)),
        {study.digest: study.path.absolute() for study in subject.studies},
        {study.digest: study.identity for study in subject.studies},
        None if desk is None else desk.kit,
        describe_encoder(ladder.codec),
    )
    pictures = plan_ladder(ladder, size, main.shots.timeline.rate)
    return _Order(subject, request, home, project, toml, ladder, pictures, desk, workshop)


def _with_campaign(order: _Order) -> _Order:
    """Return the order with an edit whose cards' codes say that viewers come from its package."""
    subject, toml, region = order.subject, order.toml, order.subject.region
    if order.desk is None or order.sheet is None or not toml.campaign:
        return order
    campaign = Campaign.of_film(
        toml.title, order.project.name, region="" if region is None else region.id, event=toml.event or ""
    ).at(clip="" if subject.is_film else subject.edit.name, platform=PACKAGES)
    links = order.desk.links(subject.edit, order.sheet, campaign)
    notes = (*subject.notes, *links.notes, *campaign_note(links.told))
    return replace(order, subject=replace(subject, edit=with_links(subject.edit, links.told), notes=notes))


def _plan(order: _Order, on_stage: OnStage, sequel: Sequel = "nothing") -> PackagePlan:
    check_segments(order.folder)
    subject, ladder = order.subject, order.ladder
    whole = {study.digest: whole_film(study) for study in subject.studies if _is_like(subject.main, study)}
    # A region's film is packaged for others as well, whose segments it plays wherever it shows the same.
    sharing: Sharing = "much" if subject.region is None else "all"
    sections = plan_sections(subject.edit, order.grid, whole, sharing=sharing, sequel=sequel)
    played = {section.reel for section in sections}
    shared = {digest: reel for digest, edit in whole.items() if (reel := Reel.of(edit, order.grid)) in played}
    voices = {study.digest: _voices_of(study, order) for study in subject.studies}
    # The first film that sounds says in which languages: one without sound may open an edit.
    main_voices = with_main(next((found for found in voices.values() if found), ()), order.wishes.audio_language)
    tracks = plan_soundtracks(main_voices, ladder.sound, order.pictures.renditions)
    texts = find_subtitles(subject, order.home.projects, order.workshop.store)
    reels = {reel: _plan_reel(reel, sections, order, on_stage) for reel in dict.fromkeys(one.reel for one in sections)}
    return PackagePlan(
        subject=subject,
        title=spelled((subject.told or order.toml).title or subject.main.path.stem),
        film_title=spelled(order.toml.title or subject.main.path.stem),
        folder=order.folder,
        ladder=ladder,
        pictures=order.pictures,
        sections=sections,
        reels=reels,
        sounds=tuple(
            (track, plan_sound_sections(track, sections, ladder.sound, order.films, voices=voices, whole=shared))
            for track in tracks
        ),
        subtitles=texts.subtitles,
        poster_at=_poster_at(order),
        kept_keys=(*texts.keys, *subject.keys, *(key for planned in reels.values() for key in planned.kept_keys)),
        workshop=order.workshop,
        notes=(
            *subject.notes,
            *texts.notes,
            *_untold(tracks),
            *_unmet(order.wishes, tracks, texts.subtitles),
        ),
        shown_subtitles=_shown_unasked(order.wishes, tracks, texts.subtitles),
    )


def _shown_unasked(
    wishes: Wishes, tracks: tuple[Soundtrack, ...], subtitles: tuple[Subtitles, ...]
) -> Subtitles | None:
    """Return the subtitles that a region sees unasked: in its language, where it hears another."""
    wanted, heard = wishes.subtitle_language, next((one.voice.language for one in tracks if one.voice.is_main), None)
    if wanted is None or same_language(wanted, heard):
        return None
    return next((one for one in subtitles if one.kind == "plain" and same_language(wanted, one.language)), None)


def _unmet(wishes: Wishes, tracks: tuple[Soundtrack, ...], subtitles: tuple[Subtitles, ...]) -> Iterator[str]:
    """Yield which languages a region wishes that the film does not have."""
    audio, text = wishes.audio_language, wishes.subtitle_language
    heard = [one.voice.language for one in tracks]
    if audio is not None and not any(same_language(audio, one) for one in heard):
        yield f"No sound in {audio}: players start with the film's own."
    if text is not None and not any(same_language(text, one) for one in (*heard, *(one.language for one in subtitles))):
        yield f"No subtitles in {text}, nor sound: put film.{text}.srt beside the film."


def _untold(tracks: tuple[Soundtrack, ...]) -> Iterator[str]:
    """Yield what people should say of the sound, since nobody has."""
    if any(track.voice.language == UNDETERMINED for track in tracks):
        yield (
            f"Nobody says in which language the film is: players call its sound {language_name(UNDETERMINED)!r}. "
            'Say it in film.toml, such as language = ["en"].'
        )


def _voices_of(study: ShotStudy, order: _Order) -> tuple[Voice, ...]:
    told = film_told(find_project(order.home.projects, study.digest), study.path, study.digest)
    return plan_voices(study.facts, told.language or ())


def _is_like(main: ShotStudy, one: ShotStudy) -> bool:
    """Return whether a master, packaged by itself, would have the very renditions that another has."""
    same_size = one.facts.picture.display_size == main.facts.picture.display_size
    return same_size and one.shots.timeline.rate == main.shots.timeline.rate


def _plan_reel(reel: Reel, sections: tuple[Section, ...], order: _Order, on_stage: OnStage) -> PlannedReel:
    shots = find_edit_shots(reel.edit, reel.grid.rate, {one.digest: one.shots for one in order.subject.studies})
    cuts = [one.start_frame for one in shots.transitions if one.kind == "cut"]
    # A dissolve belongs to the shot that most of it shows.
    begins = {(one.start_frame + one.end_frame) // 2 for one in shots.transitions}
    starts = (0, *sorted(begin for begin in begins if 0 < begin < reel.frames))
    played = {number for one in sections if one.reel == reel for number in range(one.first, one.end)}
    chunks = [chunk for chunk in reel.chunks(cuts) if not played.isdisjoint(chunk.segments)]
    sheet, desk = order.sheet, order.desk
    cards = () if desk is None or sheet is None else desk.drawings(reel.edit, sheet)
    encoding, films = order.ladder.encoding, order.films
    if reel.is_still:
        found = FoundQualities(still_qualities(starts, order.pictures), ())
    else:
        found = find_qualities(
            reel, starts, cuts, order.pictures, order.ladder, films, order.workshop, on_stage, sheet=sheet, cards=cards
        )
    planned = []
    for chunk in chunks:
        if chunk.end <= reel.held:
            planned.append((chunk, plan_still_chunk(reel, chunk, order.pictures, encoding, films, sheet=sheet)))
            continue
        rungs = plan_chunk(
            reel, chunk, order.pictures, encoding, films, shots=starts, qualities=found.qualities, sheet=sheet
        )
        planned.append((chunk, (*rungs, plan_key_chunk(rungs[0].node.picture, chunk, order.pictures))))
    names = recall_keys(order.workshop, [rung for _, rungs in planned for rung in rungs])
    return PlannedReel(reel, tuple(planned), cards, (*found.keys, names))


def _poster_at(order: _Order) -> Fraction | None:
    """Return when a film's poster frame is shown in what is packaged; None where nobody named one that it shows."""
    main = order.subject.main
    wanted = resolve_times(order.toml, main.shots.timeline.rate, path=order.project / FILM_FILE).poster_frame
    if wanted is None:
        return None
    at = Fraction(0)
    for part in order.subject.edit.parts:
        if isinstance(part, MasterSpan) and part.master == main.digest and part.span.start <= wanted < part.span.end:
            return at + wanted - part.span.start
        at += part.duration
    return None
