"""What is asked for, and the films it is asked of, with their shots."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from pipeline.edit import Edit, MasterSpan, Part, is_edit_file
from pipeline.errors import PlanError, ProjectError
from pipeline.film import Film, resolve_times
from pipeline.plan.dressing import plan_dress
from pipeline.plan.regions import Region, pictured, regional, unshown_pictures
from pipeline.presets import DEFAULT_STYLE, load_ladder, load_regions, load_style
from pipeline.shell.apart import study_shots
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import FILM_FILE, file_that_says, film_for, open_project
from pipeline.shell.region_sources import FilmTold, FoundRegions, conformed_notes, find_regions, refuse_forbidden
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy, Trust
from pipeline.shell.whereabouts import find_edit_masters
from pipeline.spelling import spelled
from pipeline.timebase import Span

SEGMENTS: Final = "segments"
"""The folder of all segments in a package."""


@dataclass(frozen=True)
class PackageRequest:
    """Which ladder is wanted, and where the package goes."""

    ladder: str | None = None
    """Id of a ladder preset; None means the one whose shape is nearest to the film's."""
    out: Path | None = None
    """The package's own folder; None means hls/ in the film's folder of outputs."""
    outputs: Path | None = None
    """Where films have their folders of outputs; None means media/out."""
    style: str = DEFAULT_STYLE
    """Id of the style that says how an edit's cards look."""
    regions: tuple[str, ...] = ()
    """Ids of region presets, each of which gets a package; none: the film as it is everywhere."""
    loudness_lufs: Fraction | None = None
    """What every sound is brought to; None means what the ladder says, or the region."""
    trust: Trust = "identity"

    def __post_init__(self) -> None:
        """Raise PresetError or PlanError for what does not exist or cannot be used, before any film is read."""
        if self.ladder is not None:
            load_ladder(self.ladder)
        load_style(self.style)
        load_regions(self.regions)
        if self.out is not None and len(self.regions) > 1:
            raise PlanError(
                f"The packages of {len(self.regions)} regions cannot lie in one folder, {spelled(str(self.out))}.",
                remedy="Package them one by one, or leave --out out: each gets a folder of its own.",
            )
        for folder in (self.out, self.outputs):
            if folder is not None:
                _check_folder(folder.absolute())


@dataclass(frozen=True)
class PackageSubject:
    """A file that is packaged: a master, or an edit and the masters it uses."""

    path: Path
    studies: tuple[ShotStudy, ...]
    """The masters in order of first use, at least one."""
    edit: Edit
    """What plays; of a master, all of it."""
    region: Region | None = None
    """For whom it plays; None for all."""
    told: Film | None = None
    """What is known of the film, as its region tells of it; None: as its film.toml does."""
    notes: tuple[str, ...] = ()
    """What people should know of how it came to be so."""
    keys: tuple[str, ...] = ()
    """Of what it was made from, which must not be removed."""

    @property
    def main(self) -> ShotStudy:
        """The master that names the package and whose rate and shape it has."""
        return self.studies[0]

    @property
    def is_film(self) -> bool:
        """Whether it is one master, whole."""
        return not is_edit_file(self.path)

    @property
    def is_whole(self) -> bool:
        """Whether it plays all of its main master, once, and nothing else."""
        return self.plays_whole(self.edit.parts)

    def plays_whole(self, parts: Sequence[Part]) -> bool:
        """Tell whether parts of an edit are all of its main master, once, and nothing else, faded or not."""
        whole = Span(Fraction(0), self.main.shots.timeline.duration)
        return [(one.master, one.span) for one in parts if isinstance(one, MasterSpan)] == [
            (self.main.digest, whole)
        ] and len(parts) == 1


def study_subject(
    path: Path, request: PackageRequest, on_fraction: Callable[[float], None] | None = None
) -> PackageSubject:
    """Find the shots of a master, or of every master of an edit file. Raises MasterError or ProjectError."""
    if not is_edit_file(path):
        study = _study(path, request, on_fraction)
        return PackageSubject(path, (study,), whole_film(study))
    file, masters = find_edit_masters(path)
    studies = tuple(_study(master, request, on_fraction) for master in masters)
    if not studies:
        raise ProjectError(f"{path}: the edit uses no master, so there is no film to package.", path=str(path))
    return PackageSubject(path, studies, file.edit)


def regional_subjects(
    subject: PackageSubject, request: PackageRequest, on_fraction: Callable[[float], None] | None = None
) -> tuple[PackageSubject, ...]:
    """Return what is packaged for each region that is asked for, in order; the subject itself where none is.

    Film files that regions add are studied. Raises ProjectError, PresetError, MasterError, and PlanError where a region
    adds what must never be shown.
    """
    if not request.regions:
        return (subject,)
    home, main = find_home(), subject.main
    project = open_project(home.projects, main.digest, main.path)
    toml, film = file_that_says("regions", project, main.path, main.digest), film_for(project, main.path, main.digest)
    times = resolve_times(film, main.shots.timeline.rate, path=project / FILM_FILE)
    found = find_regions(
        request.regions, FilmTold(main, film, toml), lambda path: _study(path, request, on_fraction), Store(home.store)
    )
    for region in found.regions:
        refuse_forbidden(region, [one.span for one in times.never], main.digest, main.path)
    return tuple(_regional(subject, region, found, request) for region in found.regions)


def _regional(
    subject: PackageSubject, region: Region, found: FoundRegions[ShotStudy], request: PackageRequest
) -> PackageSubject:
    """Return a film or edit as a region gets it, with the region's own cards around it."""
    main, style = subject.main, load_style(request.style)
    rate, seconds = main.shots.timeline.rate, max(subject.edit.duration, Fraction(1))
    cards = style.model_copy(update={"cards": region.cards})
    told: tuple[str, ...] = ()
    if region.wishes.legal_line_on == "picture" and region.wishes.legal_line is not None:
        # Over all of a film, nothing of it could be shared.
        region = replace(region, wishes=region.wishes.model_copy(update={"legal_line_on": "cards"}))
        told = (f"{region.id}: the legal line stands on a card; in packages it is never over the picture.",)
    dress = plan_dress(
        region.film, cards, rate=rate, seconds=seconds, pictures=region.pictures.keys(), region=region.id
    )
    dress = pictured(dress, region)
    edit = regional(subject.edit, region, dress, master=main.digest)
    if edit.duration < rate.frame_duration:
        raise PlanError(f"{subject.path}: {region.id} is left nothing of it.", remedy="Remove less in film.toml.")
    known = {study.digest: study for study in (*found.studies, *subject.studies)}
    studies = tuple(known[digest] for digest in dict.fromkeys((main.digest, *edit.masters)))
    notes = (*told, *dress.notes, *unshown_pictures(region, cards), *conformed_notes(main, studies[1:], region.id))
    return replace(subject, edit=edit, studies=studies, region=region, told=region.film, notes=notes, keys=found.keys)


def whole_film(study: ShotStudy) -> Edit:
    """Return the edit that plays all of a master."""
    return Edit(study.path.stem, (MasterSpan(study.digest, Span(Fraction(0), study.shots.timeline.duration)),))


def check_segments(folder: Path) -> None:
    """Raise PlanError where the segments of a package would lie outside of its folder, where no player may look."""
    segments = folder / SEGMENTS
    if segments.is_symlink() and not segments.resolve().is_relative_to(folder.resolve()):
        raise PlanError(
            f"{spelled(str(segments))} is a link that leads out of the package's folder.",
            remedy="Remove the link, or let the whole folder lie where it leads and name that with --out.",
        )


def _check_folder(out: Path) -> None:
    """Raise PlanError for a place in which no package can lie."""
    standing = next((path for path in (out, *out.parents) if os.path.lexists(path)), out)
    if not standing.is_dir():
        raise PlanError(f"{spelled(str(standing))} is no folder.", remedy="Name another folder with --out.")
    store = find_home().store.resolve()
    if out.resolve().is_relative_to(store):
        raise PlanError(
            f"{spelled(str(out))} lies in the store {spelled(str(store))}, where `matinee gc` removes what no output "
            "needs.",
            remedy="Name another folder with --out.",
        )


def _study(path: Path, request: PackageRequest, on_fraction: Callable[[float], None] | None) -> ShotStudy:
    home = find_home()
    return study_shots(
        path, store=Store(home.store), ledger=Ledger(home.ledger), trust=request.trust, on_fraction=on_fraction
    )
