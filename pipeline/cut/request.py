"""What is asked for, and what the files that it is asked of are: a master, or an edit of masters, studied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.cut.timeline_files import find_timeline_masters, is_timeline_file, timeline_edit
from pipeline.edit import Edit, is_edit_file
from pipeline.errors import PlanError, ProjectError
from pipeline.plan.campaigns import check_part
from pipeline.plan.regions import Region
from pipeline.presets import (
    DEFAULT_HIGHLIGHTS,
    DEFAULT_STYLE,
    load_highlights,
    load_platforms,
    load_regions,
    load_style,
)
from pipeline.shell.apart import study_master
from pipeline.shell.caption_sources import captions_wanted
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import file_that_says, film_for, open_project
from pipeline.shell.region_sources import FilmTold, find_regions, wanted_regions
from pipeline.shell.store import Store
from pipeline.shell.study import Study, Trust
from pipeline.shell.whereabouts import find_edit_masters


@dataclass(frozen=True)
class CutRequest:
    """Which clips are wanted, and where."""

    platforms: tuple[str, ...] | None = None
    """Ids of platform presets; None means all of them."""
    highlights: str = DEFAULT_HIGHLIGHTS
    count: int | None = None
    """How many highlights; None means as many as the preset says."""
    style: str = DEFAULT_STYLE
    """Id of the style that says how clips look."""
    captions: str | None = None
    """A file of captions, a language, or 'none'; None means whichever suit the film."""
    regions: tuple[str, ...] = ()
    """Ids of region presets, each of which gets clips of its own; none: clips as they are everywhere."""
    event: str | None = None
    """For what the clips are, which codes on their cards say: empty for nothing, None as film.toml says."""
    out: Path | None = None
    trust: Trust = "identity"

    def __post_init__(self) -> None:
        """Raise PresetError or PlanError for what does not exist, before any film is read."""
        load_platforms(self.platforms or ())
        load_highlights(self.highlights)
        load_style(self.style)
        captions_wanted(self.captions)
        load_regions(self.regions)
        check_part(self.event or "")
        if self.count is not None and not 1 <= self.count <= 100:
            raise PlanError(f"{self.count} highlights cannot be cut; ask for 1 to 100.")


@dataclass(frozen=True)
class Subject:
    """A file that clips are cut from: a master, or an edit and the masters it uses."""

    path: Path
    studies: tuple[Study, ...]
    """The masters in order of first use, at least one."""
    edit: Edit | None
    """None for a master, whose highlights are to be chosen."""
    regions: tuple[Region, ...] = ()
    """Where regions are asked for, those, and all others that the film has: they share what they show."""
    region_keys: tuple[str, ...] = ()
    """Of what these were made from, which must not be removed."""
    added: frozenset[str] = frozenset()
    """Digests of the masters that only regions add, of which no film.toml speaks."""

    @property
    def main(self) -> Study:
        """The master that names the outputs and whose rate and shape the clips have."""
        return self.studies[0]

    @property
    def by_digest(self) -> dict[str, Study]:
        """The masters by their digests."""
        return {study.digest: study for study in self.studies}


def analyse(path: Path, request: CutRequest, on_fraction: Callable[[float], None] | None = None) -> Subject:
    """Study a master, or every master of an edit or of an editing program's timeline.

    Raises MasterError or ProjectError where that cannot be.
    """
    if is_timeline_file(path):
        return _with_regions(_of_timeline(path, request, on_fraction), request, on_fraction)
    if not is_edit_file(path):
        subject = Subject(path, (study_film(path, trust=request.trust, on_fraction=on_fraction),), None)
        return _with_regions(subject, request, on_fraction)
    file, masters = find_edit_masters(path)
    studies = tuple(study_film(master, trust=request.trust, on_fraction=on_fraction) for master in masters)
    if not studies:
        raise ProjectError(f"{path}: the edit uses no master, so there is no film to cut.", path=str(path))
    return _with_regions(Subject(path, studies, file.edit), request, on_fraction)


def _of_timeline(path: Path, request: CutRequest, on_fraction: Callable[[float], None] | None) -> Subject:
    text, masters = find_timeline_masters(path)
    studies = {
        study.digest: study
        for study in (study_film(master, trust=request.trust, on_fraction=on_fraction) for master in masters)
    }
    if not studies:
        raise ProjectError(f"{path}: the timeline shows no media, so there is no film to cut.", path=str(path))
    edit = timeline_edit(path, text, tuple(studies.values()))
    return Subject(path, tuple(studies[digest] for digest in edit.masters), edit)


def _with_regions(subject: Subject, request: CutRequest, on_fraction: Callable[[float], None] | None) -> Subject:
    """Return a subject with its regions, where some are asked for, and with the films that they add."""
    if not request.regions:
        return subject
    home, main = find_home(), subject.main
    project = open_project(home.projects, main.digest, main.path)
    film = film_for(project, main.path, main.digest)
    found = find_regions(
        wanted_regions(request.regions, film),
        FilmTold(main, film, file_that_says("regions", project, main.path, main.digest)),
        lambda path: study_film(path, trust=request.trust, on_fraction=on_fraction),
        Store(home.store),
    )
    studies = {study.digest: study for study in (*found.studies, *subject.studies)}
    order = dict.fromkeys((*(one.digest for one in subject.studies), *studies))
    return replace(
        subject,
        studies=tuple(studies[one] for one in order),
        regions=found.regions,
        region_keys=found.keys,
        added=frozenset(order) - {one.digest for one in subject.studies},
    )


def study_film(path: Path, *, trust: Trust, on_fraction: Callable[[float], None] | None = None) -> Study:
    """Return what is known of a master. Raises MasterError."""
    home = find_home()
    return study_master(path, store=Store(home.store), ledger=Ledger(home.ledger), trust=trust, on_fraction=on_fraction)
