"""The regions that a film is shown in, for which verdicts may be given apart."""

from __future__ import annotations

from pipeline.errors import PipelineError
from pipeline.presets import load_region
from pipeline.review.library import FilmShown, Library
from pipeline.shell.projects import film_told, find_project


def regions_of(library: Library, film: FilmShown) -> tuple[tuple[str, str], ...]:
    """Return a film's regions with their names: those of its clips and packages, and those of its film.toml."""
    made = (*(one.region for one in film.documents), *(one.region for one in library.packages_of(film)))
    return tuple((one, _name(one)) for one in dict.fromkeys((*made, *_told(library, film))) if one)


def _told(library: Library, film: FilmShown) -> tuple[str, ...]:
    if film.digest is None:
        return ()
    try:
        told = film_told(find_project(library.home.projects, film.digest), film.path, film.digest)
    except (OSError, PipelineError):  # which runs tell of it
        return ()
    return tuple(one.id for one in told.regions)


def _name(region: str) -> str:
    try:
        return load_region(region).name
    except PipelineError:  # of a preset that was taken away, or was broken since
        return region
