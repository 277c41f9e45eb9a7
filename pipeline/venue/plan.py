"""What a venue file is to be made of, as values: its pieces, sound, chapters and cards, and where it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

from pipeline.edit import Edit, MasterSpan, merged
from pipeline.errors import PlanError
from pipeline.facts import spoken_in
from pipeline.film import Film as FilmFile
from pipeline.framing import centred
from pipeline.graph import CardDrawing, Join
from pipeline.plan.clips import Film, Films
from pipeline.plan.enlargement import enlarged
from pipeline.plan.folding import told_guess
from pipeline.plan.framing import picture_area
from pipeline.plan.layout import Canvas
from pipeline.plan.venue import VenueFormat, VenueParts, film_title, plan_venue
from pipeline.presets import DEFAULT_STYLE, load_style
from pipeline.shell.card_desk import CardDesk, card_desk
from pipeline.shell.home import Home, find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import film_told, find_project, safe_name
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy
from pipeline.shell.toolchain import describe_toolchain
from pipeline.timebase import FrameRate

_SHARP: Final = Fraction(3, 2)
"""Films that are enlarged more look soft on a large screen."""


@dataclass(frozen=True)
class VenuePlan:
    """Everything that a venue file is made of."""

    title: str
    folder: Path
    form: VenueFormat
    studies: tuple[ShotStudy, ...]
    """The films, in order of first use."""
    parts: VenueParts
    cards: tuple[CardDrawing, ...]
    """What the cards in it show."""
    workshop: Workshop
    notes: tuple[str, ...] = field(default=())
    """What people should know of it."""

    @property
    def path(self) -> Path:
        """Where the file goes."""
        return self.folder / f"{safe_name(self.title)}{self.form.suffix}"

    @property
    def sound_key(self) -> str:
        """The key of its sound."""
        return self.workshop.sound_key(self.parts.sound)

    @property
    def join(self) -> Join:
        """The file, as what it is joined from."""
        pictures = tuple(map(self.workshop.picture_key, self.parts.pictures))
        return Join(pictures, self.sound_key, self.parts.chapters, self.parts.pictures[0].container)


def plan_venue_file(
    edit: Edit,
    studies: Sequence[ShotStudy],
    form: VenueFormat,
    *,
    folder: Path | None = None,
    style: str = DEFAULT_STYLE,
) -> VenuePlan:
    """Lay out the venue file of a block; makes no output.

    `studies` are of the films that it plays, `folder` is where it goes, None for media/out/blocks/<title>, and `style`
    the id of the one that says how its cards look. Raises PlanError for an edit that plays no film or cannot be shown,
    PresetError for a style, ProjectError for a film.toml.
    """
    home, store = find_home(), Store(find_home().store)
    by_digest = {study.digest: study for study in studies}
    told = {digest: _told(by_digest[digest], home) for digest in edit.masters if digest in by_digest}
    films = {digest: _film(by_digest[digest], told[digest]) for digest in told}
    first = next(iter(told.values()), FilmFile())
    desk = card_desk(load_style(style), first, [edit], store=store, fonts=home.fonts)
    sheet = None if desk is None else desk.sheet(form.picture, Canvas(form.width_px, form.height_px, ()))
    titles = {digest: film.title or by_digest[digest].path.stem for digest, film in told.items()}
    try:
        parts = plan_venue(edit, form, films, titles, sheet=sheet)
        cards = () if desk is None or sheet is None else desk.drawings(edit, sheet)
    except PlanError as error:
        raise PlanError(f"The venue file: {error.message}", remedy=error.remedy, **error.data) from error
    used = tuple(by_digest[digest] for digest in told)
    return VenuePlan(
        title=edit.name,
        folder=(folder or home.out / "blocks" / safe_name(edit.name)).absolute(),
        form=form,
        studies=used,
        parts=parts,
        cards=cards,
        workshop=_workshop(used, desk, store, home),
        notes=tuple(dict.fromkeys(_notes(edit, films, titles, form))),
    )


def _told(study: ShotStudy, home: Home) -> FilmFile:
    """Return what people say of a film; nothing where they have said nothing yet."""
    return film_told(find_project(home.projects, study.digest), study.path, study.digest)


def _film(study: ShotStudy, told: FilmFile) -> Film:
    return Film(study.digest, spoken_in(study.facts, told.language or ()), study.shots.timeline)


def _workshop(studies: Sequence[ShotStudy], desk: CardDesk | None, store: Store, home: Home) -> Workshop:
    return Workshop(
        store,
        describe_toolchain(Ledger(home.ledger)),
        {study.digest: study.path.absolute() for study in studies},
        {study.digest: study.identity for study in studies},
        None if desk is None else desk.kit,
    )


def _notes(edit: Edit, films: Films, titles: Mapping[str, str], form: VenueFormat) -> Iterator[str]:
    """Yield what people should know of how films come to be shown."""
    for part in merged(edit).parts:
        if not isinstance(part, MasterSpan):
            continue
        facts = films[part.master].facts
        title, rate = film_title(part, titles), films[part.master].timeline.rate
        if films[part.master].timeline.ticks is not None:
            yield f"{title} has a variable frame rate; the file has a constant {_told_rate(form.rate)} frames a second."
        elif rate != form.rate:
            how = "some pictures are shown twice" if rate < form.rate else "some pictures are left out"
            yield f"{title} has {_told_rate(rate)} frames per second, and the file {_told_rate(form.rate)}: {how}."
        if facts.picture.colour.is_hdr:
            yield f"{title} is HDR; it is tone-mapped to SDR (BT.709)."
        times = _enlarged(films[part.master], form)
        if times > _SHARP:
            yield f"{title} is enlarged {float(times):.1f} times, and so soft; give a larger master."
        if facts.main_sound is None:
            yield f"{title} has no sound."
        elif guess := told_guess(facts.main_sound):
            yield f"{title}: {guess}"


def _told_rate(rate: FrameRate) -> str:
    return f"{float(rate.fps):.5g}"


def _enlarged(film: Film, form: VenueFormat) -> Fraction:
    shape = Fraction(form.width_px, form.height_px)
    (panel,) = centred(picture_area(film.facts.picture), (0, 1), shape=shape, fit="pad").panels
    return enlarged(panel, (form.width_px, form.height_px))
