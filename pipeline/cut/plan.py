"""What is to be made of a film, as values: highlights, streams, clips, and the steps that the store lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from pipeline.cut.captioning import NONE, Captioner, FilmCaptions, captions_wanted, find_film_captions
from pipeline.cut.cards import CardDesk, card_desk
from pipeline.cut.choice import choose_from, cut_by_hand, dress_of, known_film
from pipeline.cut.framing import ClipFraming, frame_edit
from pipeline.cut.layout import seen_on
from pipeline.cut.ownframing import OwnFramings, named_framing
from pipeline.cut.request import CutRequest, Subject
from pipeline.cut.steps import PictureStep, PreviewStep, SoundStep, Step
from pipeline.edit import Edit, SoundFades
from pipeline.errors import PlanError
from pipeline.facts import MediaFacts, spoken_in
from pipeline.film import Film
from pipeline.graph import CardDrawing, LevelledSound, PictureEncode
from pipeline.plan import clips as clip_plans
from pipeline.plan.folding import told_guess
from pipeline.plan.highlights import Highlight, HighlightChoice
from pipeline.plan.layout import ButtonZone, Canvas, button_zones, canvases, shape_of
from pipeline.plan.overlaps import Overlap, find_overlaps
from pipeline.plan.reframing import Wish
from pipeline.plan.shots import FilmAnalysis
from pipeline.plan.streams import Assignment, MasterFormat, StreamPlan, plan_streams
from pipeline.presets import (
    HighlightsPreset,
    PlatformPreset,
    StylePreset,
    load_highlights,
    load_platforms,
    load_style,
)
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.previews import Preview
from pipeline.shell.projects import safe_name
from pipeline.shell.render import Workshop
from pipeline.shell.store import Artifact, Store
from pipeline.shell.study import Study
from pipeline.shell.toolchain import describe_toolchain
from pipeline.spelling import spelled
from pipeline.timebase import clock, timecode

OnStage = Callable[[str, float, float | None], None]
"""Told a stage's name, the share of it that is done (0 to 1), and how many times faster than playing it goes."""


@dataclass(frozen=True)
class PlannedClip:
    """One clip: a highlight as a platform wants it."""

    highlight: Highlight
    platform: PlatformPreset
    picture: PictureEncode
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
    """What of the film lies under them."""
    cards: tuple[CardDrawing, ...] = ()
    """What the cards in the picture show."""

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.highlight.id}-{self.platform.id}"

    @property
    def bytes_max(self) -> int | None:
        """The platform's largest file."""
        limit = self.platform.file.file_size_mb
        return None if limit is None or limit.max is None else int(limit.max * 1_000_000)


@dataclass(frozen=True)
class Refused:
    """A clip that is not made, though others are."""

    name: str
    why: str


@dataclass(frozen=True)
class FilmPlan:
    """Everything that is to be made of one subject."""

    subject: Subject
    title: str
    folder: Path
    """Where the outputs go."""
    preset: HighlightsPreset
    poster_frame: Fraction | None
    choice: HighlightChoice
    analysis: FilmAnalysis
    """What the highlights were chosen by."""
    scorer: str
    """Name and version of what scored the film's shots."""
    kept_keys: tuple[str, ...]
    """Keys of what the choice was made from besides the master's own, which must not be removed."""
    clips: tuple[PlannedClip, ...]
    refused: tuple[Refused, ...]
    """Clips that are not made, and why."""
    steps: tuple[Step, ...]
    """Those that make something the store lacks."""
    missing: frozenset[str]
    """Keys of pictures and sounds that are yet to be made."""
    notes: tuple[str, ...]
    """What the user should know."""
    reasons: tuple[str, ...]
    """Which platforms share a picture or a sound, and why others do not."""
    workshop: Workshop

    @property
    def highlights(self) -> tuple[Highlight, ...]:
        """The highlights, in the order of their names."""
        return self.choice.highlights


def plan_film(subject: Subject, request: CutRequest, on_stage: OnStage | None = None) -> FilmPlan:
    """Choose highlights, framing and streams and list the steps; makes no output.

    It writes a new film's project folder, and keeps in the store what it looked at.

    Raises PlanError where the film is too short, a platform cannot be served or an edit shows what it must not,
    ProjectError for a bad film.toml.
    """
    try:
        return _plan(subject, request, on_stage or _untold)
    except PlanError as error:
        raise PlanError(f"{subject.path}: {error.message}", remedy=error.remedy, **error.data) from error


def _untold(stage: str, share: float, speed: float | None) -> None:
    pass


def _plan(subject: Subject, request: CutRequest, on_stage: OnStage) -> FilmPlan:
    home = find_home()
    main = subject.main
    known = known_film(home.projects, main)
    preset = load_highlights(request.highlights)
    if request.count is not None:
        preset = preset.model_copy(update={"count": request.count})
    store, style = Store(home.store), load_style(request.style)
    if subject.edit is None:
        dress = dress_of(known.film, main, preset, style)
        chosen = choose_from(
            main, preset, known.times, store, dress=dress, on_fraction=lambda share: on_stage("highlights", share, None)
        )
    else:
        _refuse_forbidden(subject, subject.edit)
        # Outputs are named after the edit, which may be called anything.
        made = Highlight(safe_name(subject.edit.name), subject.edit, 1.0, ("cut by hand",), is_locked=True)
        chosen = cut_by_hand(main, preset, made, store)
    highlights, notes = chosen.choice.highlights, chosen.choice.notes
    edits = [highlight.edit for highlight in highlights]
    desk = card_desk(style, known.film, edits, store=store, fonts=home.fonts)
    films = {study.digest: _film(study) for study in subject.studies}
    folder = (request.out or home.out).absolute() / known.project.name
    if subject.edit is not None:
        folder = folder / "edits" / safe_name(subject.edit.name)
    if request.captions == NONE:
        style = style.model_copy(update={"captions": style.captions.model_copy(update={"show": "none"})})
    paths = {study.digest: study.path.absolute() for study in subject.studies}
    identities = {study.digest: study.identity for study in subject.studies}
    workshop = Workshop(
        store, describe_toolchain(Ledger(home.ledger)), paths, identities, None if desk is None else desk.kit
    )
    captions = FilmCaptions({})
    if style.captions.show != "none":
        files = {study.digest: known_film(home.projects, study).files for study in subject.studies}
        wish = captions_wanted(request.captions)
        captions = find_film_captions(subject.edit, subject.studies, files, subject.path.parent, wish, workshop)
        notes += captions.notes
    captioner = Captioner(captions, style.captions, workshop, home.fonts)
    clips: list[PlannedClip] = []
    reasons: tuple[str, ...] = ()
    # Highlights of one length share their streams, which take longer to choose than all else here.
    services = {seconds: _serve(subject, films, request, style, seconds) for seconds in _lengths(highlights)}
    studies = {study.digest: study for study in subject.studies}
    named = None if subject.edit is None else named_framing(subject.edit, subject.path.parent)
    own = OwnFramings(folder, named, studies, store, Ledger(home.ledger))
    studio = _Studio(films, studies, preset, style, store, captioner, own, desk)
    for number, highlight in enumerate(highlights):
        service = services[highlight.edit.duration]

        def tell(share: float, number: int = number) -> None:
            on_stage("framing", (number + share) / len(highlights), None)

        clips += _plan_clips(highlight, service, studio, tell)
        notes += service.skipped
        reasons += service.streams.reasons
    notes += tuple(studio.notes)
    steps = tuple(_steps(clips, workshop, studio.studies))
    missing = frozenset(key for step in steps for key in step.keys if store.find(key) is None)
    framing_keys = (key for clip in clips for key in clip.framing.keys)
    return FilmPlan(
        subject=subject,
        title=spelled(known.film.title or main.path.stem),
        folder=folder,
        preset=preset,
        poster_frame=known.times.poster_frame,
        choice=chosen.choice,
        analysis=chosen.analysis,
        scorer=chosen.scorer,
        kept_keys=tuple(dict.fromkeys((*chosen.keys, *captions.keys, *framing_keys))),
        clips=tuple(clips),
        refused=tuple(studio.refused),
        steps=tuple(step for step in steps if missing.intersection(step.keys)),
        missing=missing,
        notes=(*_film_notes(known.film, subject, films[main.digest].facts), *dict.fromkeys(notes)),
        reasons=tuple(dict.fromkeys(reasons)),
        workshop=workshop,
    )


def _film(study: Study) -> clip_plans.Film:
    """Return a master as planning knows it, with its sound in the language that its film.toml names."""
    languages = known_film(find_home().projects, study).film.language
    return clip_plans.Film(study.digest, spoken_in(study.facts, languages), study.analysis.timeline)


def _refuse_forbidden(subject: Subject, edit: Edit) -> None:
    """Raise PlanError where an edit shows what the film.toml of one of its films says must never be shown."""
    projects = find_home().projects
    for study in subject.studies:
        rate = study.analysis.timeline.rate
        for forbidden in known_film(projects, study).times.never:
            spans = (used.span for used in edit.spans if used.master == study.digest)
            if any(forbidden.span.overlap(span) > 0 for span in spans):
                ends = (timecode(rate.nearest_frame(time), rate) for time in (forbidden.span.start, forbidden.span.end))
                note = f" ({forbidden.note})" if forbidden.note else ""
                raise PlanError(
                    f"the edit uses some of {'–'.join(ends)} of {study.path.name}, which its "
                    f"film.toml says must never be shown{note}.",
                    remedy="Cut it out of the edit, or take the stretch out of film.toml.",
                )


@dataclass(frozen=True)
class _Service:
    """Which platforms get clips of some length, made of which streams, and which get none, in words."""

    platforms: tuple[PlatformPreset, ...]
    laid: Mapping[str, Canvas]
    """What each platform's pictures are laid out on, by its id."""
    streams: StreamPlan
    skipped: tuple[str, ...]


def _lengths(highlights: Sequence[Highlight]) -> tuple[Fraction, ...]:
    return tuple(dict.fromkeys(highlight.edit.duration for highlight in highlights))


def _serve(
    subject: Subject, films: clip_plans.Films, request: CutRequest, style: StylePreset, seconds: Fraction
) -> _Service:
    width, height = subject.main.facts.picture.display_size
    sounds = (film.facts.main_sound for film in films.values())
    channels = max((sound.channels for sound in sounds if sound is not None), default=0)
    form = MasterFormat(width, height, subject.main.analysis.timeline.rate, channels)
    platforms, skipped = _platforms(request.platforms, form, seconds)
    laid = canvases(platforms, style.layout.zones)
    streams = plan_streams(platforms, form, seconds, laid={name: canvas.covered for name, canvas in laid.items()})
    service = _Service(platforms, laid, streams, skipped)
    return replace(service, skipped=(*skipped, *_price(service, form, seconds)))


def _price(service: _Service, form: MasterFormat, seconds: Fraction) -> tuple[str, ...]:
    """Return what laying out platforms by themselves costs, in words; nothing where none is."""
    laid = {(shape_of(one), service.laid[one.id].covered) for one in service.platforms}
    if len(laid) == len({shape for shape, _ in laid}):
        return ()
    common, count = len(plan_streams(service.platforms, form, seconds).pictures), len(service.streams.pictures)
    return (f"Laid out for platforms by themselves: {count} pictures for each highlight instead of {common}.",)


@dataclass(frozen=True)
class _Studio:
    """What every clip of a film is made with."""

    films: clip_plans.Films
    studies: Mapping[str, Study]
    preset: HighlightsPreset
    style: StylePreset
    store: Store
    captioner: Captioner
    own: OwnFramings
    desk: CardDesk | None
    notes: list[str] = field(default_factory=list)
    """What the user should know, as it comes up."""
    refused: list[Refused] = field(default_factory=list)


def _plan_clips(
    highlight: Highlight, service: _Service, studio: _Studio, on_fraction: Callable[[float], None]
) -> list[PlannedClip]:
    by_id = {platform.id: platform for platform in service.platforms}

    laid = service.laid
    framings = _framings(highlight, service, studio, on_fraction)

    def clip(assignment: Assignment) -> PlannedClip:
        shape, framing = assignment.picture, framings[assignment.platform]
        platform, canvas = by_id[assignment.platform], laid[assignment.platform]
        seen, artifact = seen_on(canvas, highlight.edit, framing.framing, studio.studies, studio.store)
        captioned = studio.captioner.caption(highlight.edit, shape.frame_rate, canvas, seen)
        studio.notes.extend(captioned.notes)
        sheet = None if studio.desk is None else studio.desk.sheet(shape, canvas)
        cards = () if studio.desk is None or sheet is None else studio.desk.drawings(highlight.edit, sheet)
        picture = clip_plans.plan_picture(
            highlight.edit,
            shape,
            studio.films,
            framing=framing.framing,
            captions=captioned.drawn,
            sheet=sheet,
        )
        sound = None
        if assignment.sound is not None:
            rate, fades = assignment.picture.frame_rate, highlight.edit.fades
            usual = SoundFades(studio.preset.sound.fade_in_s, studio.preset.sound.fade_out_s)
            sound = clip_plans.plan_sound(
                highlight.edit, assignment.sound, studio.films, rate=rate, fades=fades or usual
            )
        zones = button_zones((platform,), width_px=canvas.width_px, height_px=canvas.height_px)
        size = (canvas.width_px, canvas.height_px)
        overlaps = find_overlaps(captioned.boxes, seen, zones, size=size, style=studio.style.layout)
        return PlannedClip(
            highlight=highlight,
            platform=platform,
            picture=picture,
            sound=sound,
            framing=replace(framing, keys=(*framing.keys, artifact.key, *captioned.keys)),
            captions=captioned.srt,
            preview=Preview(highlight.edit, framing.framing, canvas),
            canvas=canvas,
            zones=zones,
            overlaps=overlaps,
            cards=cards,
        )

    planned = [clip(assignment) for assignment in service.streams.assignments]
    studio.refused.extend(Refused(one.name, _why_refused(one)) for one in planned if _why_refused(one))
    return [one for one in planned if not _why_refused(one)]


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


def _framings(
    highlight: Highlight, service: _Service, studio: _Studio, on_fraction: Callable[[float], None]
) -> dict[str, ClipFraming]:
    """Return how a highlight is framed for each platform: as a person's file says, else as was found."""
    wishes = {
        one.id: Wish(
            shape_of(one),
            one.picture.fit,
            studio.style.framing,
            service.laid[one.id].zones,
            (service.laid[one.id].width_px, service.laid[one.id].height_px),
        )
        for one in service.platforms
    }
    found = frame_edit(highlight.edit, studio.studies, list(wishes.values()), studio.store, on_fraction=on_fraction)
    framings = {}
    for platform, wish in wishes.items():
        own, told = studio.own.find(f"{highlight.id}-{platform}", highlight.edit, wish.shape)
        framings[platform] = own or found[wish]
        studio.notes.extend([told] if told else [])
    return framings


def _platforms(
    wanted: Sequence[str] | None, form: MasterFormat, seconds: Fraction
) -> tuple[tuple[PlatformPreset, ...], tuple[str, ...]]:
    """Return the platforms to serve; where all are meant, those that cannot take the clip are left out and told."""
    if wanted is not None:
        return load_platforms(wanted), ()
    served, skipped = [], []
    for platform in load_platforms(()):
        try:
            plan_streams([platform], form, seconds)
        except PlanError as error:
            skipped.append(f"Left out {platform.name}: {error}")
        else:
            served.append(platform)
    if not served:
        raise PlanError(f"No platform takes this clip. {' '.join(skipped)}")
    return tuple(served), tuple(skipped)


def _steps(clips: Sequence[PlannedClip], workshop: Workshop, studies: Mapping[str, Study]) -> list[Step]:
    """Return one step for all pictures that share their parts, then previews and each sound, in highlight order."""
    steps: list[Step] = []
    for highlight in dict.fromkeys(clip.highlight for clip in clips):
        own = [clip for clip in clips if clip.highlight == highlight]
        groups: dict[tuple[object, ...], list[PlannedClip]] = {}
        for clip in own:
            groups.setdefault((clip.picture.decoded, clip.picture.rate), []).append(clip)
        for group in groups.values():
            nodes = tuple(dict.fromkeys(clip.picture for clip in group))
            cards = tuple(dict.fromkeys(card for clip in group for card in clip.cards))
            sizes = ", ".join(dict.fromkeys(f"{node.width_px}×{node.height_px}" for node in nodes))
            steps.append(PictureStep(f"{highlight.id} picture {sizes}", workshop, nodes, cards))
        previews = tuple(dict.fromkeys(clip.preview for clip in own))
        steps.append(PreviewStep(f"{highlight.id} framing previews", workshop, previews, studies))
        for sound in dict.fromkeys(clip.sound for clip in own if clip.sound is not None):
            goal = f"{float(sound.goal.loudness_lufs):g} LUFS, limited by {float(sound.goal.limiting_db_max):g} dB"
            name = f"{highlight.id} sound {sound.kbps} kb/s at {goal}"
            steps.append(SoundStep(name, workshop, sound))
    return steps


def _film_notes(film: Film, subject: Subject, facts: MediaFacts) -> tuple[str, ...]:
    notes = []
    decoding = subject.main.analysis.decoding
    if len(facts.sounds) > 1:
        sound = facts.main_sound
        language = f" ({sound.language})" if sound and sound.language else ""
        which = "default one" if sound == subject.main.facts.main_sound else "one that film.toml names"
        notes.append(f"The film has {len(facts.sounds)} audio tracks; the clips use the {which}{language}.")
    if facts.main_sound is not None and (guess := told_guess(facts.main_sound)):
        notes.append(guess)
    if decoding.corrupt_count:
        notes.append(f"{decoding.corrupt_count} damaged pictures in the film; look at the clips before they go out.")
    if facts.picture.colour.is_hdr:
        notes.append("The film is HDR; the clips are tone-mapped to SDR (BT.709).")
    if subject.main.analysis.timeline.ticks is not None:
        rate = subject.main.analysis.timeline.rate
        notes.append(f"The film has a variable frame rate; the clips have a constant {rate} frames per second.")
    if film.rating:
        notes.append(f"Rated {film.rating}.")
    return tuple(notes)
