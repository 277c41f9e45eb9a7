"""What is to be made of a film, as values: its highlights, their clips, and the steps that the store lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from pipeline.cut.captioning import Captioner, FilmCaptions, StandingLine, find_film_captions
from pipeline.cut.choice import (
    Chosen,
    choose_bodies,
    choose_from,
    cut_by_hand,
    dress_of,
)
from pipeline.cut.clips import HighlightClips, PlannedClip, Refused, Studio, plan_clips
from pipeline.cut.cutting import Cutting
from pipeline.cut.notes import campaign_notes, enlargement_notes, film_notes
from pipeline.cut.order import Order, read_order
from pipeline.cut.ownframing import BenchFramings, OwnFramings, named_framing
from pipeline.cut.regions import Dressing, always_changed, changed_times, plan_highlights
from pipeline.cut.request import CutRequest, Subject
from pipeline.cut.service import Service, serve
from pipeline.cut.steps import Step, plan_steps
from pipeline.edit import Edit, MasterSpan
from pipeline.errors import PlanError
from pipeline.facts import spoken_in
from pipeline.film import Film
from pipeline.plan import clips as clip_plans
from pipeline.plan.highlights import Highlight, HighlightChoice
from pipeline.plan.regions import Region
from pipeline.plan.shots import FilmAnalysis
from pipeline.plan.variants import Variant, variant_of_pieces
from pipeline.presets import HighlightsPreset
from pipeline.regions import Wishes
from pipeline.shell.caption_sources import NO_CAPTIONS, CaptionWish, captions_wanted
from pipeline.shell.card_desk import card_desk
from pipeline.shell.ledger import Ledger
from pipeline.shell.making import OnStage
from pipeline.shell.projects import misnamed_note, safe_name
from pipeline.shell.region_sources import conformed_notes, refuse_forbidden
from pipeline.shell.render import Workshop
from pipeline.shell.study import Study
from pipeline.shell.toolchain import describe_toolchain
from pipeline.spelling import spelled
from pipeline.timebase import Span, timecode

_NO_WISHES: Final = Wishes()


@dataclass(frozen=True)
class FilmPlan:
    """Everything that is to be made of one subject, for a region or for all."""

    subject: Subject
    request: CutRequest
    """What was asked for."""
    title: str
    film_title: str
    """The film's own, whatever it is called in a region."""
    folder: Path
    """Where the outputs go."""
    framing_folder: Path
    """Where that goes which regions of a film have one of: how clips are framed, pictures of the whole film."""
    preset: HighlightsPreset
    poster_frame: Fraction | None
    choice: HighlightChoice
    """What was chosen of the film; of regions, what their clips have in common."""
    highlights: tuple[Highlight, ...]
    """What clips show, in the order of their names."""
    analysis: FilmAnalysis
    """What the highlights were chosen by."""
    scorer: str
    """Name and version of what scored the film's shots."""
    choice_keys: tuple[str, ...]
    """Keys of what the choice was made from besides the master's own."""
    kept_keys: tuple[str, ...]
    """These, and those of what else the clips were planned from: what must not be removed."""
    clips: tuple[PlannedClip, ...]
    refused: tuple[Refused, ...]
    """Clips that are not made, and why."""
    steps: tuple[Step, ...]
    """Those that make something the store lacks, but for what another region's plan before it makes."""
    missing: frozenset[str]
    """Keys of pictures and sounds that are yet to be made."""
    notes: tuple[str, ...]
    """What the user should know."""
    reasons: tuple[str, ...]
    """Which platforms share a picture or a sound, and why others do not."""
    workshop: Workshop
    region: Region | None = None
    """For whom they are; None for all."""

    @property
    def variants(self) -> tuple[tuple[str, Variant], ...]:
        """How each highlight of a region differs from those of others, in the pictures of its first platform."""
        return () if self.region is None else tuple(_variants(self.region, self.clips, self.subject.main))


def plan_film(subject: Subject, request: CutRequest, on_stage: OnStage | None = None) -> tuple[FilmPlan, ...]:
    """Choose highlights, framing and streams and list the steps; makes no output. One plan, or one for each region.

    It writes a new film's project folder, and keeps in the store what it looked at.

    Raises PlanError where the film is too short, a platform cannot be served or an edit shows what it must not,
    ProjectError for a bad film.toml.
    """
    try:
        return tuple(_plan(subject, request, on_stage or _untold))
    except PlanError as error:
        raise PlanError(f"{subject.path}: {error.message}", remedy=error.remedy, **error.data) from error


def plan_highlight(
    order: Order, highlight: Highlight, bench: BenchFramings, on_stage: OnStage | None = None
) -> HighlightClips:
    """Return the clips of one highlight alone, as a cutting room has them; looks at what it shows where the store
    lacks that.

    Raises what `plan_clips` raises, and PlanError where no platform takes it.
    """
    studio = _furnish(order, (highlight,))
    studio = replace(studio, own=replace(studio.own, folder=bench.folder, bench=bench))
    services = _serve_all(order, studio, (highlight,))
    return _plan_all([Cutting.alone(highlight, order.subject.studies)], services, studio, on_stage or _untold)[0]


def _untold(stage: str, share: float, speed: float | None) -> None:
    pass


def _plan(subject: Subject, request: CutRequest, on_stage: OnStage) -> Iterator[FilmPlan]:
    order = read_order(subject, request)
    if not request.regions:
        chosen = _choose(order, on_stage)
        alone = [Cutting.alone(one, subject.studies) for one in chosen.choice.highlights]
        yield _planned(order, chosen, alone, (), on_stage)
        return
    for region in subject.regions:
        never = [one.span for one in order.main.times.never]
        refuse_forbidden(region, never, subject.main.digest, subject.main.path)
    of_all: tuple[str, ...] = ()
    if subject.edit is None:
        of_all = always_changed(order.main, subject.regions)
        order = replace(order, known={**order.known, subject.main.digest: changed_times(order.main, subject.regions)})
    chosen, dressing = _choose_bodies(order, on_stage)
    found = plan_highlights(chosen.choice, dressing, order.main, subject.main, subject.studies)
    planned: set[str] = set()
    for name in dict.fromkeys(request.regions):
        region = next(one for one in subject.regions if one.id == name)
        notes = (
            *of_all,
            *dressing.dresses[name].notes,
            *(note for note in found.notes if note.startswith(f"{name}: ")),
        )
        added = [study for study in subject.studies if study.digest in subject.added]
        used = {digest for cutting in found.cuttings[name] for digest in cutting.highlight.edit.masters}
        notes += tuple(conformed_notes(subject.main, [one for one in added if one.digest in used], name))
        plan = _planned(replace(order, region=region), chosen, found.cuttings[name], notes, on_stage)
        yield replace(plan, steps=tuple(one for one in plan.steps if not planned.issuperset(one.keys)))
        planned |= plan.missing


def _planned(
    order: Order, chosen: Chosen, cuttings: Sequence[Cutting], notes: tuple[str, ...], on_stage: OnStage
) -> FilmPlan:
    """Return the plan of some highlights."""
    highlights = tuple(one.highlight for one in cuttings)
    studio = _furnish(order, highlights)
    services = _serve_all(order, studio, highlights)
    planned = _plan_all(cuttings, services, studio, on_stage)
    clips = tuple(clip for one in planned for clip in one.made)
    workshop = studio.captioner.workshop
    steps = plan_steps(clips, workshop, order.subject.by_digest)
    missing = frozenset(key for step in steps for key in step.keys if order.store.find(key) is None)
    return FilmPlan(
        subject=order.subject,
        request=order.request,
        title=spelled(order.told.title or order.subject.main.path.stem),
        film_title=spelled(order.main.film.title or order.subject.main.path.stem),
        folder=order.folder,
        framing_folder=order.framing_folder,
        preset=order.preset,
        poster_frame=order.main.times.poster_frame,
        choice=chosen.choice,
        highlights=highlights,
        analysis=chosen.analysis,
        scorer=chosen.scorer,
        choice_keys=chosen.keys,
        kept_keys=_kept_keys(order, chosen, studio, clips),
        clips=clips,
        refused=tuple(refused for one in planned for refused in one.refused),
        steps=tuple(step for step in steps if missing.intersection(step.keys)),
        missing=missing,
        notes=(*_notes(order, chosen, studio, services, planned), *notes, *_regional_notes(order, clips)),
        reasons=tuple(dict.fromkeys(reason for service in services for reason in service.streams.reasons)),
        workshop=workshop,
        region=order.region,
    )


def _regional_notes(order: Order, clips: Sequence[PlannedClip]) -> Iterator[str]:
    """Yield why clips of a region share less of their pictures with others than they could."""
    if order.region is None:
        return
    drawn = [clip.name for clip in clips if any(picture.captions is not None for picture in clip.pictures)]
    if drawn:
        yield (
            f"{order.region.id}: text is drawn over {', '.join(drawn)}, so that regions share those pictures where "
            'it is the same alone; captions as files (subtitles = "file") would let them share all.'
        )


def _variants(region: Region, clips: Sequence[PlannedClip], main: Study) -> Iterator[tuple[str, Variant]]:
    film = Edit("film", (MasterSpan(main.digest, Span(Fraction(0), main.analysis.timeline.duration)),))
    first: dict[str, PlannedClip] = {}
    for clip in clips:
        first.setdefault(clip.highlight.id, clip)
    for name, clip in first.items():
        own, *others = clip.pieces.of
        shared = frozenset(piece for pieces in others[:-1] for piece in pieces) - clip.written
        yield name, variant_of_pieces(region.id, own, shared, film)


def _choose(order: Order, on_stage: OnStage) -> Chosen:
    main, edit, preset = order.subject.main, order.subject.edit, order.preset
    if edit is None:
        dress = dress_of(order.main.film, main, preset, order.style)

        def tell(share: float) -> None:
            on_stage("highlights", share, None)

        return choose_from(main, preset, order.main.times, order.store, dress=dress, on_fraction=tell)
    _refuse_forbidden(order, edit)
    made = Highlight(safe_name(edit.name), edit, 1.0, ("cut by hand",), is_locked=True)
    return cut_by_hand(main, preset, made, order.store)


def _choose_bodies(order: Order, on_stage: OnStage) -> tuple[Chosen, Dressing]:
    """Return what the clips of all regions have in common, and what each of them puts around it."""
    main, edit, preset, regions = order.subject.main, order.subject.edit, order.preset, order.subject.regions
    if edit is not None:
        return _choose(order, on_stage), Dressing.of(regions, order.style, main, edit.duration)
    seconds = preset.lengths_s[0]
    dressing = Dressing.of(regions, order.style, main, seconds)
    dressing.refuse_too_long(seconds)

    def tell(share: float) -> None:
        on_stage("highlights", share, None)

    around_s = dressing.longest_s
    chosen = choose_bodies(main, preset, order.main.times, order.store, around_s=around_s, on_fraction=tell)
    return chosen, dressing


def _refuse_forbidden(order: Order, edit: Edit) -> None:
    """Raise PlanError where an edit shows what the film.toml of one of its films says must never be shown."""
    for digest, study in order.subject.by_digest.items():
        rate = study.analysis.timeline.rate
        for forbidden in order.known[digest].times.never:
            spans = (used.span for used in edit.spans if used.master == digest)
            if any(forbidden.span.overlap(span) > 0 for span in spans):
                ends = (timecode(rate.nearest_frame(time), rate) for time in (forbidden.span.start, forbidden.span.end))
                note = f" ({forbidden.note})" if forbidden.note else ""
                raise PlanError(
                    f"the edit uses some of {'–'.join(ends)} of {study.path.name}, which its "
                    f"film.toml says must never be shown{note}.",
                    remedy="Cut it out of the edit, or take the stretch out of film.toml.",
                )


def _furnish(order: Order, highlights: Sequence[Highlight]) -> Studio:
    """Return what the clips of some highlights are made with. Raises ProjectError and PresetError."""
    subject, store, studies = order.subject, order.store, order.subject.by_digest
    edits = [highlight.edit for highlight in highlights]
    desk = card_desk(order.worn, order.told, edits, store=store, fonts=order.home.fonts)
    workshop = Workshop(
        store,
        describe_toolchain(Ledger(order.home.ledger)),
        {digest: study.path.absolute() for digest, study in studies.items()},
        {digest: study.identity for digest, study in studies.items()},
        None if desk is None else desk.kit,
    )
    wishes = order.wishes
    is_drawn = wishes.legal_line is not None and wishes.legal_line_on == "picture"
    line = StandingLine(wishes.legal_line or "", wishes.language) if is_drawn else None
    captioner = Captioner(_captions(order, workshop), order.worn.captions, workshop, order.home.fonts, line)
    named = None if subject.edit is None else named_framing(subject.edit, subject.path.parent)
    own = OwnFramings(order.framing_folder, named, studies, store, Ledger(order.home.ledger))
    films = {digest: film_of(study, order.known[digest].film, order.wishes) for digest, study in studies.items()}
    return Studio(films, studies, order.preset, order.worn, store, captioner, own, desk, order.campaign)


def _captions(order: Order, workshop: Workshop) -> FilmCaptions:
    if order.worn.captions.show == "none":
        asked = order.request.captions not in (None, NO_CAPTIONS)
        told = f"Style {order.style.id!r} shows no captions, so those that were asked for are left out."
        return FilmCaptions({}, (told,) if asked else ())
    subject, files = order.subject, {digest: known.files for digest, known in order.known.items()}
    wish = captions_wanted(order.request.captions)
    if order.request.captions is None and order.wishes.subtitle_language is not None:
        wish = CaptionWish(language=order.wishes.subtitle_language, else_own=True)
    return find_film_captions(subject.edit, subject.studies, files, subject.path.parent, wish, workshop)


def film_of(study: Study, film: Film, wishes: Wishes = _NO_WISHES) -> clip_plans.Film:
    """Return a master as planning knows it, with its sound in the language of a region, else in film.toml's."""
    languages = film.language if wishes.audio_language is None else (wishes.audio_language, *film.language)
    return clip_plans.Film(study.digest, spoken_in(study.facts, languages), study.analysis.timeline)


def _serve_all(order: Order, studio: Studio, highlights: Sequence[Highlight]) -> list[Service]:
    """Return the service of each highlight; those of one length share theirs, which takes longest of all here."""
    services: dict[Fraction, Service] = {}
    for seconds in dict.fromkeys(highlight.edit.duration for highlight in highlights):
        services[seconds] = serve(order.subject, studio.films, order.wanted, order.worn, seconds, order.region)
    return [services[highlight.edit.duration] for highlight in highlights]


def _plan_all(
    cuttings: Sequence[Cutting], services: Sequence[Service], studio: Studio, on_stage: OnStage
) -> list[HighlightClips]:
    planned = []
    for number, (cutting, service) in enumerate(zip(cuttings, services, strict=True)):

        def tell(share: float, number: int = number) -> None:
            on_stage("framing", (number + share) / len(cuttings), None)

        planned.append(plan_clips(cutting, service, studio, tell))
    return planned


def _kept_keys(order: Order, chosen: Chosen, studio: Studio, clips: Sequence[PlannedClip]) -> tuple[str, ...]:
    framing_keys = (key for clip in clips for key in clip.framing.keys)
    return tuple(
        dict.fromkeys((*chosen.keys, *order.subject.region_keys, *studio.captioner.captions.keys, *framing_keys))
    )


def _notes(
    order: Order,
    chosen: Chosen,
    studio: Studio,
    services: Sequence[Service],
    planned: Sequence[HighlightClips],
) -> tuple[str, ...]:
    skipped = (note for service in services for note in service.skipped)
    of_clips = [note for one in planned for note in one.notes]
    names = {digest: study.path.name for digest, study in order.subject.by_digest.items()}
    made = tuple(clip for one in planned for clip in one.made)
    of_clips += (*enlargement_notes(made, order.worn, names), *campaign_notes(made))
    notes = (*chosen.choice.notes, *studio.captioner.captions.notes, *skipped, *of_clips)
    main = order.subject.main
    of_film = film_notes(main.analysis, main.facts, studio.films[main.digest].facts, order.told)
    misnamed = misnamed_note(main.path)
    return (*of_film, *(() if misnamed is None else (misnamed,)), *dict.fromkeys(notes))
